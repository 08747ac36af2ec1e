"""What a refresh changes: stored records and new events in, decisions out. Pure; `now` is given.

compare digests | match what is left | decide each pair | decide what is missing

An unchanged event keeps everything: no decision is made about it, nothing of it is written. A visible change raises
SEQUENCE by one and moves LAST-MODIFIED. The hardest case is an event that its source no longer lists: sources drop
past events, so only a coming one can be missing, and only after two complete refreshes it is cancelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feedsvc.core.changes import ChangeKind, Changes, Decision, Mark, changed_fields
from feedsvc.core.identity import new_uid
from feedsvc.core.matching import Key, match
from feedsvc.core.model import Event, Record
from feedsvc.core.serialize import visible_digest

MISSES_BEFORE_CANCELLED = 2
TOMBSTONE = timedelta(days=30)
MOVED_NOTE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a refresh stands. `rendering` names the settings that VEVENTs are now written with."""

    source_id: str
    uid_domain: str
    now: datetime
    rendering: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Marks and events that do not agree by digest.

    `leftover` are unmatched UIDs, `attention` unchanged ones to look at, `stale` those whose VEVENT was written with
    other settings, `dropped` those in no feed, `taken` all of the source, so that none is given twice. `shared_links`
    are the links that several listed events have, such as the calendar's own page.
    """

    changed_or_new: tuple[Event, ...]
    leftover: tuple[str, ...]
    attention: tuple[str, ...]
    unchanged: int
    coming: int
    stale: frozenset[str] = field(default=frozenset())
    dropped: frozenset[str] = field(default=frozenset())
    taken: frozenset[str] = field(default=frozenset())
    shared_links: frozenset[str] = field(default=frozenset())


def compare(marks: Sequence[Mark], events: Iterable[Event], situation: Situation) -> Comparison:
    """Set apart what did not change. What is left needs its records: `leftover` and `attention` name them."""
    now = situation.now
    # Where two records look alike, the one that still stands in calendars is meant.
    by_digest = {mark.digest: mark for mark in sorted(marks, key=lambda mark: mark.is_live)}
    seen: set[str] = set()
    links: Counter[str | None] = Counter()
    others = []
    for event in events:
        links[event.link] += 1
        mark = by_digest.get(visible_digest(event))
        if mark is None or mark.uid in seen:
            others.append(event)
        else:
            seen.add(mark.uid)
    stale = frozenset(mark.uid for mark in marks if not mark.dropped and mark.rendering != situation.rendering)
    attention = tuple(
        mark.uid for mark in marks if mark.uid in seen and (mark.uid in stale or _needs_a_look(mark, now))
    )
    return Comparison(
        changed_or_new=tuple(others),
        leftover=tuple(mark.uid for mark in marks if mark.uid not in seen),
        attention=attention,
        unchanged=len(seen) - len(attention),
        coming=sum(mark.is_coming(now) for mark in marks),
        stale=stale,
        dropped=frozenset(mark.uid for mark in marks if mark.dropped),
        taken=frozenset(mark.uid for mark in marks),
        shared_links=frozenset(link for link, times in links.items() if link is not None and times > 1),
    )


def _needs_a_look(mark: Mark, now: datetime) -> bool:
    settled = mark.moved_at is not None and now - mark.moved_at >= MOVED_NOTE
    return bool(mark.misses or not mark.is_live or settled)


def reconcile(comparison: Comparison, records: Mapping[str, Record], situation: Situation) -> Changes:
    """Decide about everything that `compare` set apart. `records` holds those it named."""
    now, shared = situation.now, comparison.shared_links
    named = {str(number): event for number, event in enumerate(comparison.changed_or_new)}
    matching = match(
        (Key.of(records[uid].event, uid, now, shared) for uid in comparison.leftover),
        (Key.of(event, name, now, shared) for name, event in named.items()),
    )
    clerk = _Clerk(comparison, situation)
    found = [clerk.found(records[uid], records[uid].event) for uid in comparison.attention]
    found += [clerk.found(records[uid], named[name]) for name, uid in matching.pairs.items()]
    fresh = clerk.fresh(named[name] for name in matching.fresh)
    absent = [clerk.absent(records[uid]) for uid in matching.absent]
    made = tuple(decision for decision in (*found, *fresh, *absent) if decision is not None)
    return Changes(made, comparison.unchanged + found.count(None), comparison.coming)


@dataclass(frozen=True, slots=True)
class _Clerk:
    """Decides about one record at a time."""

    comparison: Comparison
    situation: Situation

    def found(self, record: Record, event: Event) -> Decision | None:
        """Decide about a record whose event the source lists."""
        now = self.situation.now
        fields = changed_fields(record.event, event)
        moved = event.span.lies_elsewhere(record.event.span)
        back = record.cancelled_at is not None or record.uid in self.comparison.dropped
        settled = not moved and record.moved_at is not None and now - record.moved_at >= MOVED_NOTE
        after = replace(record, event=_first_identity(record, event), misses=0, cancelled_at=None)
        if moved:
            after = replace(after, moved_from=record.event.span, moved_at=now)
        elif settled:
            after = replace(after, moved_from=None, moved_at=None)
        if back or fields:
            return Decision(ChangeKind.RETURNED if back else ChangeKind.CHANGED, _changed(after, now), record, fields)
        if settled or record.uid in self.comparison.stale:
            return Decision(ChangeKind.SETTLED if settled else ChangeKind.RENDERED, _rewritten(after, now), record)
        return Decision(ChangeKind.FOUND, after, record) if record.misses else None

    def absent(self, record: Record) -> Decision | None:
        """Decide about a record that the source no longer lists. Past ones stay: sources drop what is over."""
        now = self.situation.now
        if record.uid in self.comparison.dropped:
            return None
        if record.cancelled_at is not None and now - record.cancelled_at >= TOMBSTONE:
            return Decision(ChangeKind.DROPPED, _rewritten(record, now), record)
        if record.cancelled_at is not None:
            return self._rendered(record)
        if record.event.span.start <= now:
            return self.found(record, record.event)
        after = replace(record, misses=record.misses + 1)
        if after.misses < MISSES_BEFORE_CANCELLED:
            return Decision(ChangeKind.MISSING, after, record)
        return Decision(ChangeKind.CANCELLED, _changed(replace(after, cancelled_at=now), now), record, ("status",))

    def _rendered(self, record: Record) -> Decision | None:
        if record.uid not in self.comparison.stale:
            return None
        return Decision(ChangeKind.RENDERED, _rewritten(record, self.situation.now), record)

    def fresh(self, events: Iterable[Event]) -> Iterable[Decision]:
        """Decide about events that no record is known for."""
        taken: set[str] = set(self.comparison.taken)
        born = self.situation.now.replace(microsecond=0)
        for event in events:
            uid = new_uid(self.situation.source_id, event.identity, self.situation.uid_domain, taken)
            taken.add(uid)
            yield Decision(ChangeKind.NEW, Record(uid, self.situation.source_id, event, 0, created=born, modified=born))


def _first_identity(record: Record, event: Event) -> Event:
    """The source's own id may appear or change later; what recognises the event is always the latest."""
    return event if event.identity.startswith("id:") else replace(event, identity=record.event.identity)


def _changed(record: Record, now: datetime) -> Record:
    return replace(record, sequence=record.sequence + 1, modified=_later(record, now))


def _rewritten(record: Record, now: datetime) -> Record:
    return replace(record, modified=_later(record, now))


def _later(record: Record, now: datetime) -> datetime:
    """LAST-MODIFIED never goes back, even where the clock did: clients ignore a change that is not newer."""
    return max(now.replace(microsecond=0), record.modified + timedelta(seconds=1))
