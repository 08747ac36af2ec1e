"""Pages for one refresh: how long they may take together, and that the claim lives as long."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page
from feedsvc.fetch import Response, Validators
from feedsvc.refresh.context import Task
from feedsvc.refresh.page_loader import LONGEST, PageLoader
from feedsvc.refresh.pipeline import claim
from feedsvc.sources.base import Fetch
from tests.refresh.world import World, listing, made_source

NOTHING = Validators(None, None)


def slow_world(folder: Path, minutes: float) -> World:
    """A source on the web whose every page takes that long."""

    def get(url: str, _validators: Validators | None, _agent: str | None = None, /) -> Response:
        world.passes(minutes=minutes)
        world.elapsed += 60 * minutes
        return Response(Page(url, b"x"), False, NOTHING, None, 1)

    world = World(folder, made_source(path=None, url="https://slow.example/"), get=get)
    return world


def test_pages_of_one_refresh_may_not_take_for_ever(tmp_path: Path) -> None:
    loader = PageLoader(slow_world(tmp_path, minutes=4).context, made_source(path=None, url="https://slow.example/"))
    with pytest.raises(FetchFailed, match="fetching 8 pages took longer than 30 min"):
        for number in range(99):
            loader(f"https://slow.example/{number}")
    assert LONGEST == 30 * 60


def test_claim_of_a_long_refresh_is_kept_alive(tmp_path: Path) -> None:
    world = slow_world(tmp_path, minutes=3)
    fence = claim(world.context, world.source, world.now)
    assert fence is not None
    loader = PageLoader(world.context, world.source, fence=fence)
    for number in range(6):
        loader(f"https://slow.example/{number}")
        assert claim(world.context, world.source, world.now) is None, "somebody else took it"
    world.passes(minutes=11)
    assert claim(world.context, world.source, world.now) is not None


def test_page_is_recalled_as_it_was_found(tmp_path: Path) -> None:
    world = slow_world(tmp_path, minutes=0)
    loader = PageLoader(world.context, world.source)
    assert loader.recall("https://slow.example/1") is None
    page = loader("https://slow.example/1")
    with world.runtime.store.write() as snapshot:
        snapshot.pages.keep(world.source.id, loader.found.values(), loader.asked)
    assert PageLoader(world.context, world.source).recall("https://slow.example/1") == page
    assert PageLoader(world.context, world.source, conditional=False).recall("https://slow.example/1") is None


def test_refresh_that_somebody_breaks_off_may_be_tried_again_at_once(tmp_path: Path) -> None:
    world = World(tmp_path)

    def read(_task: Task, _fetch: Fetch) -> str:
        raise KeyboardInterrupt

    world.read = read
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            world.refresh()
    assert (world.state().claimed_by, world.state().strikes) == (None, 0)
    assert world.refresh(listing()).run.outcome == "applied"
