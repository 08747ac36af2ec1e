"""The nouns. A *listing* is what a source says, raw. An *event* is what a listing means, normalised. A *record* is an
event with its permanent identity and history, as the store keeps it. A *finding* is something doubtful in the data,
kept and shown, never silently repaired.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from feedsvc.core.timespan import Timespan


class EventStatus(StrEnum):
    """RFC 5545 §3.8.1.11, in lower case."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Finding:
    """One doubt. `code` is a key of `findings.MEANINGS`, `detail` the value in question, `line` where it stands."""

    code: str
    detail: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """A moment as a source states it; never an instant by itself.

    `time` None: a date alone (an all-day event). `zone`: an IANA name the source gives. `offset`: a UTC offset the
    source gives; with `standard_label` it is the label of a zone's *standard* offset, printed without daylight saving.
    """

    date: date
    time: time | None = None
    zone: str | None = None
    offset: timedelta | None = None
    standard_label: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source says of one event. Texts are as found; `listed` is the source's own wording of when and where.

    `end` of an all-day listing is its last day, inclusive. `native_id` is the source's own permanent id, `link` the
    event's own address. `line` is the line of the source's text it was read from, counted from 1.
    """

    title: str | None
    start: Stated
    end: Stated | None = None
    listed: str = ""
    themes: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    native_id: str | None = None
    link: str | None = None
    description: str = ""
    location: str = ""
    host: str = ""
    event_type: str = ""
    status: EventStatus = EventStatus.CONFIRMED
    line: int | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """Something that a source lists, but whose date cannot be read: it is there, and nobody knows when.

    `finding` says why, and on which line it stands. `native_id`, `link` and `title` are as in a listing.
    """

    finding: Finding
    title: str | None = None
    native_id: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far a reading can see. What lies beyond is unknown, not missing.

    `first` and `last` are the days that were asked for, inclusive; None: no bound. `to_last_listing`: no further than
    the start of its last listing, as with a page of the next ten events.
    """

    first: date | None = None
    last: date | None = None
    to_last_listing: bool = False


EVERYTHING = Horizon()


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of reading a source once.

    `incomplete` says in words why it is not the whole source, None when it is. `present` is what is listed without a
    readable date, `horizon` how far the reading can see.
    """

    listings: tuple[Listing, ...]
    findings: tuple[Finding, ...] = ()
    incomplete: str | None = None
    present: tuple[Present, ...] = ()
    horizon: Horizon = EVERYTHING

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """The findings of the source as a whole and of everything that cannot be read."""
        return (*self.findings, *(one.finding for one in self.present))


def sorted_out(
    outcomes: Iterable[Listing | Present | Finding],
) -> tuple[tuple[Listing, ...], tuple[Present, ...], tuple[Finding, ...]]:
    """Part what a kind made of its entries into listings, what is present but unreadable, and bare findings."""
    made: tuple[list[Any], list[Any], list[Any]] = ([], [], [])
    for outcome in outcomes:
        made[0 if isinstance(outcome, Listing) else 1 if isinstance(outcome, Present) else 2].append(outcome)
    return tuple(made[0]), tuple(made[1]), tuple(made[2])


@dataclass(frozen=True, slots=True)
class Event:
    """What a listing means. Two equal events look the same to everybody.

    `identity` is what its UID is made from when it is new: the source's id, the canonical link, or title, countries
    and start. `title` is None where the source gives none; `summary` is what is published. `themes` are English
    names, `countries` ISO 3166 alpha-2 in lower case or `other`, `places` country names nobody knows. `copies` counts
    how often the source lists it.
    """

    identity: str
    title: str | None
    summary: str
    themes: tuple[str, ...]
    countries: tuple[str, ...]
    places: tuple[str, ...]
    span: Timespan
    listed: str = ""
    description: str = ""
    location: str = ""
    host: str = ""
    event_type: str = ""
    link: str | None = None
    status: EventStatus = EventStatus.CONFIRMED
    copies: int = 1
    findings: tuple[Finding, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its findings, each once, in order of name."""
        return tuple(sorted({finding.code for finding in self.findings}))


@dataclass(frozen=True, slots=True)
class Record:
    """An event with its identity and history.

    `uid` is given once and never changes. `created` and `modified` are aware, in UTC, whole seconds; `modified` is
    also DTSTAMP. `misses` counts the complete refreshes in a row that no longer listed it. `cancelled_at` is when this
    service cancelled it because its source dropped it (a source's own cancellation is `event.status`). `moved_from`
    is where it lay before its last move, `moved_at` when that was noticed.
    """

    uid: str
    source_id: str
    event: Event
    sequence: int
    created: datetime
    modified: datetime
    misses: int = 0
    cancelled_at: datetime | None = None
    moved_from: Timespan | None = None
    moved_at: datetime | None = None

    @property
    def id(self) -> str:
        """The public id: the part of the UID before the at sign."""
        return self.uid.partition("@")[0]

    @property
    def status(self) -> EventStatus:
        """What is published: a withdrawn event is cancelled whatever its source said last."""
        return EventStatus.CANCELLED if self.cancelled_at is not None else self.event.status


@dataclass(frozen=True, slots=True)
class Facet:
    """A value of a dimension, with its English label: ("country", "cl", "Chile")."""

    dimension: str
    value: str
    label: str = field(compare=False, default="")


@dataclass(frozen=True, slots=True)
class Page:
    """`url` is where it was found in the end, after redirects; `charset` is the one the server stated."""

    url: str
    content: bytes
    content_type: str = ""
    charset: str | None = None
