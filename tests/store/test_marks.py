"""Which stored events a refresh looks at: those its reading may mean, and those that wait for something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest

from feedsvc.core.model import Event, Record
from feedsvc.core.serialize import visible_digest
from feedsvc.store.events import Listed
from feedsvc.store.store import Store
from tests.store.records import CHILE, NOW, SOURCE, apply, record, written

YEARS = timedelta(days=1000)


def names(identity: str) -> list[Iterator[str]]:
    """The first UID of an identity is that of the record of this name."""
    return [(f"{identity}{'' if number == 1 else f'-{number}'}@feeds.test" for number in count(1))]


def seen(store: Store, *events: Event, now: datetime = NOW) -> list[str]:
    listed = Listed(tuple((visible_digest(event), event) for event in events), now, names)
    with store.read() as snapshot:
        return [mark.uid.removesuffix("@feeds.test") for mark in snapshot.events.marks(SOURCE, listed)]


def kept(store: Store, name: str, days: float, **more: object) -> Record:
    one = record(name, start=NOW + timedelta(days=days), **more)
    apply(store, written(one, CHILE))
    return one


def test_what_is_past_and_not_listed_is_left_where_it_is(store: Store) -> None:
    for number in range(20):
        kept(store, f"past {number}", -100 - number)
    coming = kept(store, "coming", 10)
    assert seen(store) == ["coming"]
    assert seen(store, coming.event, record("new", start=NOW + YEARS).event) == ["coming"]


def test_event_that_is_listed_as_it_looks_is_known_however_long_ago_it_was(store: Store) -> None:
    past = kept(store, "past", -900)
    kept(store, "another", -901)
    assert seen(store, past.event) == ["past"]


def test_events_around_a_changed_listing_may_be_meant_by_it(store: Store) -> None:
    for days in (-500, -300, -299, -1):
        kept(store, f"of {days}", days)
    listed = record("otherwise", start=NOW - timedelta(days=299.5)).event
    assert seen(store, listed) == ["of -300", "of -299", "of -1"]


@pytest.mark.parametrize(
    "waits",
    [{"misses": 1}, {"unread": 1}, {"cancelled_at": NOW}, {"moved_at": NOW}],
    ids=lambda waits: next(iter(waits)),
)
def test_past_event_that_waits_for_its_time_is_seen(store: Store, waits: dict[str, object]) -> None:
    kept(store, "waits", -100, **waits)
    kept(store, "past", -100)
    assert seen(store) == ["waits"]


def test_uids_that_an_identity_was_given_before_are_seen_so_that_none_is_given_twice(store: Store) -> None:
    for name in ("id", "id-2", "id-3", "id-5"):
        kept(store, name, -200)
    assert seen(store, record("id", start=NOW + YEARS).event) == ["id", "id-2", "id-3"]


def test_of_events_of_another_source_only_the_uid_is_seen(store: Store) -> None:
    one = kept(store, "coming", 10)
    with store.read() as snapshot:
        listed = Listed(((visible_digest(one.event), one.event),), NOW, names)
        assert all(mark.is_foreign for mark in snapshot.events.marks("other", listed)), "only their UIDs are taken"
