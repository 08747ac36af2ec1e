"""Changes that wait: what is applied at once, held, confirmed, applied, kept, event by event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.core.errors import EventUnwritable, RequestError
from feedsvc.refresh import apply_holds, ask_again, dry_run, keep_holds, plan, refresh
from feedsvc.refresh.render import render_stale
from feedsvc.store.administrators import Actor
from feedsvc.store.holds import Hold
from tests.ical.read_back import read_events
from tests.refresh.world import World, listing, listings

ALL = listings(20)
FEW = ALL[:10]
NEW = listing("New", date(2024, 6, 3))
BY = Actor("cli:somebody")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.refresh(*ALL)
    return world


def holds(world: World, source_id: str | None = "made") -> list[Hold]:
    with world.runtime.store.read() as snapshot:
        return snapshot.holds.open_of(source_id)


def statuses(world: World) -> dict[str, str]:
    return {record.event.summary: record.status.value for record in world.by_uid().values()}


def in_august(given: list[Any]) -> list[Any]:
    """The same with ids of their own, each on a day of its own."""
    found = []
    for number, one in enumerate(given):
        day = date(2024, 8, 1 + number)
        end = replace(one.end, date=day) if one.end else None
        found.append(replace(one, native_id=f"n{number}", start=replace(one.start, date=day), end=end))
    return found


def later(given: list[Any], hours: int) -> list[Any]:
    return [listing(one.title, hour=one.start.time.hour + hours) for one in given]


def test_removals_wait_while_what_is_new_and_what_moved_is_applied(world: World) -> None:
    moved = listing("Event 0", hour=18)
    run = world.refresh(moved, *FEW[1:], NEW).run
    assert (run.outcome, run.new, run.changed, run.missing) == ("held", 1, 1, 0)
    assert "10 of 20 coming events are no longer listed" in (run.message or "")
    assert "feedsvc holds apply made" in (run.message or "")
    [hold] = holds(world)
    assert (hold.waiting, hold.cause, world.state().word, world.state().failures) == (10, "missing", "held", 0)
    assert set(statuses(world).values()) == {"confirmed"}
    assert world.records()["Event 0"].event.span.local_start.hour == 18


def test_descriptions_say_once_what_the_source_says_now(world: World) -> None:
    world.refresh(*FEW)
    feed = world.feed()
    told = [one for one in read_events(feed.body) if "the source no longer lists this event" in one.description]
    assert (len(told), {one.sequence for one in told}) == (10, {0})
    world.passes(hours=1)
    world.refresh(*FEW)
    assert world.feed().body == feed.body
    world.refresh(*ALL)
    assert not any("In doubt" in one.description for one in read_events(world.feed().body))
    assert (holds(world), world.state().word) == ([], "good")


def test_nothing_at_all_is_held(world: World) -> None:
    world.says()
    assert "all 20 coming events are no longer listed" in (world.refresh().run.message or "")


def test_up_to_thirty_percent_go_without_a_question(world: World) -> None:
    world.refresh(*ALL[6:])
    outcome = world.refresh()
    assert (outcome.run.outcome, outcome.run.cancelled) == ("applied", 6)


def test_six_events_do_not_become_one_in_one_refresh(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.refresh(*ALL[:6])
    assert [world.refresh(*ALL[:1]).run.outcome for _ in range(2)] == ["held", "held"]
    assert set(statuses(world).values()) == {"confirmed"}


def test_a_hundred_events_do_not_become_three_in_eight_steps(tmp_path: Path) -> None:
    world = World(tmp_path)
    many = [listing(f"Talk {number}", date(2024, 7, 1) + timedelta(days=number)) for number in range(100)]
    world.refresh(*many)
    for left in (75, 55, 40, 28, 18, 11, 6, 3):
        world.passes(hours=2)
        world.refresh(*many[:left])
    assert sum(status == "cancelled" for status in statuses(world).values()) <= 30


def test_what_was_not_read_whole_removes_nothing(world: World) -> None:
    world.says(*FEW, NEW, incomplete="the page has no </html>")
    for _ in range(40):
        world.refresh()
        world.passes(hours=5)
    assert "cancelled" not in statuses(world).values()
    assert "New" in world.records()


def test_three_readings_over_a_day_that_say_the_same_are_believed(world: World) -> None:
    world.says(*FEW)
    outcomes = []
    for _ in range(5):
        outcomes.append(world.refresh().run.outcome)
        world.passes(hours=5)
    assert outcomes == ["held", "held", "held", "held", "applied"]
    assert holds(world) == []
    assert sum(status == "cancelled" for status in statuses(world).values()) == 10


def test_a_reading_that_grows_or_fails_meanwhile_does_not_begin_the_count_again(world: World) -> None:
    for turn in range(5):
        grown = [listing(f"More {number}", date(2024, 6, 10)) for number in range(turn)]
        run = world.refresh(*FEW[::-1], *grown).run
        says, world.read = world.read, lambda _task, _fetch: "no reading"
        world.refresh()
        world.read = says
        world.passes(hours=4)
    assert (run.outcome, run.cancelled) == ("applied", 10)


def test_a_clock_set_forward_confirms_nothing(world: World) -> None:
    world.refresh(*FEW)
    world.passes(hours=25)
    for _ in range(4):
        assert world.refresh(*FEW).run.outcome == "held"
    assert "cancelled" not in statuses(world).values()


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (later(ALL, -5), "all 20 coming events moved by -5 h"),
        ([replace(one, title="Event") for one in ALL], "20 titles → 1"),
        ([replace(one, themes=()) for one in ALL], "20 themes → 0"),
    ],
    ids=["shift", "titles", "themes"],
)
def test_a_mass_change_waits_with_its_common_factor_and_is_believed_after_a_week(
    tmp_path: Path, says: list[Any], words: str
) -> None:
    world = World(tmp_path)
    far, other = in_august(ALL), in_august(says)
    world.refresh(*far)
    before = {uid: record.event for uid, record in world.by_uid().items()}
    run = world.refresh(*other).run
    assert run.outcome == "held"
    assert words in (run.message or "")
    for _ in range(27):
        world.passes(hours=5)
        assert world.refresh().run.outcome == "held"
    assert {uid: record.event for uid, record in world.by_uid().items()} == before
    world.passes(hours=12)
    assert world.refresh().run.changed == 20
    assert holds(world) == []


def test_applying_a_hold_needs_no_fetch_and_cancels_at_once(world: World) -> None:
    world.refresh(*FEW, NEW)
    world.read = lambda _task, _fetch: pytest.fail("fetched")
    done = apply_holds(world.context, "made", BY)
    assert (done.events, holds(world), world.state().word) == (10, [], "good")
    assert sum(status == "cancelled" for status in statuses(world).values()) == 10
    world.refresh(*FEW, NEW)
    assert world.refresh(*FEW[:-1], NEW).run.outcome == "applied"  # what was confirmed is not counted again


def test_single_events_of_a_hold_are_applied_and_kept(world: World) -> None:
    world.refresh(*FEW)
    [hold] = holds(world)
    uids = {record.event.summary: uid for uid, record in world.by_uid().items()}
    apply_holds(world.context, str(hold.id), BY, [uids["Event 19"]])
    keep_holds(world.context, str(hold.id), BY, [uids["Event 18"]])
    assert statuses(world)["Event 19"] == "cancelled"
    assert holds(world)[0].waiting == 8
    with pytest.raises(RequestError, match="does not wait there"):
        apply_holds(world.context, "made", BY, [uids["Event 18"]])


def test_what_was_kept_is_kept_for_the_same_words_and_no_others(world: World) -> None:
    world.refresh(*FEW)
    keep_holds(world.context, "made", BY)
    assert (holds(world), world.state().word) == ([], "good")
    assert not any("In doubt" in one.description for one in read_events(world.feed().body))
    for _ in range(10):
        world.passes(hours=10)
        assert world.refresh(*FEW, NEW).run.outcome in ("applied", "unchanged")
    assert "cancelled" not in statuses(world).values()
    moved = [replace(one, title=one.title) for one in later(ALL[10:], 1)]
    assert world.refresh(*FEW, NEW, *moved[:2]).run.changed == 2


def test_a_shift_that_is_applied_by_hand_moves_the_events_under_their_uids(world: World) -> None:
    uids = set(world.by_uid())
    world.refresh(*later(ALL, 2))
    assert apply_holds(world.context, "made", BY).events == 20
    assert set(world.by_uid()) == uids
    assert {record.sequence for record in world.by_uid().values()} == {1}
    assert world.refresh().run.outcome == "unchanged"


def test_allow_shrink_is_a_persons_word_for_one_refresh(world: World) -> None:
    assert world.refresh(*FEW, allow_shrink=True).run.outcome == "applied"
    assert world.refresh().run.cancelled == 10
    assert world.refresh(*FEW[:2]).run.outcome == "held"


def test_where_nothing_is_held_there_is_nothing_to_apply_or_keep(world: World) -> None:
    with pytest.raises(RequestError, match="nothing of source 'made' is held"):
        apply_holds(world.context, "made", BY)
    with pytest.raises(RequestError, match="hold 7 is not open"):
        keep_holds(world.context, "7", BY)


def test_a_release_that_cannot_write_most_events_takes_none_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> bytes:
        raise EventUnwritable("it is bad")

    body = world.feed().body
    written = plan.vevent
    monkeypatch.setattr(plan, "vevent", cannot)
    render_stale(replace(world.context, fingerprint="another"))
    assert world.feed().body == body
    [hold] = holds(world, None)
    assert (hold.cause, hold.waiting) == ("served", 20)
    keep_holds(world.context, str(hold.id), BY)
    assert holds(world, None) == []
    monkeypatch.setattr(plan, "vevent", written)
    render_stale(world.context)
    assert [one.uid for one in read_events(world.feed().body)] == [one.uid for one in read_events(body)]


def test_events_that_all_move_into_the_past_wait_until_somebody_decides(tmp_path: Path) -> None:
    world = World(tmp_path)
    far = in_august(ALL)
    world.refresh(*far)
    world.refresh(*[replace(one, start=replace(one.start, date=date(2024, 3, 1)), end=None) for one in far])
    for _ in range(60):
        world.passes(hours=5)
        world.refresh()
    assert all(record.event.span.start > world.now for record in world.by_uid().values())


def test_rehearsal_tells_the_difference_and_writes_nothing(world: World) -> None:
    tables = ("event", "fragment", "source", "refresh_run", "hold", "hold_change", "finding", "page")
    before = {name: world.rows(name) for name in tables}
    world.says(*FEW, NEW)
    outcome = dry_run(world.context, world.source)
    assert outcome.changes is not None
    assert (outcome.run.outcome, outcome.run.new, outcome.run.missing) == ("dry-run", 1, 10)
    assert "10 of 20 coming events are no longer listed" in (outcome.run.message or "")
    assert {name: world.rows(name) for name in tables} == before


def test_a_source_that_somebody_works_on_is_left_to_them(world: World) -> None:
    with world.runtime.store.write() as snapshot:
        assert snapshot.claims.claim("made", "worker:other", world.now) is not None
    outcome = refresh(world.context, world.source)
    assert outcome.run.outcome == "busy"
    assert len(world.rows("refresh_run")) == 1


def test_a_refresh_that_was_overtaken_writes_nothing(world: World) -> None:
    def taken_over(*_: object) -> str:
        world.passes(minutes=11)
        with world.runtime.store.write() as snapshot:
            assert snapshot.claims.claim("made", "worker:other", world.now) is not None
        return says(*_)  # type: ignore[arg-type]

    world.says(*ALL, NEW)
    says, world.read = world.read, taken_over
    before = [world.rows(name) for name in ("event", "refresh_run", "finding")]
    outcome = world.refresh()
    assert outcome.run.outcome == "overtaken"
    assert [world.rows(name) for name in ("event", "refresh_run", "finding")] == before
    assert replace(outcome.run, message=None).edition is None


def test_asking_again_undoes_keeping_and_counts_from_then(world: World) -> None:
    world.refresh(*FEW)
    keep_holds(world.context, "made", BY)
    assert (world.refresh(*FEW).run.outcome, holds(world)) == ("unchanged", [])
    world.passes(days=2)
    assert ask_again(world.context, "made", BY).events == 10
    assert [world.refresh(*FEW).run.outcome for _ in range(4)] == ["held"] * 4
    [hold] = holds(world)
    assert (hold.waiting, world.state().word) == (10, "held")
    assert apply_holds(world.context, "made", BY).events == 10


def test_asking_again_about_one_event_leaves_the_others_kept(world: World) -> None:
    world.refresh(*FEW)
    with world.runtime.store.read() as snapshot:
        uid = snapshot.holds.rows(holds(world)[0].id)[0].sighting.uid
    keep_holds(world.context, "made", BY)
    ask_again(world.context, "made", BY, [uid])
    world.refresh(*FEW)
    assert [one.waiting for one in holds(world)] == [1]
    with pytest.raises(RequestError, match="was kept back"):
        ask_again(world.context, "made", BY, [uid])


def test_what_the_source_says_no_more_is_withdrawn_when_somebody_asks_again(world: World) -> None:
    world.refresh(*FEW)
    keep_holds(world.context, "made", BY)
    ask_again(world.context, "made", BY)
    assert (world.refresh(*ALL).run.outcome, holds(world)) == ("unchanged", [])
    assert world.state().word == "good"


def test_each_decision_is_in_the_log_with_who_made_it(world: World) -> None:
    world.refresh(*FEW)
    keep_holds(world.context, "made", BY)
    ask_again(world.context, "made", BY)
    done = apply_holds(world.context, "made", BY)
    with world.runtime.store.read() as snapshot:
        told = [(one.action, one.actor, one.object, one.after) for one in snapshot.audit.last(3)]
        assert snapshot.audit.last(1)[0].id == done.action
    assert told == [
        ("apply", BY.name, "made", "applied to 10, edition 4"),
        ("ask", BY.name, "made", "asked again about 10"),
        ("keep", BY.name, "made", "kept 10 as before"),
    ]


def test_a_reading_in_which_all_moved_is_no_witness_of_what_it_does_not_list(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.refresh(*(listing(f"Event {number}", hour=6 + number) for number in range(11)))
    moved = [listing(f"Event {number}", hour=9 + number) for number in range(10)]
    for _ in range(2):
        assert world.refresh(*moved).run.outcome == "held"
    assert world.record("Event 10").cancelled_at is None
    world.refresh(*(listing(f"Event {number}", hour=6 + number) for number in range(11)))
    assert world.record("Event 10").misses == 0
