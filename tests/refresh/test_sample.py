"""The whole way on the real listing of 30 May 2024: read, stored, refreshed again, changed a little."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.bootstrap import load_config
from feedsvc.core.dimensions import dimensions, facets_of
from tests.refresh.world import ROOT, World, file_source

CONFIG = load_config(ROOT / "config/feedsvc.toml")
DIMENSIONS = dimensions(CONFIG.themes, CONFIG.regions)
SAMPLE = (ROOT / "config/samples/open-gov-week-2024.txt").read_text(encoding="utf-8")
ACCENT = "Diálogos de Saberes"
MOVED = "Ukraine — May 30, 2024 @ 10:00am - 12:00pm GMT+02:00"
MOVED_BY_AN_HOUR = "Ukraine — May 30, 2024 @ 9:00am - 11:00am GMT+02:00"
ADDED = "\n\nA new event\n\nCivic Space\n\nUkraine — May 30, 2024 @ 3:00pm - 4:00pm GMT+02:00\n\nLearn more\n"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "listing.txt"
    file.write_text(SAMPLE, encoding="utf-8")
    return file


@pytest.fixture
def world(tmp_path: Path, page: Path) -> World:
    world = World(tmp_path / "var", file_source(page))
    outcome = world.refresh()
    assert (outcome.run.outcome, outcome.run.listings, outcome.run.new, outcome.run.edition) == ("applied", 75, 70, 1)
    return world


def test_second_refresh_writes_no_fragment_and_makes_no_edition(world: World) -> None:
    fragments, events, feeds = world.rows("fragment"), world.rows("event"), world.every_feed()
    outcome = world.refresh()
    assert (outcome.run.outcome, outcome.run.edition, outcome.run.listings) == ("unchanged", None, 75)
    assert (world.rows("fragment"), world.rows("event"), world.edition()) == (fragments, events, 1)
    world.restart()
    again = world.every_feed()
    assert {path: feed.body for path, feed in again.items()} == {path: feed.body for path, feed in feeds.items()}


def test_same_source_read_into_an_empty_store_gives_the_same_uids(world: World, tmp_path: Path, page: Path) -> None:
    other = World(tmp_path / "other", file_source(page))
    other.passes(days=400)
    other.refresh()
    assert len(world.by_uid()) == 70
    assert {uid: one.event for uid, one in other.by_uid().items()} == {u: r.event for u, r in world.by_uid().items()}


def test_three_small_changes_change_three_events_and_only_their_feeds(world: World, page: Path) -> None:
    before, feeds = world.by_uid(), world.every_feed()
    assert SAMPLE.count(ACCENT) == SAMPLE.count(MOVED) == 1
    text = SAMPLE.replace(ACCENT, "Dialogos de Saberes").replace(MOVED, MOVED_BY_AN_HOUR) + ADDED
    page.write_text(text, encoding="utf-8")
    outcome = world.refresh()
    assert (outcome.run.new, outcome.run.changed, outcome.run.missing) == (1, 2, 0)

    after = world.by_uid()
    assert set(before) < set(after)
    assert len(after) == 71
    touched = [one for one in after.values() if one != before.get(one.uid)]
    assert sorted(one.sequence for one in touched) == [0, 1, 1]
    facets = {f"/{one.dimension}/{one.value}" for record in touched for one in facets_of(record.event, DIMENSIONS)}
    changed = {path for path, feed in world.every_feed().items() if feed.etag != feeds[path].etag}
    assert changed == facets | {"/all"}
    assert len(changed) < len(feeds) / 4


def test_reordered_and_respaced_listing_changes_nothing(world: World, page: Path) -> None:
    entries = SAMPLE.split("Learn more\n")
    head, first = entries[0].split("\n", 1)
    shuffled = [first, *entries[1:-1]][::-1]
    text = head + "\n" + "".join(entry.replace(" @ ", "  @  ") + "Learn more  \n" for entry in shuffled) + entries[-1]
    page.write_text(text, encoding="utf-8")
    outcome = world.refresh()
    assert (outcome.run.outcome, outcome.run.edition) == ("unchanged", None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an Open Gov Week listing (0 bytes"),
        (bytes(range(256)) * 40, "not an Open Gov Week listing"),
        (b"<html><body><form>Please log in</form></body></html>", "not an Open Gov Week listing"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["empty", "garbage", "login page", "missing"],
)
def test_what_is_no_listing_costs_nothing_and_says_so_in_one_line(
    world: World, page: Path, content: bytes | None, words: str
) -> None:
    feeds = world.every_feed()
    page.unlink() if content is None else page.write_bytes(content)
    outcome = world.refresh()
    assert outcome.run.outcome == "failed"
    assert words in (outcome.run.message or "")
    assert "\n" not in (outcome.run.message or "")
    assert world.state().last_error == outcome.run.message
    assert {path: feed.etag for path, feed in world.every_feed().items()} == {
        path: one.etag for path, one in feeds.items()
    }


def test_half_a_listing_removes_nothing(world: World, page: Path) -> None:
    page.write_text(SAMPLE[: len(SAMPLE) // 2], encoding="utf-8")
    outcome = world.refresh()
    assert (outcome.run.missing, len(world.by_uid())) == (0, 70)
    assert (outcome.run.message or "").startswith("read in part: ")
