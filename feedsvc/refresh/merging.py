"""One event that several sources list: one VEVENT under the UID that was seen first, in the words of the leader.

The record of the first event always holds what its leader lists, the folded ones what the others list; so a refresh of
each source compares like with like. Where the leader changes, the two records exchange what they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedsvc.core.changes import SILENT, UNSAID_FIELDS, ChangeKind, Decision, changed_fields, essence
from feedsvc.core.errors import RequestError
from feedsvc.core.identity import uid_names
from feedsvc.core.layers import filled, has_global_id, is_same_event
from feedsvc.core.model import Event, Record
from feedsvc.core.reconcile import rewritten
from feedsvc.refresh.context import RefreshContext
from feedsvc.refresh.plan import write_decision
from feedsvc.store.apply import Written
from feedsvc.store.merges import Known
from feedsvc.store.store import Snapshot

_LOOKED_UP = 400
"""New events of a refresh, and other sources, that are looked up by UID."""
_PUBLISHED = frozenset({ChangeKind.NEW, ChangeKind.CHANGED, ChangeKind.RETURNED})


def merged(
    context: RefreshContext, snapshot: Snapshot, source_id: str, written: Sequence[Written], now: datetime
) -> list[Written]:
    """Return what is to be written, with events of other sources folded in, out or handed over."""
    if not context.merge_sources or not written:
        return list(written)
    uids = [item.uid for item in written]
    starts = {item.decision.after.event.span.start for item in written if item.decision.kind in _PUBLISHED}
    others = snapshot.merges.at(starts, source_id)
    new = [item.decision.after.event for item in written if item.decision.kind is ChangeKind.NEW]
    identities = [event.identity for event in new if has_global_id(event)][:_LOOKED_UP]
    if identities:
        # One that is listed at another time elsewhere is found by the UID that it has there.
        states = (state for state in snapshot.sources.states() if state.id != source_id)
        oldest = [next(iter(state.former_ids), state.id) for state in states][:_LOOKED_UP]
        named = {next(uid_names(one, identity, context.uid_domain)) for one in oldest for identity in identities}
        others += snapshot.merges.published(named, source_id)
    merger = _Merger(
        context, snapshot, now, snapshot.merges.firsts(uids), snapshot.merges.folded(uids),
        others, snapshot.merges.known(uids),
    )  # fmt: skip
    return [made for item in written for made in merger.write(item)]


@dataclass(slots=True)
class _Merger:
    """`firsts`: folded UID → first UID. `folded`: first UID → what is folded into it. `others`: at the same time."""

    context: RefreshContext
    snapshot: Snapshot
    now: datetime
    firsts: dict[str, str]
    folded: dict[str, list[Known]]
    others: list[Known]
    known: dict[str, Known]
    taken: set[str] = field(default_factory=set)

    def write(self, item: Written) -> Iterable[Written]:
        """Return what a decision becomes."""
        decision = item.decision
        if decision.kind in SILENT or decision.kind is ChangeKind.DROPPED:
            return [item]
        if item.uid in self.firsts:
            return self._follower(item)
        if item.uid in self.folded:
            followers = [one.record for one in self.folded[item.uid] if one.record.cancelled_at is None]
            if item.decision.kind is ChangeKind.CANCELLED and followers and item.decision.before is not None:
                return self._handed_over(item.decision, min(followers, key=self._rank))
            return [self.publish(item.decision, followers)]
        twin = self._twin(decision.after) if decision.kind in _PUBLISHED else None
        return [item] if twin is None else self.join(item, twin)

    def _follower(self, item: Written) -> Iterable[Written]:
        """A folded event stays out of the feeds; what the first one leaves blank may be filled otherwise now."""
        first = self.snapshot.merges.known([self.firsts[item.uid]])[self.firsts[item.uid]].record
        members = self.snapshot.merges.folded([first.uid])[first.uid]
        others = [item.decision.after if one.record.uid == item.uid else one.record for one in members]
        live = [one for one in others if one.cancelled_at is None]
        yield replace(item, vevent=None, folded_into=first.uid)
        if first.cancelled_at is not None and item.decision.after.cancelled_at is None:
            # Its own source dropped it before; now somebody lists it again.
            heir = item.decision.after
            led = replace(_holding(first, heir), cancelled_at=None)
            yield self.publish(replace(self.decided(first, led, []), kind=ChangeKind.RETURNED), [])
            gone = replace(_holding(heir, first), cancelled_at=first.cancelled_at, misses=first.misses)
            yield Written(
                Decision(ChangeKind.RENDERED, rewritten(gone, self.now), heir), None, (), folded_into=first.uid
            )
        elif filled(first.event, (one.event for one in live)) != self._as_published(first.uid):
            after = rewritten(first, self.now)
            yield self.publish(Decision(ChangeKind.RENDERED, after, first), live)

    def join(self, item: Written, twin: Known) -> Iterable[Written]:
        """Two events that were taken for two, or of which one is new: the later one is folded into the first."""
        decision, self.taken = item.decision, self.taken | {twin.record.uid}
        own = self.known.get(item.uid)
        later_is_new = own is None or twin.row < own.row
        first, later = (twin.record, decision.after) if later_is_new else (decision.after, twin.record)
        leader, other = (first, later) if self._rank(first) <= self._rank(later) else (later, first)
        folded = _holding(later, other)
        kind = ChangeKind.NEW if decision.kind is ChangeKind.NEW else ChangeKind.RENDERED
        yield Written(Decision(kind, rewritten(folded, self.now), None), None, (), folded_into=first.uid)
        led = _holding(first, leader)
        others = [one.record for one in self.folded_into(first.uid) if one.record.uid != later.uid]
        before = first if later_is_new else decision.before or first
        if later_is_new and led == first and filled(led.event, [other.event]) == led.event:
            return
        yield self.publish(self.decided(before, led, [other, *others]), [other, *others])

    def folded_into(self, uid: str) -> list[Known]:
        """The events that are folded into one already."""
        return self.folded.get(uid) or self.snapshot.merges.folded([uid]).get(uid, [])

    def _handed_over(self, decision: Decision, heir: Record) -> Iterable[Written]:
        """Its leader dropped it, another source lists it still: it goes on under its UID, in that one's words."""
        before = decision.before or decision.after
        gone = replace(_holding(heir, decision.after), cancelled_at=self.now, misses=decision.after.misses)
        yield Written(Decision(ChangeKind.RENDERED, rewritten(gone, self.now), heir), None, (), folded_into=before.uid)
        others = [one.record for one in self.folded[before.uid] if one.record.uid != heir.uid]
        live = [one for one in others if one.cancelled_at is None]
        yield self.publish(self.decided(before, _holding(before, heir), live), live)

    def decided(self, before: Record, after: Record, others: Sequence[Record]) -> Decision:
        """What it is to subscribers that a first event now says something else."""
        length = self.context.rendering.default_length
        was = replace(before, event=self._as_published(before.uid) or before.event)
        told = replace(after, event=filled(after.event, (one.event for one in others)))
        fields = changed_fields(was, told)
        is_change = any(name not in UNSAID_FIELDS for name in fields)
        sequence = before.sequence + (essence(was, length) != essence(told, length))
        made = replace(rewritten(replace(after, modified=before.modified), self.now), sequence=sequence)
        return Decision(ChangeKind.CHANGED if is_change else ChangeKind.RENDERED, made, before, fields)

    def publish(self, decision: Decision, others: Sequence[Record]) -> Written:
        """A decision about a first event, with its blanks filled from the others."""
        own = decision.after.event
        event = filled(own, (one.event for one in sorted(others, key=self._rank)))
        written = write_decision(self.context, replace(decision, after=replace(decision.after, event=event)), self.now)
        return replace(written, own_event=None if event == own else own)

    def _as_published(self, uid: str) -> Event | None:
        record = self.snapshot.events.by_public_id(uid.partition("@")[0])
        return None if record is None else record.event

    def _twin(self, record: Record) -> Known | None:
        """The published event of another source that this is, if there is one that has none of this source yet."""
        own = self.known.get(record.uid)
        for other in self.others:
            if other.record.uid in self.taken or not is_same_event(record.event, other.record.event):
                continue
            if own is not None and self.snapshot.merges.is_forbidden(own.row, other.row):
                continue
            members = self.folded_into(other.record.uid)
            if all(one.record.source_id != record.source_id for one in members):
                return other
        return None

    def _rank(self, record: Record) -> tuple[int, str]:
        order = self.context.source_order()
        place = order.index(record.source_id) if record.source_id in order else len(order)
        return place, record.source_id


def _holding(record: Record, other: Record) -> Record:
    """A record that keeps its UID and its history, and holds what the source of another one lists."""
    if record.uid == other.uid:
        return record
    return replace(
        record,
        source_id=other.source_id,
        event=other.event,
        misses=other.misses,
        cancelled_at=other.cancelled_at,
        unread=other.unread,
        unread_since=other.unread_since,
        unconfirmed_at=other.unconfirmed_at,
    )


def join(context: RefreshContext, ids: Sequence[str], by: str) -> str:
    """Make one event of two that are published, by a person's word. Returns the UID that stays. Raises RequestError."""
    now = context.clock()
    with context.store.write() as snapshot:
        first, later = sorted(_named(snapshot, ids), key=lambda one: one.row)
        if first.record.source_id == later.record.source_id:
            raise RequestError(
                f"both events are of source {first.record.source_id!r}; events of two sources can be one"
            )
        if snapshot.merges.firsts([first.record.uid, later.record.uid]):
            raise RequestError(f"{ids[0]} and {ids[1]} are one event already")
        snapshot.merges.allow(first.row, later.row)
        uids = [first.record.uid, later.record.uid]
        merger = _Merger(
            context, snapshot, now, {}, snapshot.merges.folded(uids), [first], snapshot.merges.known(uids)
        )  # fmt: skip
        item = write_decision(context, Decision(ChangeKind.RENDERED, later.record, later.record), now)
        written = list(merger.join(item, first))
        snapshot.applier(later.record.source_id, now, context.fingerprint).apply(written)
        snapshot.merges.sign(later.record.uid, by)
    return first.record.uid


def keep_apart(context: RefreshContext, ids: Sequence[str], by: str) -> str:
    """Undo a merge for good: what was folded is published again. Returns its UID. Raises RequestError."""
    now = context.clock()
    with context.store.write() as snapshot:
        one, other = _named(snapshot, ids)
        firsts = snapshot.merges.firsts([one.record.uid, other.record.uid])
        if not firsts:
            snapshot.merges.forbid(one.row, other.row, by, now)
            return other.record.uid
        folded = one.record if one.record.uid in firsts else other.record
        first = snapshot.merges.known([firsts[folded.uid]])[firsts[folded.uid]].record
        merger = _Merger(context, snapshot, now, {}, {}, [], {})
        snapshot.merges.part(folded.uid, by, now)
        rest = [one.record for one in snapshot.merges.folded([first.uid]).get(first.uid, [])]
        written = [merger.publish(merger.decided(first, first, rest), rest)]
        if folded.cancelled_at is None:
            again = Decision(ChangeKind.RETURNED, rewritten(folded, now), folded)
            written.append(write_decision(context, again, now))
        snapshot.applier(first.source_id, now, context.fingerprint).apply(written)
    return folded.uid


def _named(snapshot: Snapshot, ids: Sequence[str]) -> tuple[Known, Known]:
    found = snapshot.merges.named(ids)
    missing = [public_id for public_id in ids if public_id not in found]
    if missing or len(found) != len(ids):
        raise RequestError(
            f"unknown event {missing[0] if missing else ids[0]!r}; feedsvc events --format json prints ids"
        )
    one, other = (found[public_id] for public_id in ids)
    return one, other
