"""How a refresh ends: what is written of it, in one transaction that checks the claim, and when it is due again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feedsvc.config.loader import Source
from feedsvc.core import pacing
from feedsvc.core.changes import ChangeKind, Changes
from feedsvc.core.errors import ChildFailed, FetchFailed, SourceBusy, WorkError
from feedsvc.core.findings import MEANINGS
from feedsvc.refresh.context import RefreshContext
from feedsvc.refresh.merging import merged
from feedsvc.refresh.page_loader import PageLoader
from feedsvc.refresh.plan import ParsedReading, Plan
from feedsvc.store.apply import Written
from feedsvc.store.claims import Fence
from feedsvc.store.sources import Run, SourceState
from feedsvc.store.store import Snapshot

_log = logging.getLogger("feedsvc.refresh")

TIMES_PARTLY_READ = 3
"""Readings in a row that were not whole, after which somebody is told."""


@contextmanager
def claimed(context: RefreshContext, source: Source) -> Iterator[Fence]:
    """The right to write about a source, for as long as the block lasts. Raises SourceBusy."""
    fence = claim(context, source, context.clock())
    if fence is None:
        raise SourceBusy(f"another process works on source {source.id!r} at present; try again in a minute")
    try:
        yield fence
    finally:
        with context.store.write() as snapshot:
            snapshot.claims.release(fence)


def claim(context: RefreshContext, source: Source, now: datetime) -> Fence | None:
    """Claim a source, due or not; None when another process works on it."""
    with context.store.write() as snapshot:
        snapshot.sources.adopt(source.id, source.common.former_ids, context.source_order)
        epoch = snapshot.claims.claim(source.id, context.holder, now)
    return None if epoch is None else Fence(source.id, epoch)


def counted(run: Run, plan: Plan, outcome: str) -> Run:
    """A run with the figures of its plan: of what is applied, and of everything where nothing is written."""
    changes: Changes = plan.changes if outcome == "dry-run" else plan.applied
    return replace(
        run,
        outcome=outcome,
        listings=plan.listings,
        rejected=plan.rejected,
        ledger=plan.ledger,
        message=run.message if plan.ledger.seen else MEANINGS["nothing-listed"].means,
        new=len(changes.of(ChangeKind.NEW)),
        changed=len(changes.of(ChangeKind.CHANGED)),
        missing=len(changes.of(ChangeKind.MISSING)),
        cancelled=len(changes.of(ChangeKind.CANCELLED)),
        returned=len(changes.of(ChangeKind.RETURNED)),
        dropped=len(changes.of(ChangeKind.DROPPED)),
        rewritten=len(changes.of(ChangeKind.RENDERED, ChangeKind.SETTLED)),
    )


def write_plan(
    context: RefreshContext, snapshot: Snapshot, fence: Fence, plan: Plan, written: list[Written], run: Run
) -> Run:
    """Write what was decided: events, feeds, findings, and that the source has said this. Raises Overtaken."""
    snapshot.claims.check(fence)
    written = merged(context, snapshot, fence.source_id, written, plan.now)
    edition = snapshot.applier(fence.source_id, plan.now, context.fingerprint).apply(written)
    snapshot.sources.replace_findings(fence.source_id, plan.findings)
    run = counted(run, plan, "applied" if written else "unchanged")
    if plan.trouble or plan.incomplete:
        run = replace(run, message=plan.trouble or f"read in part: {plan.incomplete}")
    return replace(run, edition=edition, findings=snapshot.sources.count_findings(fence.source_id))


def close_well(
    context: RefreshContext, snapshot: Snapshot, source: Source, fence: Fence, run: Run, **columns: Any
) -> None:
    """End a refresh that got an answer it understood, be it applied or held: the source is due at its own pace."""
    state = snapshot.sources.state(source.id)
    turn = state.turn + 1
    every = state.every(source.common.every)
    due_at = pacing.next_due(source.id, turn, every, context.clock())
    well = {"failures": 0, "gone_count": 0, "gone_since": None, "due_at": due_at}
    snapshot.sources.change(source.id, tried_at=run.started_at, turn=turn, **{**well, **columns})
    snapshot.sources.record_run(run)
    snapshot.claims.release(fence)


def refreshed(parsed: ParsedReading, loader: PageLoader | None, run: Run, known: str | None = None) -> dict[str, Any]:
    """The columns of a source that was refreshed well. `known`: the digests kept until now."""
    columns: dict[str, Any] = {
        "reading_digest": parsed.digests(known),
        "rules_digest": parsed.rules_digest,
        "refreshed_at": run.started_at,
        "last_error": None,
    }
    return columns if loader is None else {**columns, "moved_to": loader.moved_to}


def troubled(snapshot: Snapshot, source: Source, plan: Plan) -> dict[str, Any]:
    """The columns of a source that was applied, but read only in part or with too many dates that cannot be read."""
    state = snapshot.sources.state(source.id)
    if plan.trouble is not None:
        return {
            "partly_read": 0,
            "failures": state.failures + 1,
            "last_error": f"{plan.trouble}; they stay as they were",
        }
    if plan.incomplete is None:
        return {"partly_read": 0}
    times = state.partly_read + 1
    if times < TIMES_PARTLY_READ:
        return {"partly_read": times}
    told = f"read only in part {times} times in a row: {plan.incomplete}"
    if times == TIMES_PARTLY_READ:
        _log.warning("source %s was %s", source.id, told)
    return {"partly_read": times, "last_error": told}


def keep_pages(snapshot: Snapshot, loader: PageLoader) -> None:
    """Keep the pages that were read, in the transaction of what was read from them."""
    snapshot.pages.keep(loader.source.id, loader.found.values(), loader.asked)


def keep_capture(context: RefreshContext, loader: PageLoader, run: Run) -> None:
    """Keep what the source sent, be it applied, held or refused, so that the run can be repeated."""
    told = loader.told()
    if not told:
        return
    with context.store.read() as snapshot:
        if snapshot.captures.is_last(run.source_id, told):
            return
    with context.store.write() as snapshot:
        snapshot.captures.keep(run.source_id, run.started_at, told, loader.captured())


def close_failed(
    context: RefreshContext, snapshot: Snapshot, source: Source, fence: Fence, run: Run, error: WorkError
) -> None:
    """End a refresh that failed: nothing but that is written, and the next try is put off. Raises Overtaken."""
    snapshot.claims.check(fence)
    state = snapshot.sources.state(source.id)
    now = context.clock()
    turn, failures = state.turn + 1, state.failures + 1
    every = state.every(source.common.every)
    asked = error.retry_in(now) if isinstance(error, FetchFailed) else None
    due_at = pacing.retry_due(source.id, turn, failures, every, now, asked)
    columns: dict[str, Any] = {"gone_count": state.gone_count, "gone_since": state.gone_since}
    is_gone = isinstance(error, FetchFailed) and error.gone
    if is_gone:
        count, since = pacing.counted_gone(state.gone_count, state.gone_since, now)
        columns = {"gone_count": count, "gone_since": since}
        due_at = max(due_at, now + pacing.GONE_APART)
    is_struck = isinstance(error, ChildFailed) and not error.machine_busy
    if is_struck:
        due_at = max(due_at, now + pacing.strike_wait(max(state.strikes, 1)))
    columns |= _pause(state, columns["gone_count"] if is_gone else 0, is_struck, now)
    columns |= {"tried_at": run.started_at, "last_error": str(error)}
    snapshot.sources.change(source.id, turn=turn, failures=failures, due_at=due_at, **columns)
    snapshot.sources.record_run(run)
    snapshot.claims.release(fence, strike=is_struck)


def _pause(state: SourceState, gone: int, struck: bool, now: datetime) -> dict[str, Any]:
    """The columns of a pause, where there is a reason for one."""
    if gone >= pacing.GONE_TIMES:
        hours = round(pacing.GONE_WITHIN / timedelta(hours=1))
        return {"paused_at": now, "paused_why": f"its address said {gone} times in {hours} h that it is gone (410)"}
    if struck and state.lone_strikes >= pacing.MOST_STRIKES:
        return {
            "paused_at": now,
            "paused_why": f"reading it alone broke the limits {state.lone_strikes} times in a row",
        }
    return {}
