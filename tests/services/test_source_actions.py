"""Renaming, handing over, striking out: what people do to sources that the file does not name, and how it is undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.core.errors import RequestError
from feedsvc.core.model import EventStatus
from feedsvc.refresh.removal import bury
from feedsvc.services.sources import Actions
from feedsvc.store.administrators import Actor
from tests.refresh.world import SOON, World, listing, listings, made_source

BY = Actor("cli:test")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.refresh(*listings(3), listing("Long ago", SOON - timedelta(days=30)))
    return made


def actions(world: World) -> Actions:
    return Actions(world.runtime.store, world.runtime.clock, world.context)


def cancelled(world: World) -> set[str]:
    return {title for title, one in world.records().items() if one.status is EventStatus.CANCELLED}


def lines(world: World) -> list[bytes]:
    stamps = (b"DTSTAMP", b"LAST-MODIFIED", b"SEQUENCE")
    return [line for line in world.feed().body.splitlines() if not line.startswith(stamps)]


def test_striking_out_ends_what_is_coming_and_is_taken_back(world: World) -> None:
    before, uids = lines(world), set(world.by_uid())
    world.passes(days=1)
    assert actions(world).strike_out(BY, "made") == 3
    assert cancelled(world) == {"Event 0", "Event 1", "Event 2"}
    assert {one.sequence for one in world.records().values() if one.cancelled_at} == {1}
    world.passes(days=1)
    actions(world).restore(BY, "made")
    assert (lines(world), set(world.by_uid())) == (before, uids)
    assert {one.sequence for title, one in world.records().items() if title != "Long ago"} == {2}
    with pytest.raises(RequestError, match="nothing of source 'made' was struck out"):
        actions(world).restore(BY, "made")


def test_tombstones_of_a_removed_source_end_after_their_time(world: World) -> None:
    actions(world).strike_out(BY, "made")
    world.passes(days=29)
    assert bury(world.context, []) == 0
    world.passes(days=2)
    assert bury(world.context, ["made"]) == 0
    assert bury(world.context, []) == 3
    assert set(world.records()) == {"Long ago"}


def test_what_another_source_lists_too_goes_on_under_its_uid(world: World) -> None:
    uid = world.record("Event 1").uid
    world.source = made_source(id="other")
    world.refresh(listing("Event 1", hour=9))
    assert len(world.by_uid()) == 4
    actions(world).strike_out(BY, "made")
    assert cancelled(world) == {"Event 0", "Event 2"}
    assert world.record("Event 1").uid == uid


def test_a_rename_is_one_action_and_its_undo(world: World) -> None:
    body = world.feed().body
    number = actions(world).rename(BY, "made", "better")
    assert {one.source_id for one in world.by_uid().values()} == {"better"}
    assert world.feed().body == body
    actions(world).undo(BY, number)
    assert {one.source_id for one in world.by_uid().values()} == {"made"}
    world.refresh(*listings(3), listing("Long ago", SOON - timedelta(days=30)))
    assert world.feed().body == body


def test_events_are_handed_over_to_another_source_without_a_second_one(world: World) -> None:
    uids = set(world.by_uid())
    world.source = made_source(id="heir")
    world.refresh(listing("Another", SOON + timedelta(days=1)))
    number = actions(world).rename(BY, "made", "heir")
    with pytest.raises(RequestError, match="cannot be undone"):
        actions(world).undo(BY, number)
    world.refresh(*listings(3), listing("Another", SOON + timedelta(days=1)))
    assert uids < set(world.by_uid())
    assert len(world.by_uid()) == 5
    assert cancelled(world) == set()


def test_an_id_must_be_one(world: World) -> None:
    with pytest.raises(RequestError, match="cannot be its id"):
        actions(world).rename(BY, "made", "Not One")


def test_striking_out_is_not_undone_where_nothing_can_be_written(world: World) -> None:
    actions(world).strike_out(BY, "made")
    without = replace(world.runtime, refresh_context=world.context)
    (action, *_) = actions(world).log(1)
    with pytest.raises(RequestError, match="feedsvc sources restore"):
        Actions(without.store, without.clock).undo(BY, action.id)
