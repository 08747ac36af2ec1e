"""A foreign recurring event as its occurrences, each with the name it keeps for ever (its RECURRENCE-ID).

The rules were linted before (`core.recurrence`); what walks them is recurring-ical-events. The hardest case is a change
with RANGE=THISANDFUTURE: it moves all that follow, and they keep the names of the times they were moved from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar
from icalendar.cal import Component
from icalendar.prop import vDDDTypes
from recurring_ical_events.occurrence import Occurrence
from recurring_ical_events.selection.name import ComponentsWithName

from feedsvc.core.recurrence import ExpansionWindow, refusal
from feedsvc.ical.parse.event import BROKEN, Moment, Parsed

_NUMBER = "X-FEEDSVC-NUMBER"  # tells which of the components an occurrence was made from
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """An occurrence. `name` is the time by which the series knows it, None for a single event."""

    parsed: Parsed
    start: Moment
    end: Moment | None
    name: Moment | None = None


class _Named(Occurrence):  # type: ignore[misc]
    """An occurrence that keeps its first name when a change moves it along with all that follow."""

    def as_component(self, keep_recurrence_attributes: bool) -> Component:
        component: Component = super().as_component(keep_recurrence_attributes)
        adapter = self._adapter
        if adapter.this_and_future:
            component["RECURRENCE-ID"] = vDDDTypes(self.start - adapter.move_recurrences_by)
        return component


def recurs(parsed: Parsed) -> bool:
    """Return True if it takes place more than once, or says when it does not."""
    return any(one.name in ("RRULE", "RDATE", "EXDATE") for one in parsed.block.properties)


def why_refused(parsed: Parsed, window: ExpansionWindow) -> str | None:
    """Why its rule is not expanded, in words; None when it may be."""
    rules = [one.value for one in parsed.block.properties if one.name == "RRULE"]
    if len(rules) > 1:
        return f"{len(rules)} rules"
    if parsed.block.get("EXRULE"):
        return "a rule for what does not happen (EXRULE)"
    reasons = (refusal(rule, as_day(parsed.start), window.last) for rule in rules)
    reason = next((reason for reason in reasons if reason is not None), None)
    return reason or (
        "the rule cannot be read" if rules and not hasattr(parsed.event.get("RRULE"), "to_ical") else None
    )


def expand(master: Parsed, changes: Sequence[Parsed], window: ExpansionWindow) -> list[Found]:
    """Every occurrence in the window, by its start. Raises ValueError when the series cannot be worked out."""
    for change in changes:
        _name_alike(change, master)
    members = [master, *changes]
    calendar = Calendar()
    for number, member in enumerate(members):
        component = member.event.copy()
        _make_sound(component, member)
        component[_NUMBER] = str(number)
        calendar.add_component(component)
    first = datetime.combine(window.first, time.min, UTC) - _DAY
    last = datetime.combine(window.last, time.max, UTC) + _DAY
    try:
        query = recurring_ical_events.of(calendar, components=[ComponentsWithName("VEVENT", occurrence=_Named)])
        found = [_found(component, members) for component in query.between(first, last)]
    except BROKEN as error:
        raise ValueError(f"cannot be worked out: {error}") from error
    kept = [one for one in found if window.first <= as_day(one.start) <= window.last]
    return sorted(kept, key=lambda one: (_sortable(one.start), _sortable(one.name or one.start)))


def _name_alike(change: Parsed, master: Parsed) -> None:
    """A change may name its occurrence by the day alone, or by midnight of an all-day event's day."""
    named, start = change.recurrence, master.start
    if named is None or isinstance(named, datetime) == isinstance(start, datetime):
        return
    parameters = change.event["RECURRENCE-ID"].params
    name = named.date() if isinstance(named, datetime) else datetime.combine(named, _clock_of(start))
    change.event["RECURRENCE-ID"] = vDDDTypes(name)
    change.event["RECURRENCE-ID"].params.update({key: value for key, value in parameters.items() if key == "RANGE"})


def _clock_of(start: Moment) -> time:
    return start.timetz() if isinstance(start, datetime) else time.min


def _make_sound(component: Component, member: Parsed) -> None:
    """An end before the start would be swapped with it; it is put back on each occurrence by `_found`."""
    component.pop("DURATION", None)
    component.pop("DTEND", None)
    if member.end is not None and member.end > member.start:
        component["DTEND"] = vDDDTypes(member.end)


def _found(component: Any, members: Sequence[Parsed]) -> Found:
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
    return Found(parsed, start, None if end == start else end, name)


def as_day(moment: Moment) -> date:
    """The day of a moment on its own clock."""
    return moment.date() if isinstance(moment, datetime) else moment


def _sortable(moment: Moment) -> datetime:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return datetime.combine(moment, time.min, UTC)
