"""Recurrence rules of all kinds against another who reads them: dateutil."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st

from feedsvc.core.recurrence import MAX_OCCURRENCES, refusal, window
from tests.sources.calendars import TODAY, calendar, event, read_text

pytestmark = pytest.mark.slow

BERLIN = ZoneInfo("Europe/Berlin")
LASTS = {"20240901": datetime(2024, 9, 1, 23, 59, 59), "20250310T083000Z": datetime(2025, 3, 10, 9, 30)}  # noqa: DTZ001


COMPONENTS = st.lists(
    st.tuples(
        st.sampled_from(["Choir", "Orchestra", "Reading"]),
        st.sampled_from(["20240520T180000Z", "20240521T180000Z", "20240522T180000Z"]),
        st.sampled_from(["", "RRULE:FREQ=WEEKLY;COUNT=2\n", "RECURRENCE-ID:20240527T180000Z\n"]),
        st.integers(0, 2),
        st.sampled_from(["20240101T000000Z", "20240102T000000Z"]),
    ),
    min_size=1,
    max_size=6,
)


@given(COMPONENTS)
def test_components_of_one_uid_never_vanish_without_a_word(components: list[tuple[str, str, str, int, str]]) -> None:
    reading = read_text(
        calendar(
            *(
                f"BEGIN:VEVENT\nUID:a\nSUMMARY:{title}\nDTSTART:{start}\nDTSTAMP:{stamp}\nSEQUENCE:{sequence}\n"
                f"{rule}END:VEVENT\n"
                for title, start, rule, sequence, stamp in components
            )
        )
    )
    assert reading.ledger.unaccounted == 0
    assert len(reading.listings) >= len(components) or reading.findings


def some(*parts: str) -> st.SearchStrategy[str]:
    """One of these parts of a rule, or none."""
    return st.sampled_from(["", "", *(f";{part}" for part in parts)])


RULES = st.builds(
    "{}{}{}{}{}{}{}{}".format,
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"]),
    some("INTERVAL=2", "INTERVAL=5"),
    some("COUNT=7", "COUNT=40", *(f"UNTIL={last}" for last in LASTS)),
    some("BYDAY=MO", "BYDAY=TU,SU", "BYDAY=1MO", "BYDAY=-1FR", "BYDAY=5SU"),
    some("BYMONTHDAY=1", "BYMONTHDAY=31", "BYMONTHDAY=-1", "BYMONTHDAY=15,30"),
    some("BYMONTH=2,5", "BYMONTH=3,10,12"),
    some("BYSETPOS=1", "BYSETPOS=-1", "BYSETPOS=2"),
    some("BYHOUR=9,14", "WKST=SU"),
)


@given(RULES, st.dates(date(2020, 1, 1), date(2024, 12, 28)))
def test_rule_gives_the_days_that_others_give(rule: str, day: date) -> None:
    days = window(TODAY, day)
    assume(refusal(rule, day, days.last) is None)
    start = datetime.combine(day, time(9, 30))
    plain = rule
    for written, last in LASTS.items():
        plain = plain.replace(f"UNTIL={written}", f"UNTIL={last:%Y%m%dT%H%M%S}")
        assume(written not in rule or last > start)
    first, end = (datetime.combine(one, time()) for one in (days.first, days.last + timedelta(days=1)))
    expected = {one for one in rrulestr(plain, dtstart=start).between(first, end, inc=True) if one < end}
    expected |= {start} if first <= start < end else set()  # RFC 5545 §3.8.5.3: the start counts in any case
    assume(len(expected) <= MAX_OCCURRENCES)
    reading = read_text(calendar(event(f"DTSTART;TZID=Europe/Berlin:{start:%Y%m%dT%H%M%S}\nRRULE:{rule}")))
    found = {datetime.combine(one.start.date, one.start.time or time()) for one in reading.listings}
    assert found == expected
    assert {one.native_id for one in reading.listings} == {
        f"a/{one.replace(tzinfo=BERLIN).astimezone(UTC):%Y%m%dT%H%M%SZ}" for one in expected
    }
