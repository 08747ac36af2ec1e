"""What a refresh changes: stored records and new events in, decisions out. Pure; `now` is given.

compare digests | match what is left | decide each pair | decide what is missing

An unchanged event keeps everything: no decision is made about it, nothing of it is written. A visible change raises
SEQUENCE by one and moves LAST-MODIFIED. The hardest case is an event that its source no longer lists: sources drop
past events, so only a coming one can be missing, and only after two complete refreshes it is cancelled.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from feedsvc.core.codec import visible_digest
from feedsvc.core.matching import Key, match
from feedsvc.core.model import Event, Record

UID_NAMESPACE = uuid.UUID("6d1f0c1e-2b0f-5f0a-9a55-0d7c54f6a1d3")
MISSES_BEFORE_CANCELLED = 2
TOMBSTONE = timedelta(days=30)
MOVED_NOTE = timedelta(days=14)


class Kind(StrEnum):
    """What happened to an event."""

    NEW = "new"
    CHANGED = "changed"
    MISSING = "missing"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    DROPPED = "dropped"
    FOUND = "found"
    SETTLED = "settled"


SILENT = frozenset({Kind.MISSING, Kind.FOUND})
"""Kinds that nobody can see: bookkeeping, with no new fragment and no edition."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stored record at a glance, enough to see whether anything is to be decided about it.

    `dropped` records are in no feed any more; they are kept so that their UID and SEQUENCE live on.
    """

    uid: str
    digest: str
    start: datetime
    misses: int = 0
    cancelled_at: datetime | None = None
    dropped: bool = False
    moved_at: datetime | None = None

    def is_coming(self, now: datetime) -> bool:
        """Whether it still lies ahead and is in people's calendars as taking place."""
        return self.start > now and not self.dropped and self.cancelled_at is None


@dataclass(frozen=True, slots=True)
class Decision:
    """One event's fate. `before` is None for a new one; `fields` are the names of what changed."""

    kind: Kind
    after: Record
    before: Record | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """All decisions of one refresh. `coming` counts the source's coming events before it, `unchanged` those left alone."""

    decisions: tuple[Decision, ...]
    unchanged: int
    coming: int

    def of(self, kind: Kind) -> tuple[Decision, ...]:
        """The decisions of one kind."""
        return tuple(decision for decision in self.decisions if decision.kind is kind)

    @property
    def visible(self) -> tuple[Decision, ...]:
        """The decisions that somebody can see; without any, there is no new edition."""
        return tuple(decision for decision in self.decisions if decision.kind not in SILENT)

    @property
    def would_remove(self) -> int:
        """How many coming events are gone from the source, whether they were already missing or not."""
        return len(self.of(Kind.MISSING)) + len(self.of(Kind.CANCELLED))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Marks and events that do not agree by digest. `leftover` are unmatched UIDs, `attention` unchanged ones to look at."""

    changed_or_new: tuple[Event, ...]
    leftover: tuple[str, ...]
    attention: tuple[str, ...]
    unchanged: int
    coming: int


def compare(marks: Sequence[Mark], events: Iterable[Event], now: datetime) -> Comparison:
    """Set apart what did not change. What is left needs its records: `leftover` and `attention` name them."""
    by_digest = {mark.digest: mark for mark in marks}
    seen: set[str] = set()
    others = []
    for event in events:
        mark = by_digest.get(visible_digest(event))
        if mark is None or mark.uid in seen:
            others.append(event)
        else:
            seen.add(mark.uid)
    attention = tuple(mark.uid for mark in marks if mark.uid in seen and _needs_a_look(mark, now))
    leftover = tuple(mark.uid for mark in marks if mark.uid not in seen)
    coming = sum(mark.is_coming(now) for mark in marks)
    return Comparison(tuple(others), leftover, attention, len(seen) - len(attention), coming)


def _needs_a_look(mark: Mark, now: datetime) -> bool:
    settled = mark.moved_at is not None and now - mark.moved_at >= MOVED_NOTE
    return bool(mark.misses or mark.cancelled_at or mark.dropped or settled)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a refresh stands. `taken` are all UIDs of the source, so that none is given twice."""

    source_id: str
    uid_domain: str
    now: datetime
    taken: Collection[str] = field(default=())


def reconcile(
    comparison: Comparison, records: Mapping[str, Record], dropped: Collection[str], situation: Situation
) -> Changes:
    """Decide about everything that `compare` set apart. `records` holds those it named; `dropped` the UIDs in no feed."""
    named = {str(number): event for number, event in enumerate(comparison.changed_or_new)}
    matching = match(
        (Key.of(records[uid].event, uid) for uid in comparison.leftover),
        (Key.of(event, name) for name, event in named.items()),
    )
    now = situation.now
    decisions = [_found(records[uid], records[uid].event, uid in dropped, now) for uid in comparison.attention]
    decisions += [_found(records[uid], named[name], uid in dropped, now) for name, uid in matching.pairs.items()]
    decisions += _fresh([named[name] for name in matching.fresh], situation)
    decisions += [_absent(records[uid], uid in dropped, now) for uid in matching.absent]
    made = tuple(decision for decision in decisions if decision is not None)
    return Changes(made, comparison.unchanged + len(decisions) - len(made), comparison.coming)


def _found(record: Record, event: Event, dropped: bool, now: datetime) -> Decision | None:
    """Decide about a record whose event the source lists."""
    fields = changed_fields(record.event, event)
    moved = "span" in fields
    back = record.cancelled_at is not None or dropped
    settled = not moved and record.moved_at is not None and now - record.moved_at >= MOVED_NOTE
    after = replace(record, event=_first_identity(record, event), misses=0, cancelled_at=None)
    if moved:
        after = replace(after, moved_from=record.event.span, moved_at=now)
    elif settled:
        after = replace(after, moved_from=None, moved_at=None)
    if back or fields or settled:
        kind = Kind.RETURNED if back else Kind.CHANGED if fields else Kind.SETTLED
        return Decision(kind, _touched(after, now), record, fields)
    return Decision(Kind.FOUND, after, record) if record.misses else None


def _first_identity(record: Record, event: Event) -> Event:
    """The source's own id may appear or change later; what recognises the event is always the latest."""
    return event if event.identity.startswith("id:") else replace(event, identity=record.event.identity)


def _absent(record: Record, dropped: bool, now: datetime) -> Decision | None:
    """Decide about a record that a complete refresh no longer lists. Past ones stay: sources drop what is over."""
    if dropped:
        return None
    if record.cancelled_at is not None:
        if now - record.cancelled_at < TOMBSTONE:
            return None
        return Decision(Kind.DROPPED, replace(record, modified=_later(record, now)), record)
    if record.event.span.start <= now:
        return _found(record, record.event, dropped, now)
    misses = record.misses + 1
    after = replace(record, misses=misses)
    if misses < MISSES_BEFORE_CANCELLED:
        return Decision(Kind.MISSING, after, record)
    return Decision(Kind.CANCELLED, _touched(replace(after, cancelled_at=now), now), record, ("status",))


def _touched(record: Record, now: datetime) -> Record:
    return replace(record, sequence=record.sequence + 1, modified=_later(record, now))


def _later(record: Record, now: datetime) -> datetime:
    """LAST-MODIFIED never goes back, even where the clock did: clients ignore a change that is not newer."""
    return max(now.replace(microsecond=0), record.modified + timedelta(seconds=1))


def _fresh(events: Iterable[Event], situation: Situation) -> list[Decision]:
    taken = set(situation.taken)
    born = situation.now.replace(microsecond=0)
    decisions = []
    for event in events:
        uid = new_uid(situation.source_id, event.identity, situation.uid_domain, taken)
        taken.add(uid)
        record = Record(uid, situation.source_id, event, 0, created=born, modified=born)
        decisions.append(Decision(Kind.NEW, record))
    return decisions


def new_uid(source_id: str, identity: str, domain: str, taken: Collection[str]) -> str:
    """Give a UID: made from the first identity seen, so that the same source read into an empty store gives the same.

    Where another event has grown out of the same identity, a number makes it another one.
    """
    for turn in range(1, len(taken) + 2):
        name = f"{source_id}\n{identity}" if turn == 1 else f"{source_id}\n{identity}\n{turn}"
        uid = f"{uuid.uuid5(UID_NAMESPACE, name)}@{domain}"
        if uid not in taken:
            return uid
    raise AssertionError("more names than taken UIDs were tried")


def changed_fields(before: Event, after: Event) -> tuple[str, ...]:
    """The names of the visible fields in which two events differ."""
    names = ("title", "themes", "countries", "places", "span", "listed", "description", "location", "host", "event_type",
             "link", "status", "copies", "codes", "summary")  # fmt: skip
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
