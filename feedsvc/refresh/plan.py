"""Deciding a refresh: a reading and one snapshot of the store in, a plan out. Writes nothing.

normalise | reconcile | guard
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.changes import Changes, Decision, Kind
from feedsvc.core.dimensions import facets_of
from feedsvc.core.errors import EventUnwritable
from feedsvc.core.model import Event, Finding, Reading
from feedsvc.core.normalise import normalise
from feedsvc.core.reconcile import Situation, compare, reconcile
from feedsvc.core.shrink_guard import reason_to_hold
from feedsvc.ical.write.event import vevent
from feedsvc.refresh.context import Desk
from feedsvc.store.apply import Written
from feedsvc.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class Heard:
    """What a source says, before anything is decided. `fingerprint` also covers the rules it is to be read by."""

    text: str
    fingerprint: str
    rules_digest: str

    @classmethod
    def of(cls, desk: Desk, source: Source, text: str) -> Heard:
        """Take in the text of a reading."""
        rules = desk.rules_digest(source)
        return cls(text, serialize.digest(f"{rules}\n{text}"), rules)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reading means and what it would change.

    `reason` tells why it must be held; None when it may be applied. `digest` is then a fingerprint of what the source
    says, whatever its order and spacing. `findings` are the doubts about the source as a whole.
    """

    heard: Heard
    now: datetime
    listings: int
    rejected: int
    findings: tuple[Finding, ...]
    is_complete: bool
    digest: str
    changes: Changes
    reason: str | None


def make_plan(desk: Desk, source: Source, snapshot: Snapshot, heard: Heard, now: datetime) -> Plan:
    """Decide what a reading would change."""
    reading = serialize.reading_of(heard.text)
    normalised = normalise(reading.listings, desk.rules_of(source))
    situation = Situation(source.id, desk.uid_domain, now, desk.rendering_digest)
    comparison = compare(snapshot.events.marks(source.id), normalised.events, situation)
    records = snapshot.events.records((*comparison.leftover, *comparison.attention))
    changes = reconcile(comparison, records, situation)
    reason = reason_to_hold(changes, reading.incomplete)
    return Plan(
        heard=heard,
        now=now,
        listings=len(reading.listings),
        rejected=len(normalised.rejected),
        findings=(*reading.findings, *normalised.rejected),
        is_complete=reading.incomplete is None,
        digest="" if reason is None else _says(reading, normalised.events),
        changes=changes,
        reason=reason,
    )


def _says(reading: Reading, events: tuple[Event, ...]) -> str:
    said = sorted(serialize.visible_digest(event) for event in events)
    return serialize.digest("\n".join(["whole" if reading.incomplete is None else "part", *said]))


def render(desk: Desk, changes: Changes, now: datetime) -> list[Written]:
    """Write each decision's VEVENT. One that can not be written costs one event and a finding, never the feed."""
    return [_rendered(desk, decision, now) for decision in changes.decisions]


def _rendered(desk: Desk, decision: Decision, now: datetime) -> Written:
    facets = facets_of(decision.after.event, desk.dimensions)
    if decision.kind in (Kind.DROPPED, Kind.MISSING, Kind.FOUND):
        return Written(decision, None, facets)
    try:
        return Written(decision, vevent(decision.after, desk.rendering, now), facets)
    except EventUnwritable as error:
        return Written(decision, None, facets, unwritable=str(error))
