"""The steps of a refresh, in order. What is decided is in `plan`, what is written in `ending`."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.errors import (
    ChildFailed,
    FeedsvcError,
    FetchFailed,
    Overtaken,
    SourceUnreadable,
    StoreUnavailable,
    WorkError,
)
from feedsvc.core.model import Event, Finding
from feedsvc.core.normalise import normalise
from feedsvc.refresh.commit import claim, close_failed, close_well, counted, keep_pages, refreshed, write_plan
from feedsvc.refresh.context import Desk, Outcome, Stopwatch, Tell
from feedsvc.refresh.holds import Verdict, judge, put_hold
from feedsvc.refresh.page_loader import Supply
from feedsvc.refresh.plan import Heard, Plan, make_plan, render
from feedsvc.refresh.reader import Task
from feedsvc.store.claims import Fence
from feedsvc.store.sources import Run

_log = logging.getLogger("feedsvc.refresh")


def refresh(
    desk: Desk, source: Source, *, fence: Fence | None = None, allow_shrink: bool = False, tell: Tell = str
) -> Outcome:
    """Refresh one source. Raises StoreUnavailable.

    1. Claim it, unless the caller has; if somebody else works on it, stop.
    2. Fetch and read; on failure keep everything, record why, and put off the next try.
    3. If the source says the same as before and nothing awaits its time, record that and stop.
    4. Normalise and reconcile; if the guard says so, hold it and change nothing.
    5. Render what changed, and write it all in one transaction that checks the claim.
    """
    watch = Stopwatch.start(desk)
    held = fence or claim(desk, source, watch.started)
    if held is None:
        words = "another process works on it at present; try again in a minute"
        return Outcome(replace(watch.run(source.id), outcome="busy", message=words))
    attempt = _Attempt(desk, source, held, watch, Supply(desk, source, tell, fence=held), tell)
    try:
        return attempt.make(allow_shrink=allow_shrink)
    except Overtaken as error:
        return Outcome(watch.stopped(replace(watch.run(source.id), outcome="overtaken", message=str(error))))
    except (StoreUnavailable, KeyboardInterrupt):
        # Whoever presses Ctrl-C may want to try again at once, and the source is not to blame.
        if fence is None:
            with suppress(StoreUnavailable), desk.store.write() as snapshot:
                snapshot.claims.release(held)
        raise


def rehearse(desk: Desk, source: Source, tell: Tell = str) -> Outcome:
    """Do everything a refresh does but write. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    watch = Stopwatch.start(desk)
    supply = Supply(desk, source, tell)
    heard = hear(desk, source, supply)
    with desk.store.read() as snapshot:
        plan = make_plan(desk, source, snapshot, heard, desk.clock())
    run = counted(watch.run(source.id), plan, "dry-run")
    message = plan.reason and f"would be held: {plan.reason}"
    run = watch.stopped(replace(run, message=message, fetched_bytes=supply.fetched_bytes))
    return Outcome(run, plan.changes, plan.findings)


def hear(desk: Desk, source: Source, supply: Supply) -> Heard:
    """Fetch and read a source. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    supply.tell("reading")
    return Heard.of(desk, source, desk.read(Task(source, desk.themes, desk.clock().date()), supply))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One refresh under way, and the ways in which it can end. Each way raises Overtaken or StoreUnavailable."""

    desk: Desk
    source: Source
    fence: Fence
    watch: Stopwatch
    supply: Supply
    tell: Tell

    def make(self, *, allow_shrink: bool) -> Outcome:
        """Steps 2 to 5."""
        try:
            heard = hear(self.desk, self.source, self.supply)
            if self._is_settled(heard):
                return self._unchanged(heard)
            return self._decided(heard, allow_shrink=allow_shrink)
        except (FetchFailed, SourceUnreadable, ChildFailed) as error:
            return self._failed(error)
        except FeedsvcError:
            raise
        except Exception as error:
            # A fault of this program must cost one source, not the worker; where it lies stands in the log.
            _log.exception("source %s", self.source.id)
            return self._failed(WorkError(f"a fault of this program, {type(error).__name__}: {error}"[:300]))

    def _is_settled(self, heard: Heard) -> bool:
        """Whether the source says the same as before, and nothing awaits its time."""
        with self.desk.store.read() as snapshot:
            if snapshot.sources.state(self.source.id).reading_digest != heard.fingerprint:
                return False
            now, rendering = self.desk.clock(), self.desk.rendering_digest
            return not snapshot.sources.awaits_something(self.source.id, now, rendering)

    def _unchanged(self, heard: Heard) -> Outcome:
        with self.desk.store.write() as snapshot:
            snapshot.claims.check(self.fence)
            before = snapshot.sources.last_good_run(self.source.id) or self._run()
            figures = {name: getattr(before, name) for name in ("listings", "rejected", "findings")}
            run = self._stopped(replace(self._run(), outcome="unchanged", **figures))
            keep_pages(snapshot, self.supply)
            snapshot.holds.withdraw(self.source.id)
            close_well(self.desk, snapshot, self.source, self.fence, run, **refreshed(heard, self.supply, run))
        return Outcome(run)

    def _decided(self, heard: Heard, *, allow_shrink: bool) -> Outcome:
        self.tell("comparing")
        with self.desk.store.read() as snapshot:
            plan = make_plan(self.desk, self.source, snapshot, heard, self.desk.clock())
            verdict = judge(snapshot, self.source.id, plan, allow_shrink=allow_shrink)
        run = self._held(plan, verdict) if verdict.message else self._applied(plan)
        return Outcome(run, plan.changes, plan.findings)

    def _held(self, plan: Plan, verdict: Verdict) -> Run:
        run = self._stopped(replace(counted(self._run(), plan, "held"), message=verdict.message))
        with self.desk.store.write() as snapshot:
            snapshot.claims.check(self.fence)
            put_hold(snapshot, self.source.id, verdict)
            close_well(self.desk, snapshot, self.source, self.fence, run, last_error=verdict.message)
        return run

    def _applied(self, plan: Plan) -> Run:
        self.tell(f"writing {len(plan.changes.visible)} events")
        written = render(self.desk, plan.changes, plan.now)
        with self.desk.store.write() as snapshot:
            run = self._stopped(write_plan(self.desk, snapshot, self.fence, plan, written, self._run()))
            keep_pages(snapshot, self.supply)
            close_well(self.desk, snapshot, self.source, self.fence, run, **refreshed(plan.heard, self.supply, run))
        return run

    def _failed(self, error: WorkError) -> Outcome:
        run = self._stopped(replace(self._run(), outcome="failed", message=str(error)))
        with self.desk.store.write() as snapshot:
            close_failed(self.desk, snapshot, self.source, self.fence, run, error)
        return Outcome(run)

    def _run(self) -> Run:
        return replace(self.watch.run(self.source.id), fetched_bytes=self.supply.fetched_bytes)

    def _stopped(self, run: Run) -> Run:
        return self.watch.stopped(run)


@dataclass(frozen=True, slots=True)
class Trial:
    """`findings` are the doubts about the source as a whole; those about an event stand in the event."""

    listings: int
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    incomplete: str | None
    pages: int
    fetched_bytes: int
    moved_to: str | None


def try_source(desk: Desk, source: Source, tell: Tell = str) -> Trial:
    """Fetch and read a source. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    supply = Supply(desk, source, tell, conditional=False)
    reading = serialize.reading_of(hear(desk, source, supply).text)
    normalised = normalise(reading.listings, desk.rules_of(source))
    return Trial(
        listings=len(reading.listings),
        events=normalised.events,
        findings=(*reading.findings, *normalised.rejected),
        incomplete=reading.incomplete,
        pages=max(len(supply.found), 1),
        fetched_bytes=supply.fetched_bytes,
        moved_to=supply.moved_to,
    )
