"""Writing what a refresh decided: events, fragments, membership, departures, revisions, findings, the edition.

number the edition | write event rows | write fragments | move memberships | note departures | raise revisions

All of it happens in the caller's transaction, so readers see the old edition or the new one, never between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from feedsvc.core.model import Facet
from feedsvc.core.reconcile import SILENT, Decision, Kind
from feedsvc.store.events import chunks, row_of
from feedsvc.store.schema import departure, edition, event, facet, finding, fragment, membership

EVERYTHING = Facet("all", "", "Everything")
"""The facet that every event in feeds has."""


@dataclass(frozen=True, slots=True)
class Written:
    """A decision with what it means for feeds: its VEVENT bytes (None: can not be written) and its facets."""

    decision: Decision
    vevent: bytes | None
    facets: tuple[Facet, ...]
    unwritable: str | None = None


class Applier:
    """Applies the decisions of one refresh within one open transaction."""

    def __init__(self, connection: Connection, source_id: str, now: datetime, rendering: str) -> None:
        self._connection = connection
        self._source_id = source_id
        self._now = now
        self._rendering = rendering
        self._facet_ids: dict[tuple[str, str], int] = {}
        self._touched: set[int] = set()

    def apply(self, written: Sequence[Written]) -> int | None:
        """Write everything. Returns the number of the edition, None when nothing visible changed."""
        silent = [item for item in written if item.decision.kind in SILENT]
        visible = [item for item in written if item.decision.kind not in SILENT]
        for item in silent:
            record = item.decision.after
            self._connection.execute(update(event).where(event.c.uid == record.uid).values(misses=record.misses))
        if not visible:
            return None
        number = self._number_edition()
        ids = self._write_events(visible, number)
        before = self._memberships(tuple(ids.values()))
        self._write_fragments(visible, ids)
        self._write_findings(visible, ids)
        for item in visible:
            self._move(ids[item.decision.after.uid], item, before)
        self._connection.execute(update(facet).where(facet.c.id.in_(self._touched)).values(revision=number))
        return number

    def _number_edition(self) -> int:
        row = {"made_at": self._now, "source_id": self._source_id}
        return int(self._connection.execute(insert(edition).returning(edition.c.number), row).scalar_one())

    def _write_events(self, visible: Sequence[Written], number: int) -> dict[str, int]:
        fresh, known = [], []
        for item in visible:
            dropped_at = self._now if item.decision.kind is Kind.DROPPED else None
            row = row_of(item.decision.after) | {"edition": number, "dropped_at": dropped_at}
            (fresh if item.decision.kind is Kind.NEW else known).append(row)
        if fresh:
            self._connection.execute(insert(event), fresh)
        if known:
            statement = update(event).where(event.c.uid == bindparam("b_uid"))
            self._connection.execute(statement, [{"b_uid": row["uid"], **row} for row in known])
        ids: dict[str, int] = {}
        for part in chunks([item.decision.after.uid for item in visible]):
            found = self._connection.execute(select(event.c.uid, event.c.id).where(event.c.uid.in_(part)))
            ids.update((row.uid, row.id) for row in found)
        return ids

    def _write_fragments(self, visible: Sequence[Written], ids: dict[str, int]) -> None:
        rows = []
        for item in visible:
            if item.vevent is not None and item.decision.kind is not Kind.DROPPED:
                record = item.decision.after
                rows.append(
                    {
                        "event_id": ids[record.uid],
                        "uid": record.uid,
                        "modified_at": int(record.modified.timestamp()),
                        "rendering": self._rendering,
                        "vevent": item.vevent,
                    }
                )
        for part in chunks(tuple(ids.values())):
            self._connection.execute(delete(fragment).where(fragment.c.event_id.in_(part)))
        if rows:
            self._connection.execute(insert(fragment), rows)

    def _write_findings(self, visible: Sequence[Written], ids: dict[str, int]) -> None:
        rows = [row for item in visible for row in self._finding_rows(item, ids[item.decision.after.uid])]
        for part in chunks(tuple(ids.values())):
            self._connection.execute(delete(finding).where(finding.c.event_id.in_(part)))
        if rows:
            self._connection.execute(insert(finding), rows)

    def _finding_rows(self, item: Written, event_id: int) -> Iterable[dict[str, Any]]:
        doubts = [(doubt.code, doubt.detail, doubt.line) for doubt in item.decision.after.event.findings]
        if item.unwritable is not None:
            doubts.append(("unwritable", item.unwritable, None))
        for code, detail, line in doubts:
            yield {"source_id": self._source_id, "event_id": event_id, "code": code, "detail": detail, "line": line}

    def _memberships(self, event_ids: Sequence[int]) -> dict[int, set[tuple[int, int]]]:
        """Event → its (facet, start) rows as they are."""
        found: dict[int, set[tuple[int, int]]] = {}
        columns = select(membership.c.event_id, membership.c.facet_id, membership.c.start_at)
        for part in chunks(event_ids):
            for row in self._connection.execute(columns.where(membership.c.event_id.in_(part))):
                found.setdefault(row.event_id, set()).add((row.facet_id, row.start_at))
        return found

    def _move(self, event_id: int, item: Written, before: dict[int, set[tuple[int, int]]]) -> None:
        """Give the event the memberships it now has, and note what it left."""
        record = item.decision.after
        in_feeds = item.vevent is not None and item.decision.kind is not Kind.DROPPED
        start = int(record.event.span.start.timestamp())
        wanted = {(self._facet_id(one), start) for one in (EVERYTHING, *item.facets)} if in_feeds else set()
        had = before.get(event_id, set())
        self._touched |= {facet_id for facet_id, _start in had | wanted}
        for facet_id, old_start in had - wanted:
            row = (membership.c.facet_id == facet_id) & (membership.c.start_at == old_start)
            self._connection.execute(delete(membership).where(row & (membership.c.event_id == event_id)))
        if wanted - had:
            rows = [{"facet_id": one, "start_at": at, "event_id": event_id} for one, at in sorted(wanted - had)]
            self._connection.execute(insert(membership), rows)
        if {one for one, _ in had} - {one for one, _ in wanted}:
            left = {"event_id": event_id, "left_at": int(record.modified.timestamp())}
            self._connection.execute(insert(departure), [{"facet_id": one, **left} for one, _ in had])

    def _facet_id(self, one: Facet) -> int:
        key = (one.dimension, one.value)
        if key not in self._facet_ids:
            self._facet_ids[key] = self._find_facet(one)
        return self._facet_ids[key]

    def _find_facet(self, one: Facet) -> int:
        where = (facet.c.dimension == one.dimension) & (facet.c.value == one.value)
        found = self._connection.execute(select(facet.c.id).where(where)).scalar()
        if found is not None:
            return int(found)
        row = {"dimension": one.dimension, "value": one.value, "label": one.label, "revision": 0}
        return int(self._connection.execute(insert(facet).returning(facet.c.id), row).scalar_one())
