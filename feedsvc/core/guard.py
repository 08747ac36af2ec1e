"""The guard: decide which changes of a source are applied at once and which must wait. Pure; `now` is given.

Absence and mass change are questions, not facts. What adds or corrects is applied; what would remove too many coming
events, or changes many of them alike, is held event by event until a person decides or time confirms it. The hardest
case is a page that loses a little at each refresh: so removals of the last seven days are counted together.

removals     | more than max(2, 30 %), or all, of the coming events that the source lately listed
mass change  | see `mass_change`
what is served | an edition that takes away more than half, and more than 5, of all coming events
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feedsvc.core.changes import SILENT, ChangeKind, Decision
from feedsvc.core.mass_change import FIELDS, find_alike, says_same
from feedsvc.core.model import Event, EventStatus, Record
from feedsvc.core.timespan import Timespan

LEAST, SHARE_PERCENT = 2, 30
COUNTED_TOGETHER = timedelta(days=7)
"""How long before the last whole reading an event may have been listed last and still counts."""
READINGS_TO_CONFIRM = 3
DAY_TO_CONFIRM, WEEK_TO_CONFIRM = timedelta(hours=24), timedelta(days=7)
GAPS_COUNTED = 2
"""A gap between two readings counts as observed up to this many times the source's pace."""
SERVED_LEAST = 5

MISSING = "missing"
"""The fate of an event that its source no longer lists; others are in `mass_change.FIELDS`."""
CHANGE = "change"
"""The cause of a hold of mass changes; that of removals is MISSING, that of what is served SERVED."""
SERVED = "served"
GONE = frozenset({ChangeKind.MISSING, ChangeKind.CANCELLED})


@dataclass(frozen=True, slots=True)
class Sighting:
    """A change of one event that waits, or that a person kept back, with the readings that said so.

    `after` is None where the source no longer lists the event. `observed` is the time over which readings said the
    same, each gap cut to GAPS_COUNTED times the source's pace; so a clock that is set forward confirms nothing.
    `decision` is None while it waits, or "kept".
    """

    uid: str
    fate: str
    after: Event | None
    first_at: datetime
    seen_at: datetime
    observed: timedelta = timedelta()
    times_seen: int = 1
    decision: str | None = None

    def agrees(self, decision: Decision) -> bool:
        """Return True if a decision of a later reading says the same of this event."""
        if self.fate == MISSING:
            return decision.kind in GONE
        return decision.kind not in GONE and self.after is not None and says_same(
            self.fate, self.after, decision.after.event
        )  # fmt: skip

    def again(self, decision: Decision, now: datetime, pace: timedelta) -> Sighting:
        """The same, seen in one more reading."""
        gap = max(timedelta(), now - self.seen_at)
        return replace(
            self,
            after=None if self.fate == MISSING else decision.after.event,
            seen_at=max(now, self.seen_at),
            observed=self.observed + min(gap, GAPS_COUNTED * pace),
            times_seen=self.times_seen + 1,
        )

    def is_confirmed(self, span: timedelta) -> bool:
        """Return True if readings have said the same often and long enough to be believed without a person."""
        return (
            self.times_seen >= READINGS_TO_CONFIRM
            and self.seen_at - self.first_at >= span
            and self.observed >= span
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a source beside the changes of one reading.

    `listed` counts the coming events, not cancelled, that its last whole reading listed; `gone` are the coming ones
    that went within COUNTED_TOGETHER before it, unconfirmed. `seen_coming` counts the coming events that a partial
    reading lists; None for a whole one. `whole_at` is the time of the last whole reading. `noted` are records whose
    descriptions tell of a doubt.
    """

    now: datetime
    pace: timedelta
    listed: int
    gone: frozenset[str] = frozenset()
    sightings: Mapping[str, Sighting] = field(default_factory=dict)
    noted: Mapping[str, Record] = field(default_factory=dict)
    whole_at: datetime | None = None
    seen_coming: int | None = None
    is_empty: bool = False
    allow_shrink: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the source was read whole."""
        return self.seen_coming is None

    @property
    def leaves_nothing(self) -> bool:
        """Whether the source is empty now, or what goes are its last one or two events."""
        return self.is_empty or self.listed + len(self.gone) <= LEAST

    @property
    def waiting(self) -> frozenset[str]:
        """The UIDs of the changes that wait for a decision."""
        return frozenset(uid for uid, one in self.sightings.items() if one.decision is None)


@dataclass(frozen=True, slots=True)
class HeldChange:
    """A decision that waits, and since when readings have said so."""

    decision: Decision
    sighting: Sighting


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome: decisions to apply, changes that wait, and why (common factors in words, by cause).

    `believed` are the UIDs of changes that time has confirmed, `unseen` those of changes that go on waiting because a
    partial reading says nothing of them.
    """

    applied: tuple[Decision, ...]
    held: tuple[HeldChange, ...] = ()
    believed: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str | None:
        """Everything that waits, in words; None when nothing does."""
        return "; ".join(self.reasons.values()) or None


def allowed_removals(coming: int) -> int:
    """Return how many of `coming` events may go without a question."""
    return min(max(LEAST, coming * SHARE_PERCENT // 100), coming - 1 if coming else 0)


def judge(decisions: Sequence[Decision], evidence: Evidence) -> Judgement:
    """Part the decisions of one reading into what is applied and what waits.

    1. Of a reading that is not whole nothing is missing.
    2. What a person kept back stays back while the source says the same.
    3. Removals beyond the allowance and mass changes get a fate, as has what waits already.
    4. What three readings over the span have said is believed; the rest waits.
    """
    made = [one for one in decisions if evidence.is_whole or one.kind not in GONE]
    asked = [one for one in made if not _is_kept(one, evidence)]
    changed, alike = _mass_changes(made, evidence)
    fates = {**_waiting(asked, evidence), **changed, **_removals(asked, evidence, made, is_doubtful=bool(changed))}
    applied: list[Decision] = []
    held: list[HeldChange] = []
    believed: set[str] = set()
    for one in asked:
        fate = fates.get(one.after.uid)
        if fate is None or (fate == MISSING and evidence.allow_shrink):
            applied.append(settled(one, evidence))
            continue
        sighting = _sighting(one, fate, evidence)
        if sighting.is_confirmed(WEEK_TO_CONFIRM if fate == MISSING and evidence.leaves_nothing else span_of(fate)):
            believed.add(one.after.uid)
            applied.append(confirmed(one, evidence.now))
        else:
            held.append(HeldChange(one, sighting))
    done = {one.after.uid for one in applied}
    unseen = frozenset() if evidence.is_whole else evidence.waiting - done - {one.sighting.uid for one in held}
    applied += _notes(held, done | unseen, evidence)
    return Judgement(tuple(applied), tuple(held), frozenset(believed), unseen, _reasons(held, evidence, alike))


def _waiting(asked: Sequence[Decision], evidence: Evidence) -> dict[str, str]:
    """What waits already, and this reading says again: a source that grows meanwhile has not answered the question."""
    known = ((one, evidence.sightings.get(one.after.uid)) for one in asked)
    return {
        one.after.uid: before.fate
        for one, before in known
        if before is not None and before.decision is None and before.agrees(one)
    }


def span_of(fate: str) -> timedelta:
    """Return how long readings must agree on a change of that fate before it is believed."""
    return DAY_TO_CONFIRM if fate in (MISSING, "days") else WEEK_TO_CONFIRM


def confirmed(decision: Decision, now: datetime) -> Decision:
    """Return a held decision as it is applied: what is missing is cancelled at once, it was missing long enough."""
    after = replace(decision.after, held=False, held_span=None)
    if decision.kind not in GONE or decision.before is None:
        return replace(decision, after=after)
    return cancelled(decision.before, now)


def cancelled(record: Record, now: datetime) -> Decision:
    """Return the decision that cancels an event which its source no longer lists."""
    after = replace(
        record,
        misses=max(2, record.misses + 1),
        cancelled_at=now,
        listed_at=None,
        held=False,
        held_span=None,
        sequence=record.sequence + 1,
        modified=later(record, now),
    )
    return Decision(ChangeKind.CANCELLED, after, record, ("status",))


def later(record: Record, now: datetime) -> datetime:
    """Return a LAST-MODIFIED that never goes back, even where the clock did."""
    return max(now.replace(microsecond=0), record.modified + timedelta(seconds=1))


def settled(decision: Decision, evidence: Evidence) -> Decision:
    """Return a decision as it is applied: with the day it was listed last where it goes, without the doubt it had."""
    record = decision.after
    if decision.kind is ChangeKind.FOUND and record.held:
        return _noted(record, decision.before, evidence.now, held=False)
    if decision.kind in GONE:
        is_counted = _is_removal(decision, evidence.now) and not evidence.allow_shrink
        listed_at = (record.listed_at or evidence.whole_at or evidence.now) if is_counted else None
    else:
        listed_at = None if decision.kind in _LISTED else record.listed_at
    is_silent = decision.kind in SILENT
    held_span = record.held_span if is_silent else None
    return replace(
        decision, after=replace(record, listed_at=listed_at, held=record.held and is_silent, held_span=held_span)
    )


def taken_away(decisions: Iterable[tuple[Decision, bool]], now: datetime) -> list[Decision]:
    """Return those decisions that take a coming event out of the feeds, without its being cancelled.

    Each decision comes with the fact that feeds have the event afterwards. An event that moves into the past is taken
    from those who look ahead; a cancellation, a tombstone that leaves, and what nobody sees yet take nothing away.
    """
    return [
        one
        for one, is_in_feeds in decisions
        if one.before is not None
        and one.kind not in SILENT
        and one.before.status is not EventStatus.CANCELLED
        and one.before.event.span.start > now
        and one.after.status is not EventStatus.CANCELLED
        and (not is_in_feeds or one.after.event.span.start <= now)
    ]


def takes_too_much(taken: int, coming: int) -> bool:
    """Return True if an edition that takes so many of all coming events away must wait."""
    return taken > SERVED_LEAST and 2 * taken > coming


def is_coming(record: Record, now: datetime) -> bool:
    """Return True if an event lies ahead and takes place."""
    return record.event.span.start > now and record.status is not EventStatus.CANCELLED


def _is_kept(decision: Decision, evidence: Evidence) -> bool:
    before = evidence.sightings.get(decision.after.uid)
    return before is not None and before.decision == "kept" and before.agrees(decision)


def _is_removal(decision: Decision, now: datetime) -> bool:
    """A coming event that is listed no longer; what the source itself cancelled, or somebody confirmed, is none."""
    record = decision.before
    if decision.kind not in GONE or record is None or not is_coming(record, now):
        return False
    return not record.misses or record.listed_at is not None


def _removals(
    asked: Sequence[Decision], evidence: Evidence, made: Sequence[Decision], *, is_doubtful: bool
) -> dict[str, str]:
    """Which removals must wait: UID → fate; none where few enough events went within the days counted together.

    A reading in which many events changed alike is no witness of what it does not list, be it one event.
    """
    going = [one for one in asked if _is_removal(one, evidence.now)]
    back = {one.after.uid for one in made if one.kind not in GONE}
    kept_back = sum(1 for one in made if one.kind in GONE and one not in asked)
    lately = evidence.listed + len(evidence.gone) - kept_back
    counted = len((evidence.gone - back) | {one.after.uid for one in going})
    if not going or (counted <= allowed_removals(lately) and not is_doubtful):
        return {}
    return {one.after.uid: MISSING for one in going}


def _mass_changes(made: Sequence[Decision], evidence: Evidence) -> tuple[dict[str, str], str]:
    """Which events changed alike: UID → fate, and the common factors in words."""
    changed = [
        one
        for one in made
        if one.kind is ChangeKind.CHANGED and one.before is not None and is_coming(one.before, evidence.now)
    ]
    fates: dict[str, str] = {}
    found = find_alike(changed, evidence.listed if evidence.seen_coming is None else evidence.seen_coming)
    for alike in found:
        fates |= {uid: f"{fates[uid]}+{alike.fate}" if uid in fates else alike.fate for uid in alike.uids}
    return fates, ", ".join(alike.words for alike in found)


_LISTED = (ChangeKind.FOUND, ChangeKind.CHANGED, ChangeKind.RETURNED, ChangeKind.NEW)


def _sighting(decision: Decision, fate: str, evidence: Evidence) -> Sighting:
    """One more reading that says so, or the first."""
    uid, now = decision.after.uid, evidence.now
    before = evidence.sightings.get(uid)
    is_known = before is not None and set(fate.split("+")) <= set(before.fate.split("+"))
    if before is not None and is_known and before.decision is None and before.agrees(decision):
        return before.again(decision, now, evidence.pace)
    return Sighting(uid, fate, None if fate == MISSING else decision.after.event, now, now)


def _notes(held: Sequence[HeldChange], settled: set[str], evidence: Evidence) -> Iterable[Decision]:
    """Descriptions tell once, for each hold, of a removal or another time; and no longer when it is over."""
    for one in held:
        record, fate = one.decision.before, one.sighting.fate
        is_told = fate == MISSING or any(FIELDS[part] == "span" for part in fate.split("+"))
        if record is not None and is_told and not record.held:
            span = None if one.sighting.after is None else one.sighting.after.span
            yield _noted(record, record, evidence.now, held=True, span=span)
    still = {one.sighting.uid for one in held}
    for uid, record in evidence.noted.items():
        if uid not in still and uid not in settled:
            yield _noted(record, record, evidence.now, held=False)


def _noted(
    record: Record, before: Record | None, now: datetime, *, held: bool, span: Timespan | None = None
) -> Decision:
    after = replace(record, held=held, held_span=span, modified=later(record, now))
    return Decision(ChangeKind.RENDERED, after, before)


def _reasons(held: Sequence[HeldChange], evidence: Evidence, alike: str) -> dict[str, str]:
    """Cause → why it waits, in words."""
    found = {}
    going = sum(1 for one in held if one.sighting.fate == MISSING)
    if going:
        coming = evidence.listed + len(evidence.gone)
        which = f"all {coming} coming events are" if going >= coming else f"{going} of {coming} coming events are"
        found[MISSING] = f"{'its only coming event is' if coming == 1 else which} no longer listed"
    if len(held) > going:
        found[CHANGE] = alike or f"{len(held) - going} events changed alike"
    return found
