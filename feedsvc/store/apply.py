"""Writing what a refresh decided: events, fragments, membership, departures, revisions, findings, the edition.

number the edition | write event rows | write fragments | move memberships | note departures | count | raise revisions

All of it happens in the caller's transaction, so readers see the old edition or the new one, never between.

The past of events is kept: each visible change of one writes the state it made. The first change of an event writes two
rows, the state before it (`known`) and the one after. Rendering and silent bookkeeping write none.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from feedsvc.core import serialize
from feedsvc.core.changes import SILENT, ChangeKind, Decision
from feedsvc.core.dimensions import EVERYTHING
from feedsvc.core.model import Event, Facet, Record
from feedsvc.core.occurrences import Occurrence, occurrence_of
from feedsvc.core.words import words_of_event
from feedsvc.store.dialects import chunks
from feedsvc.store.events import own_columns, row_of
from feedsvc.store.recount import Recount
from feedsvc.store.schema import (
    departure,
    edition,
    event,
    event_version,
    facet,
    finding,
    fragment,
    membership,
    merge,
    meta,
)
from feedsvc.store.word_index import index_events

_BATCH = 1_000
"""Rows that are made at once: a large source must not take much more memory than a small one."""
_COUNTED = ("misses", "cancelled_at", "listed_at", "unread", "unread_since")
"""Columns that a decision nobody sees may change."""


@dataclass(frozen=True, slots=True)
class Written:
    """A decision with what it means for feeds: its VEVENT bytes (None: cannot be written) and its facets.

    `own_event` is what its own source says, where blanks were filled from others. `folded_into` is the UID of the event
    that it is one with; then it is in no feed.
    """

    decision: Decision
    vevent: bytes | None
    facets: tuple[Facet, ...]
    unwritable: str | None = None
    own_event: Event | None = None
    folded_into: str | None = None

    @property
    def uid(self) -> str:
        """The event's UID."""
        return self.decision.after.uid

    @property
    def is_in_feeds(self) -> bool:
        """Whether feeds have it from now on."""
        return self.vevent is not None and self.decision.kind is not ChangeKind.DROPPED


def lock_editions(connection: Connection) -> None:
    """Let nobody else commit an edition before this transaction ends.

    They are committed in the order of their numbers: a reader that has seen number 6 must never be given a 5 later
    (PostgreSQL; SQLite has one writer anyway).
    """
    connection.execute(select(meta.c.key).where(meta.c.key == "founded_at").with_for_update())


def number_edition(connection: Connection, source_id: str, now: datetime) -> int:
    """Begin an edition, and return its number. `source_id` is empty where no source made it."""
    lock_editions(connection)
    row = {"made_at": now, "source_id": source_id}
    return int(connection.execute(insert(edition).returning(edition.c.number), row).scalar_one())


class Applier:
    """Applies the decisions of one refresh within one open transaction. `rendering` names the settings of VEVENTs."""

    def __init__(self, connection: Connection, source_id: str, now: datetime, rendering: str) -> None:
        self._connection = connection
        self._source_id = source_id
        self._now = now
        self._rendering = rendering
        self._facet_ids: dict[tuple[str, str], int] = {}
        self._touched: set[int] = set()

    def apply(self, written: Sequence[Written]) -> int | None:
        """Write everything. Returns the number of the edition, None when nothing visible changed."""
        silent = [item.decision.after for item in written if item.decision.kind in SILENT]
        if silent:
            columns: dict[str, Any] = {name: bindparam(f"b_{name}") for name in _COUNTED}
            rows = [{f"b_{name}": getattr(one, name) for name in ("uid", *_COUNTED)} for one in silent]
            self._connection.execute(update(event).where(event.c.uid == bindparam("b_uid")).values(columns), rows)
        visible = [item for item in written if item.decision.kind not in SILENT]
        if not visible:
            return None
        number = number_edition(self._connection, self._source_id, self._now)
        editions = self._editions(visible)
        recount, occurrences = Recount(self._connection), _occurrences(visible)
        ids = self._write_events(visible, number)
        decisions = (item.decision for item in visible)
        write_versions(self._connection, decisions, ids, editions, (number, self._now))
        recount.begin(list(ids.values()), (one.series for _, one, _ in occurrences.values() if one.series is not None))
        self._write_fragments(visible, ids)
        self._delete_of(finding, [ids[item.uid] for item in visible if item.decision.kind is not ChangeKind.NEW])
        self._insert(finding, (row for item in visible for row in self._finding_rows(item, ids[item.uid])))
        for part in chunks(visible, _BATCH):
            self._move(part, ids)
            in_feeds = ((ids[item.uid], item.decision.after.event) for item in part if item.is_in_feeds)
            words = {number: (int(one.span.start.timestamp()), words_of_event(one)) for number, one in in_feeds}
            known = [ids[item.uid] for item in part if item.decision.kind is not ChangeKind.NEW]
            index_events(self._connection, words, known)
        changed = {ids[item.uid]: int(item.decision.after.modified.timestamp()) for item in visible}
        recount.finish({ids[uid]: counted for uid, counted in occurrences.items()}, changed)
        for part in chunks(sorted(self._touched)):
            self._connection.execute(update(facet).where(facet.c.id.in_(part)).values(revision=number))
        return number

    def _write_events(self, visible: Sequence[Written], number: int) -> dict[str, int]:
        for part in chunks(visible, _BATCH):
            fresh: list[dict[str, Any]] = []
            known: list[dict[str, Any]] = []
            for item in part:
                is_out = item.decision.kind is ChangeKind.DROPPED or item.folded_into is not None
                dropped_at = self._now if is_out else None
                also = {"edition": number, "dropped_at": dropped_at, "rendering": self._rendering}
                also |= own_columns(item.decision.after.event, item.own_event)
                (fresh if item.decision.kind is ChangeKind.NEW else known).append(row_of(item.decision.after) | also)
            self._insert(event, fresh)
            if known:
                statement = update(event).where(event.c.uid == bindparam("b_uid"))
                self._connection.execute(statement, [{"b_uid": row["uid"], **row} for row in known])
        ids: dict[str, int] = {}
        for part in chunks([item.uid for item in visible]):
            found = self._connection.execute(select(event.c.uid, event.c.id).where(event.c.uid.in_(part)))
            ids.update((row.uid, row.id) for row in found)
        self._fold(visible, ids)
        return ids

    def _fold(self, visible: Sequence[Written], ids: dict[str, int]) -> None:
        """Note which events are one with which, and who leads."""
        folded = [item for item in visible if item.folded_into is not None]
        if not folded:
            return
        self._delete_of(merge, [ids[item.uid] for item in folded])
        firsts: dict[str, Any] = {}
        columns = select(event.c.uid, event.c.id, event.c.source_id)
        for part in chunks([item.folded_into for item in folded]):
            for row in self._connection.execute(columns.where(event.c.uid.in_(part))):
                firsts[row.uid] = row
        leaders = {item.uid: item.decision.after.source_id for item in visible}
        for item in folded:
            first = firsts[str(item.folded_into)]
            leader = leaders.get(first.uid, first.source_id)
            values = {"first_id": first.id, "leader_source": leader, "by": "service", "at": self._now}
            self._insert(merge, [{"event_id": ids[item.uid], **values}])

    def _editions(self, visible: Sequence[Written]) -> dict[str, int]:
        """UID → edition of the last visible change, of those that are recorded."""
        found: dict[str, int] = {}
        for part in chunks([item.uid for item in visible if item.decision.kind in RECORDED]):
            rows = self._connection.execute(select(event.c.uid, event.c.edition).where(event.c.uid.in_(part)))
            found.update((row.uid, row.edition) for row in rows)
        return found

    def _write_fragments(self, visible: Sequence[Written], ids: dict[str, int]) -> None:
        self._delete_of(fragment, [ids[item.uid] for item in visible if item.decision.kind is not ChangeKind.NEW])
        rows = (
            {
                "event_id": ids[item.uid],
                "uid": item.uid,
                "modified_at": int(item.decision.after.modified.timestamp()),
                "vevent": item.vevent,
            }
            for item in visible
            if item.is_in_feeds
        )
        self._insert(fragment, rows)

    def _finding_rows(self, item: Written, event_id: int) -> Iterable[dict[str, Any]]:
        if item.decision.kind is ChangeKind.DROPPED or item.folded_into is not None:
            return
        doubts = [(doubt.code, doubt.detail, doubt.line) for doubt in item.decision.after.event.findings]
        if item.unwritable is not None:
            doubts.append(("unwritable", item.unwritable, None))
        for code, detail, line in doubts:
            source_id = item.decision.after.source_id
            yield {"source_id": source_id, "event_id": event_id, "code": code, "detail": detail, "line": line}

    def _move(self, visible: Sequence[Written], ids: dict[str, int]) -> None:
        """Give the events the memberships they now have, and note what they left."""
        before = self._memberships([ids[item.uid] for item in visible if item.decision.kind is not ChangeKind.NEW])
        gone: list[dict[str, int]] = []
        come: list[dict[str, int]] = []
        left: list[dict[str, int]] = []
        for item in visible:
            event_id, record = ids[item.uid], item.decision.after
            start = int(record.event.span.start.timestamp())
            facets = (EVERYTHING, *item.facets) if item.is_in_feeds else ()
            wanted = {(self._facet_id(one), start) for one in facets}
            had = before.get(event_id, set())
            self._touched |= {facet_id for facet_id, _start in had | wanted}
            gone += ({"b_facet": one, "b_start": at, "b_event": event_id} for one, at in had - wanted)
            come += ({"facet_id": one, "start_at": at, "event_id": event_id} for one, at in sorted(wanted - had))
            if {one for one, _ in had} - {one for one, _ in wanted}:
                at = int(record.modified.timestamp())
                left += ({"facet_id": one, "event_id": event_id, "left_at": at} for one, _ in had)
        if gone:
            there = (membership.c.facet_id == bindparam("b_facet")) & (membership.c.start_at == bindparam("b_start"))
            own = membership.c.event_id == bindparam("b_event")
            self._connection.execute(delete(membership).where(there, own), gone)
        self._insert(membership, come)
        self._insert(departure, left)

    def _memberships(self, event_ids: Sequence[int]) -> dict[int, set[tuple[int, int]]]:
        """Event → its (facet, start) rows as they are."""
        found: dict[int, set[tuple[int, int]]] = {}
        columns = select(membership.c.event_id, membership.c.facet_id, membership.c.start_at)
        for part in chunks(event_ids):
            for row in self._connection.execute(columns.where(membership.c.event_id.in_(part))):
                found.setdefault(row.event_id, set()).add((row.facet_id, row.start_at))
        return found

    def _facet_id(self, one: Facet) -> int:
        key = (one.dimension, one.value)
        if key not in self._facet_ids:
            where = (facet.c.dimension == one.dimension) & (facet.c.value == one.value)
            found = self._connection.execute(select(facet.c.id).where(where)).scalar()
            if found is None:
                row = {"dimension": one.dimension, "value": one.value, "label": one.label, "revision": 0}
                found = self._connection.execute(insert(facet).returning(facet.c.id), row).scalar_one()
            self._facet_ids[key] = int(found)
        return self._facet_ids[key]

    def _insert(self, table: Table, rows: Iterable[dict[str, Any]]) -> None:
        waiting = iter(rows)
        while part := list(islice(waiting, _BATCH)):
            self._connection.execute(insert(table), part)

    def _delete_of(self, table: Table, event_ids: Sequence[int]) -> None:
        for part in chunks(event_ids):
            self._connection.execute(delete(table).where(table.c.event_id.in_(part)))


def _occurrences(visible: Iterable[Written]) -> dict[str, tuple[str, Occurrence, int]]:
    """UID → (source, occurrence, length of the VEVENT) of what is in feeds from now on."""
    return {
        item.uid: (item.decision.after.source_id, occurrence_of(item.decision.after, item.vevent), len(item.vevent))
        for item in visible
        if item.is_in_feeds and item.vevent is not None
    }


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
