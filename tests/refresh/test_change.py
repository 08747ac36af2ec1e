"""What changes upstream changes in calendars as it should: moved, cancelled, returned, dropped, and nothing else."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from feedsvc.core.errors import ChildFailed, FetchFailed, SourceUnreadable
from feedsvc.core.model import EventStatus, Stated
from feedsvc.core.timespan import clock_of
from feedsvc.services.program import zones_in_use
from tests.ical.read_back import ReadEvent, read_events
from tests.refresh.world import SOON, World, listing, listings

OTHERS = listings(20)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.refresh(listing(), *OTHERS)
    return world


def shown(world: World, title: str = "Open day", path: str = "/all.ics") -> ReadEvent | None:
    """The event as a subscriber's program reads it; None when the feed does not have it."""
    return next((one for one in read_events(world.feed(path).body) if one.summary.endswith(title)), None)


def test_moved_event_keeps_its_uid_and_says_for_14_days_where_it_was(world: World) -> None:
    before = shown(world)
    world.refresh(listing(hour=15), *OTHERS)
    after = shown(world)
    assert before is not None
    assert after is not None
    assert (after.uid, after.sequence) == (before.uid, 1)
    assert after.start.hour - before.start.hour == 4  # type: ignore[union-attr]
    assert "Moved: was" in after.description
    world.passes(days=13)
    assert world.refresh().run.outcome == "unchanged"
    world.passes(days=2)
    outcome = world.refresh()
    assert (outcome.run.outcome, outcome.run.rewritten, outcome.run.changed) == ("applied", 1, 0)
    settled = shown(world)
    assert settled is not None
    assert "Moved" not in settled.description
    assert settled.sequence == 1


def test_event_that_moves_country_leaves_the_old_feed_whose_last_modified_moves(world: World) -> None:
    before = world.feed("/country/cl.ics")
    world.refresh(listing(countries=("Argentina",)), *OTHERS)
    after = world.feed("/country/cl.ics")
    assert shown(world, path="/country/cl.ics") is None
    assert shown(world, path="/country/ar.ics") is not None
    assert after.etag != before.etag
    assert after.last_modified > before.last_modified


def test_missing_event_is_cancelled_at_the_second_refresh_and_gone_after_30_days(world: World) -> None:
    uid = world.record().uid
    feed = world.feed()
    first = world.refresh(*OTHERS)
    assert (first.run.missing, first.run.cancelled, first.run.edition) == (1, 0, None)
    assert world.feed().etag == feed.etag

    second = world.refresh()
    assert (second.run.missing, second.run.cancelled, second.run.edition) == (0, 1, 2)
    struck = shown(world)
    assert struck is not None
    assert (struck.uid, struck.summary, struck.status, struck.sequence) == (uid, "[Cancelled] Open day", "CANCELLED", 1)

    world.passes(days=29)
    assert world.refresh().run.outcome == "unchanged"
    world.passes(days=1)
    last = world.refresh()
    assert (last.run.dropped, last.run.edition) == (1, 3)
    assert shown(world) is None
    assert world.refresh().run.outcome == "unchanged"


@pytest.mark.parametrize("days", [1, 60], ids=["tombstone", "dropped"])
def test_event_that_returns_is_the_same_event_confirmed_again(world: World, days: int) -> None:
    uid = world.record().uid
    world.refresh(*OTHERS)
    world.refresh()
    world.passes(days=days)
    world.refresh()
    outcome = world.refresh(listing(), *OTHERS)
    assert outcome.run.returned == 1
    back = shown(world)
    assert back is not None
    assert (back.uid, back.status, back.summary, back.sequence) == (uid, "CONFIRMED", "Open day", 2)


def test_source_may_cancel_an_event_by_its_own_word(world: World) -> None:
    world.refresh(listing(status=EventStatus.CANCELLED), *OTHERS)
    struck = shown(world)
    assert struck is not None
    assert struck.status == "CANCELLED"
    assert "as the source says" in struck.description


def test_past_events_that_leave_the_source_stay(world: World) -> None:
    world.passes(days=30)
    world.refresh(*listings(1))
    world.refresh()
    assert len(read_events(world.feed().body)) == 21
    assert all(event.status == "CONFIRMED" for event in read_events(world.feed().body))


@pytest.fixture
def next_year_s_zones(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Puts zone data in force by which Santiago keeps the clock of Lima, five hours behind UTC all year."""
    folder = tmp_path / "zoneinfo"
    before = zoneinfo.TZPATH

    def in_force() -> None:
        (folder / "America").mkdir(parents=True)
        lima = files("tzdata.zoneinfo.America").joinpath("Lima").read_bytes()
        (folder / "America/Santiago").write_bytes(lima)
        (folder / "tzdata.zi").write_text("# version 2099a\n", encoding="ascii")
        zoneinfo.reset_tzpath([str(folder), *before])
        _forget_zones()

    yield in_force
    zoneinfo.reset_tzpath(before)
    _forget_zones()


def _forget_zones() -> None:
    """As a new process, which has read no zone yet."""
    zoneinfo.ZoneInfo.clear_cache()
    clock_of.cache_clear()
    zones_in_use.cache_clear()


def test_new_rules_of_a_time_zone_move_the_instant_and_keep_the_wall_clock(
    tmp_path: Path, next_year_s_zones: Callable[[], None]
) -> None:
    world = World(tmp_path / "world")
    at_eleven = listing(start=Stated(SOON, time(11)), end=Stated(SOON, time(12)))
    world.refresh(at_eleven)
    before = shown(world)
    next_year_s_zones()
    world.restart()
    assert world.refresh(at_eleven).run.outcome == "applied"
    after = shown(world)
    assert before is not None
    assert after is not None
    assert isinstance(before.start, datetime)
    assert after.start == before.start + timedelta(hours=1), "Lima is an hour behind Santiago"
    assert after.uid == before.uid
    assert "11:00 to 12:00 in Santiago" in before.description
    assert "11:00 to 12:00 in Santiago" in after.description
    assert world.refresh(at_eleven).run.outcome == "unchanged"


@pytest.mark.parametrize(
    "error",
    [FetchFailed("answered 500", status=500), SourceUnreadable("no listing"), ChildFailed("died"), KeyError("a bug")],
    ids=lambda error: type(error).__name__,
)
def test_failure_of_any_kind_changes_no_byte_and_says_why(world: World, error: Exception) -> None:
    before, rows = world.feed(), world.rows("event")
    for _ in range(5):
        world.fails(error)
        outcome = world.refresh()
        assert outcome.run.outcome == "failed"
    assert (world.feed().body, world.rows("event"), world.edition()) == (before.body, rows, 1)
    state = world.state()
    assert (state.failures, state.word if state.paused_at is None else "failing") == (5, "failing")
    assert str(error).strip("'") in (state.last_error or "")
    world.says(listing(), *OTHERS)
    assert world.refresh().run.outcome == "unchanged"
    assert (world.state().failures, world.state().last_error) == (0, None)


def test_every_run_is_recorded_with_its_figures(world: World) -> None:
    world.refresh(listing(hour=16), listing("New"), *OTHERS[1:])
    with world.runtime.store.read() as snapshot:
        run, first = snapshot.sources.last_runs("made", 5)
    assert (run.outcome, run.listings, run.new, run.changed, run.missing, run.edition) == ("applied", 21, 1, 1, 1, 2)
    assert (first.new, first.edition) == (21, 1)
    assert run.took_ms > 0
    assert run.started_at == world.now


def test_what_says_the_same_in_another_order_is_not_normalised_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [*listings(20), listing("The last")]
    world.refresh(*given)
    monkeypatch.setattr("feedsvc.refresh.plan.normalise", lambda *_: pytest.fail("it was normalised again"))
    turned = [replace(one, title=(one.title or "").replace(" ", "  "), line=number) for number, one in enumerate(given)]
    before = world.feed().body
    run = world.refresh(*reversed(turned)).run
    assert (run.outcome, run.listings) == ("unchanged", 21)
    assert world.feed().body == before


def test_the_same_bytes_are_not_taken_apart_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [*listings(20), listing("The last")]
    world.refresh(*given)
    monkeypatch.setattr("feedsvc.core.serialize.said_digest", lambda _: pytest.fail("it was taken apart again"))
    assert [world.refresh(*given).run.outcome for _ in range(2)] == ["unchanged", "unchanged"]
