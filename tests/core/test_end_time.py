"""When an event ends: an end at or before the start is never blindly rolled to the next day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from feedsvc.core.normalise import resolve_end

KYIV = ZoneInfo("Europe/Kyiv")
PLACEHOLDERS = (time(5, 30),)


def at(clock: str) -> datetime:
    return datetime(2024, 5, 30, *map(int, clock.split(":")), tzinfo=KYIV)


ROWS = [
    # (start, end, resolved end with +1 for the next day, finding)
    ("9:00", "10:30", "10:30", None),
    ("9:00", None, None, "end-not-given"),
    ("9:00", "5:30", None, "end-not-given"),  # the site's epoch, shown in India's time
    ("5:00", "5:30", "5:30", None),  # after the start it is believed
    ("18:00", "5:30", None, "end-not-given"),  # a placeholder first, a night only then
    ("20:00", "1:00", "1:00+1", "end-next-day"),
    ("17:00", "1:00", "1:00+1", "end-next-day"),  # eight hours, still a night
    ("17:00", "1:01", None, "end-before-start"),  # one minute more is none
    ("16:59", "0:30", None, "end-before-start"),  # not yet evening
    ("12:30", "2:00", "14:00", "end-meridiem-corrected"),
    ("11:00", "1:00", "13:00", "end-meridiem-corrected"),
    ("10:00", "2:00", "14:00", "end-meridiem-corrected"),  # four hours, still a slip
    ("9:59", "2:00", None, "end-before-start"),
    ("9:00", "9:00", None, "end-before-start"),
    ("14:00", "10:00", None, "end-before-start"),
]


@pytest.mark.parametrize(("start", "end", "resolved", "code"), ROWS)
def test_ends_are_resolved_as_the_rule_says(
    start: str, end: str | None, resolved: str | None, code: str | None
) -> None:
    found, finding = resolve_end(at(start), at(end) if end else None, PLACEHOLDERS)
    wanted = None
    if resolved is not None:
        clock, _, days = resolved.partition("+")
        wanted = at(clock) + timedelta(days=int(days or 0))
    assert found == wanted
    assert (finding.code if finding else None) == code


def test_a_stated_end_on_an_earlier_day_is_never_corrected() -> None:
    found, finding = resolve_end(at("20:00"), at("1:00") - timedelta(days=1), ())
    assert found is None
    assert finding is not None
    assert finding.code == "end-before-start"


def test_an_end_in_the_hour_that_comes_twice_is_after_the_start() -> None:
    start = datetime(2024, 10, 27, 3, 30, tzinfo=KYIV)
    end = datetime(2024, 10, 27, 3, 10, tzinfo=KYIV, fold=1)
    assert resolve_end(start, end, ()) == (end, None)


def test_an_end_days_later_is_believed() -> None:
    later = at("17:00") + timedelta(days=3)
    assert resolve_end(at("9:00"), later, ()) == (later, None)
