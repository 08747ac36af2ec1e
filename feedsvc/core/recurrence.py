"""Limits of what a recurrence rule may ask for (RFC 5545 §3.3.10), judged by its text before anybody expands it. Pure.

The hardest case is a rule that never happens: 30 February, or the second of one event a day. Who looks for its first
day walks to the year 9999, so a rule passes only if it is known to happen, or if the walk is cheap.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import lcm, prod

MAX_OCCURRENCES = 1_000
"""Occurrences of one rule that are kept."""
MAX_INTERVAL = 366
MONTHS_BACK, MONTHS_AHEAD = 12, 24
MAX_TIMES_A_DAY = 24
MAX_STEPS = 60_000
"""Occurrences that may lie before the end of the window: a daily rule of 164 years."""

MAX_HOURLY = 2_000
"""Occurrences of an hourly rule, which may lie within some weeks."""

_PERIODS = {"HOURLY": 1 / 24, "DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}  # days, at least
_CYCLE_DAYS = 146_097
"""Days after which the calendar repeats, weekdays included: 400 years."""
_KNOWN = frozenset(
    ("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY")
) | {"BYWEEKNO", "BYMONTH", "BYSETPOS"}
_RANGES = {
    "BYSECOND": (0, 59),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (1, 31),
    "BYYEARDAY": (1, 366),
    "BYWEEKNO": (1, 53),
    "BYSETPOS": (1, 366),
}
_FROM_THE_END = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_NUMBER = re.compile(r"[+-]?\d{1,9}")
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T\d{6}Z?)?")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class ExpansionWindow:
    """The days whose occurrences are kept, both inclusive. Where there are too many, those from `now` on come first."""

    first: date
    last: date
    now: date


def window(today: date | None, start: date) -> ExpansionWindow:
    """From 12 months before a day's month to 24 months after its first; without a day, 24 months from the start.

    It moves once a month, so that a source that says the same is not read differently every day.
    """
    if today is None:
        return ExpansionWindow(start, months_after(start, MONTHS_AHEAD), start)
    month = today.replace(day=1)
    return ExpansionWindow(months_after(month, -MONTHS_BACK), months_after(month, MONTHS_AHEAD), month)


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the month's last; kept within the years that exist."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if not date.min.year <= year < date.max.year:
        return date.min if year < date.min.year else date(date.max.year - 1, 12, 31)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def plain_rule(rule: str) -> str:
    """A rule without blanks, and without the scale that every rule has anyway (RFC 7529)."""
    parts = (part for part in "".join(rule.split()).upper().split(";") if part)
    return ";".join(part for part in parts if part not in ("RSCALE=GREGORIAN", "SKIP=OMIT"))


def refusal(rule: str, start: date, last: date) -> str | None:
    """The reason why a rule is not expanded; None when it may be. `start` is its DTSTART, `last` the window's end."""
    if len(rule) > _LONGEST:
        return f"is {len(rule)} characters long"
    try:
        _check(_Rule(rule), start, last)
    except _Refused as refused:
        return str(refused)
    return None


def advanced(rules: Iterable[str], start: date, first: date) -> date:
    """A later start from which the rules give the same days from `first` on: whole periods before it.

    The start itself where a rule counts its occurrences, or repeats in a way that only years of 400 share.
    """
    days = 1
    for text in rules:
        rule = _Rule(text)
        if rule.has("COUNT"):
            return start
        if rule.frequency in ("HOURLY", "DAILY", "WEEKLY"):
            period = rule.interval * (7 if rule.frequency == "WEEKLY" else 1)
        elif (400 if rule.frequency == "YEARLY" else 4_800) % rule.interval == 0:
            period = _CYCLE_DAYS
        else:
            return start
        days = lcm(days, period)
    return start + timedelta(days=max(0, (first - start).days - 400) // days * days)


class _Refused(ValueError):
    """The rule is not expanded; the text says why."""


class _Rule:
    """The parts of a rule. Reading them refuses what is not a rule."""

    def __init__(self, text: str) -> None:
        self.parts: dict[str, list[str]] = {}
        for part in filter(None, plain_rule(text).split(";")):
            name, equals, value = part.partition("=")
            if not equals or name not in _KNOWN or name in self.parts:
                raise _Refused(f"{part[:40]} is unknown or a duplicate")
            self.parts[name] = value.split(",")
        self.frequency = self.one("FREQ", "")
        self.interval = self.number("INTERVAL", 1, MAX_INTERVAL)
        self.numbers: dict[str, list[int]] = {}
        for name in _RANGES.keys() & self.parts.keys():
            least, most = _RANGES[name]
            numbers = [int(item) if _NUMBER.fullmatch(item) else most + 1 for item in self.parts[name]]
            if not all(least <= (abs(one) if name in _FROM_THE_END else one) <= most for one in numbers):
                raise _Refused(f"{name} has a value that is not between {least} and {most}")
            self.numbers[name] = sorted(set(numbers))
        self.weekdays = [self._weekday(item) for item in self.parts.get("BYDAY", ())]

    def has(self, *names: str) -> bool:
        return any(name in self.parts for name in names)

    def one(self, name: str, default: str) -> str:
        values = self.parts.get(name, [default])
        if len(values) != 1:
            raise _Refused(f"{name} has {len(values)} values")
        return values[0]

    def number(self, name: str, least: int, most: int) -> int:
        text = self.one(name, "1")
        if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise _Refused(f"{name}={text[:20]} is not between {least} and {most}")
        return int(text)

    @staticmethod
    def _weekday(text: str) -> int:
        """The ordinal of a weekday, 0 where it has none."""
        found = _WEEKDAY.fullmatch(text)
        if found is None:
            raise _Refused(f"BYDAY has {text[:20]}, not a weekday")
        return int(found[1] or 0)


def _check(rule: _Rule, start: date, last: date) -> None:
    if rule.frequency not in _PERIODS:
        raise _Refused(f"FREQ={rule.frequency[:20]} is not one of {', '.join(_PERIODS)}")
    count = rule.number("COUNT", 1, 999_999_999) if rule.has("COUNT") else None
    until = _until(rule, start)
    hourly = rule.frequency == "HOURLY"
    times = prod(len(rule.numbers.get(name, (0,))) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if times > MAX_TIMES_A_DAY or (hourly and rule.has("BYMINUTE", "BYSECOND")):
        raise _Refused(f"{times} times a day; at most {MAX_TIMES_A_DAY}")
    days = (min(until or last, last) - start).days + hourly
    steps = int(days * times * _days_a_period(rule) // (_PERIODS[rule.frequency] * rule.interval))
    steps = steps if count is None else min(steps, count)
    most = MAX_HOURLY if hourly else MAX_STEPS
    if steps > most:
        raise _Refused(f"begins in {start.year}: {steps} occurrences before its last day; at most {most}")
    _check_days(rule)
    # BYSETPOS may only ask for a position that every or nearly every period has.
    wanted = max((abs(position) for position in rule.numbers.get("BYSETPOS", ())), default=0)
    if wanted > _sure_positions(rule):
        raise _Refused(f"BYSETPOS={wanted} in a {rule.frequency.lower()} rule that may not have so many days")


def _days_a_period(rule: _Rule) -> int:
    """The most days that one day, week, month or year of the rule can have."""
    weekdays, days = len(rule.weekdays), len(rule.numbers.get("BYMONTHDAY", ()))
    if rule.frequency in ("HOURLY", "DAILY", "WEEKLY"):
        return max(1, weekdays) if rule.frequency == "WEEKLY" else 1
    months = (
        1 if rule.frequency == "MONTHLY" else len(rule.numbers.get("BYMONTH", range(12 if weekdays or days else 1)))
    )
    if rule.has("BYYEARDAY", "BYWEEKNO"):
        return 366
    return months * max(1, min(31, 5 * weekdays, days or 31) if weekdays else days)


def _until(rule: _Rule, start: date) -> date | None:
    if not rule.has("UNTIL"):
        return None
    text = rule.one("UNTIL", "")
    found = _UNTIL.fullmatch(text)
    try:
        until = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        until = None
    # A day of grace: UNTIL is in UTC, the start on the clock of its place.
    if until is None or until < start - timedelta(days=1):
        raise _Refused(f"UNTIL={text[:20]} is not a day on or after its start")
    return until


def _check_days(rule: _Rule) -> None:
    """Refuse days that do not exist, and combinations that are hardly ever meant and may never happen."""
    if rule.has("BYYEARDAY", "BYWEEKNO") and rule.frequency != "YEARLY":
        raise _Refused(f"BYYEARDAY or BYWEEKNO in a {rule.frequency.lower()} rule")
    if rule.has("BYMONTHDAY") and rule.frequency == "WEEKLY":
        raise _Refused("BYMONTHDAY in a weekly rule")
    months, days = rule.numbers.get("BYMONTH", range(1, 13)), rule.numbers.get("BYMONTHDAY", ())
    longest = [29 if month == 2 else monthrange(2023, month)[1] for month in months]
    if days and all(abs(day) > length for day in days for length in longest):
        raise _Refused("its months have no such day")
    ordinals = [abs(ordinal) for ordinal in rule.weekdays if ordinal]
    if not ordinals:
        return
    most = 53 if rule.frequency == "YEARLY" and not rule.has("BYMONTH") else 5
    if rule.frequency in ("HOURLY", "DAILY", "WEEKLY") or max(ordinals) > most:
        raise _Refused(f"the {max(ordinals)}. weekday of a {rule.frequency.lower()} rule")
    if rule.has("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"):
        raise _Refused("a numbered weekday together with a numbered day")


def _sure_positions(rule: _Rule) -> int:
    weekdays = len(rule.weekdays)
    if rule.has("BYYEARDAY", "BYWEEKNO") or rule.frequency in ("HOURLY", "DAILY"):
        return 0
    if rule.frequency == "WEEKLY":
        return max(1, weekdays)
    if rule.has("BYMONTHDAY"):
        # Every month has the days up to 28.
        return 1 if weekdays else max(1, sum(1 for day in rule.numbers["BYMONTHDAY"] if abs(day) <= 28))
    if any(rule.weekdays):
        return weekdays
    months = len(rule.numbers.get("BYMONTH", range(12))) if rule.frequency == "YEARLY" else 1
    return (4 * weekdays + 1) * months if weekdays else 0
