"""Trying a source out: fetch and read it as if for the first time, write nothing, and tell what was found."""

from __future__ import annotations

from dataclasses import dataclass

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.model import Event, Finding
from feedsvc.core.normalise import normalise
from feedsvc.refresh.context import Desk, Tell
from feedsvc.refresh.page_loader import Supply
from feedsvc.refresh.pipeline import hear


@dataclass(frozen=True, slots=True)
class Trial:
    """`findings` are the doubts about the source as a whole; those about an event stand in the event."""

    listings: int
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    incomplete: str | None
    pages: int
    fetched_bytes: int
    moved_to: str | None


def try_source(desk: Desk, source: Source, tell: Tell = str) -> Trial:
    """Fetch and read a source. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    supply = Supply(desk, source, tell, conditional=False)
    reading = serialize.reading_of(hear(desk, source, supply).text)
    normalised = normalise(reading.listings, desk.rules_of(source))
    return Trial(
        listings=len(reading.listings),
        events=normalised.events,
        findings=(*reading.findings, *normalised.rejected),
        incomplete=reading.incomplete,
        pages=max(len(supply.found), 1),
        fetched_bytes=supply.fetched_bytes,
        moved_to=supply.moved_to,
    )
