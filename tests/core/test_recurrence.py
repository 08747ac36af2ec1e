"""Recurrence rules, judged by their text: what may be expanded, and that whatever may be is cheap to expand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import process_time

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.core.recurrence import MAX_STEPS, ExpansionWindow, months_after, refusal, window

START = date(2024, 5, 30)
LAST = date(2026, 5, 30)
EVERY_MINUTE = ",".join(map(str, range(60)))

ACCEPTED = [
    "FREQ=DAILY",
    "freq=daily;interval=2;count=10",
    "FREQ=DAILY;COUNT=1000",
    "FREQ=DAILY;INTERVAL=366",
    "FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30",
    "FREQ=DAILY;UNTIL=20240530T235959Z",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;WKST=MO;UNTIL=20241231",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=WEEKLY;BYMONTH=5,6",
    "FREQ=MONTHLY;BYDAY=1MO,-1FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
    "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "FREQ=YEARLY;BYYEARDAY=-1",
    "FREQ=DAILY;COUNT=100000",
    "FREQ=HOURLY;COUNT=8",
    "FREQ=HOURLY;INTERVAL=2;UNTIL=20240601T000000Z",
    "FREQ=WEEKLY; COUNT=3; BYDAY=TU",
    "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=OMIT",
]

REFUSED = {
    "FREQ=SECONDLY": "FREQ=SECONDLY is not one",
    "FREQ=MINUTELY": "FREQ=MINUTELY is not one",
    "FREQ=HOURLY": "at most 2000",
    "FREQ=HOURLY;BYSETPOS=1": "at most 2000",
    "FREQ=HOURLY;BYMINUTE=0,30;COUNT=2": "times a day",
    "FREQ=SECONDLY;COUNT=1000000000": "is not one of",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30": "is not one of",
    "FREQ=DAILY;COUNT=0": "COUNT=0",
    "FREQ=DAILY;COUNT=-1": "COUNT=-1",
    "FREQ=DAILY;COUNT=1000000000": "COUNT",
    "FREQ=DAILY;INTERVAL=0": "INTERVAL=0 is not between 1 and 366",
    "FREQ=DAILY;INTERVAL=367": "INTERVAL=367",
    "FREQ=DAILY;INTERVAL=-1": "INTERVAL=-1",
    "FREQ=DAILY;INTERVAL=1,2": "INTERVAL has 2 values",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30": "no such day",
    "FREQ=DAILY;BYMONTH=2,4;BYMONTHDAY=31": "no such day",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-30": "no such day",
    f"FREQ=DAILY;BYHOUR=0,1,2;BYMINUTE={EVERY_MINUTE};BYSECOND={EVERY_MINUTE}": "10800 times a day",
    f"FREQ=YEARLY;BYHOUR=9;BYMINUTE={EVERY_MINUTE}": "60 times a day",
    "FREQ=DAILY;BYSETPOS=2": "BYSETPOS=2",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9": "BYSETPOS=9",
    "FREQ=MONTHLY;BYSETPOS=2": "BYSETPOS=2",
    "FREQ=MONTHLY;BYDAY=6MO": "the 6. weekday",
    "FREQ=YEARLY;BYDAY=54MO": "the 54. weekday",
    "FREQ=WEEKLY;BYDAY=1MO": "the 1. weekday of a weekly rule",
    "FREQ=WEEKLY;BYMONTHDAY=30": "weekly",
    "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=20": "numbered",
    "FREQ=DAILY;BYYEARDAY=366": "BYYEARDAY",
    "FREQ=MONTHLY;BYMONTH=13": "BYMONTH has a value",
    "FREQ=MONTHLY;BYMONTHDAY=0": "BYMONTHDAY has a value",
    "FREQ=MONTHLY;BYMONTHDAY=x": "BYMONTHDAY has a value",
    "FREQ=WEEKLY;BYDAY=XX": "not a weekday",
    "FREQ=DAILY;UNTIL=20240528": "UNTIL=20240528 is not a day on or after its start",
    "FREQ=DAILY;UNTIL=soon": "UNTIL",
    "FREQ=DAILY;UNTIL=20240231": "UNTIL",
    "FREQ=DAILY;FREQ=WEEKLY": "duplicate",
    "FREQ=DAILY;RSCALE=CHINESE": "unknown",
    "DAILY": "unknown",
    "": "FREQ= is not",
    "FREQ=DAILY;BYHOUR=" + "9," * 2000: "characters long",
}


@pytest.mark.parametrize("rule", ACCEPTED)
def test_rules_that_people_use_are_accepted(rule: str) -> None:
    assert refusal(rule, START, LAST) is None


@pytest.mark.parametrize(("rule", "words"), REFUSED.items(), ids=[rule[:60] for rule in REFUSED])
def test_hostile_or_senseless_rule_is_refused_with_its_reason(rule: str, words: str) -> None:
    assert words in (refusal(rule, START, LAST) or "accepted")


@pytest.mark.parametrize(
    ("rule", "year"),
    [("FREQ=DAILY", 1), ("FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8", 1970), ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR", 1)],
)
def test_rule_that_begins_too_many_occurrences_ago_is_refused(rule: str, year: int) -> None:
    assert f"at most {MAX_STEPS}" in (refusal(rule, date(year, 1, 1), LAST) or "accepted")


@pytest.mark.parametrize(
    "rule", ["FREQ=YEARLY", "FREQ=YEARLY;BYMONTH=7;BYMONTHDAY=4", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"]
)
def test_holiday_may_be_as_old_as_its_country(rule: str) -> None:
    assert refusal(rule, date(1776, 7, 4), LAST) is None


numbers = {
    "BYMONTH": st.integers(1, 12),
    "BYMONTHDAY": st.integers(-31, 31).filter(bool),
    "BYYEARDAY": st.integers(-366, 366).filter(bool),
    "BYWEEKNO": st.integers(-53, 53).filter(bool),
    "BYSETPOS": st.integers(-10, 30).filter(bool),
    "BYHOUR": st.integers(0, 23),
    "INTERVAL": st.integers(1, 366),
}
weekdays = st.builds(
    lambda ordinal, day: f"{ordinal or ''}{day}",
    st.sampled_from([0, 0, 0, 1, -1, 5, 53]),
    st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]),
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    parts = [f"FREQ={draw(st.sampled_from(['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY']))}"]
    for name in draw(st.lists(st.sampled_from([*numbers, "BYDAY"]), unique=True, max_size=4)):
        values = st.lists(weekdays if name == "BYDAY" else numbers[name].map(str), min_size=1, max_size=4, unique=True)
        parts.append(f"{name}={','.join(draw(values)[: 1 if name == 'INTERVAL' else None])}")
    return ";".join(parts)


@settings(max_examples=60)
@given(rules(), st.dates(date(1990, 1, 1), date(2026, 1, 1)))
def test_whatever_is_accepted_is_expanded_within_a_second(rule: str, start: date) -> None:
    if refusal(rule, start, LAST) is not None:
        return
    began = process_time()
    first = datetime(start.year, start.month, start.day, 9, tzinfo=UTC)
    end = datetime(2026, 5, 30, tzinfo=UTC)
    rrulestr(rule, dtstart=first).between(end - timedelta(days=1095), end)
    assert process_time() - began < 1


@pytest.mark.parametrize("day", [1, 17, 29])
def test_window_reaches_a_year_back_and_two_ahead_and_moves_once_a_month(day: int) -> None:
    expected = ExpansionWindow(date(2023, 2, 1), date(2026, 2, 1), date(2024, 2, 1))
    assert window(date(2024, 2, day), date(2000, 1, 1)) == expected


def test_without_a_day_the_window_begins_with_the_rule() -> None:
    day = date(2024, 5, 30)
    assert window(None, day) == ExpansionWindow(day, date(2026, 5, 30), day)


@given(st.dates(), st.integers(-40, 40))
def test_months_after_any_day_is_a_day(day: date, months: int) -> None:
    assert isinstance(months_after(day, months), date)
