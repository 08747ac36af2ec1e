"""What the store knows of sources: when they were read, what came of it, and the doubts about them as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from feedsvc.core.model import Finding
from feedsvc.store.schema import event, finding, refresh_run, source


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source's row; see the columns of the table `source`."""

    id: str
    reading_digest: str | None = None
    refreshed_at: datetime | None = None
    tried_at: datetime | None = None
    last_error: str | None = None


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
    rejected: int = 0
    findings: int = 0
    edition: int | None = None


class Sources:
    """Sources of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self, source_id: str) -> SourceState:
        """What is known of a source; empty when it was never read."""
        row = self._connection.execute(select(source).where(source.c.id == source_id)).first()
        return SourceState(source_id) if row is None else SourceState(**row._mapping)

    def states(self) -> list[SourceState]:
        """All sources that were ever read, by id."""
        return [SourceState(**row._mapping) for row in self._connection.execute(select(source).order_by(source.c.id))]

    def save(self, state: SourceState) -> None:
        """Write a source's row, making it when it is new."""
        values = asdict(state)
        done = self._connection.execute(update(source).where(source.c.id == state.id).values(**values))
        if done.rowcount == 0:
            self._connection.execute(insert(source), values)

    def record_run(self, run: Run) -> None:
        """Keep what came of one refresh."""
        self._connection.execute(insert(refresh_run), asdict(run))

    def last_runs(self, source_id: str, count: int = 1) -> list[Run]:
        """The last refreshes of a source, newest first."""
        columns = [column for column in refresh_run.c if column.name != "id"]
        query = select(*columns).where(refresh_run.c.source_id == source_id).order_by(refresh_run.c.id.desc()).limit(count)
        return [Run(**row._mapping) for row in self._connection.execute(query)]

    def replace_findings(self, source_id: str, findings: Iterable[Finding]) -> None:
        """Keep these as the doubts about the source as a whole, instead of those before."""
        own = (finding.c.source_id == source_id) & finding.c.event_id.is_(None)
        self._connection.execute(delete(finding).where(own))
        rows = [{"source_id": source_id, "event_id": None, **asdict(one)} for one in findings]
        if rows:
            self._connection.execute(insert(finding), rows)

    def count_findings(self, source_id: str) -> int:
        """How many doubts there are about the source and its events."""
        query = select(func.count()).select_from(finding).where(finding.c.source_id == source_id)
        return int(self._connection.execute(query).scalar_one())

    def has_pending(self, source_id: str) -> bool:
        """Whether time alone may change something: an event that is missing, a tombstone, a note about a move."""
        pending = (event.c.misses > 0) | event.c.cancelled_at.is_not(None) | event.c.moved_at.is_not(None)
        where = (event.c.source_id == source_id) & event.c.dropped_at.is_(None) & pending
        return self._connection.execute(select(event.c.id).where(where).limit(1)).first() is not None
