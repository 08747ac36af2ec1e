"""What feeds hold, counted when it changes: the same as counting the events themselves, whatever happens to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import delete, select

from feedsvc.core.changes import ChangeKind
from feedsvc.core.model import Event, Facet, Record
from feedsvc.core.occurrences import day_of
from feedsvc.core.timespan import Timespan
from feedsvc.store.apply import Written
from feedsvc.store.engine import writing
from feedsvc.store.schema import meta
from feedsvc.store.store import Store
from feedsvc.store.totals_schema import daily_total, feed_total, monthly_total, occurrence
from tests.store.records import BUDGET, CHILE, KENYA, NOW, SPACE, START, apply, changed, record, written

ASIA, EUROPE = Facet("region", "asia", "Asia"), Facet("region", "europe", "Europe")
TODAY = day_of(NOW.date())
FACETS = (CHILE, KENYA, SPACE, BUDGET, ASIA, EUROPE, Facet("year", "2024", "2024"))
FEEDS: Sequence[dict[str, tuple[str, ...]]] = (
    {}, {"country": ("cl",)}, {"theme": ("budget",)}, {"country": ("cl",), "theme": ("budget",)},
    {"country": ("cl", "ke")}, {"country": ("cl",), "region": ("asia",)}, {"country": ("cl",), "year": ("2024",)},
    {"country": ("cl",), "theme": ("budget",), "year": ("2024",)}, {"country": ("nowhere",)},
)  # fmt: skip


def coming(store: Store, today: int = TODAY, **wanted: tuple[str, ...]) -> int:
    with store.read() as snapshot:
        return snapshot.totals.ending(wanted, today)


def by_day(store: Store, **wanted: tuple[str, ...]) -> dict[date, int]:
    with store.read() as snapshot:
        return {one.date: one.events for one in snapshot.totals.days(wanted, TODAY)}


def weekly(name: str, times: int, *facets: Facet) -> list[Written]:
    made = [record(f"{name}{n}", START + timedelta(weeks=n)) for n in range(times)]
    return [written(replace(one, event=replace(one.event, summary=name)), *facets) for one in made]


def several_days(name: str, first: date, last: date) -> Record:
    event = Event(name, name, name, (), (), (), Timespan.of_days(first, last))
    return Record(f"{name}@feeds.test", "listing", event, 0, created=NOW, modified=NOW)


def test_event_counts_for_its_feeds_and_for_those_of_two_facets_that_it_has(store: Store) -> None:
    apply(store, written(record("a"), CHILE, SPACE), written(record("b"), CHILE, KENYA))
    found = [coming(store, **wanted) for wanted in ({}, {"country": ("cl",)}, {"country": ("ke",)})]
    assert found == [2, 2, 1]
    assert coming(store, country=("cl",), theme=("civic-space",)) == 1
    assert coming(store, country=("ke",), theme=("civic-space",)) == 0
    assert coming(store, country=("cl", "ke")) == 2


def test_event_that_loses_a_facet_no_longer_counts_there(store: Store) -> None:
    one = record("a")
    apply(store, written(one, CHILE, SPACE))
    apply(store, written(changed(one, NOW + timedelta(days=1)), KENYA, SPACE, kind=ChangeKind.CHANGED))
    assert [coming(store, country=(code,)) for code in ("cl", "ke")] == [0, 1]
    assert coming(store, country=("cl",), theme=("civic-space",)) == 0
    assert by_day(store, country=("cl",)) == {}


def test_dropped_event_counts_nowhere_and_its_feeds_have_changed(store: Store) -> None:
    one, later = record("a"), NOW + timedelta(days=40)
    apply(store, written(one, CHILE, SPACE))
    apply(store, written(changed(one, later), CHILE, SPACE, kind=ChangeKind.DROPPED), now=later)
    with store.read() as snapshot:
        for wanted in ({}, {"country": ("cl",)}, {"country": ("cl",), "theme": ("civic-space",)}):
            found = snapshot.totals.of(wanted)
            assert found is not None
            assert (found.events, found.bytes, found.changed_at) == (0, 0, int(later.timestamp()))
            assert found.sources == frozenset()


def test_event_of_several_days_counts_on_each_of_them_and_once_as_coming(store: Store) -> None:
    apply(store, written(several_days("fair", date(2024, 6, 3), date(2024, 6, 5)), CHILE))
    assert by_day(store, country=("cl",)) == {date(2024, 6, day): 1 for day in (3, 4, 5)}
    assert coming(store) == 1
    assert coming(store, day_of(date(2024, 6, 5))) == 1
    assert coming(store, day_of(date(2024, 6, 6))) == 0


def test_series_is_one_until_its_last_occurrence_is_over(store: Store) -> None:
    apply(store, *weekly("choir", 4, CHILE), written(record("a"), CHILE))
    assert coming(store, country=("cl",)) == 2
    assert coming(store, day_of(START.date()) + 20, country=("cl",)) == 1
    assert coming(store, day_of(START.date()) + 22, country=("cl",)) == 0
    assert sum(by_day(store, country=("cl",)).values()) == 5


def test_two_equal_events_become_a_series_when_the_third_comes_and_two_again_when_it_goes(store: Store) -> None:
    first, second, third = weekly("choir", 3, CHILE)
    apply(store, first, second)
    assert coming(store) == 2
    apply(store, third)
    assert coming(store) == 1
    apply(store, replace(third, decision=replace(third.decision, kind=ChangeKind.DROPPED), vevent=None))
    assert coming(store) == 2


def test_equal_events_on_days_without_a_rule_are_no_series(store: Store) -> None:
    made = [record(f"talk{n}", START + timedelta(days=day)) for n, day in enumerate((0, 1, 3))]
    apply(store, *(written(replace(one, event=replace(one.event, summary="talk")), CHILE) for one in made))
    assert coming(store) == 3


def test_series_counts_in_a_facet_that_only_some_of_its_occurrences_have(store: Store) -> None:
    *early, last = weekly("choir", 4, CHILE)
    apply(store, *(replace(one, facets=(CHILE, SPACE)) for one in early), last)
    assert [coming(store, theme=("civic-space",)), coming(store, country=("cl",))] == [1, 1]


def test_values_of_a_dimension_are_counted_within_a_feed(store: Store) -> None:
    apply(store, written(record("a"), CHILE, SPACE), written(record("b"), CHILE, BUDGET), written(record("c"), KENYA))
    with store.read() as snapshot:
        ask = snapshot.totals.ending_by_value
        assert ask({}, "country", TODAY) == {"cl": 2, "ke": 1}
        assert ask({"country": ("cl",)}, "theme", TODAY) == {"civic-space": 1, "budget": 1}
        assert ask({"theme": ("budget",)}, "country", TODAY) == {"cl": 1}
        assert ask({"country": ("cl", "ke")}, "theme", TODAY) == {"civic-space": 1, "budget": 1}
        assert ask({"country": ("nowhere",)}, "theme", TODAY) == {}


def test_what_ended_since_midnight_is_told_by_its_facets(store: Store) -> None:
    apply(store, written(record("a"), CHILE, SPACE))
    end = int(START.timestamp()) + 3600
    with store.read() as snapshot:
        assert snapshot.totals.over(end - 60, end - 1) == []
        (found,) = snapshot.totals.over(end - 60, end)
    assert {("country", "cl"), ("theme", "civic-space")} <= found


def recount(facets: Mapping[str, frozenset[Facet]], wanted: Mapping[str, Sequence[str]]) -> set[str]:
    """The feed's events by the words of the definition: any value of a group, all groups."""
    places = {(name, value) for name in ("country", "region") for value in wanted.get(name, ())}
    groups = [places, *({(name, value) for value in wanted.get(name, ())} for name in ("theme", "year"))]
    return {
        uid
        for uid, own in facets.items()
        if all(not group or group & {(one.dimension, one.value) for one in own} for group in groups)
    }


@pytest.mark.parametrize("seed", range(6))
def test_counts_after_any_changes_are_those_of_a_store_that_is_counted_as_a_whole(store: Store, seed: int) -> None:
    draw = Random(seed)
    records: dict[str, Record] = {}
    facets: dict[str, frozenset[Facet]] = {}
    for turn in range(6):
        now, items = NOW + timedelta(hours=turn), []
        for name in draw.sample([f"e{n}" for n in range(14)], 5):
            known = records.get(name)
            start = START + timedelta(days=draw.choice((-60, 0, 7, 14, 21, 5)), hours=draw.choice((0, 13)))
            one = record(name, start, modified=now)
            one = replace(one, event=replace(one.event, summary=draw.choice(("choir", name))))
            drops = known is not None and draw.random() < 0.3
            kind = ChangeKind.DROPPED if drops else ChangeKind.CHANGED if known else ChangeKind.NEW
            own = frozenset(draw.sample(FACETS, draw.randint(1, 5)))
            items.append(written(one, *own, kind=kind))
            records[name] = one
            facets.pop(one.uid, None)
            facets |= {} if drops else {one.uid: own}
        apply(store, *items, now=now)
    with store.read() as snapshot:
        for wanted in FEEDS:
            found = snapshot.totals.of(wanted)
            assert found is None or found.events == len(recount(facets, wanted)), wanted
            rows, left = snapshot.feeds.rows_and_departure(wanted)
            changes = max(left, 0, *(modified for _, _, modified in rows))
            assert snapshot.totals.changed_at(wanted) == changes, wanted
            assert snapshot.totals.bounds(wanted).changed_at >= changes
            days = snapshot.totals.days(wanted, TODAY)
            assert sum(one.starts for one in days) == len(recount(facets, wanted)), wanted
    before = contents(store)
    with writing(store.engine) as connection:
        connection.execute(delete(meta).where(meta.c.key == "counted"))
    store.prepare(NOW)
    assert contents(store) == before


def contents(store: Store) -> list[list[tuple[object, ...]]]:
    """The rows of all counts that are not empty."""
    with store.engine.connect() as connection:
        return [
            sorted(tuple(row) for row in connection.execute(select(table)))
            for table in (feed_total, daily_total, monthly_total, occurrence)
        ]


def test_store_of_an_older_version_is_counted_at_its_next_start(store: Store) -> None:
    apply(store, *weekly("choir", 3, CHILE), written(record("a", datetime(2024, 5, 1, tzinfo=UTC)), KENYA, SPACE))
    before = contents(store)
    with writing(store.engine) as connection:
        for table in (feed_total, daily_total, monthly_total, occurrence):
            connection.execute(delete(table))
        connection.execute(delete(meta).where(meta.c.key == "counted"))
    store.prepare(NOW)
    assert contents(store) == before
