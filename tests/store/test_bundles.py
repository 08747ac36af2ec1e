"""Bundles in the store: slugs are unique, a change keeps the slug, a visitor's changes are counted by the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from feedsvc.store.store import Store

NOW = datetime(2024, 5, 30, 12, tzinfo=UTC)
HASH = b"h" * 32


def make(store: Store, name: str = "Lunch") -> str:
    with store.write() as snapshot:
        slugs = (f"lunch-{number}" for number in count(1))
        return snapshot.bundles.make(slugs, name, "/country/cl", HASH, NOW).slug


def test_the_first_free_slug_is_taken(store: Store) -> None:
    assert [make(store), make(store), make(store)] == ["lunch-1", "lunch-2", "lunch-3"]
    with store.read() as snapshot:
        assert snapshot.bundles.count() == 3


def test_a_change_keeps_the_slug_and_is_dated(store: Store) -> None:
    slug = make(store)
    with store.write() as snapshot:
        snapshot.bundles.change(slug, "Dinner", "/all", NOW + timedelta(hours=1))
    with store.read() as snapshot:
        found = snapshot.bundles.find(slug)
    assert found is not None
    assert (found.name, found.path, found.created_at, found.changed_at, found.secret_hash) == (
        "Dinner", "/all", NOW, NOW + timedelta(hours=1), HASH)  # fmt: skip


def test_hiding_what_is_not_there_says_so(store: Store) -> None:
    slug = make(store)
    with store.write() as snapshot:
        bundles = snapshot.bundles
        assert not bundles.hide("no-such", NOW)
        assert bundles.hide(slug, NOW)
    with store.read() as snapshot:
        assert [one.hidden_at for one in snapshot.bundles.all()] == [NOW]


def test_changes_are_counted_by_visitor_and_hour_and_forgotten_after_a_day(store: Store) -> None:
    with store.write() as snapshot:
        bundles = snapshot.bundles
        assert [bundles.note_change(100, b"a"), bundles.note_change(100, b"a"), bundles.note_change(100, b"b")] == [
            1,
            2,
            1,
        ]
        assert bundles.note_change(101, b"a") == 1
        bundles.note_change(126, b"a")
        assert bundles.note_change(101, b"a") == 1, "it was not forgotten"


def test_the_hash_of_the_secret_is_not_shown_by_accident(store: Store) -> None:
    slug = make(store)
    with store.read() as snapshot:
        assert "hhhh" not in repr(snapshot.bundles.find(slug))
