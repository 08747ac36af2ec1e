"""Sources in the store: when they were read, when they are due, what came of it, and doubts about them as a
whole. Who may work on one stands in `claims`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    type_coerce,
    update,
)

from feedsvc.core.changes import MOVED_NOTE
from feedsvc.core.model import Finding, Ledger
from feedsvc.core.pacing import MOST_STRIKES
from feedsvc.core.reconcile import TOMBSTONE
from feedsvc.store.dialects import Instant, metadata, put_if_absent
from feedsvc.store.recount import move_totals
from feedsvc.store.schema import AWAITING, event, finding, refresh_run, source
from feedsvc.store.totals_schema import feed_total

RUNS_KEPT = 1_000
"""Refreshes of one source that are remembered."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source's row; see the columns of the table `source`."""

    id: str
    reading_digest: str | None = None
    rules_digest: str | None = None
    refreshed_at: datetime | None = None
    tried_at: datetime | None = None
    last_error: str | None = None
    moved_to: str | None = None
    every_seconds: int | None = None
    due_at: datetime | None = None
    turn: int = 0
    failures: int = 0
    gone_count: int = 0
    gone_since: datetime | None = None
    partly_read: int = 0
    strikes: int = 0
    lone_strikes: int = 0
    paused_at: datetime | None = None
    paused_why: str | None = None
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    claim_epoch: int = 0
    whole_at: datetime | None = None
    former_ids: Sequence[str] = ()
    settings: Mapping[str, Any] | None = None

    def every(self, configured: timedelta) -> timedelta:
        """The interval at which it is read: as an administrator set it, else as configured."""
        return configured if self.every_seconds is None else timedelta(seconds=self.every_seconds)

    @property
    def word(self) -> str:
        """Its state in one or two words: paused, new, failing, held, partly read or good."""
        if self.paused_at is not None:
            return "paused"
        if self.tried_at is None:
            return "new"
        if self.last_error is not None and self.failures:
            return "failing"
        if self.partly_read:
            return "partly read"
        return "good" if self.last_error is None else "held"


@dataclass(frozen=True, slots=True)
class Run:
    """One refresh; see the columns of the table `refresh_run`."""

    source_id: str
    started_at: datetime
    took_ms: int
    outcome: str
    message: str | None = None
    fetched_bytes: int = 0
    listings: int = 0
    new: int = 0
    changed: int = 0
    missing: int = 0
    cancelled: int = 0
    returned: int = 0
    dropped: int = 0
    rewritten: int = 0
    rejected: int = 0
    findings: int = 0
    edition: int | None = None
    ledger: Ledger | None = None


class Sources:
    """Sources of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self, source_id: str) -> SourceState:
        """Return the row of a source; an empty one when it was never read."""
        row = self._connection.execute(select(source).where(source.c.id == source_id)).first()
        return SourceState(source_id) if row is None else SourceState(**row._mapping)

    def states(self) -> list[SourceState]:
        """All sources that were ever read, by id."""
        return [SourceState(**row._mapping) for row in self._connection.execute(select(source).order_by(source.c.id))]

    def change(self, source_id: str, **columns: Any) -> None:
        """Set these columns of a source's row and leave the others; the row is made when there is none."""
        if not put_if_absent(self._connection, source, {"id": source_id, **columns}):
            self._connection.execute(update(source).where(source.c.id == source_id).values(**columns))

    def adopt(self, source_id: str, former_ids: Sequence[str], configured: Collection[str]) -> list[str]:
        """Make sure that a configured source has its row, and all that it had under its former ids.

        `configured` are the ids of all sources. Where none of these has this id as a former one, but an earlier source
        has, it is that one under its former id again. Returns the ids that it was known by until now.
        """
        known = {
            row.id: list(row.former_ids) for row in self._connection.execute(select(source.c.id, source.c.former_ids))
        }
        olds = [name for name in former_ids if name in known and name not in configured]
        if source_id not in known:
            olds += [name for name, had in known.items() if source_id in had and name not in (*configured, *olds)]
        names = [one for old in olds for one in (*known[old], old)]
        names = list(dict.fromkeys((*names, *known.get(source_id, ()), *former_ids)))
        for old in olds:
            rename_source(self._connection, old, source_id)
        if source_id not in known and not olds:
            put_if_absent(self._connection, source, {"id": source_id, "former_ids": names})
        elif names != known.get(source_id):
            self._connection.execute(update(source).where(source.c.id == source_id).values(former_ids=names))
        return olds

    def rename(self, old: str, new: str) -> None:
        """Give everything of a source to another id, which a source may have already; the old one is remembered."""
        had = [*self.state(old).former_ids, old, *self.state(new).former_ids]
        rename_source(self._connection, old, new)
        self._connection.execute(update(source).where(source.c.id == new).values(former_ids=list(dict.fromkeys(had))))

    def pause_struck(self, now: datetime) -> None:
        """Pause sources whose attempts ended nowhere too often: not even in a failure, as when they kill the worker.

        Only attempts count during which nothing else was under way: whatever else ends a process is not their doing.
        """
        is_free = or_(source.c.claimed_until.is_(None), source.c.claimed_until <= now)
        struck = (source.c.lone_strikes >= MOST_STRIKES) & source.c.paused_at.is_(None) & is_free
        why = f"{MOST_STRIKES} attempts in a row to read it alone ended nowhere"
        self._connection.execute(update(source).where(struck).values(paused_at=now, paused_why=why))

    def record_run(self, run: Run) -> None:
        """Keep what came of one refresh, and forget the oldest ones."""
        self._connection.execute(insert(refresh_run), asdict(run))
        own = refresh_run.c.source_id == run.source_id
        last_kept = select(refresh_run.c.id).where(own).order_by(refresh_run.c.id.desc()).offset(RUNS_KEPT).limit(1)
        self._connection.execute(delete(refresh_run).where(own, refresh_run.c.id <= last_kept.scalar_subquery()))

    def last_runs(self, source_id: str, count: int = 1) -> list[Run]:
        """The last refreshes of a source, newest first."""
        columns = [column for column in refresh_run.c if column.name != "id"]
        query = select(*columns).where(refresh_run.c.source_id == source_id).order_by(refresh_run.c.id.desc())
        return [_run_of(row) for row in self._connection.execute(query.limit(count))]

    def last_news(self, source_id: str) -> datetime | None:
        """When a refresh last brought something new or changed; where none did, when it was first refreshed."""
        own, moment = refresh_run.c.source_id == source_id, refresh_run.c.started_at
        brought = refresh_run.c.new + refresh_run.c.changed + refresh_run.c.returned > 0
        news = self._connection.execute(select(moment).where(own, brought).order_by(refresh_run.c.id.desc()).limit(1))
        first = select(moment).where(own).order_by(refresh_run.c.id).limit(1)
        found: datetime | None = news.scalar() or self._connection.execute(first).scalar()
        return found

    def last_good_run(self, source_id: str) -> Run | None:
        """The last refresh of a source that was applied or found nothing new."""
        columns = [column for column in refresh_run.c if column.name != "id"]
        good = (refresh_run.c.source_id == source_id) & refresh_run.c.outcome.in_(("applied", "unchanged"))
        row = self._connection.execute(select(*columns).where(good).order_by(refresh_run.c.id.desc()).limit(1)).first()
        return None if row is None else _run_of(row)

    def replace_findings(self, source_id: str, findings: Iterable[Finding]) -> None:
        """Keep these as the doubts about the source as a whole, instead of those before."""
        own = (finding.c.source_id == source_id) & finding.c.event_id.is_(None)
        self._connection.execute(delete(finding).where(own))
        rows = [{"source_id": source_id, "event_id": None, **asdict(one)} for one in findings]
        if rows:
            self._connection.execute(insert(finding), rows)

    def count_findings(self, source_id: str) -> int:
        """Count the doubts about the source and its events."""
        query = select(func.count()).select_from(finding).where(finding.c.source_id == source_id)
        return int(self._connection.execute(query).scalar_one())

    def count_events(self) -> dict[str, int]:
        """Source → number of its events that are in feeds."""
        query = select(event.c.source_id, func.count()).where(event.c.dropped_at.is_(None)).group_by(event.c.source_id)
        return {source_id: int(count) for source_id, count in self._connection.execute(query)}

    def coming(self, now: datetime) -> dict[str, tuple[int, datetime | None]]:
        """Source → how many of its events in feeds begin at or after `now`, and the first of these starts."""
        ahead = (event.c.dropped_at.is_(None)) & (event.c.start_at >= now)
        columns = (event.c.source_id, func.count(), type_coerce(func.min(event.c.start_at), Instant))
        query = select(*columns).where(ahead).group_by(event.c.source_id)
        return {source_id: (int(count), first) for source_id, count, first in self._connection.execute(query)}

    def awaits_something(self, source_id: str, now: datetime) -> bool:
        """Return True if a refresh would do something although the source says the same as before.

        An event is missing or cannot be read, the last reading was not whole, or a tombstone or a note about a move has
        had its time.
        """
        time_alone: ColumnElement[bool] = or_(
            event.c.misses > 0,
            event.c.unread > 0,
            event.c.cancelled_at <= now - TOMBSTONE,
            event.c.moved_at <= now - MOVED_NOTE,
        )
        if self.state(source_id).partly_read:
            return True
        own = (event.c.source_id == source_id) & event.c.dropped_at.is_(None) & text(AWAITING)
        query = select(event.c.id).where(own, time_alone)
        return self._connection.execute(query.limit(1)).first() is not None


def rename_source(connection: Connection, old: str, new: str) -> None:
    """Give everything of a source to the id `new`. Where that has a row already, its state counts."""
    for table in metadata.sorted_tables:
        for name in {"source_id", "leader_source"}.intersection(table.columns.keys()):
            column = table.c[name]
            if column.primary_key and table is not feed_total:
                # What stands under the new id was made later.
                keys = [key for key in table.primary_key if key is not column]
                twin = table.alias()
                same = and_(twin.c[name] == new, *(twin.c[key.name] == key for key in keys))
                connection.execute(delete(table).where(column == old, select(twin).where(same).exists()))
            if table is not feed_total:
                connection.execute(update(table).where(column == old).values({name: new}))
    move_totals(connection, old, new)
    if connection.execute(select(source.c.id).where(source.c.id == new)).first() is None:
        connection.execute(update(source).where(source.c.id == old).values(id=new))
    else:
        connection.execute(delete(source).where(source.c.id == old))


def _run_of(row: Row[Any]) -> Run:
    values = dict(row._mapping)
    ledger = values.pop("ledger")
    return Run(**values, ledger=None if ledger is None else Ledger(**ledger))
