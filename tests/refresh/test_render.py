"""Rendering: every stored event comes to be written as it is written today, whatever became of its source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.core.errors import EventUnwritable
from feedsvc.core.model import Record
from feedsvc.feeds.document import Document
from feedsvc.refresh import plan
from feedsvc.refresh.render import Rendered, render_stale
from tests.refresh.world import World, listing, listings


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Twenty-one events, read and rendered; an hour has passed since."""
    made = World(tmp_path)
    render_stale(made.context)
    made.refresh(*listings(20), listing("The last"))
    made.passes(hours=1)
    return made


def changed(world: World, **environment: str) -> None:
    """Start again with other settings."""
    world.environment |= environment
    world.restart()


def records(world: World) -> dict[str, tuple[int, object]]:
    return {title: (one.sequence, one.modified) for title, one in world.records().items()}


def feed(world: World, path: str) -> Document:
    found = world.runtime.documents.find(path)
    return world.runtime.documents.document(found.spec, "ics")


def test_what_is_written_as_today_stays_as_it_is(world: World) -> None:
    before = world.feed().body
    assert render_stale(world.context) == Rendered()
    world.restart()
    assert render_stale(world.context) == Rendered()
    assert world.feed().body == before


@pytest.mark.parametrize("batch", [4, 200])
def test_changed_settings_rewrite_every_event_once_without_a_new_sequence(
    world: World, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.refresh.render.BATCH", batch)
    before, seen = world.feed(), []
    changed(world, FEEDSVC_BASE_URL="https://calendars.example.org")
    assert render_stale(world.context, seen.append) == Rendered(21, 21)
    assert seen[-1] == 21
    assert {(sequence, modified == world.now) for sequence, modified in records(world).values()} == {(0, True)}
    assert world.feed().body.count(b"https://calendars.example.org/event/") == 42
    assert world.feed().last_modified > before.last_modified
    assert render_stale(world.context) == Rendered()
    assert world.refresh().run.outcome == "unchanged"


def test_event_whose_bytes_are_the_same_keeps_them_and_its_last_modified(world: World) -> None:
    before, was = records(world), world.feed()
    changed(world, FEEDSVC_SITE__NAME="Another Week")
    assert render_stale(world.context) == Rendered(21, 0)
    assert records(world) == before
    assert world.feed().last_modified > was.last_modified, "the feed itself has another name"


def test_refresh_leaves_to_rendering_what_its_source_did_not_change(world: World) -> None:
    before = records(world)
    changed(world, FEEDSVC_FEEDS__DEFAULT_LENGTH="2h")
    run = world.refresh(*listings(20), listing("The last", location="City hall")).run
    assert (run.changed, run.rewritten) == (1, 0)
    assert [title for title, one in records(world).items() if one != before[title]] == ["The last"]


@pytest.mark.parametrize("column", ["paused_at", "last_error"])
def test_source_that_is_not_read_any_more_is_rendered_too(world: World, column: str) -> None:
    value = world.now if column == "paused_at" else "answered 500"
    with world.runtime.store.write() as snapshot:
        snapshot.sources.change("made", **{column: value})
    assert "made" not in {source.id for source in world.runtime.config.sources}
    changed(world, FEEDSVC_BASE_URL="https://calendars.example.org")
    assert render_stale(world.context).changed == 21


def test_dimensions_that_came_later_reach_a_store_by_themselves(tmp_path: Path) -> None:
    world = World(tmp_path)
    render_stale(world.context)
    early = tuple(one for one in world.context.dimensions if one.name in ("country", "theme"))
    whole = world.context
    world.runtime = replace(
        world.runtime, refresh_context=replace(whole, dimensions=early, fingerprint="of a version before")
    )
    world.refresh(listing("One"), listing("Other", countries=("Japan",)))
    before, bytes_before = records(world), world.feed().body.partition(b"BEGIN:VEVENT")[2]
    assert feed(world, "/region/asia").events == 0
    world.passes(hours=1)
    world.runtime = replace(world.runtime, refresh_context=whole)
    with world.runtime.store.write() as snapshot:
        snapshot.provenance.put_fingerprint("of a version before", world.now)
    world.passes(hours=1)
    assert render_stale(world.context) == Rendered(2, 2)
    world.runtime.documents.look()
    assert [feed(world, path).events for path in ("/region/asia", "/region/latin-america", "/year/2024")] == [1, 1, 2]
    assert feed(world, "/region/asia").last_modified == world.now
    assert records(world) == before
    assert world.feed().body.partition(b"BEGIN:VEVENT")[2] == bytes_before


def test_event_that_cannot_be_written_costs_itself_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    true_vevent = plan.vevent

    def refuse(record: Record, *more: object) -> bytes:
        if record.event.title == "The last":
            raise EventUnwritable("no")
        return true_vevent(record, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(plan, "vevent", refuse)
    changed(world, FEEDSVC_SITE__NAME="Another Week")
    assert render_stale(world.context) == Rendered(21, 1)
    assert world.feed().events == 20
    changed(world, FEEDSVC_SITE__NAME="A third")
    assert render_stale(world.context) == Rendered(21, 0)
    monkeypatch.undo()
    changed(world, FEEDSVC_SITE__NAME="A fourth")
    assert render_stale(world.context) == Rendered(21, 1)
    assert world.feed().events == 21


def test_last_modified_of_a_feed_is_never_before_the_release_that_wrote_it(world: World) -> None:
    changed(world, FEEDSVC_SITE__COLOR="#123456")
    render_stale(world.context)
    empty = feed(world, "/country/fr")
    assert empty.last_modified == world.now
    assert world.feed().last_modified - empty.last_modified < timedelta(seconds=1)
