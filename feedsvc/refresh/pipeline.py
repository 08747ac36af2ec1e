"""The steps of a refresh, in order, and how it ends: what is written of it, in one transaction that checks the claim,
and when the source is due again. What is decided is in `plan`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from feedsvc.config.loader import Source
from feedsvc.core import pacing
from feedsvc.core.changes import ChangeKind, Decision
from feedsvc.core.cures import Cure
from feedsvc.core.errors import (
    ChildFailed,
    FeedsvcError,
    FetchFailed,
    Overtaken,
    RequestError,
    SourceBusy,
    SourceUnreadable,
    StoreUnavailable,
    WorkError,
)
from feedsvc.core.guard import GONE
from feedsvc.core.new_rules import judge_by_rules, judge_since
from feedsvc.refresh.context import Outcome, RefreshContext, Stopwatch, Tell, stored_settings
from feedsvc.refresh.cures import try_cures
from feedsvc.refresh.holds import guard_served, put_holds
from feedsvc.refresh.merging import merged
from feedsvc.refresh.page_loader import CapturedPages, PageLoader
from feedsvc.refresh.plan import Judging, ParsedReading, Plan, counted, make_plan, render
from feedsvc.store.apply import Written
from feedsvc.store.captures import Capture
from feedsvc.store.claims import Fence
from feedsvc.store.sources import Run, SourceState
from feedsvc.store.store import Snapshot

_log = logging.getLogger("feedsvc.refresh")

BY_RULES = "what it said before, read by new rules"
"""The message of a run that new settings, a new release or new time zone data brought about."""
TIMES_PARTLY_READ = 3
"""Readings in a row that were not whole, after which somebody is told."""


def refresh(
    context: RefreshContext, source: Source, *, fence: Fence | None = None, allow_shrink: bool = False, tell: Tell = str
) -> Outcome:
    """Refresh one source. Raises StoreUnavailable.

    1. Claim it, unless the caller has; if somebody else works on it, stop.
    2. Where rules are new, read again by them what the source said the last time.
    3. Fetch and read; on failure keep everything, record why, and put off the next try.
    4. If the source says the same as before and nothing awaits its time, record that and stop.
    5. Normalise and reconcile; what the guard doubts waits, event by event.
    6. Render what changed, and write it all in one transaction that checks the claim.
    """
    watch = Stopwatch.start(context)
    held = fence or claim(context, source, watch.started)
    if held is None:
        words = "another process works on it at present; try again in a minute"
        return Outcome(replace(watch.run(source.id), outcome="busy", message=words))
    attempt = _Attempt(context, source, held, watch, PageLoader(context, source, tell, fence=held), tell)
    try:
        outcome = attempt.make(allow_shrink=allow_shrink)
        keep_capture(context, attempt.loader, outcome.run)
    except Overtaken as error:
        return Outcome(watch.stopped(replace(watch.run(source.id), outcome="overtaken", message=str(error))))
    except (StoreUnavailable, KeyboardInterrupt):
        # Whoever presses Ctrl-C may want to try again at once, and the source is not to blame.
        if fence is None:
            with suppress(StoreUnavailable), context.store.write() as snapshot:
                snapshot.claims.release(held)
        raise
    return outcome


def refresh_from_capture(context: RefreshContext, source: Source, tell: Tell = str) -> Outcome:
    """Refresh a source by its settings from what it sent last, as after a cure of a hold: nothing is fetched.

    Raises RequestError where nothing of it is kept, SourceBusy, StoreUnavailable.
    """
    last = _last_read(context, source)
    if last is None:
        raise RequestError(f"nothing that source {source.id!r} sent is kept; feedsvc refresh {source.id} fetches it")
    with claimed(context, source) as fence:
        loader = PageLoader(context, source, tell, fence=fence, capture=last[0])
        return _Attempt(context, source, fence, Stopwatch.start(context), loader, tell).make(allow_shrink=False)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One refresh under way, and the ways in which it can end. Each way raises Overtaken or StoreUnavailable."""

    context: RefreshContext
    source: Source
    fence: Fence
    watch: Stopwatch
    loader: PageLoader
    tell: Tell

    def make(self, *, allow_shrink: bool) -> Outcome:
        """Steps 2 to 6."""
        try:
            ruled = write_by_rules(self.context, self.source, self.fence)
            self.tell("reading")
            parsed = ParsedReading.read(self.context, self.source, self.loader, self.context.clock().date())
            with self.context.store.read() as snapshot:
                state, now = snapshot.sources.state(self.source.id), self.context.clock()
                is_same = state.last_error is None and parsed.says_the_same(state.reading_digest)
                is_settled = is_same and not snapshot.sources.awaits_something(self.source.id, now)
            if is_settled:
                return self._unchanged(parsed)
            self.tell("comparing")
            with self.context.store.read() as snapshot:
                now = self.context.clock()
                judging = partial(judge_since, ruled=ruled, allow_shrink=allow_shrink)
                plan = make_plan(self.context, self.source, snapshot, parsed, now, judging)
            return Outcome(self._written(plan, allow_shrink=allow_shrink), plan.changes, plan.findings)
        except (FetchFailed, SourceUnreadable, ChildFailed) as error:
            return self._failed(error)
        except FeedsvcError:
            raise
        except Exception as error:
            # A fault of this program must cost one source, not the worker; where it lies stands in the log.
            _log.exception("source %s", self.source.id)
            return self._failed(WorkError(f"a fault of this program, {type(error).__name__}: {error}"[:300]))

    def _unchanged(self, parsed: ParsedReading) -> Outcome:
        with self.context.store.write() as snapshot:
            snapshot.claims.check(self.fence)
            before = snapshot.sources.last_good_run(self.source.id) or self._run()
            figures = {name: getattr(before, name) for name in ("listings", "rejected", "findings", "ledger")}
            run = self._stopped(replace(self._run(), outcome="unchanged", **figures))
            keep_pages(snapshot, self.loader)
            known = snapshot.sources.state(self.source.id).reading_digest
            columns = refreshed(parsed, self.loader, run, known) | {"whole_at": run.started_at}
            close_well(self.context, snapshot, self.source, self.fence, run, **columns)
        return Outcome(run)

    def _written(self, plan: Plan, *, allow_shrink: bool) -> Run:
        self.tell(f"writing {len(plan.applied.visible)} events")
        written = render(self.context, plan.judgement.applied, plan.now)
        cures: Mapping[str, Sequence[Cure]] = {}
        if any(one.sighting.times_seen == 1 for one in plan.judgement.held):
            cures = try_cures(self.context, self.source, plan, self.loader.captured())
        with self.context.store.write() as snapshot:
            snapshot.claims.check(self.fence)
            if not allow_shrink:
                written = guard_served(snapshot, f"source {self.source.id}", written, plan.now)
            reason = put_holds(snapshot, self.source.id, plan, cures)
            run = self._stopped(write_plan(self.context, snapshot, self.fence, plan, written, self._run()))
            if reason is not None:
                run = replace(run, outcome="held", message=reason)
            if plan.is_complete:
                # A validator of half a page would have the server say for ever that this half did not change.
                keep_pages(snapshot, self.loader)
            columns = refreshed(plan.parsed, self.loader, run) | troubled(snapshot, self.source, plan)
            if plan.is_complete:
                columns["whole_at"] = run.started_at
            if reason is not None and columns.get("last_error") is None:
                columns["last_error"] = reason
            close_well(self.context, snapshot, self.source, self.fence, run, **columns)
        return run

    def _failed(self, error: WorkError) -> Outcome:
        run = self._stopped(replace(self._run(), outcome="failed", message=str(error)))
        with self.context.store.write() as snapshot:
            close_failed(self.context, snapshot, self.source, self.fence, run, error)
        return Outcome(run)

    def _run(self) -> Run:
        return replace(self.watch.run(self.source.id), fetched_bytes=self.loader.fetched_bytes)

    def _stopped(self, run: Run) -> Run:
        return self.watch.stopped(run)


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
        snapshot.sources.adopt(source.id, source.common.former_ids, context.source_order())
        epoch = snapshot.claims.claim(source.id, context.holder, now)
    return None if epoch is None else Fence(source.id, epoch)


def plans_by_rules(context: RefreshContext, source: Source) -> Iterator[Plan]:
    """Plan what new rules make of what a source said the last time, and before the questions that wait.

    Nothing where the rules are those by which it was read, or where no capture of it can be read by them. A question
    that the new rules answer by themselves, since what the source says now is no change by them, asks for no more.
    """
    rules = context.rules_digest(source)
    with context.store.read() as snapshot:
        before = snapshot.sources.state(source.id).rules_digest
        if before is None or before == rules:
            return
        waiting = frozenset(snapshot.holds.sightings(source.id)) | frozenset(snapshot.holds.sightings(None))
    # Of version 0.1.0 there is one fingerprint of both; what changed with it is the release's doing.
    is_setting = len(before) == len(rules) and before[: len(rules) // 2] != rules[: len(rules) // 2]
    last = _plan_of_capture(context, source, partial(judge_by_rules, but=waiting, gone=is_setting))
    if last is not None:
        yield last
        waiting &= {one.after.uid for one in last.changes.of(ChangeKind.CHANGED, *GONE)}
    if waiting:
        judging = partial(judge_by_rules, only=waiting, gone=False)
        earlier = _plan_of_capture(context, source, judging, applied=True)
        if earlier is not None:
            yield earlier


def _plan_of_capture(
    context: RefreshContext, source: Source, judging: Judging, *, applied: bool = False
) -> Plan | None:
    """Plan what the rules in force make of the last capture; None where there is none that they can read."""
    last = _last_read(context, source, applied=applied)
    if last is None:
        return None
    pages, capture = last
    try:
        parsed = ParsedReading.read(context, source, pages, capture.asked_at.date())
        with context.store.read() as snapshot:
            return make_plan(context, source, snapshot, parsed, context.clock(), judging)
    except (FetchFailed, SourceUnreadable, ChildFailed) as error:
        _log.warning("source %s: capture %d cannot be read by the new rules: %s", source.id, capture.id, error)
        return None


def _last_read(
    context: RefreshContext, source: Source, *, applied: bool = False
) -> tuple[CapturedPages, Capture] | None:
    """The pages of the last capture that could be read, and the capture; None where none is kept."""
    with context.store.read() as snapshot:
        capture = snapshot.captures.last_read(source.id, applied=applied)
        return None if capture is None else (CapturedPages.of(source, snapshot.captures.pages(capture.id)), capture)


def write_by_rules(context: RefreshContext, source: Source, fence: Fence) -> tuple[Decision, ...]:
    """Write what new rules make of what a source said before, as a run of its own. Returns what they change.

    Raises Overtaken, StoreUnavailable.
    """
    watch = Stopwatch.start(context)
    done: tuple[Decision, ...] = ()
    for plan in plans_by_rules(context, source):
        done += plan.judgement.applied
        written = render(context, plan.judgement.applied, plan.now)
        with context.store.write() as snapshot:
            written = guard_served(snapshot, f"new rules of source {source.id}", written, plan.now)
            run = write_plan(context, snapshot, fence, plan, written, watch.run(source.id))
            snapshot.sources.change(source.id, rules_digest=plan.parsed.rules_digest)
            if written:
                snapshot.sources.record_run(watch.stopped(replace(run, message=BY_RULES)))
                counts = (run.new, run.changed, run.missing)
                _log.info("source %s: %s: %d new, %d changed, %d missing", source.id, BY_RULES, *counts)
    return done


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


def refreshed(parsed: ParsedReading, loader: PageLoader, run: Run, known: str | None = None) -> dict[str, Any]:
    """The columns of a source that was refreshed well. `known`: the digests kept until now."""
    columns: dict[str, Any] = {
        "reading_digest": parsed.digests(known),
        "settings": stored_settings(loader.source),
        "rules_digest": parsed.rules_digest,
        "refreshed_at": run.started_at,
        "last_error": None,
    }
    return columns if loader.capture is not None else {**columns, "moved_to": loader.moved_to}


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
    if loader.capture is None:
        snapshot.pages.keep(loader.source.id, loader.found.values(), loader.asked)


def keep_capture(context: RefreshContext, loader: PageLoader, run: Run) -> None:
    """Keep what the source sent, be it applied, held or refused, so that the run can be repeated."""
    told = loader.told()
    if not told:
        return
    if run.outcome == "unchanged":
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
