"""The documents at hand: good while their revisions stand, built once however many ask, never lost with the store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.feeds import library as module
from feedsvc.feeds.build import build
from feedsvc.feeds.document import Document
from feedsvc.feeds.library import Library
from feedsvc.feeds.lookout import LOOK_EVERY_SECONDS
from feedsvc.store.store import Snapshot, Store
from tests.sample import Ticks
from tests.web.site import Site, listing

WAIT = 10.0


class Switchable:
    """A store that can be shut away, and counts how often it was asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.away = False
        self.asked = 0

    @contextmanager
    def read(self, *, in_passing: bool = False) -> Iterator[Snapshot]:
        self.asked += 1
        if self.away:
            raise StoreUnavailable("it was shut away")
        with self._store.read(in_passing=in_passing) as snapshot:
            yield snapshot


class World:
    """A service with one event in Chile and one in Peru, and a library whose clock goes when told."""

    def __init__(self, folder: Path) -> None:
        self.ticks = Ticks()
        self.site = Site(folder, listing("One"), listing("Other", countries=("Peru",), themes=("Justice",)))
        self.store = Switchable(self.site.services.store)
        self.library = self.fresh()

    def fresh(self) -> Library:
        """A library that knows nothing yet, as in another process."""
        services = self.site.services
        return Library(self.store, services.dimensions, services.library.site, self.ticks)  # type: ignore[arg-type]

    def document(self, path: str = "/country/cl.ics") -> Document:
        found = self.library.find(path)
        return self.library.document(found.spec, found.extension or "ics")

    def move(self) -> None:
        """The event in Chile moves by a day."""
        self.site.now += timedelta(hours=1)
        self.site.listings[0] = listing("One", date(2026, 5, 27))
        self.site.refresh()

    def later(self) -> None:
        """The store is due to be asked."""
        self.ticks.now += LOOK_EVERY_SECONDS


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.site.services.close()


def test_document_is_built_once_and_the_store_asked_once_a_second(world: World) -> None:
    first = world.document()
    asked = world.store.asked
    assert all(world.document() is first for _ in range(5))
    assert world.library.at_hand("/country/cl.ics") is first
    assert world.store.asked == asked
    world.later()
    assert world.document() is first
    assert world.store.asked == asked + 1


def test_change_is_seen_within_a_second_and_only_in_the_feeds_it_touches(world: World) -> None:
    chile, peru, everything = (world.document(path) for path in ("/country/cl.ics", "/country/pe.ics", "/all.ics"))
    world.move()
    assert world.document() is chile
    world.later()
    assert world.library.at_hand("/country/cl.ics") is None
    assert world.document().etag != chile.etag
    assert world.document("/all.ics").etag != everything.etag
    assert world.document("/country/pe.ics") is peru


def test_process_that_refreshed_may_look_at_once(world: World) -> None:
    before = world.document()
    world.move()
    assert world.library.look()
    assert world.document().etag != before.etag


def test_last_modified_never_goes_back(world: World) -> None:
    before = world.document().last_modified
    world.site.now += timedelta(hours=2)
    world.site.listings[0] = listing("One", countries=("Peru",), themes=("Justice",))
    world.site.refresh()
    world.later()
    after = world.document()
    assert after.events == 0
    assert after.last_modified > before


def test_store_that_is_away_costs_no_document_and_is_asked_seldom(world: World) -> None:
    before = world.document()
    world.store.away = True
    world.later()
    asked = world.store.asked
    assert world.document() is before
    assert world.library.at_hand("/country/cl.ics") is before
    assert world.store.asked == asked + 1
    world.ticks.now += 100.0
    assert world.document() is before
    assert world.library.lookout.silent_seconds == pytest.approx(100.0)
    with pytest.raises(StoreUnavailable):
        world.document("/country/ke.ics")
    world.store.away = False
    world.later()
    assert world.document("/country/ke.ics").events == 0
    assert world.library.lookout.silent_seconds is None


def test_store_that_never_answered_is_no_reason_to_call_a_feed_unknown(world: World) -> None:
    world.store.away = True
    world.library = world.fresh()
    with pytest.raises(StoreUnavailable):
        world.library.find("/theme/new-on-the-page.ics")
    world.store.away = False
    world.later()
    with pytest.raises(UnknownFeed):
        world.library.find("/theme/new-on-the-page.ics")


def test_store_that_goes_while_a_feed_is_built_leaves_the_old_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.document()
    world.move()
    world.later()

    def fails(*_: object) -> Document:
        raise StoreUnavailable("gone in the middle")

    with monkeypatch.context() as patch:
        patch.setattr(module, "build", fails)
        assert world.document() is before
        assert world.library.at_hand("/country/cl.ics") is before, "it is not tried again at every request"
    assert world.library.tally.failed_builds == 1
    world.later()
    assert world.document().etag != before.etag


class Slow:
    """Stands in for `build`: waits until it is let go."""

    def __init__(self) -> None:
        self.calls, self.begun, self.go = 0, Event(), Event()

    def __call__(self, *arguments: Any) -> Document:
        self.calls += 1
        self.begun.set()
        assert self.go.wait(WAIT)
        return build(*arguments)


def test_many_who_ask_for_a_new_feed_at_once_cause_one_build(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(module, "build", slow)
    together = Barrier(8)

    def ask() -> Document:
        together.wait(WAIT)
        return world.document()

    with ThreadPoolExecutor(8) as threads:
        asking = [threads.submit(ask) for _ in range(8)]
        assert slow.begun.wait(WAIT)
        slow.go.set()
        found = {id(one.result(WAIT)) for one in asking}
    assert (slow.calls, len(found)) == (1, 1)


def test_others_get_the_old_feed_while_one_builds_the_new(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.document()
    world.move()
    world.later()
    slow = Slow()
    monkeypatch.setattr(module, "build", slow)
    with ThreadPoolExecutor(1) as threads:
        builder = threads.submit(world.document)
        assert slow.begun.wait(WAIT)
        assert world.document() is before
        assert world.library.at_hand("/country/cl.ics") is before
        slow.go.set()
        assert builder.result(WAIT).etag != before.etag
    assert slow.calls == 1


def test_nobody_waits_while_one_asks_the_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.document()
    world.later()
    begun, go = Event(), Event()
    read = world.store.read

    @contextmanager
    def slowly(*, in_passing: bool = False) -> Iterator[Snapshot]:
        begun.set()
        assert go.wait(WAIT)
        with read(in_passing=in_passing) as snapshot:
            yield snapshot

    monkeypatch.setattr(world.store, "read", slowly)
    with ThreadPoolExecutor(1) as threads:
        asking = threads.submit(world.document)
        assert begun.wait(WAIT)
        assert world.library.at_hand("/country/cl.ics") is before
        go.set()
        assert asking.result(WAIT) is before


def test_event_that_left_the_feeds_is_an_empty_calendar_not_a_dead_address(world: World) -> None:
    public_id = world.site.event_id("One")
    assert world.library.event_document(public_id).events == 1  # type: ignore[union-attr]
    assert world.library.event_document("nobody") is None
    for hours in (1, 2, 24 * 40):
        world.site.now += timedelta(hours=hours)
        world.site.listings = [listing("Other", countries=("Peru",), themes=("Justice",))]
        world.site.refresh()
    world.later()
    left = world.library.event_document(public_id)
    assert left is not None
    assert left.events == 0
    assert left.body.endswith(b"END:VCALENDAR\r\n")


def test_large_feed_is_told_before_and_after_it_is_built(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = world.library.find("/all").spec
    assert not world.library.is_large(spec)
    monkeypatch.setattr(module, "LARGE_BYTES", 800)
    monkeypatch.setattr("feedsvc.feeds.document.LARGE_BYTES", 800)
    assert world.fresh().is_large(spec)
    world.document("/all.ics")
    assert world.library.is_large(spec)
    assert not world.library.is_large(world.library.find("/country/ke").spec)
