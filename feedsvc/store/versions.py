"""Keeping the past of events: each visible change of one writes the state it made.

The first change of an event writes two rows, the state before it (`known`) and the one after. Rendering and silent
bookkeeping write none.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from feedsvc.core import serialize
from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.model import Record
from feedsvc.store.events import chunks
from feedsvc.store.schema import event_version

KEPT = timedelta(days=400)
RECORDED = frozenset({ChangeKind.CHANGED, ChangeKind.CANCELLED, ChangeKind.RETURNED, ChangeKind.DROPPED})
_KNOWN = "known"
"""The kind of a row that only tells what there was before the first recorded change."""


def write_versions(
    connection: Connection,
    decisions: Iterable[Decision],
    ids: Mapping[str, int],
    editions: Mapping[str, int],
    made: tuple[int, datetime],
) -> None:
    """Keep the states that these decisions make. `editions`: UID → edition of the state before; `made`: the new one."""
    number, now = made
    recorded = [one for one in decisions if one.kind in RECORDED and one.before is not None]
    known: set[int] = set()
    for part in chunks([ids[one.after.uid] for one in recorded]):
        found = select(event_version.c.event_id).where(event_version.c.event_id.in_(part)).distinct()
        known.update(connection.execute(found).scalars())
    rows = []
    for decision in recorded:
        event_id, before = ids[decision.after.uid], decision.before
        if event_id not in known and before is not None:
            rows.append(_row(before, event_id, editions[before.uid], before.modified, _KNOWN, ()))
        rows.append(_row(decision.after, event_id, number, now, decision.kind, decision.fields))
    if rows:
        connection.execute(insert(event_version), rows)
        connection.execute(delete(event_version).where(event_version.c.at < now - KEPT))


def _row(
    record: Record, event_id: int, number: int, at: datetime, kind: str, fields: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "edition": number,
        "at": at,
        "kind": kind,
        "fields": ",".join(fields),
        "body": zlib.compress(serialize.event_text(record.event).encode("utf-8", "surrogatepass")),
        "status": record.status,
        "sequence": record.sequence,
        "cancelled_at": record.cancelled_at,
        "dropped_at": at if kind == ChangeKind.DROPPED else None,
        "cause": "run",
        "cause_id": None,
    }
