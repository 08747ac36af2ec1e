"""The questions of pages: what is coming, on which days, and whole days of an agenda."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from feedsvc.core.model import Listing, Stated
from feedsvc.core.occurrences import MainSpan
from feedsvc.feeds.spec import FeedSpec, make_spec
from feedsvc.services.event_queries import AgendaPage, EventQueries
from tests.web.site import NOW, Site, listing

CHILE = make_spec({"country": ("cl",)})
WEEK = date(2026, 5, 25)


def many(count: int, day: date, country: str = "Chile") -> list[Listing]:
    return [listing(f"{day} {country} {n}", day, countries=(country,)) for n in range(count)]


def queries(folder: Path, *listings: Listing) -> EventQueries:
    return Site(folder, *listings).runtime.event_queries


def shown(page: AgendaPage) -> list[tuple[date, int]]:
    return [(one.date, one.events) for one in page.days]


@pytest.fixture
def week(tmp_path: Path) -> EventQueries:
    """Twenty a day in one week, one meeting months before it, three events in Kenya, and one of last year."""
    days = [one for n in range(7) for one in many(20, WEEK + timedelta(days=n))]
    extra = [listing("Early", date(2026, 5, 21)), listing("Old", date(2025, 5, 26)), *many(3, WEEK, "Kenya")]
    return queries(tmp_path, *days, *extra)


def test_main_span_is_the_week_that_holds_nearly_everything(week: EventQueries) -> None:
    # 129 of 144 are 90 %: six days of twenty and the three of Kenya are not enough.
    assert week.main_span(FeedSpec(), NOW) == MainSpan(WEEK, WEEK + timedelta(days=6), 143)
    assert week.main_spans("country", NOW) == {
        "cl": MainSpan(WEEK, WEEK + timedelta(days=6), 140),
        "ke": MainSpan(WEEK, WEEK, 3),
    }


def test_main_span_of_distant_days_is_from_the_first_to_the_last(tmp_path: Path) -> None:
    days = [date(2026, 6, 1), date(2026, 8, 1), date(2027, 2, 1)]
    found = queries(tmp_path, *(listing(f"Event {day}", day) for day in days))
    span = MainSpan(days[0], days[-1], 3)
    assert found.main_span(CHILE, NOW) == span
    assert found.main_spans("country", NOW) == {"cl": span}


def test_nothing_coming_has_no_main_span(tmp_path: Path) -> None:
    found = queries(tmp_path, listing("Old", date(2025, 5, 26)))
    assert found.main_span(FeedSpec(), NOW) is None
    assert found.count_coming(FeedSpec(), NOW) == 0
    assert found.main_spans("country", NOW) == {}
    assert found.years(FeedSpec()) == (2025,)


def test_event_is_coming_until_the_minute_it_ends(tmp_path: Path) -> None:
    found = queries(tmp_path, listing("Today", NOW.date()), listing("Later"))
    end = datetime(2026, 5, 20, 16, 30, tzinfo=UTC)
    asked: Sequence[datetime] = (end - timedelta(minutes=1), end)
    assert [found.count_coming(CHILE, now) for now in asked] == [2, 1]
    assert [found.coming_by_value(FeedSpec(), "country", now) for now in asked] == [{"cl": 2}, {"cl": 1}]


def test_values_are_counted_beside_what_other_groups_choose(week: EventQueries) -> None:
    assert week.coming_by_value(FeedSpec(), "country", NOW) == {"cl": 141, "ke": 3}
    assert week.coming_by_value(CHILE, "country", NOW) == {"cl": 141, "ke": 3}
    assert week.coming_by_value(CHILE, "theme", NOW) == {"civic-space": 141}


def test_agenda_gives_whole_days_and_the_days_beside_them(week: EventQueries) -> None:
    page = week.agenda(CHILE, WEEK, NOW)
    assert shown(page) == [(WEEK + timedelta(days=n), 20) for n in range(3)]
    assert len(page.records) == 60
    assert page.before is not None and page.before.date == date(2026, 5, 21)
    assert page.after is not None and page.after.date == WEEK + timedelta(days=3)
    assert page.left == 0
    last = week.agenda(CHILE, WEEK + timedelta(days=6), NOW)
    assert (last.after, len(last.records)) == (None, 20)


def test_long_day_is_cut_and_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    found = queries(tmp_path, *many(150, WEEK))
    first = found.agenda(CHILE, WEEK, NOW)
    rest = found.agenda(CHILE, WEEK, NOW, skip=120)
    assert [len(first.records), first.left, len(rest.records), rest.left] == [120, 30, 30, 0]
    assert len({record.uid for record in (*first.records, *rest.records)}) == 150


def test_event_of_several_days_is_shown_on_a_later_one(tmp_path: Path) -> None:
    fair = listing("Fair", WEEK, start=Stated(WEEK), end=Stated(WEEK + timedelta(days=4)))
    found = queries(tmp_path, fair, listing("Talk", WEEK + timedelta(days=3)))
    page = found.agenda(CHILE, WEEK + timedelta(days=3), NOW)
    assert [record.event.summary for record in page.records] == ["Fair", "Talk"]
    assert shown(page) == [(WEEK + timedelta(days=3), 2), (WEEK + timedelta(days=4), 1)]


def test_series_is_one_and_days_with_nothing_else_are_not_in_the_agenda(tmp_path: Path) -> None:
    weekly = [
        listing("Choir", WEEK + timedelta(weeks=n), start=Stated(WEEK + timedelta(weeks=n), time(18), zone=None))
        for n in range(4)
    ]
    found = queries(tmp_path, *weekly, listing("Talk", WEEK))
    assert found.count_coming(CHILE, NOW) == 2
    assert shown(found.agenda(CHILE, WEEK, NOW)) == [(WEEK, 2)]
    assert [one.date for one in found.days(CHILE, NOW)] == [WEEK + timedelta(weeks=n) for n in range(4)]


def test_search_finds_calendars_in_any_language_and_events_by_them(tmp_path: Path) -> None:
    found = queries(tmp_path, listing("Talk", WEEK), listing("Talk", date(2025, 5, 26)), *many(1, WEEK, "Kenya"))
    for query in ("Chile", "chili", "ЧИЛИ", "CHL"):
        answer = found.search(query, NOW)
        assert answer.calendars[0] == ("country", "cl"), query
        assert [record.event.span.first_day for record in answer.coming] == [WEEK], query
        assert (answer.coming_count, answer.past_count) == (1, 1), query
    assert found.search("kenya 2026", NOW, {("year", "2026"): "2026"}).coming_count == 1
    assert found.search("xyzzy", NOW) == found.search("", NOW)


def test_search_counts_a_series_as_one(tmp_path: Path) -> None:
    weekly = [listing("Choir", WEEK + timedelta(weeks=n)) for n in range(4)]
    answer = queries(tmp_path, *weekly).search("choir", NOW)
    assert [record.event.span.first_day for record in answer.coming] == [WEEK + timedelta(weeks=n) for n in range(3)]
    assert answer.coming_count == 1
