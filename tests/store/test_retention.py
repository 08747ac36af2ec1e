"""What the store forgets after 400 days, and what it never forgets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from feedsvc.core.changes import ChangeKind
from feedsvc.store.editions import KEPT
from feedsvc.store.store import Store
from tests.store.records import CHILE, NOW, apply, changed, record, uids, written

LATER = NOW + timedelta(days=1)
LONG_AFTER = LATER + KEPT + timedelta(days=1)


def forgets(store: Store, now: object = LONG_AFTER) -> None:
    with store.write() as snapshot:
        assert not snapshot.retention.forget(now)  # type: ignore[arg-type]


def rows(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as snapshot:
        return [tuple(row) for row in snapshot._connection.exec_driver_sql(query)]


def dropped(store: Store, name: str = "a") -> None:
    """An event with a long description, which then leaves the feeds."""
    one = record(name)
    one = replace(one, event=replace(one.event, description="Long. " * 100))
    apply(store, written(one, CHILE))
    apply(store, written(changed(one, LATER), kind=ChangeKind.DROPPED), now=LATER)


def test_old_editions_are_forgotten_but_for_the_last(store: Store) -> None:
    for name in "abc":
        apply(store, written(record(name), CHILE))
    forgets(store, NOW + KEPT)
    assert rows(store, "SELECT number FROM edition ORDER BY number") == [(1,), (2,), (3,)]
    forgets(store)
    assert rows(store, "SELECT number FROM edition ORDER BY number") == [(3,)]
    with store.read() as snapshot:
        assert snapshot.feeds.edition() == 3
    assert apply(store, written(record("d"), CHILE)) == 4


def test_departures_are_forgotten_when_no_feed_can_be_as_old_as_they_are(store: Store) -> None:
    dropped(store)
    forgets(store)
    with store.read() as snapshot:
        assert snapshot.feeds.last_departure({"country": ("cl",)}) == int(LATER.timestamp()), (
            "it is all there is to tell"
        )
    with store.write() as snapshot:
        snapshot.provenance.put_fingerprint("new", LATER + timedelta(days=2))
    forgets(store)
    with store.read() as snapshot:
        assert snapshot.feeds.last_departure({"country": ("cl",)}) == 0
        assert snapshot.provenance.fingerprint_at() > int(LATER.timestamp())


def test_event_that_left_long_ago_keeps_its_uid_and_numbers_and_loses_its_texts(store: Store) -> None:
    dropped(store)
    forgets(store, LATER + KEPT)
    with store.read() as snapshot:
        before = snapshot.events.records(["a@feeds.test"])["a@feeds.test"]
        assert before.event.description
    forgets(store)
    with store.read() as snapshot:
        after = snapshot.events.records(["a@feeds.test"])["a@feeds.test"]
    assert after == replace(before, event=replace(before.event, description=""))


def test_what_is_in_feeds_is_never_cut(store: Store) -> None:
    one = record("a")
    apply(store, written(replace(one, event=replace(one.event, description="Here.")), CHILE))
    forgets(store)
    with store.read() as snapshot:
        assert snapshot.events.records(["a@feeds.test"])["a@feeds.test"].event.description == "Here."
    assert uids(store) == ["a"]
