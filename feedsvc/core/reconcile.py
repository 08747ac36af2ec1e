"""The changes of a refresh: stored records and new events in, decisions out. Pure; `now` is given.

compare digests | match what is left | decide each pair | decide what is missing

An unchanged event keeps everything: no decision is made about it, nothing of it is written. What its VEVENT says
differently moves LAST-MODIFIED; its essence (time, status, place, title, link) raises SEQUENCE by one as well. The
hardest case is an event that its source does not list: sources drop past events and show only the next ten, so only a
coming one that the reading could see is missing, and only after two such refreshes it is cancelled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from feedsvc.core.changes import (
    MOVED_NOTE,
    UNSAID_FIELDS,
    ChangeKind,
    Changes,
    Decision,
    Mark,
    are_many_unread,
    changed_fields,
    essence,
)
from feedsvc.core.identity import new_uid
from feedsvc.core.matching import Key, Rules, base_id, claimed_by_rest, claimed_for_sure, match
from feedsvc.core.model import EVERYTHING, Event, EventStatus, Horizon, Present, Record
from feedsvc.core.serialize import seconds, visible_digest
from feedsvc.core.text import fold
from feedsvc.core.timespan import Timespan

MISSES_BEFORE_CANCELLED = 2
TOMBSTONE = timedelta(days=30)
SAMPLE, FEWEST_IDS = 50, 2
"""Unchanged events that are asked whether their ids are still the same, and ids below which nothing follows."""
READINGS_TO_DOUBT = 3
SPAN_TO_DOUBT = timedelta(hours=24)
"""How often, and for how long, a source must list an event without a readable date until it is tentative."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The circumstances of a refresh.

    `default_length` is what an event without an end is published with. `horizon` is how far the reading sees; None:
    absence means nothing. `ids_name_dates`: an id of the source's own never stands for the next occurrence.
    `uid_source` is the oldest id that the source ever had, where it had others.
    """

    source_id: str
    uid_domain: str
    now: datetime
    default_length: timedelta = timedelta(hours=1)
    horizon: Horizon | None = EVERYTHING
    ids_name_dates: bool = False
    uid_source: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Provenance and events that do not agree by digest.

    `events` are all that are listed, `kept` the starts of unchanged ones by folded title, where a changed one has that
    title too. `sample` are some unchanged ones with the identity they are listed under now. `leftover` are unmatched
    UIDs, `attention` unchanged ones to look at, `dropped` those in no feed, `taken` all of the source, so that none is
    given twice. `shared_links` are the links that several listed events have, such as the calendar's own page.
    """

    events: tuple[Event, ...]
    changed_or_new: tuple[Event, ...]
    leftover: tuple[str, ...]
    attention: tuple[str, ...]
    unchanged: int
    coming: int
    dropped: frozenset[str] = field(default=frozenset())
    taken: frozenset[str] = field(default=frozenset())
    shared_links: frozenset[str] = field(default=frozenset())
    kept: Mapping[str, Sequence[int]] = field(default_factory=dict)
    sample: tuple[tuple[str, str], ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """The UIDs whose records it takes to decide."""
        return (*self.leftover, *self.attention, *(uid for uid, _identity in self.sample))


def compare(
    marks: Sequence[Mark], events: Iterable[Event], situation: Situation, digests: Sequence[str] | None = None
) -> Comparison:
    """Set apart what did not change. What is left needs its records: `leftover` and `attention` name them.

    `digests` are the visible digests of the events, where they are known already.
    """
    now, events = situation.now, tuple(events)
    taken = frozenset(mark.uid for mark in marks)
    marks = [mark for mark in marks if not mark.is_foreign]
    digests = [visible_digest(event) for event in events] if digests is None else digests
    # Where two records look alike, the one that still stands in calendars is meant.
    by_digest = {mark.digest: mark for mark in sorted(marks, key=lambda mark: mark.is_live)}
    seen: dict[str, Event] = {}
    links: Counter[str | None] = Counter()
    others = []
    for event, digest in zip(events, digests, strict=True):
        links[event.link] += 1
        mark = by_digest.get(digest)
        if mark is None or mark.uid in seen:
            others.append(event)
        else:
            seen[mark.uid] = event
    attention = tuple(mark.uid for mark in marks if mark.uid in seen and mark.needs_a_look(now))
    leftover = tuple(mark.uid for mark in marks if mark.uid not in seen)
    kept, sample = _unchanged_context(seen, others) if others and leftover else ({}, ())
    return Comparison(
        events=events,
        changed_or_new=tuple(others),
        leftover=leftover,
        attention=attention,
        unchanged=len(seen) - len(attention),
        coming=sum(mark.is_coming(now) for mark in marks),
        dropped=frozenset(mark.uid for mark in marks if mark.dropped),
        taken=taken,
        shared_links=frozenset(link for link, times in links.items() if link is not None and times > 1),
        kept=kept,
        sample=sample,
    )


def _unchanged_context(
    seen: Mapping[str, Event], others: Iterable[Event]
) -> tuple[dict[str, list[int]], tuple[tuple[str, str], ...]]:
    """`kept` and `sample` of a comparison: UID → unchanged event, and the events that changed or are new."""
    titles = {event.title for event in others if event.title}
    starts: dict[str, list[int]] = {}
    for event in seen.values():
        if event.title in titles:
            starts.setdefault(fold(event.title or ""), []).append(seconds(event.span.start))
    if not any(event.identity.startswith("id:") for event in others):
        return starts, ()
    known = ((uid, event.identity) for uid, event in seen.items() if event.identity.startswith("id:"))
    return starts, tuple(islice(known, SAMPLE))


def reconcile(
    comparison: Comparison, records: Mapping[str, Record], situation: Situation, present: Sequence[Present] = ()
) -> Changes:
    """Decide about everything that `compare` set apart. `records` holds those it named.

    `present` is what the source lists without a readable date: its records are neither missing nor changed.
    """
    now = situation.now
    named = {str(number): event for number, event in enumerate(comparison.changed_or_new)}
    left = {uid: records[uid] for uid in comparison.leftover}
    unread = claimed_for_sure(present, left, comparison.events)
    ids_count = _ids_count(comparison, records, situation)
    titles = frozenset(fold(one.title) for one in present if one.title)
    rules = Rules(now, comparison.shared_links, ids_count, situation.ids_name_dates, situation.default_length, titles)
    matching = match(
        (Key.of(record.event, uid, rules) for uid, record in left.items() if uid not in unread),
        (Key.of(event, name, rules) for name, event in named.items()),
        rules,
        comparison.kept,
    )
    unread |= claimed_by_rest(present, {uid: left[uid] for uid in matching.absent}, comparison.events)
    coming_unread = sum(1 for uid in unread if left[uid].event.span.start > now and left[uid].cancelled_at is None)
    last = max((event.span.start for event in comparison.events), default=None)
    clerk = _Clerk(comparison, situation, last, is_doubted=are_many_unread(coming_unread, comparison.coming))
    found = [clerk.found(records[uid], records[uid].event) for uid in comparison.attention]
    found += [clerk.found(records[uid], named[name]) for name, uid in matching.pairs.items()]
    found += [clerk.unread(left[uid]) for uid in left if uid in unread]
    fresh = clerk.fresh(named[name] for name in matching.fresh)
    absent = [clerk.absent(records[uid]) for uid in matching.absent if uid not in unread]
    made = tuple(decision for decision in (*found, *fresh, *absent) if decision is not None)
    return Changes(made, comparison.unchanged + found.count(None), comparison.coming, coming_unread, not ids_count)


def _ids_count(comparison: Comparison, records: Mapping[str, Record], situation: Situation) -> bool:
    """Return False if the source's ids are worth nothing at this fetch.

    That is so when unchanged events mostly have other ids than before, or, without any unchanged one, when coming
    events had ids and none that is listed was known.
    """
    if comparison.sample:
        sample = ((records[uid].event.identity, identity) for uid, identity in comparison.sample)
        other = sum(known.startswith("id:") and base_id(known) != base_id(listed) for known, listed in sample)
        return 2 * other <= len(comparison.sample)
    stored = [event for uid in comparison.leftover if (event := records[uid].event).identity.startswith("id:")]
    known = {base_id(event.identity) for event in stored}
    coming = {base_id(event.identity) for event in stored if event.span.start > situation.now}
    listed = {base_id(event.identity) for event in comparison.changed_or_new if event.identity.startswith("id:")}
    return len(coming) < FEWEST_IDS or len(listed) < FEWEST_IDS or not known.isdisjoint(listed)


@dataclass(frozen=True, slots=True)
class _Clerk:
    """Decides about one record at a time.

    `last_start` is that of the last listing, None without any. `is_doubted`: it is the source that cannot be read.
    """

    comparison: Comparison
    situation: Situation
    last_start: datetime | None
    is_doubted: bool

    def found(self, record: Record, event: Event) -> Decision | None:
        """Decide about a record whose event the source lists."""
        now = self.situation.now
        moved = event.span.lies_elsewhere(record.event.span)
        back = record.cancelled_at is not None or record.uid in self.comparison.dropped
        settled = not moved and record.moved_at is not None and now - record.moved_at >= MOVED_NOTE
        if not event.identity.startswith("id:"):
            # The source's own id may appear or change later: what recognises the event is the latest, else the first.
            event = replace(event, identity=record.event.identity)
        after = replace(record, event=event, misses=0, cancelled_at=None,
                        unread=0, unread_since=None, unconfirmed_at=None)  # fmt: skip
        fields = changed_fields(record, after)
        if moved and (event.listed != record.event.listed or not event.listed):
            after = replace(after, moved_from=record.event.span, moved_at=now)
        elif settled:
            after = replace(after, moved_from=None, moved_at=None)
        if back or any(name not in UNSAID_FIELDS for name in fields):
            return self._changed(ChangeKind.RETURNED if back else ChangeKind.CHANGED, record, after, fields)
        if settled or fields:
            return Decision(ChangeKind.SETTLED if settled else ChangeKind.RENDERED, rewritten(after, now), record)
        return Decision(ChangeKind.FOUND, after, record) if record.misses or record.unread else None

    def absent(self, record: Record) -> Decision | None:
        """Decide about a record that the source does not list. Past ones stay: sources drop what is over."""
        now = self.situation.now
        if record.uid in self.comparison.dropped:
            return None
        if record.cancelled_at is not None and now - record.cancelled_at >= TOMBSTONE:
            return Decision(ChangeKind.DROPPED, rewritten(record, now), record)
        if record.cancelled_at is not None:
            return None
        if record.event.span.start <= now:
            return self._begun(record)
        if not self._could_see(record.event.span):
            return self._settled(record)
        after = replace(record, misses=record.misses + 1)
        if after.misses < MISSES_BEFORE_CANCELLED:
            return Decision(ChangeKind.MISSING, after, record)
        after = replace(after, cancelled_at=now)
        if record.status is EventStatus.CANCELLED:
            # Its own source said so before: there is nothing new to say, only the tombstone's time begins.
            return Decision(ChangeKind.MISSING, after, record)
        return self._changed(ChangeKind.CANCELLED, record, after, ("status",))

    def unread(self, record: Record) -> Decision | None:
        """Decide about a record that the source lists without a readable date: it stays as it was, however often.

        A coming one becomes tentative after three such readings over a day, unless it is the source that is at fault.
        """
        now = self.situation.now
        if record.uid in self.comparison.dropped or record.cancelled_at is not None:
            return self.absent(record)
        if record.event.span.start <= now:
            return self._begun(record)
        if self.is_doubted:
            return Decision(ChangeKind.FOUND, replace(record, misses=0), record) if record.misses else None
        after = replace(record, misses=0, unread=record.unread + 1, unread_since=record.unread_since or now)
        since = after.unread_since or now
        if record.unconfirmed_at is None and after.unread >= READINGS_TO_DOUBT and now - since >= SPAN_TO_DOUBT:
            return self._changed(ChangeKind.CHANGED, record, replace(after, unconfirmed_at=now), ("status",))
        return Decision(ChangeKind.UNREAD, after, record)

    def _could_see(self, span: Timespan) -> bool:
        """Return True if the reading would list an event of this time, were it still to take place."""
        horizon = self.situation.horizon
        if horizon is None:
            return False
        if (horizon.first and span.last_day < horizon.first) or (horizon.last and span.first_day > horizon.last):
            return False
        # What starts with the last listing may stand behind it.
        return not horizon.to_last_listing or (self.last_start is not None and span.start < self.last_start)

    def _begun(self, record: Record) -> Decision | None:
        """Leave alone what has begun: nothing is counted against it any more."""
        if record.misses or record.unread:
            return Decision(ChangeKind.FOUND, replace(record, misses=0, unread=0, unread_since=None), record)
        return self._settled(record)

    def _settled(self, record: Record) -> Decision | None:
        now = self.situation.now
        if record.moved_at is not None and now - record.moved_at >= MOVED_NOTE:
            after = replace(record, moved_from=None, moved_at=None)
            return Decision(ChangeKind.SETTLED, rewritten(after, now), record)
        return None

    def _changed(self, kind: ChangeKind, before: Record, after: Record, fields: tuple[str, ...]) -> Decision:
        length = self.situation.default_length
        raised = essence(before, length) != essence(after, length)
        after = rewritten(after, self.situation.now)
        return Decision(kind, replace(after, sequence=after.sequence + raised), before, fields)

    def fresh(self, events: Iterable[Event]) -> Iterable[Decision]:
        """Decide about events that no record is known for."""
        taken: set[str] = set(self.comparison.taken)
        born = self.situation.now.replace(microsecond=0)
        uid_source = self.situation.uid_source or self.situation.source_id
        for event in events:
            uid = new_uid(uid_source, event.identity, self.situation.uid_domain, taken)
            taken.add(uid)
            yield Decision(ChangeKind.NEW, Record(uid, self.situation.source_id, event, 0, created=born, modified=born))


def rewritten(record: Record, now: datetime) -> Record:
    """LAST-MODIFIED never goes back, even where the clock did: clients ignore a change that is not newer."""
    return replace(record, modified=max(now.replace(microsecond=0), record.modified + timedelta(seconds=1)))
