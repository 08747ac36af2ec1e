"""Reading: what it costs to understand 20,000 listings of each kind, and what the worker that reads them needs.

Reading is everything from the bytes to the events, as the child process does it and the refresh after it: decode, take
apart, understand, normalise. Beside it `icalendar` writing as many events.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.builders import icalendar_builder
from benchmarks.cpu import PeakMemory, cpu_of, interleaved
from benchmarks.events import write_events
from benchmarks.kinds import KINDS, ZONE
from benchmarks.listing import spread_counts
from benchmarks.processes import Process
from benchmarks.result import Goal, Line, Table
from benchmarks.stores import NOW, SOURCE_ID, Deployment, make_deployment
from benchmarks.suites.memory import await_refresh
from feedsvc.core.model import Page
from feedsvc.core.normalise import Rules, normalise
from feedsvc.sources.base import Context, find_kinds

UNIT = "µs"
PEER = "icalendar"
WORKER_SECONDS = 240
_PAGE = "page.txt"


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    total = bench.size(20_000, 200)
    folder = bench.folder("reading")
    bench.say("making a store for icalendar")
    deployment = make_deployment(folder, spread_counts(bench.size(2_000, 100)))
    write_events(deployment, {}, folder / "events.json")
    with icalendar_builder(folder / "events.json") as builder:
        events = builder.build()["events"]
        contestants = {kind: _reader(deployment, kind, total) for kind in KINDS}
        bench.say(f"reading {total:,} listings of each kind, and icalendar, in turn")
        samples = interleaved({**contestants, PEER: builder.seconds}, bench.rounds)
    each = {
        name: tuple(one / (events if name == PEER else total) * 1e6 for one in taken) for name, taken in samples.items()
    }
    lines = tuple(Line(kind, UNIT, each[kind], PEER, each[PEER], times_less=True) for kind in KINDS)
    title = f"Reading {total:,} listings: processor time for one event"
    memory = tuple(_worker(bench, bench.folder("reading-worker"), total))
    return Table(title, lines), Table(f"The worker, reading {total:,} new events", memory)


def _reader(deployment: Deployment, kind: str, total: int) -> Callable[[], float]:
    write, settings = KINDS[kind]
    content = write(total).encode()
    found, themes = find_kinds()[kind], deployment.config().themes
    own = found.settings.model_validate(settings)

    def fetch(url: str | None = None) -> Page:
        return Page("https://town.example/events", content)

    context = Context(
        fetch, lambda label: themes.named(label) is not None, ZONE, NOW.date(), "https://town.example/events"
    )
    rules = Rules("Town", themes, ZONE)

    def read() -> None:
        events = normalise(found.read(own, context).listings, rules).events
        if len(events) < total:
            raise RuntimeError(f"{kind}: {len(events)} of {total} events were read")

    return lambda: cpu_of(read)


def _worker(bench: Bench, folder: Path, total: int) -> Iterator[Line]:
    """The most memory that the worker had, and with the child that reads for it, for each kind."""
    for kind, (write, settings) in KINDS.items():
        bench.say(f"the worker reads {total:,} new events: {kind}")
        deployment = Deployment(folder / kind)
        deployment.folder.mkdir(parents=True)
        (deployment.folder / _PAGE).write_text(write(total), encoding="utf-8")
        (deployment.folder / "sources.toml").write_text(_table(kind, settings), encoding="utf-8")
        command = [sys.executable, "-m", "feedsvc", "worker"]
        with Process(command, deployment.folder / "worker.log", deployment.environment) as worker:
            with PeakMemory(worker.pid) as alone, PeakMemory(worker.pid, 0.05, whole=True) as together:
                done = await_refresh(deployment, worker, WORKER_SECONDS)
            words = worker.last_words()
        note = "" if done else f"no refresh within {WORKER_SECONDS} s: {words}"
        yield Line(kind, "MB", (alone.peak["VmRSS"],) if done else (), goal=Goal(250), note=note)
        yield Line(f"{kind}, with the child that reads for it", "MB", (together.peak["VmRSS"],) if done else ())


def _table(kind: str, settings: dict[str, object]) -> str:
    lines = ["[[source]]", f'id = "{SOURCE_ID}"', f'kind = "{kind}"', f'path = "{_PAGE}"', f'timezone = "{ZONE}"']
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items() if not isinstance(value, dict)]
    for name, value in settings.items():
        if isinstance(value, dict):
            lines += [f"[source.{name}]", *(f"{key} = {json.dumps(word)}" for key, word in value.items())]
    return "\n".join(lines) + "\n"
