"""Links that put one event into a calendar: each program's own form, cut to what an address can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.model import Event, Record
from feedsvc.core.timespan import Timespan
from feedsvc.web.viewmodels.add_to_calendar import MAX_LINK, single_ways

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PAGE = "https://calendars.example.org/event/1"
TIMED = Timespan.timed(
    datetime(2026, 9, 12, 17, 30, tzinfo=UTC), datetime(2026, 9, 12, 20, 30, tzinfo=UTC), "Europe/Paris"
)
OPEN = Timespan.timed(datetime(2026, 9, 12, 17, 30, tzinfo=UTC), None, "Europe/Paris")
DAYS = Timespan.of_days(date(2026, 6, 21), date(2026, 6, 22))


def _links(span: Timespan, title: str = "Open day", description: str = "", place: str = "Lyon") -> dict[str, str]:
    event = Event("1", title, title, (), (), (), span, description=description)
    record = Record("1@x", "s", event, 0, NOW, NOW)
    return {way.key: way.href for way in single_ways(record, PAGE, place, timedelta(hours=1))}


def _query(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def test_google_gets_both_ends_in_utc():
    query = _query(_links(TIMED)["google"])
    assert query["dates"] == "20260912T173000Z/20260912T203000Z"
    assert query["action"] == "TEMPLATE"


def test_google_gets_whole_days_with_an_exclusive_end():
    assert _query(_links(DAYS)["google"])["dates"] == "20260621/20260623"


@pytest.mark.parametrize("key", ["outlook", "office365"])
def test_outlook_gets_instants_and_the_path_of_its_form(key):
    link = _links(TIMED)[key]
    assert urlsplit(link).path == "/calendar/0/action/compose"
    query = _query(link)
    assert (query["startdt"], query["enddt"]) == ("2026-09-12T17:30:00Z", "2026-09-12T20:30:00Z")
    assert "allday" not in query
    assert _query(_links(DAYS)[key])["allday"] == "true"


def test_yahoo_gets_its_own_names():
    query = _query(_links(TIMED)["yahoo"])
    assert (query["v"], query["st"], query["et"]) == ("60", "20260912T173000Z", "20260912T203000Z")
    assert _query(_links(DAYS)["yahoo"])["dur"] == "allday"


def test_an_event_without_a_known_end_is_given_the_default_length():
    assert _query(_links(OPEN)["google"])["dates"] == "20260912T173000Z/20260912T183000Z"


def test_no_space_is_written_as_a_plus():
    for link in _links(TIMED, "A + B & C", "x y\nz", "Salle n° 1").values():
        assert "+" not in link
    assert _query(_links(TIMED, "A + B & C")["google"])["text"] == "A + B & C"


@given(st.text(max_size=400), st.text(max_size=6000), st.text(max_size=300))
def test_no_link_is_longer_than_programs_read_and_each_names_the_page(title, description, place):
    for link in _links(TIMED, title, description, place).values():
        assert len(link) <= MAX_LINK
        assert PAGE in parse_qs(urlsplit(link).query).popitem()[1][0]
