"""Deciding a refresh: a reading and one snapshot of the store in, a plan out. Writes nothing.

normalise | reconcile | guard
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.changes import ChangeKind, Changes, Decision
from feedsvc.core.dimensions import facets_of
from feedsvc.core.errors import EventUnwritable, SourceUnreadable
from feedsvc.core.model import Event, Finding, Ledger, Reading
from feedsvc.core.normalise import Normalised, normalise
from feedsvc.core.reconcile import Situation, compare, reconcile
from feedsvc.core.shrink_guard import reason_to_hold
from feedsvc.ical.write.event import vevent
from feedsvc.refresh.context import RefreshContext
from feedsvc.store.apply import Written
from feedsvc.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class ParsedReading:
    """A reading of a source, before anything is decided. `fingerprint` also covers the rules it is to be read by."""

    text: str
    fingerprint: str
    rules_digest: str

    @classmethod
    def of(cls, context: RefreshContext, source: Source, text: str) -> ParsedReading:
        """Take in the text of a reading."""
        rules = context.rules_digest(source)
        return cls(text, serialize.digest(f"{rules}\n{text}"), rules)


@dataclass(frozen=True, slots=True)
class Plan:
    """The meaning of a reading and the changes it would make.

    `reason` tells why it must be held; None when it may be applied. `digest` is then a fingerprint of what the source
    says, whatever its order and spacing. `findings` are the doubts about the source as a whole.
    """

    parsed: ParsedReading
    now: datetime
    listings: int
    rejected: int
    ledger: Ledger
    findings: tuple[Finding, ...]
    is_complete: bool
    digest: str
    changes: Changes
    reason: str | None


def make_plan(
    context: RefreshContext, source: Source, snapshot: Snapshot, parsed: ParsedReading, now: datetime
) -> Plan:
    """Decide what a reading would change. Raises SourceUnreadable when nothing of it can be read."""
    reading = serialize.reading_of(parsed.text)
    normalised = normalise(reading.listings, context.rules_of(source))
    ledger, doubts, failure = accounts(reading, normalised)
    if failure is not None:
        raise SourceUnreadable(failure)
    situation = Situation(source.id, context.uid_domain, now, context.rendering_digest)
    comparison = compare(snapshot.events.marks(source.id), normalised.events, situation)
    records = snapshot.events.records((*comparison.leftover, *comparison.attention))
    changes = reconcile(comparison, records, situation)
    reason = reason_to_hold(changes, reading.incomplete)
    return Plan(
        parsed=parsed,
        now=now,
        listings=len(reading.listings),
        rejected=len(normalised.rejected),
        ledger=ledger,
        findings=doubts,
        is_complete=reading.incomplete is None,
        digest="" if reason is None else _says(reading, normalised.events),
        changes=changes,
        reason=reason,
    )


def accounts(reading: Reading, normalised: Normalised) -> tuple[Ledger, tuple[Finding, ...], str | None]:
    """The ledger of a reading, the doubts about its source, and in words that nothing of it can be read, else None."""
    ledger = normalised.ledger(reading)
    doubts = (*reading.doubts, *normalised.rejected)
    failure: str | None = None
    if ledger.cannot_be_read and not ledger.events and not ledger.outside:
        first = next(one.finding for one in (*reading.present, *normalised.present))
        where = "" if first.line is None else f"line {first.line}: "
        reason = f"{where}{first.code}: {first.detail}".removesuffix(": ")
        failure = f"none of its {ledger.cannot_be_read} entries can be read; the first: {reason}"
    return ledger, doubts if ledger.seen else (*doubts, Finding("nothing-listed")), failure


def _says(reading: Reading, events: tuple[Event, ...]) -> str:
    said = sorted(serialize.visible_digest(event) for event in events)
    return serialize.digest("\n".join(["whole" if reading.incomplete is None else "part", *said]))


def render(context: RefreshContext, changes: Changes, now: datetime) -> list[Written]:
    """Write each decision's VEVENT. One that cannot be written costs one event and a finding, never the feed."""
    return [_rendered(context, decision, now) for decision in changes.decisions]


def _rendered(context: RefreshContext, decision: Decision, now: datetime) -> Written:
    facets = facets_of(decision.after.event, context.dimensions)
    if decision.kind in (ChangeKind.DROPPED, ChangeKind.MISSING, ChangeKind.FOUND):
        return Written(decision, None, facets)
    try:
        return Written(decision, vevent(decision.after, context.rendering, now), facets)
    except EventUnwritable as error:
        return Written(decision, None, facets, unwritable=str(error))
