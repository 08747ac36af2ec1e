"""Deciding a refresh: a reading and one snapshot of the store in, a plan out. Writes nothing.

normalise | reconcile | guard
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.changes import SILENT, ChangeKind, Changes, Decision
from feedsvc.core.dimensions import facets_of
from feedsvc.core.errors import EventUnwritable, SourceUnreadable
from feedsvc.core.identity import uid_names
from feedsvc.core.model import Event, Finding, Horizon, Ledger, Present, Reading
from feedsvc.core.normalise import Normalised, normalise
from feedsvc.core.reconcile import Situation, compare, reconcile
from feedsvc.core.shrink_guard import reason_to_hold
from feedsvc.ical.write.event import vevent
from feedsvc.refresh.context import RefreshContext
from feedsvc.store.apply import Written
from feedsvc.store.events import Listed
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
    says, whatever its order and spacing. `findings` are the doubts about the source as a whole. `incomplete` tells why
    the source was read only in part, `trouble` that so many dates cannot be read that the source itself is failing.
    """

    parsed: ParsedReading
    now: datetime
    listings: int
    rejected: int
    ledger: Ledger
    findings: tuple[Finding, ...]
    incomplete: str | None
    digest: str
    changes: Changes
    reason: str | None
    trouble: str | None

    @property
    def is_complete(self) -> bool:
        """Return True if the source was read whole."""
        return self.incomplete is None


def make_plan(
    context: RefreshContext, source: Source, snapshot: Snapshot, parsed: ParsedReading, now: datetime
) -> Plan:
    """Decide what a reading would change. Raises SourceUnreadable when nothing of it can be read."""
    reading = serialize.reading_of(parsed.text)
    normalised = normalise(reading.listings, context.rules_of(source))
    ledger, doubts, failure = accounts(reading, normalised)
    if failure is not None:
        raise SourceUnreadable(failure)
    present = (*reading.present, *normalised.present)
    situation = Situation(
        source.id,
        context.uid_domain,
        now,
        context.rendering.default_length,
        _horizon(reading, source.common.absent),
        reading.ids_name_dates,
    )
    digests = [serialize.visible_digest(event) for event in normalised.events]
    named = partial(uid_names, source.id, domain=context.uid_domain)
    listed = Listed(tuple(zip(digests, normalised.events, strict=True)), now, named)
    comparison = compare(snapshot.events.marks(source.id, listed), normalised.events, situation, digests)
    records = snapshot.events.records(comparison.needed)
    changes = reconcile(comparison, records, situation, present)
    reason = reason_to_hold(changes)
    return Plan(
        parsed=parsed,
        now=now,
        listings=len(reading.listings),
        rejected=len(present),
        ledger=ledger,
        findings=(*doubts, Finding("ids-change")) if changes.ids_set_aside else doubts,
        incomplete=reading.incomplete,
        digest="" if reason is None else _says(reading, normalised.events),
        changes=changes,
        reason=reason,
        trouble=_trouble(changes, present),
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


def _horizon(reading: Reading, absent: str | None) -> Horizon | None:
    """How far absence counts: as the kind sees, unless the source's setting says otherwise; None: nowhere."""
    if reading.incomplete is not None or absent == "keep":
        return None
    return reading.horizon if absent is None else replace(reading.horizon, to_last_listing=absent == "until-last")


def _trouble(changes: Changes, present: Sequence[Present]) -> str | None:
    if not changes.is_unreadable:
        return None
    example = present[0].finding.detail
    return f"the dates of {changes.unread} of {changes.coming} coming events cannot be read (for example {example})"


def _says(reading: Reading, events: tuple[Event, ...]) -> str:
    said = sorted(serialize.visible_digest(event) for event in events)
    return serialize.digest("\n".join(["whole" if reading.incomplete is None else "part", *said]))


def render(context: RefreshContext, changes: Changes, now: datetime) -> list[Written]:
    """Write each decision's VEVENT. One that cannot be written costs one event and a finding, never the feed."""
    return [write_decision(context, decision, now) for decision in changes.decisions]


def write_decision(context: RefreshContext, decision: Decision, now: datetime) -> Written:
    """Write one decision's VEVENT, and say in which feeds it is."""
    facets = facets_of(decision.after.event, context.dimensions)
    if decision.kind is ChangeKind.DROPPED or decision.kind in SILENT:
        return Written(decision, None, facets)
    try:
        return Written(decision, vevent(decision.after, context.rendering, now), facets)
    except EventUnwritable as error:
        return Written(decision, None, facets, unwritable=str(error))
