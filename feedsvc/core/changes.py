"""The changes of a refresh, as values: one decision for each event that does not stay as it is.

The hardest case is a change that nobody made: an event whose VEVENT is written again because this service's settings
changed, or whose note about a move has had its time. Its LAST-MODIFIED moves, so that programs fetch it; its SEQUENCE
stays, because the event is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from feedsvc.core.model import Record


class ChangeKind(StrEnum):
    """The fate of an event at a refresh."""

    NEW = "new"
    CHANGED = "changed"
    MISSING = "missing"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    DROPPED = "dropped"
    FOUND = "found"
    SETTLED = "settled"
    RENDERED = "rendered"
    UNREAD = "unread"


SILENT = frozenset({ChangeKind.MISSING, ChangeKind.FOUND, ChangeKind.UNREAD})
"""Kinds that nobody can see: bookkeeping, with no new fragment and no edition."""

MOVED_NOTE = timedelta(days=14)
"""How long an event's description says that it was moved."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stored record at a glance, enough to see whether anything is to be decided about it.

    `dropped` records are in no feed any more; they are kept so that their UID and SEQUENCE live on. `is_foreign`: it
    holds what another source lists, and only its UID counts.
    """

    uid: str
    digest: str
    start: datetime
    misses: int = 0
    cancelled_at: datetime | None = None
    dropped: bool = False
    moved_at: datetime | None = None
    unread: int = 0
    is_foreign: bool = False

    @property
    def is_live(self) -> bool:
        """Return True if it stands in people's calendars as taking place."""
        return not self.dropped and self.cancelled_at is None

    def needs_a_look(self, now: datetime) -> bool:
        """Return True if an unchanged listing decides something: it ends a doubt, or a note about a move."""
        settled = self.moved_at is not None and now - self.moved_at >= MOVED_NOTE
        return bool(self.misses or self.unread or not self.is_live or settled)

    def is_coming(self, now: datetime) -> bool:
        """Return True if it still lies ahead, takes place, and was listed when its source was last read."""
        return self.start > now and self.is_live and not self.misses


@dataclass(frozen=True, slots=True)
class Decision:
    """One event's fate. `before` is None for a new one; `fields` are the names of what changed."""

    kind: ChangeKind
    after: Record
    before: Record | None = None
    fields: tuple[str, ...] = ()


MANY_UNREAD = 5


def are_many_unread(unread: int, coming: int) -> bool:
    """Return True if so many dates cannot be read that it is the source's fault, and says nothing of any one event."""
    return unread > 0 and (unread >= coming or unread >= max(MANY_UNREAD, coming / 2))


@dataclass(frozen=True, slots=True)
class Changes:
    """All decisions of one refresh.

    `coming` counts coming events before it, `unchanged` listed ones that stay, `unread` coming ones that are listed
    without a readable date. `ids_set_aside`: the source's own ids were worth nothing at this fetch.
    """

    decisions: tuple[Decision, ...]
    unchanged: int
    coming: int
    unread: int = 0
    ids_set_aside: bool = False

    @property
    def is_unreadable(self) -> bool:
        """Return True if the source as a whole is at fault, not single events."""
        return are_many_unread(self.unread, self.coming)

    def of(self, *kinds: ChangeKind) -> tuple[Decision, ...]:
        """The decisions of these kinds."""
        return tuple(decision for decision in self.decisions if decision.kind in kinds)

    @property
    def visible(self) -> tuple[Decision, ...]:
        """The decisions that somebody can see; without any, there is no new edition."""
        return tuple(decision for decision in self.decisions if decision.kind not in SILENT)

    @property
    def removed(self) -> int:
        """The number of coming events that the source listed the last time and lists no longer.

        Those that were missing before are not counted again: when they went, it was allowed.
        """
        gone = self.of(ChangeKind.MISSING, ChangeKind.CANCELLED)
        return sum(1 for decision in gone if decision.before is not None and not decision.before.misses)


VISIBLE_FIELDS = ("title", "themes", "countries", "places", "span", "listed", "description", "location", "host",
                  "event_type", "link", "join_link", "copies", "codes", "summary")  # fmt: skip
UNSAID_FIELDS = frozenset({"copies", "codes"})
"""Fields that no line of a VEVENT says, or only a sentence about a doubt: their change is no change of the event."""


def changed_fields(before: Record, after: Record) -> tuple[str, ...]:
    """The names of the visible fields in which two states of an event differ; "status" is the published one."""
    fields = tuple(name for name in VISIBLE_FIELDS if getattr(before.event, name) != getattr(after.event, name))
    return fields if before.status is after.status else (*fields, "status")


def essence(record: Record, default_length: timedelta) -> tuple[object, ...]:
    """The published start, end, status, place, title and links: a change of these raises SEQUENCE (RFC 5546 §2.1.4)."""
    event, span = record.event, record.event.span
    when = (span.all_day, span.start, span.ends(default_length), record.status)
    return (*when, event.location, event.countries, event.places, event.summary, event.link, event.join_link)
