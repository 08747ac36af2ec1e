"""The steps of a refresh, in order. What is decided is in `plan`, what is written in `commit`."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from feedsvc.config.loader import Source
from feedsvc.core.errors import (
    ChildFailed,
    FeedsvcError,
    FetchFailed,
    Overtaken,
    SourceUnreadable,
    StoreUnavailable,
    WorkError,
)
from feedsvc.core.model import Event, Finding, Ledger
from feedsvc.core.normalise import normalise
from feedsvc.refresh.commit import (
    claim,
    close_failed,
    close_well,
    counted,
    keep_capture,
    keep_pages,
    refreshed,
    troubled,
    write_plan,
)
from feedsvc.refresh.context import Outcome, RefreshContext, Stopwatch, Tell
from feedsvc.refresh.holds import guard_served, put_holds
from feedsvc.refresh.page_loader import PageLoader
from feedsvc.refresh.plan import ParsedReading, Plan, accounts, make_plan, reading_for, render
from feedsvc.refresh.reader import Task
from feedsvc.store.claims import Fence
from feedsvc.store.sources import Run

_log = logging.getLogger("feedsvc.refresh")


def refresh(
    context: RefreshContext, source: Source, *, fence: Fence | None = None, allow_shrink: bool = False, tell: Tell = str
) -> Outcome:
    """Refresh one source. Raises StoreUnavailable.

    1. Claim it, unless the caller has; if somebody else works on it, stop.
    2. Fetch and read; on failure keep everything, record why, and put off the next try.
    3. If the source says the same as before and nothing awaits its time, record that and stop.
    4. Normalise and reconcile; what the guard doubts waits, event by event.
    5. Render what changed, and write it all in one transaction that checks the claim.
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


def dry_run(context: RefreshContext, source: Source, tell: Tell = str) -> Outcome:
    """Do everything a refresh does but write. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    watch = Stopwatch.start(context)
    loader = PageLoader(context, source, tell)
    parsed = read_source(context, source, loader)
    with context.store.read() as snapshot:
        plan = make_plan(context, source, snapshot, parsed, context.clock())
    run = counted(watch.run(source.id), plan, "dry-run")
    reason = plan.judgement.reason
    message = reason and f"would be held: {reason}"
    run = watch.stopped(replace(run, message=message, fetched_bytes=loader.fetched_bytes))
    return Outcome(run, plan.changes, plan.findings)


def read_source(context: RefreshContext, source: Source, loader: PageLoader) -> ParsedReading:
    """Fetch and read a source. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    loader.tell("reading")
    return ParsedReading.of(context, source, context.read(Task(source, context.themes, context.clock().date()), loader))


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
        """Steps 2 to 5."""
        try:
            parsed = read_source(self.context, self.source, self.loader)
            if self._is_settled(parsed):
                return self._unchanged(parsed)
            self.tell("comparing")
            with self.context.store.read() as snapshot:
                now = self.context.clock()
                plan = make_plan(self.context, self.source, snapshot, parsed, now, allow_shrink=allow_shrink)
            return Outcome(self._written(plan, allow_shrink=allow_shrink), plan.changes, plan.findings)
        except (FetchFailed, SourceUnreadable, ChildFailed) as error:
            return self._failed(error)
        except FeedsvcError:
            raise
        except Exception as error:
            # A fault of this program must cost one source, not the worker; where it lies stands in the log.
            _log.exception("source %s", self.source.id)
            return self._failed(WorkError(f"a fault of this program, {type(error).__name__}: {error}"[:300]))

    def _is_settled(self, parsed: ParsedReading) -> bool:
        """Whether the source says the same as before, and nothing awaits its time."""
        with self.context.store.read() as snapshot:
            state = snapshot.sources.state(self.source.id)
            if not parsed.says_the_same(state.reading_digest) or state.last_error is not None:
                return False
            return not snapshot.sources.awaits_something(self.source.id, self.context.clock())

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
        with self.context.store.write() as snapshot:
            snapshot.claims.check(self.fence)
            if not allow_shrink:
                written = guard_served(snapshot, f"source {self.source.id}", written, plan.now)
            reason = put_holds(snapshot, self.source.id, plan)
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


@dataclass(frozen=True, slots=True)
class Trial:
    """A source as it would be read now. `failure` says in words that nothing of it can be read.

    `findings` are the doubts about the source as a whole; those about an event stand in the event."""

    ledger: Ledger
    failure: str | None
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    incomplete: str | None
    pages: int
    fetched_bytes: int
    moved_to: str | None


def try_source(context: RefreshContext, source: Source, tell: Tell = str) -> Trial:
    """Fetch and read a source. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    loader = PageLoader(context, source, tell, conditional=False)
    reading = reading_for(source, read_source(context, source, loader))
    normalised = normalise(reading.listings, context.rules_of(source))
    ledger, doubts, failure = accounts(reading, normalised)
    return Trial(
        ledger=ledger,
        failure=failure,
        events=normalised.events,
        findings=doubts,
        incomplete=reading.incomplete,
        pages=max(len(loader.found), 1),
        fetched_bytes=loader.fetched_bytes,
        moved_to=loader.moved_to,
    )
