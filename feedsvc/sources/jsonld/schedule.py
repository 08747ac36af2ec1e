"""schema.org Schedule: when an event repeats, as the days within the window on which it takes place. Pure.

The hardest case is a schedule that cannot be read: then it says nothing, and the event's own start counts, with a
finding.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import rrulestr

from feedsvc.core.model import Finding, Stated
from feedsvc.core.recurrence import MAX_OCCURRENCES, refusal, window
from feedsvc.core.text import cut
from feedsvc.sources.jsonld.nodes import Node, text_of
from feedsvc.sources.parsing.column_dates import read_clock
from feedsvc.sources.parsing.datetimes import read_duration, read_moment
from feedsvc.sources.parsing.values import line, many

_FREQUENCIES = {"D": "DAILY", "W": "WEEKLY", "M": "MONTHLY", "Y": "YEARLY"}
_PERIOD = re.compile(r"P(\d{1,3})([DWMY])", re.IGNORECASE)
_WEEKDAY = re.compile(r"(?:.*[/:])?([+-]?\d?)(mo|tu|we|th|fr|sa|su)[a-z]*", re.IGNORECASE)

Occurrence = tuple[Stated, Stated | None]
"""A start, and an end where one is stated."""


def occurrences(node: Node, today: date | None, *, has_zone: bool) -> tuple[list[Occurrence], Finding | None]:
    """The times of an event's `eventSchedule` in the window, in order, and the doubt about it.

    None of either where the event has no schedule. A schedule without a time or a zone has those of the event's own
    start, but for its offset where there is a zone to go by (`has_zone`): an offset is only good for half of a year.
    """
    own = read_moment(text_of(node.get("startDate")))
    found: dict[tuple[date, time | None], Occurrence] = {}
    doubt: Finding | None = None
    for schedule in (one for one in many(node.get("eventSchedule")) if isinstance(one, dict)):
        times, fault = _times(schedule, today, replace(own, offset=None) if own and has_zone else own)
        if fault is not None:
            doubt = Finding("rule-refused", cut(f"schedule: {fault}", 200))
        found |= {(start.date, start.time): (start, end) for start, end in times}
    ordered = [found[key] for key in sorted(found, key=lambda key: (key[0], key[1] or time()))]
    if len(ordered) > MAX_OCCURRENCES:
        doubt = Finding("rule-cut", f"{len(ordered)}, {MAX_OCCURRENCES} kept")
    return ordered[:MAX_OCCURRENCES], doubt


def _times(schedule: dict[str, Any], today: date | None, own: Stated | None) -> tuple[list[Occurrence], str | None]:
    """The times of one schedule; the fault in words where it cannot be read."""
    first, last = (read_moment(text_of(schedule.get(key))) for key in ("startDate", "endDate"))
    if first is None:
        return [], "no startDate"
    begins, ends = (read_clock(text_of(schedule.get(key)).removesuffix("Z")) for key in ("startTime", "endTime"))
    clock = begins or first.time or (own.time if own else None)
    zone = text_of(schedule.get("scheduleTimezone")) or None
    start = Stated(first.date, clock, zone=zone, offset=None if zone or not clock or not own else own.offset)
    days = window(today, first.date)
    rule = _rule(schedule, last.date if last else None)
    if rule is None:
        return [], f"repeatFrequency {text_of(schedule.get('repeatFrequency'))!r}"
    reason = refusal(rule, first.date, days.last)
    if reason is not None:
        return [], f"the rule {reason}"
    excepted = {moment.date for one in many(schedule.get("exceptDate")) if (moment := read_moment(line(one)))}
    origin = datetime.combine(first.date, time(), UTC)
    bounds = (datetime.combine(day, time(), UTC) for day in (days.first, days.last))
    length = read_duration(text_of(schedule.get("duration")))
    made = [day.date() for day in rrulestr(rule, dtstart=origin).between(*bounds, inc=True)]
    return [(replace(start, date=day), _end(start, day, ends, length)) for day in made if day not in excepted], None


def _rule(schedule: dict[str, Any], last: date | None) -> str | None:
    """The schedule as a rule of RFC 5545; None where its frequency is missing or unknown."""
    found = _PERIOD.fullmatch(text_of(schedule.get("repeatFrequency")))
    if found is None:
        return None
    parts = [f"FREQ={_FREQUENCIES[found[2].upper()]}", f"INTERVAL={found[1]}"]
    weekdays = [match for one in many(schedule.get("byDay")) if (match := _WEEKDAY.fullmatch(line(one)))]
    parts += [f"BYDAY={','.join(f'{match[1]}{match[2].upper()}' for match in weekdays)}"] if weekdays else []
    for key, name in (("byMonth", "BYMONTH"), ("byMonthDay", "BYMONTHDAY"), ("byMonthWeek", "BYSETPOS")):
        numbers = [line(one) for one in many(schedule.get(key)) if line(one)]
        parts += [f"{name}={','.join(numbers)}"] if numbers else []
    count = line(schedule.get("repeatCount"))
    parts += [f"COUNT={count}"] if count else [f"UNTIL={last:%Y%m%d}T235959Z"] if last else []
    return ";".join(parts)


def _end(start: Stated, day: date, ends: time | None, length: timedelta | None) -> Stated | None:
    """The end on that day, or on the next one where it lies before the start; else by the duration."""
    if start.time is None:
        return None
    if ends is not None:
        return replace(start, date=day if ends > start.time else day + timedelta(days=1), time=ends)
    if length is None:
        return None
    moment = datetime.combine(day, start.time, UTC) + length
    return replace(start, date=moment.date(), time=moment.time())
