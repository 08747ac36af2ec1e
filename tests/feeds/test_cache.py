"""The documents at hand: good while their revisions stand, built once however many ask, never lost with the store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.core.errors import StoreUnavailable, UnknownFeed
from feedsvc.feeds import cache as module
from feedsvc.feeds.document import Document
from tests.feeds.world import World
from tests.web.site import listing


def test_document_is_built_once_and_the_store_asked_once_a_second(world: World) -> None:
    first = world.document()
    asked = world.store.asked
    assert all(world.document() is first for _ in range(5))
    assert world.documents.at_hand("/country/cl.ics") is first
    assert world.store.asked == asked
    world.later()
    assert world.document() is first
    assert world.store.asked == asked + 1


def test_change_is_seen_within_a_second_and_only_in_the_feeds_it_touches(world: World) -> None:
    chile, peru, everything = (world.document(path) for path in ("/country/cl.ics", "/country/pe.ics", "/all.ics"))
    world.move()
    assert world.document() is chile
    world.later()
    assert world.documents.at_hand("/country/cl.ics") is None
    assert world.document().etag != chile.etag
    assert world.document("/all.ics").etag != everything.etag
    assert world.document("/country/pe.ics") is peru


def test_backup_that_took_the_place_of_the_store_leaves_no_feed_of_the_other_history(
    world: World, tmp_path: Path
) -> None:
    file = next(tmp_path.glob("*.sqlite"))
    with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(tmp_path / "backup")) as backup:
        now.backup(backup)
    world.move()
    world.later()
    forgotten = world.document()
    for one in tmp_path.glob(f"{file.name}*"):
        one.rename(one.with_name(f"old-{one.name}"))
    (tmp_path / "backup").rename(file)
    world.later()
    world.document("/country/pe.ics")
    world.site.listings[0] = listing("One", date(2026, 5, 30))
    world.site.refresh()
    world.later()
    assert b"20260530T" in world.document().body
    assert world.document().etag != forgotten.etag


def test_snapshot_from_before_a_look_takes_nothing_back(world: World) -> None:
    world.document()
    with world.site.runtime.store.read() as snapshot:
        assert snapshot.feeds.edition() == 1
        world.move()
        world.later()
        pe = world.document("/country/pe.ics")
        assert world.documents.edition_watch.take(snapshot).edition == 1
        assert world.documents.vocabulary().edition == 2
    world.later()
    assert world.document("/country/pe.ics") is pe


def test_document_built_from_an_old_snapshot_is_built_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the snapshot and the end of the build, another thread looks and learns of a new edition."""
    true = module.build

    def overtaken(*arguments: Any) -> Document:
        monkeypatch.setattr(module, "build", true)
        world.move()
        assert world.documents.look()
        return true(*arguments)

    monkeypatch.setattr(module, "build", overtaken)
    assert b"20260527T" not in world.document().body
    assert b"20260527T" in world.document().body


def test_process_that_refreshed_may_look_at_once(world: World) -> None:
    before = world.document()
    world.move()
    assert world.documents.look()
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
    assert world.documents.at_hand("/country/cl.ics") is before
    assert world.store.asked == asked + 1
    world.ticks.now += 100.0
    assert world.document() is before
    assert world.documents.edition_watch.silent_seconds == pytest.approx(100.0)
    asked = world.store.asked
    with pytest.raises(StoreUnavailable):
        world.document("/country/ke.ics")
    assert world.store.asked == asked, "who just kept silent would only keep us waiting"
    world.store.away = False
    world.later()
    assert world.document("/country/ke.ics").events == 0
    assert world.documents.edition_watch.silent_seconds is None


def test_store_that_never_answered_is_no_reason_to_call_a_feed_unknown(world: World) -> None:
    world.store.away = True
    world.documents = world.fresh()
    with pytest.raises(StoreUnavailable):
        world.documents.find("/theme/new-on-the-page.ics")
    world.store.away = False
    world.later()
    with pytest.raises(UnknownFeed):
        world.documents.find("/theme/new-on-the-page.ics")


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
        assert world.documents.at_hand("/country/cl.ics") is before, "it is not tried again at every request"
    assert world.documents.build_counts.failed_builds == 1
    world.later()
    assert world.document().etag != before.etag


def test_feed_that_comes_out_damaged_is_not_served(world: World) -> None:
    before = world.document()
    world.move()
    with world.site.runtime.store.write() as snapshot:
        snapshot._connection.exec_driver_sql("UPDATE fragment SET vevent = substr(vevent, 1, 100)")
    world.later()
    assert world.document() is before
    with pytest.raises(StoreUnavailable, match="came out damaged"):
        world.fresh().document(world.documents.find("/country/cl").spec, "ics")


def test_event_that_left_the_feeds_is_an_empty_calendar_not_a_dead_address(world: World) -> None:
    public_id = world.site.event_id("One")
    assert world.documents.event_document(public_id).events == 1  # type: ignore[union-attr]
    assert world.documents.event_document("nobody") is None
    for hours in (1, 2, 24 * 40):
        world.site.now += timedelta(hours=hours)
        world.site.listings = [listing("Other", countries=("Peru",), themes=("Justice",))]
        world.site.refresh()
    world.later()
    left = world.documents.event_document(public_id)
    assert left is not None
    assert left.events == 0
    assert left.body.endswith(b"END:VCALENDAR\r\n")


def test_large_feed_is_told_before_and_after_it_is_built(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = world.documents.find("/all").spec
    assert not world.documents.is_large(spec)
    monkeypatch.setattr(module, "LARGE_BYTES", 800)
    monkeypatch.setattr("feedsvc.feeds.document.LARGE_BYTES", 800)
    assert world.fresh().is_large(spec)
    world.document("/all.ics")
    assert world.documents.is_large(spec)
    assert not world.documents.is_large(world.documents.find("/country/ke").spec)


@pytest.mark.parametrize("key", ["history", "store_id"])
def test_nothing_that_another_history_said_at_the_same_edition_is_served(world: World, key: str) -> None:
    before = world.document()
    assert world.documents.at_hand("/country/cl.ics") is before
    event = world.documents.event_document(world.site.event_id("One"))
    with world.site.runtime.store.write() as snapshot:
        snapshot._connection.exec_driver_sql(
            "UPDATE fragment SET vevent = CAST(replace(vevent, 'SUMMARY:One', 'SUMMARY:Uno') AS BLOB)"
        )
    world.later()
    assert world.document() is before, "nobody said that anything changed"
    with world.site.runtime.store.write() as snapshot:
        snapshot._connection.exec_driver_sql(f"UPDATE meta SET value = 'another' WHERE key = '{key}'")
    world.later()
    assert world.documents.at_hand("/country/cl.ics") is None
    assert b"SUMMARY:Uno" in world.document().body
    assert world.documents.event_document(world.site.event_id("One")) is not event
