"""Several who ask at once: one builds, one asks the store, and nobody waits who need not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Event
from typing import Any

import pytest

from feedsvc.feeds import cache as module
from feedsvc.feeds.build import build
from feedsvc.feeds.document import Document
from feedsvc.store.store import Snapshot
from tests.feeds.world import World

WAIT = 60.0


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


def test_combinations_are_built_one_at_a_time_and_no_single_value_waits_for_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, together = Slow(), Barrier(3)
    monkeypatch.setattr(module, "build", slow)

    def ask(theme: str) -> Document:
        together.wait(WAIT)
        return world.document(f"/country/cl/theme/{theme}.ics")

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask, theme) for theme in ("justice", "civic-space", "anti-corruption")]
        assert slow.begun.wait(WAIT)
        monkeypatch.setattr(module, "build", build)
        assert world.document("/country/cl.ics").events == 1
        assert (slow.calls, [one.done() for one in asking]) == (1, [False] * 3)
        slow.go.set()
        assert sorted(one.result(WAIT).events for one in asking) == [0, 0, 1]


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
        assert world.documents.at_hand("/country/cl.ics") is before
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
        assert world.documents.at_hand("/country/cl.ics") is before
        go.set()
        assert asking.result(WAIT) is before
