"""The rows of a feed, by the driver's own cursor: the same in every way they are read, on both databases."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.model import Facet
from feedsvc.store import dialects
from feedsvc.store.store import Store
from tests.store.records import NOW, START, apply, record, uid_in, vevent, written

COUNTRIES = tuple(Facet("country", code, code) for code in ("ar", "cl", "ke", "pe"))
THEMES = tuple(Facet("theme", name, name) for name in ("budget", "justice", "space"))
Wanted = dict[str, tuple[str, ...]]
FEEDS: list[Wanted] = [
    {},
    {"country": ("cl",)},
    {"country": ("ar", "cl", "ke", "pe")},
    {"theme": ("budget", "space")},
    {"country": ("cl",), "theme": ("budget",)},
    {"country": ("ar", "ke"), "theme": ("budget", "justice")},
    {"country": ("nowhere",)},
    {"country": ("cl",), "theme": ("nothing",)},
]


@pytest.fixture
def facets(store: Store) -> dict[str, set[tuple[str, str]]]:
    """Sixty events with facets drawn at random, many at the same time. UID → its facets."""
    draw, made, items = random.Random(7), {}, []
    for number in range(60):
        drawn = (*draw.sample(COUNTRIES, draw.randint(1, 3)), *draw.sample(THEMES, draw.randint(0, 2)))
        one = record(f"{draw.random():.9f}é{number}", START + timedelta(hours=draw.randrange(8)))
        items.append(written(one, *drawn))
        made[one.uid] = {(facet.dimension, facet.value) for facet in drawn}
    apply(store, *items, now=NOW)
    return made


def expected(facets: dict[str, set[tuple[str, str]]], wanted: Wanted) -> set[str]:
    """The feed's events by the words of the definition."""
    return {
        uid
        for uid, own in facets.items()
        if all(any((dimension, value) in own for value in values) for dimension, values in wanted.items())
    }


@pytest.mark.parametrize("wanted", FEEDS, ids=str)
def test_every_way_to_read_a_feed_gives_the_same_events_in_the_same_order(
    store: Store, facets: dict[str, set[tuple[str, str]]], wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "_FETCH", 7)
    with store.read() as snapshot:
        rows = snapshot.feeds.rows(wanted)
        uids = [uid_in(row[1]) for row in rows]
        assert set(uids) == expected(facets, wanted)
        order = [(row[0], uid.encode()) for row, uid in zip(rows, uids, strict=True)]
        assert order == sorted(set(order))
        assert list(snapshot.feeds.each_row(wanted)) == rows
        assert [one.uid for one in snapshot.feeds.each_record(wanted)] == uids
        assert [one.uid for one in snapshot.feeds.records(wanted)] == uids
        assert snapshot.totals.events(wanted) == len(rows)
        assert snapshot.totals.changed_at(wanted) == (int(NOW.timestamp()) if rows else 0)
        assert len(snapshot.feeds.newest(wanted, 5)) == min(5, len(rows))


def test_feed_read_in_passing_is_the_same(store: Store, facets: dict[str, set[tuple[str, str]]]) -> None:
    with store.read() as snapshot:
        rows = snapshot.feeds.rows({})
    with store.read(in_passing=True) as snapshot:
        assert list(snapshot.feeds.each_row({})) == rows
    with store.read() as snapshot:
        assert snapshot.feeds.rows({}) == rows


def test_large_feeds_are_told_with_their_size(store: Store) -> None:
    for name, countries in (("a", COUNTRIES[:2]), ("b", COUNTRIES[1:2])):
        apply(store, written(record(name), *countries))
    one, two = len(vevent(record("a"))), len(vevent(record("b")))
    with store.read() as snapshot:
        assert snapshot.totals.larger(one) == [("all", "", one + two), ("country", "cl", one + two)]
        assert snapshot.totals.larger(one + two) == []
        assert snapshot.totals.size({"country": ("cl",)}) == one + two
        assert snapshot.totals.size({"country": ("nowhere",)}) == 0


def test_driver_that_fails_is_a_store_that_does_not_answer(store: Store) -> None:
    apply(store, written(record("a"), COUNTRIES[0]))

    def breaks(rows: Sequence[object]) -> None:
        raise AssertionError(f"{rows} were read")

    with pytest.raises(StoreUnavailable), store.write() as snapshot:
        snapshot._connection.exec_driver_sql("DROP TABLE fragment")
        breaks(snapshot.feeds.rows({}))
