"""What a store promises, on SQLite and on PostgreSQL alike: editions, feeds and their order, departures, findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import repeat

import pytest

from feedsvc.core.changes import ChangeKind
from feedsvc.core.model import Finding
from feedsvc.store.events import Listed
from feedsvc.store.sources import RUNS_KEPT, Run
from feedsvc.store.store import Store
from feedsvc.store.totals import Meeting
from tests.store.conftest import FOUNDED
from tests.store.records import (
    BUDGET,
    CHILE,
    KENYA,
    NOW,
    SOURCE,
    SPACE,
    START,
    apply,
    changed,
    record,
    uid_in,
    uids,
    vevent,
    written,
)

LATER = NOW + timedelta(days=1)


def test_empty_store_is_edition_zero_and_knows_when_it_was_founded(store: Store) -> None:
    with store.read() as snapshot:
        assert snapshot.feeds.edition() == 0
        assert snapshot.founded_at() == int(FOUNDED.timestamp())
        assert list(snapshot.feeds.rows({})) == []
        assert snapshot.totals.changed_at({}) == snapshot.feeds.last_departure({}) == 0


def test_each_visible_commit_is_a_new_edition_and_touches_only_its_facets(store: Store) -> None:
    assert apply(store, written(record("a"), CHILE, SPACE)) == 1
    assert apply(store, written(record("b"), KENYA)) == 2
    with store.read() as snapshot:
        revisions = {(row.dimension, row.value): row.revision for row in snapshot.feeds.facets()}
    assert revisions == {("all", ""): 2, ("country", "cl"): 1, ("theme", "civic-space"): 1, ("country", "ke"): 2}
    with store.read() as snapshot:
        assert {row.value for row in snapshot.feeds.facets(since_revision=1)} == {"", "ke"}


def test_bookkeeping_makes_no_edition(store: Store) -> None:
    one = record("a")
    apply(store, written(one, CHILE))
    assert apply(store, written(replace(one, misses=1), CHILE, kind=ChangeKind.MISSING)) is None
    with store.read() as snapshot:
        assert snapshot.feeds.edition() == 1
        assert snapshot.events.records([one.uid])[one.uid].misses == 1


def test_record_comes_back_as_it_was_written(store: Store) -> None:
    one = record(
        "a", findings=(Finding("missing-title", "x", 7),), moved_from=record("b").event.span, moved_at=NOW, misses=2
    )
    apply(store, written(one, CHILE))
    with store.read() as snapshot:
        assert snapshot.events.records([one.uid, "nobody@feeds.test"]) == {one.uid: one}
        assert snapshot.events.by_public_id("a") == one
        assert list(snapshot.events.all()) == [one]
        assert snapshot.feeds.vevent("a") == ("About a", int(NOW.timestamp()), vevent(one))


def test_feed_is_ordered_by_start_then_bytes_of_the_uid(store: Store) -> None:
    names = ["b", "B", "a_", "a-", "é", "Z", "a"]
    items = [written(record(name), CHILE) for name in names]
    apply(store, written(record("early", START - timedelta(hours=1)), CHILE), *items)
    assert uids(store, country=("cl",)) == ["early", *sorted(names, key=lambda name: f"{name}@feeds.test".encode())]


def test_values_are_alternatives_and_dimensions_must_all_agree(store: Store) -> None:
    apply(
        store,
        written(record("a"), CHILE, SPACE),
        written(record("b"), CHILE, KENYA, BUDGET),
        written(record("c"), KENYA, SPACE, BUDGET),
    )
    assert uids(store) == ["a", "b", "c"]
    assert uids(store, country=("cl", "ke")) == ["a", "b", "c"]
    assert uids(store, country=("cl",), theme=("budget",)) == ["b"]
    assert uids(store, country=("ke",), theme=("budget", "civic-space")) == ["b", "c"]
    assert uids(store, country=("fr",)) == []
    assert uids(store, country=("fr",), theme=("budget",)) == []


def test_rows_carry_start_bytes_and_change(store: Store) -> None:
    one = record("a")
    apply(store, written(one, CHILE))
    with store.read() as snapshot:
        rows = snapshot.feeds.rows({"country": ("cl",)})
        assert list(snapshot.feeds.each_row({"country": ("cl",)})) == rows
    assert rows == [(int(START.timestamp()), vevent(one), int(NOW.timestamp()))]
    assert type(rows[0][1]) is bytes


def test_event_that_moves_country_leaves_the_old_feed_and_its_time_counts(store: Store) -> None:
    one = record("a")
    apply(store, written(one, CHILE, SPACE))
    apply(store, written(changed(one, LATER), KENYA, SPACE, kind=ChangeKind.CHANGED), now=LATER)
    assert (uids(store, country=("cl",)), uids(store, country=("ke",))) == ([], ["a"])
    with store.read() as snapshot:
        departed = snapshot.feeds.last_departure
        assert departed({"country": ("cl",)}) == departed({"country": ("cl",), "theme": ("civic-space",)})
        assert departed({"country": ("cl",)}) == int(LATER.timestamp())
        assert departed({"country": ("ke",)}) == 0


def test_event_that_moves_in_time_stands_once_at_its_new_place(store: Store) -> None:
    one, other = record("a"), record("b", START + timedelta(hours=2))
    apply(store, written(one, CHILE), written(other, CHILE))
    moved = record("a", START + timedelta(hours=3))
    apply(store, written(changed(moved, LATER), CHILE, kind=ChangeKind.CHANGED), now=LATER)
    assert uids(store, country=("cl",)) == ["b", "a"]


def test_dropped_event_leaves_every_feed_and_keeps_its_row(store: Store) -> None:
    one = record("a")
    apply(store, written(one, CHILE))
    apply(store, written(changed(one, LATER), kind=ChangeKind.DROPPED), now=LATER)
    assert uids(store) == []
    with store.read() as snapshot:
        assert snapshot.feeds.last_departure({}) == int(LATER.timestamp())
        assert [
            mark.dropped for mark in snapshot.events.marks(SOURCE, Listed((), NOW, lambda identity: [repeat(identity)]))
        ] == [True]
        assert snapshot.feeds.vevent("a") is None
        assert snapshot.events.by_public_id("a") is not None


def test_counts_are_of_events_within_a_feed(store: Store) -> None:
    apply(store, written(record("a"), CHILE, SPACE), written(record("b"), KENYA, SPACE))
    with store.read() as snapshot:
        everywhere = {row.value: row.events for row in snapshot.totals.counts()}
        in_chile = {row.value: row.events for row in snapshot.totals.counts({"country": ("cl",)})}
    assert everywhere == {"": 2, "cl": 1, "ke": 1, "civic-space": 2}
    assert {value: count for value, count in in_chile.items() if count} == {"cl": 1, "civic-space": 1}


def test_records_of_a_feed_can_be_cut_by_time(store: Store) -> None:
    apply(store, *(written(record(name, START + timedelta(hours=n)), CHILE) for n, name in enumerate("abc")))
    start = int(START.timestamp())
    with store.read() as snapshot:
        wanted = {"country": ("cl",)}
        assert [one.id for one in snapshot.feeds.records(wanted, start + 3600)] == ["b", "c"]
        assert [one.id for one in snapshot.feeds.records(wanted, None, start + 3600)] == ["a"]
        assert [one.id for one in snapshot.feeds.each_record(wanted, chunk=2)] == ["a", "b", "c"]


def test_meetings_are_pairs_of_values_that_share_an_event(store: Store) -> None:
    apply(store, written(record("a"), CHILE, SPACE), written(record("b"), CHILE, KENYA, SPACE))
    with store.read() as snapshot:
        found = snapshot.totals.meetings()
    space = ("theme", "civic-space")
    assert found == [Meeting(("country", "cl"), space, 2), Meeting(("country", "ke"), space, 1)]


def test_history_is_named_after_the_store_and_the_edition(store: Store) -> None:
    apply(store, written(record("a"), CHILE))
    with store.read() as snapshot:
        names = [snapshot.overview.history(number) for number in (0, 1, 2)]
    assert names[0] != names[1] is not None
    assert names[2] is None


def test_findings_follow_their_event_and_source(store: Store) -> None:
    doubt = Finding("missing-title", "", 3)
    apply(store, written(record("a", findings=(doubt,)), CHILE))
    with store.write() as snapshot:
        snapshot.sources.replace_findings(SOURCE, [Finding("unreadable", "??", 9)])
    with store.read() as snapshot:
        told = [(one["code"], one["uid"], one["line"]) for one in snapshot.feeds.findings(SOURCE)]
        assert told == [("missing-title", "a@feeds.test", 3), ("unreadable", None, 9)]
        assert snapshot.sources.count_findings(SOURCE) == 2
    apply(store, written(changed(record("a"), LATER), CHILE, kind=ChangeKind.CHANGED), now=LATER)
    with store.read() as snapshot:
        assert [one["code"] for one in snapshot.feeds.findings()] == ["unreadable"]


def test_runs_are_told_newest_first_and_the_oldest_are_forgotten(store: Store) -> None:
    with store.write() as snapshot:
        for number in range(RUNS_KEPT + 3):
            snapshot.sources.record_run(Run(SOURCE, NOW + timedelta(minutes=number), number, "applied"))
    with store.read() as snapshot:
        runs = snapshot.sources.last_runs(SOURCE, RUNS_KEPT * 2)
    assert [runs[0].took_ms, len(runs), runs[-1].took_ms] == [RUNS_KEPT + 2, RUNS_KEPT, 3]


def test_many_events_are_written_and_changed_at_once(store: Store) -> None:
    many = [record(f"e{number:04}") for number in range(1_300)]
    apply(store, *(written(one, CHILE, SPACE) for one in many))
    apply(store, *(written(changed(one, LATER), KENYA, kind=ChangeKind.CHANGED) for one in many), now=LATER)
    assert (len(uids(store, country=("ke",))), uids(store, country=("cl",))) == (1_300, [])


def test_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError, match="half-way"), store.write() as snapshot:
        snapshot.applier(SOURCE, NOW, "rendering").apply([written(record("a"), CHILE)])
        raise RuntimeError("half-way")
    assert uids(store) == []
    assert apply(store, written(record("a"), CHILE)) is not None


def test_snapshot_sees_one_edition_while_another_is_committed(store: Store) -> None:
    apply(store, written(record("a"), CHILE))
    with store.read() as snapshot:
        assert snapshot.feeds.edition() == 1
        apply(store, written(record("b"), CHILE), now=LATER)
        assert snapshot.feeds.edition() == 1
        assert [uid_in(row[1]) for row in snapshot.feeds.rows({})] == ["a@feeds.test"]
    assert uids(store) == ["a", "b"]
