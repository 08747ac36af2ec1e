"""Changes that wait for a person's decision or for time, event by event (hold ──< hold_change), and what was decided
about earlier ones.

A source has at most one open hold of each cause; what a later reading says goes into it. Changes that a person kept
back are remembered, so that the same is not asked twice. Holds of no single source guard what is served.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from feedsvc.core import serialize
from feedsvc.core.cures import Cure
from feedsvc.core.guard import COUNTED_TOGETHER, Sighting
from feedsvc.core.model import Event
from feedsvc.store.dialects import BYTEWISE, ROW_ID, Instant, LongText, ShortText, chunks, metadata
from feedsvc.store.schema import event

ENDED_KEPT = 200
"""Ended holds of one source that are remembered."""


hold = Table(
    "hold",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number, known to people"),
    Column("source_id", String(80), comment="the source; NULL: of no single source"),
    Column("cause", String(20), nullable=False, comment="missing, change, or served"),
    Column("reason", LongText(), nullable=False, comment="the common factor, in words"),
    Column("cures", Text, comment="settings under which the held changes vanish, as JSON; NULL: not tried"),
    Column("made_at", Instant, nullable=False, comment="when the first of its changes was held"),
    Column("seen_at", Instant, nullable=False, comment="the last reading that said so"),
    Column("ended_at", Instant, comment="when the last of its changes was decided; NULL while it is open"),
    Index("ix_hold_source_id_ended_at", "source_id", "ended_at"),
    comment="changes that wait for a person's decision or for time",
)

hold_change = Table(
    "hold_change",
    metadata,
    Column("hold_id", ROW_ID, ForeignKey("hold.id"), primary_key=True, comment="the hold"),
    Column("uid", BYTEWISE, primary_key=True, comment="the event's UID"),
    Column(
        "fate", String(80), nullable=False, comment="missing, keys of core.mass_change.FIELDS joined by +, or served"
    ),
    Column("before", LongText(), nullable=False, comment="the event as it is, as JSON by core.serialize.event_text"),
    Column("after", LongText(), comment="the event as it would be, as JSON; NULL: it is no longer listed"),
    Column("after_digest", String(32), comment="fingerprint of what would be visible; NULL: it is no longer listed"),
    Column("first_at", Instant, nullable=False, comment="the first reading that said so"),
    Column("seen_at", Instant, nullable=False, comment="the last reading that said so"),
    Column(
        "observed_seconds",
        BigInteger,
        nullable=False,
        comment="time over which readings said so, each gap at most twice the source's pace",
    ),
    Column("times_seen", Integer, nullable=False, comment="readings in a row that said so of this event"),
    Column("decision", String(10), comment="kept, applied or believed; NULL while it waits"),
    Column("by", ShortText(120), comment="who decided; NULL: time, or nobody yet"),
    Column("at", Instant, comment="when it was decided; NULL while it waits"),
    Index("ix_hold_change_uid", "uid"),
    comment="one event of a hold",
)


@dataclass(frozen=True, slots=True)
class Hold:
    """See the columns of the table `hold`. `waiting` counts its changes without a decision, `changes` all."""

    id: int
    source_id: str | None
    cause: str
    reason: str
    cures: tuple[Cure, ...]
    made_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    waiting: int
    changes: int


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One event of a hold; see the columns of the table `hold_change`."""

    sighting: Sighting
    before: Event
    by: str | None = None
    at: datetime | None = None


class Holds:
    """Holds of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, *, open_only: bool = False) -> list[Hold]:
        """Return the holds, open ones first, then the newest."""
        return self._find(*([hold.c.ended_at.is_(None)] if open_only else []))

    def get(self, hold_id: int) -> Hold | None:
        """Return one hold."""
        return next(iter(self._find(hold.c.id == hold_id)), None)

    def open_of(self, source_id: str | None) -> list[Hold]:
        """Return the open holds of a source, or those of no single source."""
        return self._find(hold.c.source_id == source_id, hold.c.ended_at.is_(None))

    def rows(self, hold_id: int) -> list[HoldRow]:
        """Return every event of a hold, in the order of their start."""
        query = select(hold_change).where(hold_change.c.hold_id == hold_id)
        return sorted(map(_row_of, self._connection.execute(query)), key=lambda row: row.before.span.start)

    def kept(self, target: str) -> list[tuple[Hold, list[str]]]:
        """Each hold of this number, or of this source, with the UIDs of what a person last kept back of it."""
        of_target = hold.c.id == int(target) if target.isdecimal() else hold.c.source_id == target
        found: dict[int, list[str]] = {}
        seen: set[str] = set()
        query = select(hold_change.c.hold_id, hold_change.c.uid, hold_change.c.decision).join(hold)
        for hold_id, uid, decision in self._connection.execute(query.where(of_target).order_by(hold.c.id.desc())):
            if decision == "kept" and uid not in seen:
                found.setdefault(hold_id, []).append(uid)
            seen.add(uid)
        return [(one, uids) for number, uids in found.items() if (one := self.get(number)) is not None]

    def sightings(self, source_id: str | None) -> dict[str, Sighting]:
        """UID → the change that waits, or was kept back last, of a source or of no single one."""
        mine = (hold.c.source_id == source_id) & (hold_change.c.decision.is_(None) | (hold_change.c.decision == "kept"))
        query = select(hold_change).join(hold).where(mine).order_by(hold_change.c.at.nulls_last(), hold.c.id)
        return {row.sighting.uid: row.sighting for row in map(_row_of, self._connection.execute(query))}

    def coming(self, source_id: str, now: datetime, whole_at: datetime | None) -> tuple[int, frozenset[str]]:
        """Count the coming events that a source listed last, and name those that went not long before.

        The first are those that its last whole reading listed, the second the unconfirmed ones of the days before it.
        """
        ahead = (event.c.source_id == source_id) & (event.c.start_at > now) & event.c.dropped_at.is_(None)
        listed = select(func.count()).where(ahead, event.c.misses == 0, event.c.status != "cancelled")
        gone = select(event.c.uid).where(ahead, event.c.listed_at >= (whole_at or now) - COUNTED_TOGETHER)
        return int(self._connection.execute(listed).scalar_one()), frozenset(self._connection.execute(gone).scalars())

    def noted(self, source_id: str) -> list[str]:
        """Name the events of a source whose descriptions tell of a doubt."""
        query = select(event.c.uid).where(event.c.source_id == source_id, event.c.held.is_not(None))
        return list(self._connection.execute(query).scalars())

    def coming_served(self, now: datetime) -> int:
        """Count all coming events that are not cancelled."""
        ahead = (event.c.start_at > now) & event.c.dropped_at.is_(None) & (event.c.status != "cancelled")
        return int(self._connection.execute(select(func.count()).select_from(event).where(ahead)).scalar_one())

    def put(
        self,
        source_id: str | None,
        cause: str,
        reason: str,
        rows: Collection[HoldRow],
        now: datetime,
        cures: Sequence[Cure] | None = None,
    ) -> int | None:
        """Write what waits for one cause into its open hold, which is made where there is none. Returns its id.

        `cures` are the settings that help; None leaves those that are known.
        """
        if not rows:
            return None
        found = [one for one in self.open_of(source_id) if one.cause == cause]
        if found:
            hold_id = found[0].id
            values = {"reason": reason, "seen_at": now}
            if cures is not None:
                values["cures"] = _cures_text(cures)
            self._connection.execute(update(hold).where(hold.c.id == hold_id).values(**values))
        else:
            row = {"source_id": source_id, "cause": cause, "reason": reason, "made_at": now, "seen_at": now}
            row["cures"] = None if cures is None else _cures_text(cures)
            hold_id = int(self._connection.execute(insert(hold).returning(hold.c.id), row).scalar_one())
        for part in chunks([row.sighting.uid for row in rows]):
            own = (hold_change.c.hold_id == hold_id) & hold_change.c.uid.in_(part)
            self._connection.execute(delete(hold_change).where(own))
        self._connection.execute(insert(hold_change), [_values_of(hold_id, row) for row in rows])
        return hold_id

    def decide(
        self, hold_ids: Iterable[int], uids: Collection[str], decision: str, by: str | None, now: datetime
    ) -> None:
        """Record what was decided about events that wait in these holds."""
        values = {"decision": decision, "by": by, "at": now}
        for hold_id in hold_ids:
            for part in chunks(sorted(uids)):
                own = (hold_change.c.hold_id == hold_id) & hold_change.c.uid.in_(part)
                waiting = own & hold_change.c.decision.is_(None)
                self._connection.execute(update(hold_change).where(waiting).values(**values))

    def reopen(self, one: Hold, uids: Collection[str], now: datetime) -> None:
        """Let what a person kept back of a hold wait again, from now on; in the open hold of its cause, if one is."""
        target = next((other.id for other in self.open_of(one.source_id) if other.cause == one.cause), one.id)
        self._connection.execute(update(hold).where(hold.c.id == target).values(ended_at=None))
        values = {
            "hold_id": target, "decision": None, "by": None, "at": None,
            "first_at": now, "seen_at": now, "observed_seconds": 0, "times_seen": 1,
        }  # fmt: skip
        for part in chunks(sorted(uids)):
            own = (hold_change.c.hold_id == one.id) & hold_change.c.uid.in_(part)
            self._connection.execute(update(hold_change).where(own).values(**values))

    def withdraw(self, source_id: str | None, uids: Collection[str]) -> None:
        """Forget what waits of these events: the source says what it said before, or something harmless."""
        mine = select(hold.c.id).where(hold.c.source_id == source_id, hold.c.ended_at.is_(None))
        for part in chunks(sorted(uids)):
            waiting = hold_change.c.decision.is_(None) & hold_change.c.uid.in_(part)
            self._connection.execute(delete(hold_change).where(hold_change.c.hold_id.in_(mine), waiting))

    def end(self, source_id: str | None, now: datetime) -> None:
        """End the holds of a source in which nothing waits any more, and forget the oldest and the empty ones."""
        of_source = hold.c.source_id == source_id
        rows = select(hold_change.c.hold_id).where(hold_change.c.hold_id == hold.c.id)
        self._connection.execute(delete(hold).where(of_source, ~rows.exists()))
        waits = rows.where(hold_change.c.decision.is_(None)).exists()
        over = of_source & hold.c.ended_at.is_(None) & ~waits
        self._connection.execute(update(hold).where(over).values(ended_at=now))
        ended = of_source & hold.c.ended_at.is_not(None)
        oldest = select(hold.c.id).where(ended).order_by(hold.c.id.desc()).offset(ENDED_KEPT)
        forgotten = list(self._connection.execute(oldest).scalars())
        for part in chunks(forgotten):
            self._connection.execute(delete(hold_change).where(hold_change.c.hold_id.in_(part)))
            self._connection.execute(delete(hold).where(hold.c.id.in_(part)))

    def _find(self, *where: ColumnElement[bool]) -> list[Hold]:
        waiting = func.count().filter(hold_change.c.decision.is_(None))
        query = (
            select(hold, waiting.label("waiting"), func.count().label("changes"))
            .join(hold_change)
            .where(*where)
            .group_by(*hold.c)
            .order_by(hold.c.ended_at.is_not(None), hold.c.id.desc())
        )
        return [
            Hold(**{**row._mapping, "cures": tuple(Cure(**one) for one in json.loads(row.cures or "[]"))})
            for row in self._connection.execute(query)
        ]


def _cures_text(cures: Sequence[Cure]) -> str:
    return json.dumps([asdict(one) for one in cures])


def _values_of(hold_id: int, row: HoldRow) -> dict[str, Any]:
    seen = row.sighting
    return {
        "hold_id": hold_id,
        "uid": seen.uid,
        "fate": seen.fate,
        "before": serialize.event_text(row.before),
        "after": None if seen.after is None else serialize.event_text(seen.after),
        "after_digest": None if seen.after is None else serialize.visible_digest(seen.after),
        "first_at": seen.first_at,
        "seen_at": seen.seen_at,
        "observed_seconds": int(seen.observed.total_seconds()),
        "times_seen": seen.times_seen,
    }


def _row_of(row: Any) -> HoldRow:
    sighting = Sighting(
        uid=row.uid,
        fate=row.fate,
        after=None if row.after is None else serialize.event_of(row.after),
        first_at=row.first_at,
        seen_at=row.seen_at,
        observed=timedelta(seconds=row.observed_seconds),
        times_seen=row.times_seen,
        decision=row.decision,
    )
    return HoldRow(sighting, serialize.event_of(row.before), row.by, row.at)
