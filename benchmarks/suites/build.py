"""Building: a feed of 1,000 events that no cache holds, out of a store of 100,000, joined from stored bytes; beside the
libraries that make the same calendar from objects. Processor time for one event.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.builders import LIBRARIES, Builder, icalendar_builder, peer_builder
from benchmarks.cpu import cpu_of, interleaved
from benchmarks.events import write_events
from benchmarks.joining import TARGET_FEED, Joiner
from benchmarks.peers import PeerMissing
from benchmarks.result import Goal, Line, Samples, Table

UNIT = "µs"
OWN = "icalendar, objects and bytes"
BYTES_ONLY = "icalendar, bytes alone"
_REPEATS = {"ics": 10}
"""Builds of one sample: formats that read records cost much more than joining does."""


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    deployment = bench.deployment(bench.size(100_000, 400), bench.size(1000, 40))
    events = bench.folder("build") / "events.json"
    count = write_events(deployment, TARGET_FEED, events)
    joiner = Joiner(deployment)
    try:
        ours, formats, peers, missing = _samples(bench, joiner, events, count)
    finally:
        joiner.close()
    return (_goals(count, ours, peers), _formats(formats, ours), _libraries(ours, peers, missing))


def _samples(
    bench: Bench, joiner: Joiner, events: Path, count: int
) -> tuple[dict[str, Samples], dict[str, Samples], dict[str, Samples], dict[str, str]]:
    """Microseconds an event: of ours without and with gzip, of our formats, of the libraries; and what is missing."""
    with ExitStack() as stack:
        builders: dict[str, Builder] = {"icalendar": stack.enter_context(icalendar_builder(events))}
        missing: dict[str, str] = {}
        for library in LIBRARIES:
            try:
                builders[library] = stack.enter_context(peer_builder(bench, library, events))
                builders[library].build()
            except PeerMissing as error:
                builders.pop(library, None)
                missing[library] = str(error)
        contestants: dict[str, Callable[[], float]] = {
            "joined": lambda: cpu_of(lambda: joiner.build("ics"), 10),
            "joined, gzip": lambda: cpu_of(lambda: gzip.compress(joiner.build("ics").body, 6, mtime=0), 5),
            BYTES_ONLY: builders["icalendar"].write_seconds,
        }
        contestants |= {f".{name}": _format_cost(joiner, name) for name in joiner.formats()}
        contestants |= {library: builder.seconds for library, builder in builders.items()}
        bench.say("building: ours and the libraries, in turn")
        found = interleaved(contestants, bench.rounds)
    each = {name: tuple(seconds / count * 1e6 for seconds in samples) for name, samples in found.items()}
    ours = {name: each[name] for name in ("joined", "joined, gzip")}
    formats = {name: samples for name, samples in each.items() if name.startswith(".")}
    return ours, formats, {name: each[name] for name in (BYTES_ONLY, *builders)}, missing


def _format_cost(joiner: Joiner, extension: str) -> Callable[[], float]:
    return lambda: cpu_of(lambda: joiner.build(extension), _REPEATS.get(extension, 1))


def _goals(count: int, ours: dict[str, Samples], peers: dict[str, Samples]) -> Table:
    what = f"a cold feed of {count:,} events"
    lines = [
        Line(what, UNIT, ours["joined"], OWN, peers["icalendar"], True, Goal(200, at_least=True)),
        Line(f"{what}, with gzip", UNIT, ours["joined, gzip"], OWN, peers["icalendar"], True, Goal(20, at_least=True)),
        Line(what, UNIT, ours["joined"], BYTES_ONLY, peers[BYTES_ONLY], True),
    ]
    return Table("Building a feed that no cache holds: processor time for one event", tuple(lines))


def _formats(formats: dict[str, Samples], ours: dict[str, Samples]) -> Table:
    lines = [Line(name, UNIT, samples, ".ics", ours["joined"]) for name, samples in formats.items() if name != ".ics"]
    title = "The same feed in every format, and how many times the cost of .ics"
    return Table(title, (Line(".ics", UNIT, formats[".ics"]), *lines))


def _libraries(ours: dict[str, Samples], peers: dict[str, Samples], missing: dict[str, str]) -> Table:
    lines = [
        Line("joined", UNIT, ours["joined"], library, peers.get(library, ()), True, None, missing.get(library, ""))
        for library in ("icalendar", *LIBRARIES)
    ]
    return Table("The same calendar made from objects by the libraries", tuple(lines))
