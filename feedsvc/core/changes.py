"""What a refresh changes, as values: one decision for each event that does not stay as it is.

The hardest case is a change that nobody made: an event whose VEVENT is written anew because this service's settings
changed, or whose note about a move has had its time. Its LAST-MODIFIED moves, so that programs fetch it; its SEQUENCE
stays, because the event is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feedsvc.core.model import Event, Record


class ChangeKind(StrEnum):
    """What happened to an event."""

    NEW = "new"
    CHANGED = "changed"
    MISSING = "missing"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    DROPPED = "dropped"
    FOUND = "found"
    SETTLED = "settled"
    RENDERED = "rendered"


SILENT = frozenset({ChangeKind.MISSING, ChangeKind.FOUND})
"""Kinds that nobody can see: bookkeeping, with no new fragment and no edition."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stored record at a glance, enough to see whether anything is to be decided about it.

    `dropped` records are in no feed any more; they are kept so that their UID and SEQUENCE live on. `rendering` names
    the settings its VEVENT was written with.
    """

    uid: str
    digest: str
    start: datetime
    misses: int = 0
    cancelled_at: datetime | None = None
    dropped: bool = False
    moved_at: datetime | None = None
    rendering: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it stands in people's calendars as taking place."""
        return not self.dropped and self.cancelled_at is None

    def is_coming(self, now: datetime) -> bool:
        """Whether it still lies ahead, takes place, and was listed when its source was last read."""
        return self.start > now and self.is_live and not self.misses


@dataclass(frozen=True, slots=True)
class Decision:
    """One event's fate. `before` is None for a new one; `fields` are the names of what changed."""

    kind: ChangeKind
    after: Record
    before: Record | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """All decisions of one refresh. `coming` counts coming events before it, `unchanged` listed ones that stay."""

    decisions: tuple[Decision, ...]
    unchanged: int
    coming: int

    def of(self, *kinds: ChangeKind) -> tuple[Decision, ...]:
        """The decisions of these kinds."""
        return tuple(decision for decision in self.decisions if decision.kind in kinds)

    @property
    def visible(self) -> tuple[Decision, ...]:
        """The decisions that somebody can see; without any, there is no new edition."""
        return tuple(decision for decision in self.decisions if decision.kind not in SILENT)

    @property
    def removed(self) -> int:
        """How many coming events the source listed the last time and lists no longer.

        Those that were missing before are not counted again: when they went, it was allowed.
        """
        gone = self.of(ChangeKind.MISSING, ChangeKind.CANCELLED)
        return sum(1 for decision in gone if decision.before is not None and not decision.before.misses)


VISIBLE_FIELDS = ("title", "themes", "countries", "places", "span", "listed", "description", "location", "host",
                  "event_type", "link", "status", "copies", "codes", "summary")  # fmt: skip


def changed_fields(before: Event, after: Event) -> tuple[str, ...]:
    """The names of the visible fields in which two events differ."""
    return tuple(name for name in VISIBLE_FIELDS if getattr(before, name) != getattr(after, name))
