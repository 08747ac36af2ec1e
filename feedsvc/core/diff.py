"""A refresh's changes in words that a person can judge, as `--dry-run` and `holds show` print them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from feedsvc.core.changes import VISIBLE_FIELDS, ChangeKind, Changes, Decision
from feedsvc.core.model import Event
from feedsvc.core.timespan import Timespan

MOST_LISTED = 500
"""Events named in each part; beyond that only their number is kept."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One event. `fields` holds (name, before, after) of what changed."""

    summary: str
    when: str
    uid: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Events with the same fate. `count` counts all of them, `lines` names the first ones, by their start."""

    count: int
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """`missing` are no longer listed; at the next complete refresh without them they are cancelled."""

    new: Part
    changed: Part
    missing: Part
    cancelled: Part
    returned: Part
    dropped: Part
    unchanged: int

    @classmethod
    def of(cls, changes: Changes) -> Difference:
        """The difference that these changes make."""
        return cls(
            new=_part(changes.of(ChangeKind.NEW)),
            changed=_part(changes.of(ChangeKind.CHANGED)),
            missing=_part(changes.of(ChangeKind.MISSING)),
            cancelled=_part(changes.of(ChangeKind.CANCELLED)),
            returned=_part(changes.of(ChangeKind.RETURNED)),
            dropped=_part(changes.of(ChangeKind.DROPPED)),
            unchanged=changes.unchanged,
        )

    def parts(self) -> Iterable[tuple[str, Part]]:
        """(name, part) of each part that has events in it."""
        for name in ("new", "changed", "missing", "cancelled", "returned", "dropped"):
            part: Part = getattr(self, name)
            if part.count:
                yield name, part


def _part(decisions: tuple[Decision, ...]) -> Part:
    lines = []
    for decision in sorted(decisions, key=lambda decision: decision.after.event.span.start)[:MOST_LISTED]:
        before, event = decision.before, decision.after.event
        is_change = before is not None and decision.kind in (ChangeKind.CHANGED, ChangeKind.RETURNED)
        fields = field_changes(before.event, event) if before is not None and is_change else ()
        lines.append(DiffLine(event.summary, when_in_words(event.span), decision.after.uid, fields))
    return Part(len(decisions), tuple(lines))


def field_changes(before: Event, after: Event) -> tuple[tuple[str, str, str], ...]:
    """Return (name, before, after) of the visible fields in which two states of an event differ, in words."""
    fields = [name for name in VISIBLE_FIELDS if getattr(before, name) != getattr(after, name)]
    return tuple(
        (name, _words(getattr(before, name)), _words(getattr(after, name)))
        for name in fields
        if name != "summary" or "title" not in fields
    )


def _words(value: object) -> str:
    if isinstance(value, Timespan):
        return when_in_words(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)


def when_in_words(span: Timespan) -> str:
    """For example "2024-05-30 14:00 to 15:30 Europe/Kyiv", "2024-05-30 to 2024-05-31"."""
    if span.all_day:
        return f"{span.first_day}" + ("" if span.first_day == span.last_day else f" to {span.last_day}")
    start, end = span.local_start, span.local_end
    zone = span.zone or f"UTC{start:%z}"
    if end is None:
        return f"{start:%Y-%m-%d %H:%M} {zone}"
    return f"{start:%Y-%m-%d %H:%M} to {end:{'%H:%M' if end.date() == start.date() else '%Y-%m-%d %H:%M'}} {zone}"
