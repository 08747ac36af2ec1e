"""A source cannot empty a calendar: what is held, released, applied, rejected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from feedsvc.core.errors import RequestError
from feedsvc.core.model import EventStatus
from feedsvc.refresh import apply_hold, dry_run, refresh, reject_hold
from feedsvc.store.holds import Hold
from tests.refresh.world import World, listing, listings

ALL = listings(20)
FEW = ALL[:10]
NEW = listing("New", date(2024, 6, 3))


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.refresh(*ALL)
    return world


def held(world: World) -> Hold | None:
    with world.runtime.store.read() as snapshot:
        return snapshot.holds.open("made")


def test_a_refresh_that_removes_too_much_changes_nothing_and_keeps_its_difference(world: World) -> None:
    feed, events = world.feed(), world.rows("event")
    outcome = world.refresh(*FEW, NEW)
    assert outcome.run.outcome == "held"
    assert "would remove 10 of 20 coming events" in (outcome.run.message or "")
    assert "feedsvc holds apply made" in (outcome.run.message or "")
    assert (world.feed().body, world.rows("event"), world.edition()) == (feed.body, events, 1)
    hold = held(world)
    assert hold is not None
    assert (hold.difference.missing.count, hold.difference.new.count, hold.times_seen) == (10, 1, 1)
    assert hold.difference.new.lines[0].summary == "New"
    assert world.state().word == "held"
    assert world.state().failures == 0


def test_nothing_at_all_is_held(world: World) -> None:
    world.says()
    assert "would remove all 20 coming events" in (world.refresh().run.message or "")


def test_up_to_thirty_percent_go_without_a_question(world: World) -> None:
    world.refresh(*ALL[6:])
    outcome = world.refresh()
    assert (outcome.run.outcome, outcome.run.cancelled) == ("applied", 6)


def test_going_little_by_little_is_judged_by_what_is_left(world: World) -> None:
    world.refresh(*ALL[6:])
    assert world.refresh(*ALL[11:]).run.outcome == "applied"  # 5 of the 14 that were still listed
    assert world.refresh(*ALL[17:]).run.outcome == "held"  # 6 of 9
    world.refresh(*ALL[11:])
    assert world.refresh(*ALL[16:]).run.outcome == "applied"
    assert world.refresh(ALL[0]).run.outcome == "held"  # all 4 that were left, though one came back


def test_what_was_not_read_whole_removes_nothing_and_what_it_adds_is_applied(world: World) -> None:
    world.says(*FEW, NEW, incomplete="the page has no </html>")
    for _ in range(3):
        outcome = world.refresh(allow_shrink=True)
        assert outcome.run.message == "read in part: the page has no </html>"
    assert len(world.records()) == 21
    assert not any(record.misses for record in world.records().values())


def test_the_third_reading_in_a_row_that_is_not_whole_is_told(world: World) -> None:
    world.says(*FEW, incomplete="cut off")
    words = []
    for _ in range(3):
        world.refresh()
        words.append((world.state().word, world.state().last_error))
    told = "read only in part 3 times in a row: cut off"
    assert words == [("partly read", None), ("partly read", None), ("partly read", told)]
    world.refresh(*ALL)
    assert (world.state().word, world.state().last_error) == ("good", None)


def test_a_hold_outlives_a_reading_that_is_not_whole(world: World) -> None:
    world.refresh(*FEW)
    world.says(*FEW, incomplete="cut off")
    world.refresh()
    assert held(world) is not None


def test_three_complete_fetches_over_a_day_that_say_the_same_are_believed(world: World) -> None:
    world.says(*FEW)
    outcomes = []
    for _ in range(5):
        outcomes.append(world.refresh().run.outcome)
        world.passes(hours=5)
    assert outcomes == ["held", "held", "held", "held", "applied"]
    assert held(world) is None
    assert world.refresh().run.cancelled == 10


def test_order_and_a_failure_in_between_do_not_make_it_another_reading(world: World) -> None:
    for turn, order in enumerate((FEW, FEW[::-1], FEW)):
        world.refresh(*order)
        hold = held(world)
        assert hold is not None
        assert hold.times_seen == turn + 1
        says, world.read = world.read, lambda _task, _fetch: "no reading"
        world.refresh()
        world.read = says


def test_another_reading_begins_the_count_anew(world: World) -> None:
    world.refresh(*FEW)
    world.passes(hours=20)
    world.refresh(*FEW[1:])
    world.passes(hours=20)
    assert world.refresh(*FEW).run.outcome == "held"
    hold = held(world)
    assert hold is not None
    assert hold.times_seen == 1


def test_what_was_not_read_whole_is_never_believed_by_itself(world: World) -> None:
    world.says(*FEW, incomplete="cut off")
    for _ in range(20):
        world.refresh()
        world.passes(hours=5)
    assert len([record for record in world.records().values() if record.status is EventStatus.CONFIRMED]) == 20


def test_hold_vanishes_when_the_source_is_whole_again(world: World) -> None:
    world.refresh(*FEW)
    assert world.refresh(*ALL).run.outcome == "unchanged"
    assert held(world) is None
    assert world.state().word == "good"


def test_applying_a_hold_needs_no_fetch_and_the_next_refresh_completes_it(world: World) -> None:
    world.refresh(*FEW, NEW)
    says, world.read = world.read, lambda _task, _fetch: pytest.fail("fetched")
    outcome = apply_hold(world.context, world.source)
    assert (outcome.run.outcome, outcome.run.new, outcome.run.missing) == ("applied", 1, 10)
    assert held(world) is None
    assert "New" in world.records()
    world.read = says
    outcome = world.refresh()
    assert (outcome.run.outcome, outcome.run.cancelled) == ("applied", 10)


def test_a_rejected_hold_stays_rejected_for_the_same_reading_and_no_other(world: World) -> None:
    world.refresh(*FEW)
    reject_hold(world.context, "made", world.now)
    assert held(world) is None
    for _ in range(10):
        world.passes(hours=10)
        outcome = world.refresh(*FEW)
        assert outcome.run.outcome == "held"
        assert "rejected on 2024-05-20" in (outcome.run.message or "")
        assert held(world) is None
    world.refresh(*FEW[1:])
    assert held(world) is not None
    assert world.refresh(*FEW, allow_shrink=True).run.outcome == "applied"


def test_allow_shrink_is_a_persons_word_for_one_refresh(world: World) -> None:
    assert world.refresh(*FEW, allow_shrink=True).run.outcome == "applied"
    assert world.refresh().run.cancelled == 10
    assert world.refresh(*FEW[:2]).run.outcome == "held"


def test_where_nothing_is_held_there_is_nothing_to_apply_or_reject(world: World) -> None:
    with pytest.raises(RequestError, match="nothing of source 'made' is held"):
        apply_hold(world.context, world.source)
    with pytest.raises(RequestError, match="nothing of source 'made' is held"):
        reject_hold(world.context, "made", world.now)


def test_rehearsal_tells_the_difference_and_writes_nothing(world: World) -> None:
    tables = ("event", "fragment", "source", "refresh_run", "hold", "finding", "page")
    before = {name: world.rows(name) for name in tables}
    world.says(*FEW, NEW)
    outcome = dry_run(world.context, world.source)
    assert outcome.changes is not None
    assert (outcome.run.outcome, outcome.run.new, outcome.run.missing) == ("dry-run", 1, 10)
    assert "would remove 10 of 20" in (outcome.run.message or "")
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
