"""What a refresh would change, in words a person can judge: the page that `--dry-run` prints and a hold keeps.

Plain values only, so that it can be stored as JSON and shown anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from feedsvc.core.changes import ChangeKind, Changes, Decision
from feedsvc.core.model import Event, Record
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

    def to_json(self) -> str:
        """As JSON; `from_json` gives it back."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Difference:
        """The difference that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        unchanged = values.pop("unchanged")
        return cls(**{name: _part_of(part) for name, part in values.items()}, unchanged=unchanged)


def _part(decisions: tuple[Decision, ...]) -> Part:
    first = sorted(decisions, key=lambda decision: decision.after.event.span.start)[:MOST_LISTED]
    return Part(len(decisions), tuple(_line(decision) for decision in first))


def _part_of(values: dict[str, Any]) -> Part:
    lines = tuple(DiffLine(**{**line, "fields": tuple(map(tuple, line["fields"]))}) for line in values["lines"])
    return Part(values["count"], lines)


def _line(decision: Decision) -> DiffLine:
    record = decision.after
    return DiffLine(record.event.summary, when_in_words(record.event.span), record.uid, tuple(_fields(decision)))


def _fields(decision: Decision) -> Iterable[tuple[str, str, str]]:
    if decision.before is None or decision.kind not in (ChangeKind.CHANGED, ChangeKind.RETURNED):
        return
    for name in decision.fields:
        if name != "summary" or "title" not in decision.fields:
            yield name, _words(name, decision.before), _words(name, decision.after)


def _words(name: str, record: Record) -> str:
    event: Event = record.event
    value = getattr(event, name)
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
