"""What attendees are told of a doubt, and how much it matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from feedsvc.core.findings import MEANINGS, Grade, sentences
from feedsvc.core.model import Event, Finding
from feedsvc.core.timespan import Timespan

START = datetime(2027, 5, 18, 16, tzinfo=UTC)
EVENT = Event("", "A", "A", (), ("de",), (), Timespan.timed(START, START.replace(hour=17), "Europe/Berlin"))
CHANGED = (
    *("offset-mismatch", "missing-offset", "unknown-zone", "ambiguous-zone", "zone-contradicted", "nonexistent-time"),
    *("end-before-start", "end-next-day", "end-meridiem-corrected", "end-without-time", "improbable-length"),
    *("taken-as-all-day", "rule-refused", "rule-cut", "dates-unreadable", "offset-ignores-dst", "end-not-given"),
)


def told(code: str, event: Event = EVENT, detail: str = "") -> tuple[str, Grade]:
    (sentence,) = sentences(replace(event, findings=(Finding(code, detail),)))
    return sentence.text % {"length": "one hour", **sentence.values}, sentence.grade


@pytest.mark.parametrize("code", CHANGED)
def test_what_changed_a_time_a_day_or_a_number_of_dates_is_told(code: str) -> None:
    assert told(code)[0]


@pytest.mark.parametrize("code", [code for code in CHANGED if MEANINGS[code].grade is Grade.DOUBT])
def test_doubt_says_what_else_it_may_mean(code: str) -> None:
    event = replace(EVENT, countries=("us",))
    assert " may " in told(code, event)[0]


@pytest.mark.parametrize(
    ("countries", "grade"),
    [(("de",), Grade.NONE), (("us",), Grade.DOUBT), (("de", "fr"), Grade.NONE), ((), Grade.NONE)],
)
def test_missing_offset_is_a_doubt_only_where_clocks_differ(countries: tuple[str, ...], grade: Grade) -> None:
    assert told("missing-offset", replace(EVENT, countries=countries))[1] is grade


def test_end_before_start_of_whole_days_says_nothing_of_hours() -> None:
    days = replace(EVENT, span=Timespan.of_days(date(2027, 5, 18), date(2027, 5, 18)))
    assert "hour" in told("end-before-start")[0]
    assert "hour" not in told("end-before-start", days)[0]


def test_improbable_length_says_until_when() -> None:
    assert "until 2028-09-12 17:00" in told("improbable-length", detail="2028-09-12 17:00")[0]


def test_event_without_end_says_how_long_it_is_shown_as_once() -> None:
    endless = replace(EVENT, span=replace(EVENT.span, end=None))
    assert [sentence.code for sentence in sentences(endless)] == ["end-not-given"]
    assert [one.code for one in sentences(replace(endless, findings=(Finding("end-before-start"),)))] == [
        "end-before-start"
    ]
