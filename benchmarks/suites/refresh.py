"""Refreshing: what a refresh of 10,000 events costs once its source has been read, and what it writes.

    said again       the page is the same as before
    said otherwise   the same events in another order
    1 % changed      every hundredth event ends later

Beside it `icalendar` writing as many events, which a service without stored bytes does at every refresh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from benchmarks.bench import Bench
from benchmarks.builders import icalendar_builder
from benchmarks.cpu import cpu_of, interleaved
from benchmarks.events import write_events
from benchmarks.listing import page_text, spread_counts
from benchmarks.result import Goal, Line, Table
from benchmarks.stores import Deployment, make_deployment
from benchmarks.writes import Writes
from feedsvc.bootstrap import Runtime
from feedsvc.core import serialize
from feedsvc.refresh import Outcome, refresh
from feedsvc.refresh.context import Task
from feedsvc.refresh.page_loader import PageLoader

UNIT = "µs"
PEER = "icalendar"
SHARE = 25


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    total = bench.size(10_000, 300)
    counts = spread_counts(total)
    folder = bench.folder("refresh")
    bench.say(f"making a store of {total:,} events by a refresh")
    deployment = make_deployment(folder, counts)
    write_events(deployment, {"theme": ("justice",)}, folder / "events.json")
    wired = deployment.runtime()
    try:
        with icalendar_builder(folder / "events.json") as builder:
            events = builder.build()["events"]
            refresher = _Refresher(deployment, wired, counts)
            bench.say("refreshing, and icalendar, in turn")
            samples = interleaved({**refresher.contestants(), PEER: builder.seconds}, bench.rounds)
    finally:
        wired.close()
    each = {
        name: tuple(one / (events if name == PEER else total) * 1e6 for one in taken) for name, taken in samples.items()
    }
    lines = [_line(name, each) for name in refresher.seen]
    title = f"Refreshing {total:,} events, after reading: processor time for one event"
    return (Table(title, tuple(lines), tuple(refresher.told())),)


def _line(name: str, each: dict[str, tuple[float, ...]]) -> Line:
    goal = Goal(SHARE, at_least=True) if name.startswith("unchanged") else None
    return Line(name, UNIT, each[name], PEER, each[PEER], True, goal)


class _Refresher:
    """Refreshes a place again and again, each time with a reading made beforehand, and watches what is written."""

    def __init__(self, deployment: Deployment, wired: Runtime, counts: Mapping[str, int]) -> None:
        self.seen: dict[str, tuple[Outcome, Writes]] = {}
        self._deployment = deployment
        self._wired = wired
        self._readings = [serialize.reading_of(self._read(counts, variant)) for variant in (0, 1)]
        self._now = self._readings[0]

    def contestants(self) -> dict[str, Callable[[], float]]:
        """Name → refresh once, processor seconds."""
        return {
            "unchanged, said again": lambda: self._cost("unchanged, said again"),
            "unchanged, said otherwise": lambda: self._cost("unchanged, said otherwise", turn=True),
            "1 % changed": lambda: self._cost("1 % changed", change=True),
        }

    def _read(self, counts: Mapping[str, int], variant: int) -> str:
        self._deployment.page.write_text(page_text(counts, variant), encoding="utf-8")
        context, source = self._wired.refresh_context, self._deployment.source
        return context.read(Task(source, context.themes, context.clock().date()), PageLoader(context, source))

    def told(self) -> list[str]:
        """What each kind of refresh wrote the last time."""
        return [f"{name}: {_words(outcome, writes)}." for name, (outcome, writes) in self.seen.items()]

    def _cost(self, name: str, *, turn: bool = False, change: bool = False) -> float:
        if change:
            self._readings.reverse()
            self._now = self._readings[0]
        if turn:
            first, *others = self._now.listings
            self._now = replace(self._now, listings=(*others, first))
        text = serialize.reading_text(self._now)
        context = replace(self._wired.refresh_context, read=lambda *_: text)
        outcomes: list[Outcome] = []
        with Writes(self._wired.store) as writes:
            seconds = cpu_of(lambda: outcomes.append(refresh(context, self._deployment.source)))
        self.seen[name] = (outcomes[0], writes)
        if outcomes[0].run.outcome not in ("unchanged", "applied"):
            raise RuntimeError(f"{name}: {outcomes[0].run.outcome}: {outcomes[0].run.message}")
        return seconds


def _words(outcome: Outcome, writes: Writes) -> str:
    made = "no edition made" if outcome.run.edition is None else f"edition {outcome.run.edition} made"
    changed = f"{outcome.run.changed} events changed, " if outcome.run.changed else ""
    return f"{changed}{writes.rows('fragment')} fragments written, {made}"
