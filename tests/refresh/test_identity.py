"""A year of real life: which event is which, when pages list only the next, ids change, and titles repeat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core.model import EventStatus, Listing, Record
from feedsvc.sources.base import find_kinds
from tests.refresh.world import World, listing, listings, read_here

SAMPLES = Path(__file__).parent / "samples"
LINK = "https://x.example/weekly"
FIRST = date(2024, 5, 27)


def weekly(number: int, **more: Any) -> Listing:
    return listing("Weekly talk", FIRST + timedelta(weeks=number), **{"link": LINK, **more})


def by_start(world: World) -> list[Record]:
    return sorted(world.by_uid().values(), key=lambda one: one.event.span.start)


def test_a_page_that_lists_only_the_next_of_a_weekly_talk_leaves_a_past(tmp_path: Path) -> None:
    world = World(tmp_path, now=datetime(2024, 5, 20, 18, 0, tzinfo=UTC))
    for number in range(5):
        world.refresh(weekly(number))
        world.passes(days=7)
    days = [(one.event.span.first_day, one.sequence, one.status) for one in by_start(world)]
    assert days == [(FIRST + timedelta(weeks=number), 0, EventStatus.CONFIRMED) for number in range(5)]


def test_the_page_may_drop_today_s_talk_while_it_is_still_on(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.refresh(weekly(0))
    world.now = datetime(2024, 5, 27, 14, 30, tzinfo=UTC)  # it lasts from 15:00 to 16:30 UTC
    world.passes(hours=-1)
    world.refresh(weekly(0))
    world.now = datetime(2024, 5, 27, 15, 0, tzinfo=UTC)
    world.refresh(weekly(1))
    assert [one.sequence for one in by_start(world)] == [0, 0]


def test_a_summit_under_last_year_s_link_or_id_is_another_event(tmp_path: Path) -> None:
    for own in ({"link": LINK}, {"native_id": "summit"}):
        world = World(tmp_path / str(*own))
        world.refresh(listing("Summit", date(2024, 5, 27), **own))
        world.passes(days=300)
        world.refresh(listing("Summit", date(2025, 5, 26), **own))
        assert [one.event.span.first_day.year for one in by_start(world)] == [2024, 2025]
        world.passes(days=365)
        world.refresh(listing("Summit", date(2026, 5, 25), **own))
        assert len({one.uid for one in by_start(world)}) == 3


def test_where_every_fetch_has_new_ids_a_move_is_a_move(tmp_path: Path) -> None:
    world = World(tmp_path)
    talks = [listing(f"Talk {number}", hour=8 + number) for number in range(6)]
    for fetch in range(4):
        moved = replace(talks[0], start=replace(talks[0].start, date=date(2024, 6, fetch + 1)), end=None, listed="June")
        world.refresh(*(replace(one, native_id=f"{fetch}-{n}") for n, one in enumerate([moved, *talks[1:]])))
    assert len(world.by_uid()) == 6
    assert world.record("Talk 0").sequence == 3
    with world.runtime.store.read() as snapshot:
        assert "ids-change" in [one["code"] for one in snapshot.feeds.findings()]


def test_ids_that_all_change_once_cancel_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    talks = [listing(f"Talk {number}", hour=8 + number, native_id=f"old-{number}") for number in range(6)]
    world.refresh(*talks)
    uids = world.by_uid().keys()
    for day in (28, 29, 30):
        world.refresh(
            *(
                listing(f"Talk {number}", date(2024, 5, day), 8 + number, native_id=f"new-{number}")
                for number in range(6)
            )
        )
    assert world.by_uid().keys() == uids
    assert not any(one.cancelled_at for one in world.by_uid().values())


def test_another_event_at_the_same_hour_never_takes_a_uid_over(tmp_path: Path) -> None:
    world = World(tmp_path)
    others = listings(3)
    world.refresh(listing("One", link="https://x.example/1"), *others)
    world.refresh(listing("Two", link="https://x.example/2"), *others)
    assert world.record("One").uid != world.record("Two").uid


def test_untitled_events_under_two_links_are_two(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.refresh(*(listing(None, link=f"https://x.example/{number}") for number in range(2)))
    assert len(world.by_uid()) == 2


def test_one_uid_on_several_dates_of_a_careless_calendar(tmp_path: Path) -> None:
    found = find_kinds()["ics"].settings.model_validate({})
    common = SourceSettings(id="made", kind="ics", path="cur.ics", country="fr", timezone="Europe/Paris")
    world = World(tmp_path, Source(common, found, tmp_path), now=datetime(2026, 11, 20, tzinfo=UTC), read=read_here)
    (tmp_path / "cur.ics").write_bytes((SAMPLES / "sameuid-1.ics").read_bytes())
    world.refresh()
    before = {one.event.span.first_day: one.uid for one in by_start(world)}
    (tmp_path / "cur.ics").write_bytes((SAMPLES / "sameuid-2.ics").read_bytes())
    for _ in range(3):
        world.refresh()
    after = {one.event.span.first_day: one for one in by_start(world)}
    assert len(after) == 5
    assert {day: after[day].uid for day in before} == before
    assert f"{after[date(2027, 7, 15)].event.span.start:%H:%M}" == "17:00"
    assert not any(one.cancelled_at for one in after.values())


def test_the_same_captures_in_the_same_order_give_the_same_uids(tmp_path: Path) -> None:
    acts = [
        [weekly(0), listing("A"), listing("B", native_id="b")],
        [weekly(1), listing("A", hour=15), listing("B", native_id="b"), listing(None)],
        [weekly(1), listing("C", hour=15), listing("B", date(2024, 6, 3), native_id="c"), listing(None)],
    ]
    found = []
    for name in ("one", "other"):
        world = World(tmp_path / name)
        for act in acts:
            world.refresh(*act)
            world.passes(days=6)
        found.append({one.uid: one.event.summary for one in by_start(world)})
    assert found[0] == found[1]
