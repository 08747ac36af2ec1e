"""Deciding a refresh: a reading and one snapshot of the store in, a plan out. Writes nothing.

normalise | reconcile | guard
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.changes import SILENT, ChangeKind, Changes, Decision
from feedsvc.core.dimensions import facets_of
from feedsvc.core.errors import EventUnwritable, SourceUnreadable
from feedsvc.core.findings import MEANINGS
from feedsvc.core.guard import MISSING, Evidence, HeldChange, Judgement, judge
from feedsvc.core.identity import uid_names
from feedsvc.core.model import Event, Finding, Horizon, Ledger, Reading
from feedsvc.core.normalise import Normalised, normalise
from feedsvc.core.reconcile import Situation, compare, reconcile
from feedsvc.core.text import clean_line, cut
from feedsvc.ical.write.event import vevent
from feedsvc.refresh.context import PageProvider, RefreshContext, Task
from feedsvc.store.apply import Written
from feedsvc.store.events import Listed
from feedsvc.store.sources import Run, SourceState
from feedsvc.store.store import Snapshot

Judging = Callable[[Sequence[Decision], Evidence], Judgement]
"""Parts decisions into what is applied and what waits: core.guard.judge, or one of core.new_rules."""


@dataclass(frozen=True)
class ParsedReading:
    """A reading of a source, before anything is decided. `fingerprint` also covers the rules it is to be read by."""

    text: str
    fingerprint: str
    rules_digest: str

    @classmethod
    def read(cls, context: RefreshContext, source: Source, pages: PageProvider, today: date) -> ParsedReading:
        """Read a source by the rules in force, around the day `today`.

        Raises FetchFailed, SourceUnreadable, ChildFailed.
        """
        text = context.read(Task(source, context.themes, today), pages)
        rules = context.rules_digest(source)
        return cls(text, serialize.digest(f"{rules}\n{text}"), rules)

    @cached_property
    def said(self) -> str:
        """A fingerprint of what it says, in whatever order and spacing, and of the rules."""
        return serialize.digest(f"{self.rules_digest}\n{serialize.said_digest(self.text)}")

    def digests(self, known: str | None = None) -> str:
        """Both fingerprints, to be kept of what was applied. `known`: those kept so far; equal bytes say the same."""
        if known is not None and known.startswith(self.fingerprint) and known != self.fingerprint:
            return known
        return self.fingerprint + self.said

    def says_the_same(self, digests: str | None) -> bool:
        """Return True if it says what the reading of these digests said, by the same rules."""
        known = digests or ""
        return known.startswith(self.fingerprint) or known[len(self.fingerprint) :] == self.said


@dataclass(frozen=True, slots=True)
class Plan:
    """The meaning of a reading and the changes it would make.

    `changes` are all that it would make, of which `judgement` tells what is applied and what waits. `findings` are the
    doubts about the source as a whole. `incomplete` tells why the source was read only in part, `trouble` that so many
    dates cannot be read that the source itself is failing.
    """

    parsed: ParsedReading
    now: datetime
    listings: int
    rejected: int
    ledger: Ledger
    findings: tuple[Finding, ...]
    incomplete: str | None
    changes: Changes
    judgement: Judgement
    trouble: str | None

    @property
    def is_complete(self) -> bool:
        """Return True if the source was read whole."""
        return self.incomplete is None

    @property
    def held(self) -> dict[str, list[HeldChange]]:
        """Cause of a hold → what waits for it."""
        return {
            cause: [one for one in self.judgement.held if (one.sighting.fate == MISSING) == (cause == MISSING)]
            for cause in self.judgement.reasons
        }

    @property
    def applied(self) -> Changes:
        """The changes that are applied at once."""
        return replace(self.changes, decisions=self.judgement.applied)


def make_plan(
    context: RefreshContext,
    source: Source,
    snapshot: Snapshot,
    parsed: ParsedReading,
    now: datetime,
    judging: Judging = judge,
) -> Plan:
    """Decide what a reading would change, and what of it must wait.

    Raises SourceUnreadable when nothing of it can be read.
    """
    reading = reading_for(source, parsed)
    normalised = normalise(reading.listings, context.rules_of(source))
    ledger, doubts, failure = accounts(reading, normalised)
    if failure is not None:
        raise SourceUnreadable(failure)
    present = (*reading.present, *normalised.present)
    changes = _changes(context, source, snapshot, reading, normalised, now)
    seen_coming = None if reading.incomplete is None else _seen_coming(changes, normalised.events, now)
    is_empty = not reading.listings and not present
    evidence = replace(_evidence(source, snapshot, now), seen_coming=seen_coming, is_empty=is_empty)
    trouble = None
    if changes.is_unreadable:
        unread, example = f"{changes.unread} of {changes.coming} coming events", present[0].finding.detail
        trouble = f"the dates of {unread} cannot be read (for example {example})"
    return Plan(
        parsed=parsed,
        now=now,
        listings=len(reading.listings),
        rejected=len(present),
        ledger=ledger,
        findings=(*doubts, *_own_doubts(source, snapshot, changes)),
        incomplete=reading.incomplete,
        changes=changes,
        judgement=judging(changes.decisions, evidence),
        trouble=trouble,
    )


def counted(run: Run, plan: Plan, outcome: str) -> Run:
    """A run with the figures of its plan: of what is applied, and of everything where nothing is written."""
    changes: Changes = plan.changes if outcome == "dry-run" else plan.applied
    return replace(
        run,
        outcome=outcome,
        listings=plan.listings,
        rejected=plan.rejected,
        ledger=plan.ledger,
        message=run.message if plan.ledger.seen else MEANINGS["nothing-listed"].means,
        new=len(changes.of(ChangeKind.NEW)),
        changed=len(changes.of(ChangeKind.CHANGED)),
        missing=len(changes.of(ChangeKind.MISSING)),
        cancelled=len(changes.of(ChangeKind.CANCELLED)),
        returned=len(changes.of(ChangeKind.RETURNED)),
        dropped=len(changes.of(ChangeKind.DROPPED)),
        rewritten=len(changes.of(ChangeKind.RENDERED, ChangeKind.SETTLED)),
    )


def _own_doubts(source: Source, snapshot: Snapshot, changes: Changes) -> Iterator[Finding]:
    """Doubts that no listing raises: ids that change at each fetch, and a former id in the configuration."""
    if changes.ids_set_aside:
        yield Finding("ids-change")
    yield from (Finding("former-id", name) for name in source.namesakes)
    if source.id in snapshot.sources.state(source.id).former_ids and not source.common.former_ids:
        yield Finding("former-id", source.id)


def _changes(
    context: RefreshContext,
    source: Source,
    snapshot: Snapshot,
    reading: Reading,
    normalised: Normalised,
    now: datetime,
) -> Changes:
    """Compare a reading with what is stored."""
    ids = source_ids(source, snapshot.sources.state(source.id))
    # How far absence counts: as the kind sees, unless the source's setting says otherwise; None: nowhere.
    absent: str | None = source.common.absent
    horizon: Horizon | None = reading.horizon
    if reading.incomplete is not None or absent == "keep":
        horizon = None
    elif absent is not None:
        horizon = replace(reading.horizon, to_last_listing=absent == "until-last")
    situation = Situation(
        source.id,
        context.uid_domain,
        now,
        context.rendering.default_length,
        horizon,
        reading.ids_name_dates,
        ids[0],
    )
    digests = [serialize.visible_digest(event) for event in normalised.events]

    def names(identity: str) -> list[Iterator[str]]:
        return [uid_names(one, identity, context.uid_domain) for one in ids]

    listed = Listed(tuple(zip(digests, normalised.events, strict=True)), now, names)
    comparison = compare(snapshot.events.marks(source.id, listed), normalised.events, situation, digests)
    records = snapshot.events.records(comparison.needed)
    return reconcile(comparison, records, situation, (*reading.present, *normalised.present))


def source_ids(source: Source, state: SourceState) -> tuple[str, ...]:
    """Every id that a source ever had, the oldest first."""
    return tuple(dict.fromkeys((*state.former_ids, *source.common.former_ids, source.id)))


def reading_for(source: Source, parsed: ParsedReading) -> Reading:
    """A reading without the causes of "not whole" that its source's setting accepts for good."""
    reading = serialize.reading_of(parsed.text)
    accepted = source.common.accept_incomplete
    if reading.incomplete is None or not accepted:
        return reading
    causes = [cause for cause in reading.incomplete.split("; ") if not any(words in cause for words in accepted)]
    return replace(reading, incomplete="; ".join(causes) or None)


def accounts(reading: Reading, normalised: Normalised) -> tuple[Ledger, tuple[Finding, ...], str | None]:
    """The ledger of a reading, the doubts about its source, and in words that nothing of it can be read, else None."""
    ledger = normalised.ledger(reading)
    doubts = (*reading.doubts, *normalised.rejected, *normalised.findings)
    failure: str | None = None
    if ledger.cannot_be_read and not ledger.events and not ledger.outside:
        first = next(one.finding for one in (*reading.present, *normalised.present))
        where = "" if first.line is None else f"line {first.line}: "
        reason = f"{where}{first.code}: {first.detail}".removesuffix(": ")
        failure = f"none of its {ledger.cannot_be_read} entries can be read; the first: {reason}"
    return ledger, doubts if ledger.seen else (*doubts, Finding("nothing-listed")), failure


def _evidence(source: Source, snapshot: Snapshot, now: datetime) -> Evidence:
    """What the store knows of a source that the guard must weigh."""
    state = snapshot.sources.state(source.id)
    listed, gone = snapshot.holds.coming(source.id, now, state.whole_at)
    return Evidence(
        now=now,
        pace=state.every(source.common.every),
        listed=listed,
        gone=gone,
        sightings=snapshot.holds.sightings(source.id),
        noted=snapshot.events.records(snapshot.holds.noted(source.id)),
        whole_at=state.whole_at,
    )


def _seen_coming(changes: Changes, events: Sequence[Event], now: datetime) -> int:
    """Count the coming events known before that a partial reading lists."""
    ahead = sum(1 for event in events if event.span.start > now)
    decided = changes.of(ChangeKind.NEW, ChangeKind.CHANGED, ChangeKind.RETURNED)
    unchanged = ahead - sum(1 for one in decided if one.after.event.span.start > now)
    changed = (one.before for one in changes.of(ChangeKind.CHANGED))
    return unchanged + sum(1 for before in changed if before is not None and before.event.span.start > now)


def render(context: RefreshContext, decisions: Sequence[Decision], now: datetime) -> list[Written]:
    """Write each decision's VEVENT. One that cannot be written costs one event and a finding, never the feed."""
    return [write_decision(context, decision, now) for decision in decisions]


def write_decision(context: RefreshContext, decision: Decision, now: datetime) -> Written:
    """Write one decision's VEVENT, and say in which feeds it is."""
    facets = facets_of(decision.after.event, context.dimensions)
    if decision.kind is ChangeKind.DROPPED or decision.kind in SILENT:
        return Written(decision, None, facets)
    try:
        return Written(decision, vevent(decision.after, context.rendering, now), facets)
    except EventUnwritable as error:
        return _kept_as_it_was(context, decision, now) or Written(decision, None, facets, unwritable=str(error))


def _kept_as_it_was(context: RefreshContext, decision: Decision, now: datetime) -> Written | None:
    """A change that cannot be written is one that cannot be read: what was published stays, with the finding."""
    before = decision.before
    if decision.kind is not ChangeKind.CHANGED or before is None:
        return None
    doubt = Finding("unwritable", cut(clean_line(decision.after.event.summary), 200))
    known = "unwritable" in before.event.codes
    event = before.event if known else replace(before.event, findings=(*before.event.findings, doubt))
    kept = replace(before, misses=0, event=event)
    facets = facets_of(kept.event, context.dimensions)
    try:
        body = vevent(kept, context.rendering, now)
    except EventUnwritable:
        return None
    if known:
        return Written(Decision(ChangeKind.FOUND, kept, before), None, facets)
    return Written(Decision(ChangeKind.CHANGED, kept, before, ("codes",)), body, facets)
