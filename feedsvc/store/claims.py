"""Claims on sources and the lease of the leading worker. Every commit of a refresh checks both in its own transaction.

A claim or a lease is taken by a conditional UPDATE that raises its epoch. A process that was asleep past its time
still holds the old epoch, so its commit is refused. Clocks only decide when something may be taken over; that nobody
writes twice does not depend on any clock.

An attempt counts as a strike before it is made, so that one which kills this very process counts too. After a strike a
source waits and is then read alone; only strikes alone pause it, because a machine that goes down kills everything.

A time that lies further ahead than anybody ever sets it was set before the clock went back; it does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, literal, or_, select, update

from feedsvc.core.errors import Overtaken
from feedsvc.core.pacing import STRIKES_APART
from feedsvc.store.dialects import Instant, put_if_absent
from feedsvc.store.schema import heartbeat, lease, source

CLAIM = timedelta(minutes=10)
"""Time for which a claim counts without being renewed."""
AHEAD = timedelta(minutes=2)
"""Most by which the clocks of several machines may differ."""


_NO_STRIKES = {"strikes": 0, "lone_strikes": 0}


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write about one source: its claim's epoch and, for a worker, the name and epoch of its lease."""

    source_id: str
    epoch: int
    lease: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A source that is due. `is_ailing`: it failed the last time; `is_struck`: its last attempt ended nowhere."""

    source_id: str
    is_ailing: bool
    is_struck: bool = False


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """See the columns of the table `heartbeat`."""

    name: str
    holder: str
    beat_at: datetime
    started_at: datetime


class Claims:
    """Claims, leases and signs of life of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, source_id: str, holder: str, now: datetime) -> int | None:
        """Claim a source, due or not. Returns the claim's epoch; None when somebody else has it."""
        return self._claim(source_id, holder, now, {}, _is_free(now))

    def claim_due(self, source_id: str, holder: str, now: datetime) -> int | None:
        """Claim a source if it is due, not paused and free. Returns the claim's epoch, else None.

        Should the attempt end nowhere, the source is due again only after its wait. A source that was struck before is
        read alone, by the rules of the pool.
        """
        waits = [(source.c.strikes == n, literal(now + wait, Instant)) for n, wait in enumerate(STRIKES_APART[:-1])]
        values = {
            "due_at": case(*waits, else_=literal(now + STRIKES_APART[-1], Instant)),
            "lone_strikes": source.c.lone_strikes + case((source.c.strikes > 0, 1), else_=0),
        }
        return self._claim(source_id, holder, now, values, _is_free(now), _is_due(now))

    def _claim(
        self, source_id: str, holder: str, now: datetime, values: Mapping[str, Any], *conditions: ColumnElement[bool]
    ) -> int | None:
        values = {
            "claimed_by": holder,
            "claimed_until": now + CLAIM,
            "claim_epoch": source.c.claim_epoch + 1,
            "strikes": source.c.strikes + 1,
            **values,
        }
        statement = update(source).where(source.c.id == source_id, *conditions).values(**values)
        epoch = self._connection.execute(statement.returning(source.c.claim_epoch)).scalar()
        return None if epoch is None else int(epoch)

    def due(self, source_ids: Collection[str], now: datetime) -> list[Due]:
        """Return those of these sources that may be claimed now, those that wait longest first."""
        query = select(source.c.id, source.c.failures, source.c.strikes).where(_is_free(now), _is_due(now))
        rows = self._connection.execute(query.order_by(source.c.due_at.nulls_first(), source.c.id))
        return [Due(row.id, row.failures > 0, row.strikes > 0) for row in rows if row.id in source_ids]

    def renew(self, fences: Iterable[Fence], now: datetime) -> None:
        """Make claims that are still held count on."""
        for fence in fences:
            mine = (source.c.id == fence.source_id) & (source.c.claim_epoch == fence.epoch)
            self._connection.execute(update(source).where(mine).values(claimed_until=now + CLAIM))

    def release(self, fence: Fence, *, strike: bool = False) -> None:
        """Give a claim back. `strike`: the attempt killed its process, and counts as such."""
        mine = (source.c.id == fence.source_id) & (source.c.claim_epoch == fence.epoch)
        values = {"claimed_by": None, "claimed_until": None} | ({} if strike else _NO_STRIKES)
        self._connection.execute(update(source).where(mine).values(**values))

    def forgive(self, fence: Fence) -> None:
        """Take back the strike of an attempt that ended for no fault of its source; it stays claimed for its time."""
        mine = (source.c.id == fence.source_id) & (source.c.claim_epoch == fence.epoch)
        self._connection.execute(update(source).where(mine).values(due_at=None, **_NO_STRIKES))

    def void(self, fence: Fence) -> None:
        """Give a claim back and make sure that its holder can write no more."""
        mine = (source.c.id == fence.source_id) & (source.c.claim_epoch == fence.epoch)
        values = {"claimed_by": None, "claimed_until": None, "claim_epoch": source.c.claim_epoch + 1, "due_at": None}
        self._connection.execute(update(source).where(mine).values(**values, **_NO_STRIKES))

    def check(self, fence: Fence) -> None:
        """Make sure that what is fenced may still be written, until this transaction ends. Raises Overtaken.

        The row locks (PostgreSQL; SQLite has one writer anyway) keep others from taking over before the commit. They
        are taken in the order in which a tick takes them, the lease first, so that two can never wait for each other.
        """
        if fence.lease is not None:
            name, epoch = fence.lease
            led = select(lease.c.name).where(lease.c.name == name, lease.c.epoch == epoch)
            if self._connection.execute(led.with_for_update(read=True)).first() is None:
                raise Overtaken(f"another {name} leads now; nothing was written about source {fence.source_id!r}")
        mine = (source.c.id == fence.source_id) & (source.c.claim_epoch == fence.epoch)
        if self._connection.execute(select(source.c.id).where(mine).with_for_update()).first() is None:
            raise Overtaken(f"source {fence.source_id!r} was taken over by another process; nothing was written")

    def lead(self, name: str, holder: str, now: datetime, length: timedelta) -> int | None:
        """Take or renew a lease. Returns its epoch; None when somebody else has it.

        Taking it over also voids the claims of the former holder.
        """
        times = {"renewed_at": now, "until": now + length}
        own = update(lease).where(lease.c.name == name, lease.c.holder == holder).values(**times)
        epoch = self._connection.execute(own.returning(lease.c.epoch)).scalar()
        if epoch is not None:
            return int(epoch)
        lapsed = or_(lease.c.until <= now, lease.c.renewed_at > now + AHEAD)
        new = {"holder": holder, "epoch": lease.c.epoch + 1, **times}
        taken = update(lease).where(lease.c.name == name, lapsed).values(**new)
        epoch = self._connection.execute(taken.returning(lease.c.epoch)).scalar()
        first = {"name": name, "holder": holder, "epoch": 1, **times}
        if epoch is None and put_if_absent(self._connection, lease, first):
            epoch = 1
        if epoch is None:
            return None
        orphaned = source.c.claimed_by.startswith(f"{name}:", autoescape=True)
        void = {"claimed_by": None, "claimed_until": None, "claim_epoch": source.c.claim_epoch + 1}
        self._connection.execute(update(source).where(orphaned).values(**void))
        return int(epoch)

    def resign(self, name: str, holder: str, now: datetime) -> None:
        """Give a lease back, so that another may take it at once."""
        own = (lease.c.name == name) & (lease.c.holder == holder)
        self._connection.execute(update(lease).where(own).values(until=now))

    def beat(self, sign: Heartbeat) -> None:
        """Write a sign of life."""
        values = {"holder": sign.holder, "beat_at": sign.beat_at, "started_at": sign.started_at}
        if not put_if_absent(self._connection, heartbeat, {"name": sign.name, **values}):
            self._connection.execute(update(heartbeat).where(heartbeat.c.name == sign.name).values(**values))

    def heartbeat(self, name: str) -> Heartbeat | None:
        """The last sign of life; None when there never was one."""
        row = self._connection.execute(select(heartbeat).where(heartbeat.c.name == name)).first()
        return None if row is None else Heartbeat(**row._mapping)


def _is_free(now: datetime) -> ColumnElement[bool]:
    until = source.c.claimed_until
    return or_(until.is_(None), until <= now, until > now + CLAIM + AHEAD)


def _is_due(now: datetime) -> ColumnElement[bool]:
    # A last try that lies ahead was made before the clock went back: what follows from it is not waited for.
    due = or_(source.c.due_at.is_(None), source.c.due_at <= now, source.c.tried_at > now + AHEAD)
    return source.c.paused_at.is_(None) & due
