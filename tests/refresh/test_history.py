"""What changed, when, and by which run: the past of each event, for pages, feeds of changes and undo."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from feedsvc.core.model import EventStatus
from feedsvc.store.history import EventChange
from tests.refresh.world import World, listing, listings

CL, AR = {"country": ("cl",)}, {"country": ("ar",)}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.refresh(*listings(9), listing(native_id="a"))
    return world


def of_event(world: World, title: str = "Open day") -> list[EventChange]:
    with world.runtime.store.read() as snapshot:
        return snapshot.history.of_event(world.record(title).uid)


def test_an_event_that_never_changed_is_new_and_takes_no_room(world: World) -> None:
    (change,) = of_event(world)
    assert (change.kind, change.before, change.after.event.title) == ("new", None, "Open day")
    assert not world.rows("event_version")


def test_every_visible_change_is_told_with_what_there_was_before(world: World) -> None:
    hall = listing(native_id="a", location="Town hall")
    world.refresh(*listings(9), hall)
    moved = listing(native_id="a", day=date(2024, 6, 3), location="Town hall", listed="on 3 June")
    world.refresh(*listings(9), moved)
    at_move = world.now
    world.refresh(*listings(9))
    world.refresh(*listings(9))
    changes = of_event(world)
    assert [(one.kind, one.fields) for one in changes] == [
        ("cancelled", ("status",)),
        ("changed", ("span", "listed")),
        ("changed", ("location",)),
        ("new", ()),
    ]
    assert [one.after.sequence for one in changes] == [3, 2, 1, 0]
    assert (changes[1].at, changes[1].edition, changes[1].cause) == (at_move, 3, "run")
    assert changes[1].before is not None
    assert (changes[1].before.event.span.first_day, changes[1].after.event.span.first_day) == (
        date(2024, 5, 27),
        date(2024, 6, 3),
    )
    assert changes[0].after.status is EventStatus.CANCELLED
    assert [one.before for one in changes[:3]] == [one.after for one in changes[1:]]


def test_the_changes_of_a_feed_are_the_newest_first_and_know_what_left_it(world: World) -> None:
    since = world.now + timedelta(minutes=1)
    world.refresh(*listings(9), listing(native_id="a", countries=("Argentina",)))
    world.refresh(*listings(9), listing(native_id="a", countries=("Argentina",)), listing("New", hour=15))
    with world.runtime.store.read() as snapshot:
        chile = snapshot.history.changed_since(CL, since, 10)
        argentina = snapshot.history.changed_since(AR, since, 10)
        all_first = snapshot.history.changed_since({}, since, 1)
        everything = snapshot.history.changed_since({}, since - timedelta(days=1), 100)
    assert [(one.kind, one.after.event.title) for one in chile] == [("new", "New"), ("changed", "Open day")]
    assert [(one.kind, one.fields) for one in argentina] == [("changed", ("countries", "span", "codes"))]
    assert [one.kind for one in all_first] == ["new"]
    assert len(everything) == 12


def test_after_400_days_a_change_is_forgotten(world: World) -> None:
    world.refresh(*listings(9), listing(native_id="a", location="Town hall"))
    world.passes(days=401)
    coming = [listing(f"Later {number}", date(2025, 7, 10), hour=8 + number) for number in range(3)]
    world.refresh(*coming)
    world.refresh(coming[0], coming[1], listing("Later 2", date(2025, 7, 10), 10, location="Hall"))
    assert [one.kind for one in of_event(world)] == ["new"]
    assert len(of_event(world, "Later 2")) == 2
