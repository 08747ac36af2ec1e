"""Refreshes that must wait: held with everything needed to apply them later, seen again, released, applied, rejected.

The hardest case is a source that really has become smaller: it says so again and again, and three complete fetches
that say the same over a day are believed without anybody's yes. What was rejected stays rejected, however often it is
said; what was not read whole is never believed by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from feedsvc.config.loader import Source
from feedsvc.core.diff import Difference
from feedsvc.core.errors import RequestError
from feedsvc.core.shrink_guard import is_confirmed
from feedsvc.refresh.commit import claimed, close_well, refreshed, write_plan
from feedsvc.refresh.context import Outcome, RefreshContext, Stopwatch
from feedsvc.refresh.plan import ParsedReading, Plan, make_plan, render
from feedsvc.store.holds import Hold
from feedsvc.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class HoldDecision:
    """What to do with a plan that the guard would rather not apply. `message` says why it is held, None: apply it."""

    hold: Hold | None
    message: str | None


APPLY = HoldDecision(None, None)


def judge(snapshot: Snapshot, source_id: str, plan: Plan, *, allow_shrink: bool = False) -> HoldDecision:
    """Decide whether a plan is applied or held, in the light of what was held before."""
    if plan.reason is None or (allow_shrink and plan.is_complete):
        return APPLY
    before = snapshot.holds.same(source_id, plan.digest)
    if before is not None and before.state == "rejected":
        way_out = f"if it is right after all: feedsvc refresh {source_id} --allow-shrink"
        return HoldDecision(
            None, f"{plan.reason}; rejected on {before.seen_at:%Y-%m-%d}, kept the old events; {way_out}"
        )
    hold = Hold(
        source_id=source_id,
        digest=plan.digest,
        reason=plan.reason,
        is_complete=plan.is_complete,
        difference=Difference.of(plan.changes),
        reading=plan.parsed.text,
        made_at=plan.now if before is None else before.made_at,
        seen_at=plan.now,
        times_seen=1 if before is None else before.times_seen + 1,
    )
    if hold.is_complete and is_confirmed(hold.times_seen, hold.made_at, plan.now):
        return APPLY
    return HoldDecision(hold, f"{plan.reason}; kept the old events. If this is right: feedsvc holds apply {source_id}")


def apply_hold(context: RefreshContext, source: Source) -> Outcome:
    """Apply what is held, as it was read, without fetching again. Raises RequestError when nothing is held.

    What is then missing counts as missing once, like in any refresh; the next refresh without it cancels it.
    """
    watch = Stopwatch.start(context)
    with claimed(context, source) as fence:
        with context.store.read() as snapshot:
            hold = open_hold(snapshot, source.id)
            parsed = ParsedReading.of(context, source, hold.reading or "")
            plan = make_plan(context, source, snapshot, parsed, context.clock())
        written = render(context, plan.changes, plan.now)
        with context.store.write() as snapshot:
            run = write_plan(context, snapshot, fence, plan, written, watch.run(source.id))
            run = watch.stopped(replace(run, message=f"the refresh held on {hold.made_at:%Y-%m-%d} was applied"))
            close_well(context, snapshot, source, fence, run, **refreshed(parsed, None, run))
    return Outcome(run, plan.changes, plan.findings)


def reject_hold(context: RefreshContext, source_id: str, now: datetime) -> Hold:
    """Turn down what is held; the same is then held without asking again. Raises RequestError when nothing is held."""
    with context.store.write() as snapshot:
        hold = open_hold(snapshot, source_id)
        snapshot.holds.reject(source_id, now)
        snapshot.sources.change(source_id, last_error=f"{hold.reason}; rejected on {now:%Y-%m-%d}, kept the old events")
    return hold


def open_hold(snapshot: Snapshot, source_id: str) -> Hold:
    """The hold that waits for a person's word. Raises RequestError."""
    hold = snapshot.holds.open(source_id)
    if hold is None:
        raise RequestError(f"nothing of source {source_id!r} is held; feedsvc holds list shows what is")
    return hold


def put_hold(snapshot: Snapshot, source_id: str, decision: HoldDecision) -> None:
    """Keep what is held, unless an administrator rejected the same a moment ago."""
    if decision.hold is None:
        snapshot.holds.withdraw(source_id)
        return
    before = snapshot.holds.same(source_id, decision.hold.digest)
    if before is None or before.state == "open":
        snapshot.holds.put(decision.hold)
