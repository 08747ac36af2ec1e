"""The components of one UID as occurrences, each with the name it keeps for ever (its RECURRENCE-ID).

The rules were linted before (`core.recurrence`); what walks them is recurring-ical-events. The hardest case is a change
with RANGE=THISANDFUTURE: it moves all that follow, and they keep the names of the times they were moved from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import recurring_ical_events
from dateutil.rrule import rrulestr
from icalendar import Calendar
from icalendar.cal import Component
from icalendar.prop import vDDDTypes, vRecur
from recurring_ical_events.occurrence import Occurrence
from recurring_ical_events.selection.name import ComponentsWithName

from feedsvc.core.model import Finding
from feedsvc.core.recurrence import MAX_OCCURRENCES, ExpansionWindow, advanced, plain_rule, refusal, window
from feedsvc.core.text import clean_line, cut
from feedsvc.ical.parse.event import BROKEN, Moment, Parsed, day_of
from feedsvc.ical.parse.versions import current_changes, current_masters, shown
from feedsvc.ical.parse.zones import FLOATING

_NUMBER = "X-FEEDSVC-NUMBER"  # tells which of the components an occurrence was made from
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """An occurrence. `name` is the time by which the series knows it, None for a single event. `cut`: more
    of the series follow, which are not shown.
    """

    parsed: Parsed
    start: Moment
    end: Moment | None
    name: Moment | None = None
    cut: bool = False

    @classmethod
    def of(cls, component: Any, members: Sequence[Parsed]) -> Found:
        """The occurrence that the library found, of one of the members."""
        parsed = members[int(component[_NUMBER])]
        start, end, name = (component[key].dt for key in ("DTSTART", "DTEND", "RECURRENCE-ID"))
        if parsed.end is None:
            end = None
        elif parsed.end < parsed.start:
            end = start + (parsed.end - parsed.start)
        if isinstance(start, datetime) and isinstance(parsed.start, datetime):
            # An extra date (RDATE) may be written in UTC; it is meant on the event's own clock.
            start = start.astimezone(parsed.start.tzinfo)
            end = end.astimezone(parsed.start.tzinfo) if isinstance(end, datetime) else None
        return cls(parsed, start, None if end == start else end, name)

    @property
    def label(self) -> str | None:
        """Its name as text: in UTC (20240530T120000Z), as a date, or without a zone as written."""
        if not isinstance(self.name, datetime):
            return None if self.name is None else f"{self.name:%Y%m%d}"
        if self.name.tzinfo is FLOATING:
            return f"{self.name:%Y%m%dT%H%M%S}"
        return f"{self.name.astimezone(UTC):%Y%m%dT%H%M%SZ}"


class _Named(Occurrence):  # type: ignore[misc]
    """An occurrence that keeps its first name when a change moves it along with all that follow."""

    def as_component(self, keep_recurrence_attributes: bool) -> Component:
        component: Component = super().as_component(keep_recurrence_attributes)
        adapter = self._adapter
        if adapter.this_and_future:
            component["RECURRENCE-ID"] = vDDDTypes(self.start - adapter.move_recurrences_by)
        return component


def occurrences(group: list[Parsed], today: date | None, findings: list[Finding]) -> Iterator[Found]:
    """The occurrences of the components that share a UID: of each series in the window, and every event of its own."""
    if len(group) == 1 and group[0].recurrence is None and not _recurs(group[0]):
        yield Found(group[0], group[0].start, group[0].end)
        return
    masters = current_masters([one for one in group if one.recurrence is None], findings)
    changes = current_changes([one for one in group if one.recurrence is not None], findings)
    series = [one for one in masters if _recurs(one)] or (masters[:1] if changes else [])
    if not series:
        yield from (Found(one, one.start, one.end, one.recurrence) for one in changes)
    for one, its_own in _with_changes(series, changes, today):
        yield from _series(one, its_own, today, findings)
    yield from (Found(one, one.start, one.end) for one in masters if one not in series)


def _with_changes(
    series: list[Parsed], changes: list[Parsed], today: date | None
) -> Iterator[tuple[Parsed, list[Parsed]]]:
    """Each series with the changes of its own occurrences; the first has those that none knows."""
    left = list(changes)
    for number, one in reversed(list(enumerate(series))):
        days = window(today, _as_day(one.start))
        names: set[Moment | None] = set()
        if number > 0 and left and _why_refused(one, days) is None and not _is_over(one):
            with suppress(ValueError):
                names = {found.name for found in _expand(one, (), days)}
        its_own = left if number == 0 else [change for change in left if change.recurrence in names]
        left = [change for change in left if change not in its_own]
        for change in its_own:
            change.series = one
        yield one, its_own


def _series(series: Parsed, changes: list[Parsed], today: date | None, findings: list[Finding]) -> Iterator[Found]:
    days = window(today, _as_day(series.start))
    found: list[Found] = []
    if _is_over(series):
        reason: str | None = "UNTIL lies before its start"
    else:
        reason = series.refused = _why_refused(series, days)
    if reason is None:
        try:
            found = _expand(series, changes, days)
        except ValueError as error:
            reason = series.refused = str(error)
    if reason is not None:
        series.doubts.append(Finding("rule-refused", cut(clean_line(reason), 200)))
        yield Found(series, series.start, series.end, series.start)
        yield from (Found(one, one.start, one.end, one.recurrence) for one in changes if one.recurrence != series.start)
        return
    if not found:
        first = _as_day(series.start)
        code = "series-ahead" if first > days.last else "series-over" if first < days.first else "series-empty"
        findings.append(Finding(code, shown(series), series.block.line))
    # Of too many occurrences, in order: the next ones, and as many of the last ones before as there is room for.
    past = sum(_as_day(one.start) < days.now for one in found)
    at = min(past, max(0, len(found) - MAX_OCCURRENCES))
    kept = found[at : at + MAX_OCCURRENCES]
    if len(kept) < len(found):
        findings.append(Finding("rule-cut", f"{shown(series)}: {len(found)}, {len(kept)} kept", series.block.line))
    for one in kept:
        yield one if one is not kept[-1] or len(kept) == len(found) else replace(one, cut=True)


def _recurs(parsed: Parsed) -> bool:
    """Return True if it takes place more than once, or says when it does not."""
    return any(one.name in ("RRULE", "RDATE", "EXDATE") for one in parsed.block.properties)


def _why_refused(parsed: Parsed, window: ExpansionWindow) -> str | None:
    """Return in words why its rules are not expanded; None when they may be."""
    rules = [one.value for one in parsed.block.properties if one.name in ("RRULE", "EXRULE")]
    start = _begin(parsed, window)
    reasons = (refusal(rule, _as_day(start), window.last) for rule in rules)
    reason = next((reason for reason in reasons if reason is not None), None)
    stated = any(one.name == "RRULE" for one in parsed.block.properties)
    if reason is None and stated and not parsed.rules:
        return "the rule cannot be read"
    return reason


def _is_over(parsed: Parsed) -> bool:
    """Return True for a rule that ends before the event begins: only its first date takes place."""
    ends = [end for rule in parsed.rules for key, values in rule.items() if key.upper() == "UNTIL" for end in values]
    return any(_sortable(end) < _sortable(parsed.start) for end in ends)


def _expand(master: Parsed, changes: Sequence[Parsed], window: ExpansionWindow) -> list[Found]:
    """Every occurrence in the window, by its start; of several rules, their union.

    Raises ValueError when the series cannot be worked out.
    """
    for change in changes:
        # A change may name its occurrence by the day alone, or by midnight of an all-day event's day.
        named, start = change.recurrence, master.start
        if named is not None and isinstance(named, datetime) != isinstance(start, datetime):
            day = day_of(named, master.home) if isinstance(named, datetime) else named
            is_moved_on = change.event["RECURRENCE-ID"].params.get("RANGE")
            name = datetime.combine(day, start.timetz()) if isinstance(start, datetime) else day
            change.event["RECURRENCE-ID"] = vDDDTypes(name)
            if is_moved_on:
                change.event["RECURRENCE-ID"].params["RANGE"] = is_moved_on
    try:
        found = {
            (_sortable(one.name or one.start), isinstance(one.start, datetime)): one
            for rule in (master.rules or (None,))
            for one in _walk(master, rule, changes, window)
        }
        excluded = _excluded(master, window)
    except BROKEN as error:
        raise ValueError(f"cannot be worked out: {error}") from error
    kept = [one for key, one in found.items() if key[0] not in excluded or one.parsed is not master]
    kept = [one for one in kept if window.first <= _as_day(one.start) <= window.last]
    return sorted(kept, key=lambda one: (_sortable(one.start), _sortable(one.name or one.start)))


def _begin(master: Parsed, window: ExpansionWindow) -> Moment:
    """The start from which the rules are walked: not before the window by more than need be."""
    rules = [one.value for one in master.block.properties if one.name in ("RRULE", "EXRULE")]
    day = _as_day(master.start)
    try:
        return master.start + (advanced(rules, day, window.first) - day)
    except ValueError:
        return master.start


def _walk(master: Parsed, rule: vRecur | None, changes: Sequence[Parsed], window: ExpansionWindow) -> list[Found]:
    """The occurrences of one rule, with the dates put in, without those left out, changed as the changes say."""
    members = [master, *changes]
    later = _begin(master, window) - master.start
    calendar = Calendar()
    for number, member in enumerate(members):
        component = member.event.copy()
        component.pop("EXRULE", None)
        # An end before the start would be swapped with it; it is put back on each occurrence by `_found`.
        component.pop("DURATION", None)
        component.pop("DTEND", None)
        if member.end is not None and member.end > member.start:
            component["DTEND"] = vDDDTypes(member.end)
        if member is master:
            if rule is not None:
                component["RRULE"] = rule
            if later:
                component["DTSTART"] = vDDDTypes(member.start + later)
            if later and "DTEND" in component and member.end is not None:
                component["DTEND"] = vDDDTypes(member.end + later)
        component[_NUMBER] = str(number)
        calendar.add_component(component)
    first = datetime.combine(window.first, time.min, UTC) - _DAY
    last = datetime.combine(window.last, time.max, UTC) + _DAY
    query = recurring_ical_events.of(calendar, components=[ComponentsWithName("VEVENT", occurrence=_Named)])
    return [Found.of(component, members) for component in query.between(first, last)]


def _excluded(master: Parsed, window: ExpansionWindow) -> set[datetime]:
    """The names of the occurrences that EXRULE leaves out (RFC 2445 §4.8.5.2)."""
    start = _begin(master, window)
    clock = start.tzinfo if isinstance(start, datetime) else UTC
    # The rule is walked on the wall clock: its UTC stands for the clock of the event.
    wall = start.replace(tzinfo=UTC) if isinstance(start, datetime) else datetime.combine(start, time.min, UTC)
    first, last = (datetime.combine(day, time.min, UTC) for day in (window.first - _DAY, window.last + _DAY))
    names: set[datetime] = set()
    for line in master.block.properties:
        if line.name == "EXRULE":
            text = re.sub(r"(UNTIL=\d{8})(T\d{6})?Z?", r"\1T235959Z", plain_rule(line.value))
            days = rrulestr(text, dtstart=wall).between(first, last)
            names.update(one.replace(tzinfo=clock).astimezone(UTC) for one in days)
    return names


def _as_day(moment: Moment) -> date:
    """The day of a moment on its own clock."""
    return moment.date() if isinstance(moment, datetime) else moment


def _sortable(moment: Moment) -> datetime:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.combine(moment, time.min, UTC)
