"""A source on the web that does everything a source can do: after each act, the calendar is what the rules say."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fetch.upstream import Visit, serving
from tests.refresh.stage import ENTRIES, ETAG, WHOLE, Act, Entry, Stage, page


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with serving(lambda visit: visit.answer(WHOLE, Content_Type="text/html", ETag=ETAG)) as upstream:
        stage = Stage(tmp_path, upstream)
        assert stage.world.refresh().run.new == 20
        yield stage


def status(line: str, **headers: str) -> Act:
    return lambda visit: visit.answer(b"no", line, **headers)


def half_with_length(visit: Visit) -> None:
    visit.send_head("200 OK", {"Content-Type": "text/html", "Content-Length": str(len(WHOLE))})
    visit.send(WHOLE[: len(WHOLE) // 2])
    visit.connection.close()


def half_without_length(visit: Visit) -> None:
    visit.send_head("200 OK", {"Content-Type": "text/html"})
    visit.send(WHOLE[: len(WHOLE) // 2])
    visit.connection.close()


def drip_in_headers(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\n")
    visit.drip(b"X-A: b\r\n", 0.05)


def drip_in_body(visit: Visit) -> None:
    visit.send_head("200 OK", {"Content-Type": "text/html"})
    visit.drip(b"<p>", 0.05)


def endless(visit: Visit) -> None:
    visit.send_head("200 OK", {"Content-Type": "text/html"})
    while True:
        visit.send(WHOLE)


BOMB = gzip.compress(b"<p>" * 1_000_000)
UNHARMED: list[tuple[str, Act, str, str]] = [
    ("empty 200", lambda visit: visit.answer(b""), "failed", "not an Open Gov Week listing (0 bytes"),
    ("half page with Content-Length", half_with_length, "failed", "broke off in the middle"),
    ("half page without Content-Length", half_without_length, "unchanged", "read in part"),
    (
        "login page",
        lambda visit: visit.answer("<html><form>Log in</form></html>"),
        "failed",
        "not an Open Gov Week listing",
    ),
    ("302 to a login page elsewhere", status("302 Found", Location="http://10.0.0.1/login"), "failed", "not public"),
    ("403", status("403 Forbidden"), "failed", "answered 403"),
    ("404", status("404 Not Found"), "failed", "answered 404"),
    ("410", status("410 Gone"), "failed", "answered 410"),
    ("429", status("429 Too Many", Retry_After="7200"), "failed", "answered 429"),
    ("500", status("500 Oops"), "failed", "answered 500"),
    ("time-out", lambda visit: visit.hold(), "failed", "took longer than 0.5 s"),
    ("drip in headers", drip_in_headers, "failed", "took longer than 0.5 s"),
    ("drip in body", drip_in_body, "failed", "took longer than 0.5 s"),
    ("gzip bomb", lambda visit: visit.answer(BOMB, Content_Encoding="gzip"), "failed", "is larger than 0.2 MB"),
    ("endless body", endless, "failed", "is larger than 0.2 MB"),
]


@pytest.mark.parametrize(("act", "outcome", "words"), [row[1:] for row in UNHARMED], ids=[row[0] for row in UNHARMED])
def test_no_misbehaviour_changes_a_byte(stage: Stage, act: Act, outcome: str, words: str) -> None:
    world = stage.world
    feed, tables = world.feed(), [world.rows(name) for name in ("event", "fragment", "page")]
    stage.plays(act)
    if "took longer" in words:
        stage.takes_time(0.5)
    run = world.refresh().run
    stage.takes_time()
    assert run.outcome == outcome
    assert words in (run.message or "")
    assert world.feed().etag == feed.etag
    # The page and its validators stay too: they belong to the events that are there.
    assert [world.rows(name) for name in ("event", "fragment", "page")] == tables
    stage.serves(*ENTRIES)
    assert world.refresh().run.outcome == "unchanged"
    assert world.feed().body == feed.body


def test_grow_shrink_move_rename_cancel_return_reorder_and_respace(stage: Stage) -> None:
    world = stage.world
    uids = {title: one.uid for title, one in world.records().items()}

    stage.serves(*ENTRIES, Entry("Added", 8, "Kenya"))
    assert world.refresh().run.new == 1

    stage.serves(*ENTRIES)
    assert [world.refresh().run.missing, world.refresh().run.cancelled] == [1, 1]
    assert world.record("Added").status == "cancelled"

    stage.serves(*ENTRIES, Entry("Added", 8, "Kenya"))
    assert world.refresh().run.returned == 1
    assert (world.record("Added").status, world.record("Added").sequence) == ("confirmed", 2)

    moved = Entry("Event 3", 7, "Chile")
    stage.serves(*ENTRIES[:3], moved, *ENTRIES[4:], Entry("Added", 8, "Kenya"))
    assert world.refresh().run.changed == 1
    assert (world.record("Event 3").uid, world.record("Event 3").sequence) == (uids["Event 3"], 1)

    renamed = Entry("Another name", 9, "Kenya")
    stage.serves(*ENTRIES[:3], moved, *ENTRIES[4:], Entry("Added", 8, "Kenya"), renamed)
    world.refresh()
    uid = world.record("Another name").uid
    stage.serves(*ENTRIES[:3], moved, *ENTRIES[4:], Entry("Added", 8, "Kenya"), Entry("A third name", 9, "Kenya"))
    assert world.refresh().run.changed == 1
    assert world.record("A third name").uid == uid

    edition = world.edition()
    stage.serves(*ENTRIES[:3][::-1], *ENTRIES[4:], Entry("A third name", 9, "Kenya"), moved, Entry("Added", 8, "Kenya"))
    assert world.refresh().run.edition is None
    spaced = page(*ENTRIES[:3], moved, *ENTRIES[4:], Entry("Added", 8, "Kenya"), Entry("A third name", 9, "Kenya"))
    stage.plays(lambda visit: visit.answer(spaced.replace(b"><", b">\n \t<").replace(b" @ ", b"  @ \n")))
    assert world.refresh().run.edition is None
    assert world.edition() == edition


def conditional(visit: Visit) -> None:
    if visit.header("If-None-Match") == ETAG:
        visit.send_head("304 Not Modified", {"ETag": ETAG})
    else:
        visit.answer(WHOLE, Content_Type="text/html", ETag=ETAG)


def test_unchanged_page_is_asked_for_conditionally_and_costs_no_bytes(stage: Stage) -> None:
    stage.plays(conditional)
    run = stage.world.refresh().run
    assert (run.outcome, run.fetched_bytes, run.listings) == ("unchanged", 0, 20)
    assert stage.upstream.visits[-1].header("If-None-Match") == ETAG


def test_page_out_of_the_store_is_read_anew_when_the_rules_change(stage: Stage) -> None:
    stage.plays(conditional)
    stage.world.environment["FEEDSVC_FEEDS__DEFAULT_LENGTH"] = "2h"
    stage.world.restart()
    run, state = stage.world.refresh().run, stage.world.state()
    assert (run.outcome, run.fetched_bytes, run.listings) == ("unchanged", 0, 20)
    assert state.rules_digest == stage.world.context.rules_digest(stage.world.source)


def test_304_while_nothing_usable_is_here_is_asked_again_without_validators(stage: Stage) -> None:
    stage.plays(conditional)
    for spoil in ("DELETE FROM page", "UPDATE page SET body = x'00'"):
        with stage.world.runtime.store.write() as snapshot:
            snapshot._connection.exec_driver_sql(spoil)
        assert stage.world.refresh().run.outcome == "unchanged"
    assert [visit.header("If-None-Match") for visit in stage.upstream.visits[1:]] == [None, ETAG, None]
    assert stage.world.refresh().run.fetched_bytes == 0


def test_304_that_nobody_asked_for_is_a_failure(stage: Stage) -> None:
    with stage.world.runtime.store.write() as snapshot:
        snapshot._connection.exec_driver_sql("DELETE FROM page")
    stage.plays(lambda visit: visit.send_head("304 Not Modified"))
    run = stage.world.refresh().run
    assert (run.outcome, run.message and "answered 304" in run.message) == ("failed", True)


@pytest.mark.parametrize("line", ["301 Moved Permanently", "308 Permanent Redirect"])
def test_permanent_redirect_is_followed_and_only_suggested(stage: Stage, line: str) -> None:
    def moved(visit: Visit) -> None:
        if visit.path == "/events":
            visit.answer(b"", line, Location="/new")
        else:
            visit.answer(WHOLE, Content_Type="text/html")

    stage.plays(moved)
    assert stage.world.refresh().run.outcome == "unchanged"
    assert stage.world.state().moved_to == stage.upstream.url("/new")
    stage.world.refresh()
    assert [visit.path for visit in stage.upstream.visits[1:]] == ["/events", "/new"] * 2


def test_wrong_charset_is_read_as_well_as_possible_with_a_finding(stage: Stage) -> None:
    content = page(*ENTRIES, Entry("Diálogos", 8, "Kenya")).decode().replace("—", "-").encode("latin-1")
    stage.plays(lambda visit: visit.answer(content, Content_Type="text/html; charset=utf-8"))
    outcome = stage.world.refresh()
    assert (outcome.run.outcome, outcome.run.new) == ("applied", 1)
    assert "bad-encoding" in {finding.code for finding in outcome.findings}
    assert "Diálogos" in stage.world.records()


def test_retry_after_puts_the_next_try_off(stage: Stage) -> None:
    stage.plays(status("429 Too Many", Retry_After="7200"))
    stage.world.refresh()
    due = stage.world.state().due_at
    assert due is not None
    assert due - stage.world.now >= timedelta(hours=2)


def test_three_times_gone_in_two_days_pauses_and_keeps_the_events(stage: Stage) -> None:
    stage.plays(status("410 Gone"))
    for _ in range(3):
        assert stage.world.state().paused_at is None
        stage.world.refresh()
        stage.world.passes(hours=9)
    state = stage.world.state()
    assert "3 times in 48 h" in (state.paused_why or "")
    assert len(stage.world.records()) == 20
