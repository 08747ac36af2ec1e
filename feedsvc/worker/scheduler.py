"""One tick: give a sign of life, lead, and begin what is due. And the order of turns when the configuration changes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from feedsvc.bootstrap import Runtime
from feedsvc.config.loader import Source
from feedsvc.core import pacing
from feedsvc.refresh.removal import bury
from feedsvc.services.program import refuse_older
from feedsvc.services.sources import settle
from feedsvc.store.claims import Due, Fence, Heartbeat
from feedsvc.store.store import Snapshot
from feedsvc.worker.jobs import Publisher, Renderer
from feedsvc.worker.pool import WorkerPool

LEASE = "worker"
FORGET_EVERY = timedelta(days=1)
CLOCK_SET = timedelta(minutes=1)
"""The drift of the wall clock between two ticks above which it was set by somebody."""

_log = logging.getLogger("feedsvc.worker")


@dataclass(slots=True)
class Scheduler:
    """Begins the refreshes that are due. `lease` is how long this worker leads without a tick."""

    runtime: Runtime
    pool: WorkerPool
    lease: timedelta
    started_at: datetime
    epoch: int | None = None
    publisher: Publisher = field(default_factory=Publisher)
    renderer: Renderer = field(default_factory=Renderer)
    _by_old_rules: set[str] = field(default_factory=set)
    _forgot_at: datetime | None = None
    _last: tuple[datetime, float] | None = None
    _adopted: int | None = None

    def tick(self) -> None:
        """Raises StoreUnavailable; ProgramTooOld where a newer program has come to write the store."""
        runtime, now = self.runtime, self.runtime.clock()
        seconds = self.runtime.refresh_context.monotonic()
        if self._last is not None:
            before, then = self._last
            off = now - before - timedelta(seconds=seconds - then)
            if abs(off) > CLOCK_SET:
                _log.warning("the clock was set %s by %s", "back" if off < timedelta() else "forward", abs(off))
        self._last = (now, seconds)
        holder = runtime.refresh_context.holder
        with runtime.store.write() as snapshot:
            epoch = snapshot.claims.lead(LEASE, holder, now, self.lease)
            if epoch != self.epoch:
                words = (
                    "another worker leads; this one waits" if epoch is None else f"this worker leads (epoch {epoch})"
                )
                _log.info("%s", words)
            self.epoch = epoch
            if epoch is None:
                return
            refuse_older(snapshot.provenance.last_writer(), runtime.writer)
            self._catch_up(snapshot)
            snapshot.claims.beat(Heartbeat(LEASE, holder, now, self.started_at))
            snapshot.claims.renew(self.pool.fences, now)
            for fence in self.pool.take_unsettled():
                snapshot.claims.forgive(fence)
            snapshot.sources.pause_struck(now)
            begun = self._claim(runtime, snapshot, epoch, now)
            edition = snapshot.feeds.edition()
        for due, fence in begun:
            source = runtime.source(due.source_id)
            self.pool.begin(runtime.refresh_context, source, fence, due)
        self._forget(now)
        self.renderer.consider(runtime, now)
        self.publisher.consider(runtime, edition, now)

    def _claim(self, runtime: Runtime, snapshot: Snapshot, epoch: int, now: datetime) -> list[tuple[Due, Fence]]:
        sources = {source.id: source for source in runtime.config.sources}
        begun = []
        for due in self.pool.choose(snapshot.claims.due(sources, now), sources):
            claim = snapshot.claims.claim_due(due.source_id, runtime.refresh_context.holder, now)
            if claim is not None:
                begun.append((due, Fence(due.source_id, claim, (LEASE, epoch))))
        return begun

    def _forget(self, now: datetime) -> None:
        """Once a day, let the store forget what it need not know any more; a part at a time, in a tick of its own."""
        if self._forgot_at is not None and abs(now - self._forgot_at) < FORGET_EVERY:
            return
        with self.runtime.store.write() as snapshot:
            more = snapshot.retention.forget(now)
        bury(self.runtime.refresh_context, [source.id for source in self.runtime.config.sources])
        self._forgot_at = None if more else now

    def adopt(self) -> None:
        """Bring the turns in line with the configuration: new sources and new rules now, new intervals soon.

        What is under way ends by the rules it began with; its source is looked at again afterwards.
        """
        with self.runtime.store.write() as snapshot:
            self._adopt_all(snapshot)

    def _catch_up(self, snapshot: Snapshot) -> None:
        """Take over what was set since, and look again at sources that were under way when that was last done."""
        if self.runtime.configuration.within(snapshot).config.version != self._adopted:
            self._adopt_all(snapshot)
        ended = self._by_old_rules - {fence.source_id for fence in self.pool.fences}
        self._by_old_rules -= ended
        self._adopt(snapshot, [source for source in self.runtime.config.sources if source.id in ended])

    def _adopt_all(self, snapshot: Snapshot) -> None:
        self._by_old_rules = {fence.source_id for fence in self.pool.fences}
        in_force = self.runtime.configuration.within(snapshot)
        self._adopted = in_force.config.version
        settle(snapshot, in_force, self.runtime.clock())
        self._adopt(snapshot, in_force.config.sources)

    def _adopt(self, snapshot: Snapshot, sources: Sequence[Source]) -> None:
        if not sources:
            return
        context, now = self.runtime.refresh_context, self.runtime.clock()
        configured = [source.id for source in self.runtime.config.sources]
        for source in sources:
            for old in snapshot.sources.adopt(source.id, source.common.former_ids, configured):
                _log.info("source %s is %s from now on", old, source.id)
        known = {state.id: state for state in snapshot.sources.states()}
        for source in sources:
            state = known[source.id]
            if state.rules_digest is not None and state.rules_digest != context.rules_digest(source):
                snapshot.sources.change(source.id, due_at=None)
            elif state.due_at is not None and not state.failures:
                latest = pacing.next_due(source.id, state.turn, state.every(source.common.every), now)
                if latest < state.due_at:
                    snapshot.sources.change(source.id, due_at=latest)
