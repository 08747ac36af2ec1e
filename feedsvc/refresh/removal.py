"""The events of a source that is read no more: struck out by a person's word, taken back, and their tombstones' end.

Nothing else changes them: a refresh of the source would, and there is none. What another source still lists goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.guard import cancelled
from feedsvc.core.reconcile import TOMBSTONE, rewritten
from feedsvc.refresh.context import RefreshContext
from feedsvc.refresh.merging import merged
from feedsvc.refresh.plan import render
from feedsvc.store.store import Snapshot


def strike_out(context: RefreshContext, snapshot: Snapshot, source_id: str, now: datetime) -> int:
    """Cancel the coming events of a source. Returns how many; all of them have `cancelled_at` = `now`."""
    coming = [one for one in snapshot.events.of_source(source_id, start_after=now) if one.cancelled_at is None]
    return _write(context, snapshot, source_id, [cancelled(record, now) for record in coming], now)


def take_back(context: RefreshContext, snapshot: Snapshot, source_id: str, struck_at: datetime, now: datetime) -> int:
    """Let the events take place again that were struck out at that moment. Returns how many."""
    decisions = []
    for record in snapshot.events.of_source(source_id, cancelled_at=struck_at):
        after = replace(rewritten(record, now), cancelled_at=None, misses=0, sequence=record.sequence + 1)
        decisions.append(Decision(ChangeKind.RETURNED, after, record, ("status",)))
    return _write(context, snapshot, source_id, decisions, now)


def bury(context: RefreshContext, configured: Collection[str]) -> int:
    """End the tombstones of sources that are not configured, after their time. Returns how many.

    Raises StoreUnavailable.
    """
    now, count = context.clock(), 0
    with context.store.write() as snapshot:
        for source_id in snapshot.events.sources_with_tombstones(now - TOMBSTONE) - set(configured):
            over = snapshot.events.of_source(source_id, cancelled_before=now - TOMBSTONE)
            decisions = [Decision(ChangeKind.DROPPED, rewritten(record, now), record) for record in over]
            count += _write(context, snapshot, source_id, decisions, now)
    return count


def _write(
    context: RefreshContext, snapshot: Snapshot, source_id: str, decisions: Sequence[Decision], now: datetime
) -> int:
    written = merged(context, snapshot, source_id, render(context, decisions, now), now)
    snapshot.applier(source_id, now, context.fingerprint).apply(written)
    return len(decisions)
