"""The nouns. A *listing* is what a source says, raw. An *event* is what a listing means, normalised. A *record* is an
event with its permanent identity and history, as the store keeps it. A *finding* is something doubtful in the data,
kept and shown, never silently repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    """One event as a source lists it. Texts are as found; `listed` is the source's own wording of when and where.

    `end` of an all-day listing is its last day, inclusive; a day alone after a start with a time means that the event
    ends with that day. `native_id` is the source's own permanent id, `link` the event's own address, `join_link` where
    people take part online. `line` is the line of the source's text it was read from, counted from 1.
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
    join_link: str | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """Something that a source lists, but whose date cannot be read: it is there, and nobody knows when.

    `finding` says why, and on which line it stands. `native_id`, `link` and `title` are as in a listing.
    """

    finding: Finding
    title: str | None = None
    native_id: str | None = None
    link: str | None = None

    @property
    def has_identity(self) -> bool:
        """Return True if a stored event may be recognised by it."""
        return bool(self.title or self.native_id or self.link)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The reach of a reading. What lies beyond is unknown, not missing.

    `first` and `last` are the days that were asked for, inclusive; None: no bound. `to_last_listing`: no further than
    the start of its last listing, as with a page of the next ten events.
    """

    first: date | None = None
    last: date | None = None
    to_last_listing: bool = False


EVERYTHING = Horizon()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every entry that a reading saw, by its outcome. Each occurrence of a series is an entry; the sums add up.

    `parts` belong to an event that is counted: a copy, an older version, the frame of a series. `outside` is what lies
    outside the window or is over. `omitted` was left out on purpose: private, hidden, filtered, beyond a limit.
    `unreadable` is present with an id, a link or a title, `unidentified` without any.
    """

    seen: int = 0
    events: int = 0
    parts: int = 0
    outside: int = 0
    omitted: int = 0
    unreadable: int = 0
    unidentified: int = 0

    @property
    def unaccounted(self) -> int:
        """Entries without an outcome; anything but 0 is a fault of this program."""
        return self.seen - sum((self.events, self.parts, self.outside, self.omitted, self.cannot_be_read))

    @property
    def in_words(self) -> str:
        """The ledger in one line: "75 seen: 70 events, 5 parts of an event"."""
        named = (
            (self.events, "events"),
            (self.parts, "parts of an event"),
            (self.outside, "outside the window"),
            (self.omitted, "left out on purpose"),
            (self.unreadable, "present but unreadable"),
            (self.unidentified, "unreadable and without identity"),
        )
        words = ", ".join(f"{count} {name}" for count, name in named if count)
        return f"{self.seen} seen: {words}" if words else f"{self.seen} seen"

    @property
    def cannot_be_read(self) -> int:
        """Entries that are present without a readable date, with or without an identity."""
        return self.unreadable + self.unidentified

    @classmethod
    def of(
        cls,
        listings: Sequence[Any],
        present: Iterable[Present],
        *,
        seen: int | None = None,
        parts: int = 0,
        outside: int = 0,
        omitted: int = 0,
    ) -> Ledger:
        """The ledger of a kind's outcomes. `seen` is counted where entries come in; None: by their outcomes."""
        known = [one.has_identity for one in present]
        unreadable, unidentified = known.count(True), known.count(False)
        total = len(listings) + parts + outside + omitted + len(known)
        return cls(total if seen is None else seen, len(listings), parts, outside, omitted, unreadable, unidentified)


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of reading a source once.

    `incomplete` says in words why it is not the whole source, None when it is. `present` is what is listed without a
    readable date, `horizon` how far the reading can see, `ledger` what became of every entry. `ids_name_dates`: each id
    of the source's own is that of a single date, and never stands for the next occurrence.
    """

    listings: tuple[Listing, ...]
    findings: tuple[Finding, ...] = ()
    incomplete: str | None = None
    present: tuple[Present, ...] = ()
    horizon: Horizon = EVERYTHING
    ledger: Ledger | None = field(default=None, compare=False)
    ids_name_dates: bool = False

    @property
    def counted(self) -> Ledger:
        """Its ledger, as the kind kept it or by its outcomes."""
        return self.ledger or Ledger.of(self.listings, self.present)

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """The findings of the source as a whole and of everything that cannot be read."""
        return (*self.findings, *(one.finding for one in self.present))


def sorted_out(
    outcomes: Iterable[Listing | Present],
) -> tuple[tuple[Listing, ...], tuple[Present, ...]]:
    """Part the outcomes of a kind's entries into listings and what is present but unreadable."""
    made: tuple[list[Any], list[Any]] = ([], [])
    for outcome in outcomes:
        made[isinstance(outcome, Present)].append(outcome)
    return tuple(made[0]), tuple(made[1])


@dataclass(frozen=True, slots=True)
class Event:
    """The meaning of a listing. Two equal events look the same to everybody.

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
    join_link: str | None = None

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
    is where it lay before its last move, `moved_at` when that was noticed. `unread` counts the readings in a row that
    listed it without a readable date, since `unread_since`; `unconfirmed_at` is when this made it tentative.
    is where it lay before its last move, `moved_at` when that was noticed. `listed_at` is the last whole reading that
    listed an event which has gone since, None while it is listed and where its going was confirmed. `held`: its
    description tells that the source now says something else, `held_span` (None: it no longer lists the event).
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
    unread: int = 0
    unread_since: datetime | None = None
    unconfirmed_at: datetime | None = None
    listed_at: datetime | None = None
    held: bool = False
    held_span: Timespan | None = None

    @property
    def id(self) -> str:
        """The public id: the part of the UID before the at sign."""
        return self.uid.partition("@")[0]

    @property
    def status(self) -> EventStatus:
        """The published status: withdrawn is cancelled, and what can no longer be read is tentative."""
        if self.cancelled_at is not None:
            return EventStatus.CANCELLED
        if self.unconfirmed_at is not None and self.event.status is EventStatus.CONFIRMED:
            return EventStatus.TENTATIVE
        return self.event.status


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
