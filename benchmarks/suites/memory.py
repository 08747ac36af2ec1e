"""Memory: of a web process that has served every feed of 10,000 events, of the worker that reads them, and of writing a
feed of 100,000 events. Megabytes that are resident, at their peak; a megabyte is a million bytes.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.cpu import PeakMemory, memory, tree
from benchmarks.http_client import get
from benchmarks.listing import spread_counts
from benchmarks.processes import Process
from benchmarks.result import Goal, Line, Samples, Table
from benchmarks.stores import ROOT, Deployment, lay_out

UNIT = "MB"
WORKER_SECONDS = 90
LENT = (
    "pages of the store that the kernel lends to SQLite (mmap) count as resident; it takes them back when it needs them"
)


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    lines = [*_web(bench), *_worker(bench), *_writing(bench)]
    return (Table("Memory: megabytes that are resident, at their peak", tuple(lines)),)


def _web(bench: Bench) -> Iterator[Line]:
    total = bench.size(10_000, 400)
    deployment = bench.deployment(total, bench.size(1000, 40))
    log = bench.folder("memory-web") / "feedsvc.log"
    bench.say(f"a web process serves every feed of {total:,} events")
    with servers.feedsvc(deployment, log) as server:
        get(server.port, "/all.ics")
        serving = max(tree(server.pid), key=lambda pid: memory(pid).get("VmRSS", 0))
        with PeakMemory(serving) as first:
            get(server.port, "/all.ics", {"Accept-Encoding": "gzip"})
        paths = _paths(deployment)
        for path in paths:
            get(server.port, path, {"Accept-Encoding": "gzip"})
        for path in ("/", "/all", "/country/cl", "/status"):
            get(server.port, path)
        after = memory(serving)
        above = memory(server.pid).get("VmRSS", 0.0)
    yield Line(f"web process, {total:,} events, all.ics served", UNIT, _one(first, "VmRSS"), goal=Goal(150))
    yield Line(
        f"web process, {len(paths)} feeds and some pages served", UNIT, (after["VmHWM"],), goal=Goal(150), note=LENT
    )
    yield Line("the same without lent pages", UNIT, (after["RssAnon"],))
    if serving != server.pid:
        yield Line("the process that starts and watches it", UNIT, (above,))


def _paths(deployment: Deployment) -> list[str]:
    """Every feed of one value, and that of everything."""
    store = sqlite3.connect(deployment.database)
    try:
        rows = store.execute("SELECT dimension, value FROM facet WHERE dimension <> 'all'").fetchall()
    finally:
        store.close()
    return ["/all.ics", *(f"/{dimension}/{value}.ics" for dimension, value in rows)]


def _worker(bench: Bench) -> Iterator[Line]:
    total = bench.size(10_000, 300)
    what = f"worker, reading {total:,} new events"
    if find_spec("feedsvc.worker") is None:
        yield Line(what, UNIT, (), goal=Goal(250), note="there is no worker yet")
        return
    deployment = lay_out(bench.folder("memory-worker"), spread_counts(total))
    bench.say(what)
    command = [sys.executable, "-m", "feedsvc", "worker"]
    with Process(command, deployment.folder / "worker.log", deployment.environment) as worker:
        # Every 50 ms: to look at all processes of the machine costs time that the worker needs.
        with PeakMemory(worker.pid) as alone, PeakMemory(worker.pid, 0.05, whole=True) as together:
            done = await_refresh(deployment, worker)
        words = worker.last_words()
    note = "" if done else f"no refresh within {WORKER_SECONDS} s: {words}"
    yield Line(what, UNIT, _one(alone, "VmRSS") if done else (), goal=Goal(250), note=note)
    yield Line("with the child that reads for it", UNIT, _one(together, "VmRSS"), goal=Goal(250))


def await_refresh(deployment: Deployment, worker: Process, seconds: float = WORKER_SECONDS) -> bool:
    """Wait until a refresh was applied, or so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and worker.is_running:
        time.sleep(0.2)
        try:
            store = sqlite3.connect(f"file:{deployment.database}?mode=ro", uri=True)
        except sqlite3.OperationalError:
            continue
        try:
            if store.execute("SELECT count(*) FROM refresh_run WHERE outcome = 'applied'").fetchone()[0]:
                return True
        except sqlite3.OperationalError:
            continue
        finally:
            store.close()
    return False


def _writing(bench: Bench) -> Iterator[Line]:
    total = bench.size(100_000, 400)
    deployment = bench.deployment(total, bench.size(1000, 40))
    file = bench.folder("memory-writing") / "all.ics"
    bench.say(f"writing a feed of {total:,} events")
    taken = [_write_once(deployment, file) for _ in range(bench.rounds)]
    what = f"writing a feed of {total:,} events ({file.stat().st_size / 1e6:.0f} MB), above the base"
    yield Line(what, UNIT, tuple(all_ for all_, _ in taken), goal=Goal(40), note=LENT)
    yield Line("the same without lent pages", UNIT, tuple(own for _, own in taken))


def _write_once(deployment: Deployment, file: Path) -> tuple[float, float]:
    """(resident, its own) megabytes above what the process had before it began to write."""
    command: list[str | Path] = [sys.executable, "-m", "benchmarks.writing", deployment.folder, file]
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **deployment.environment},
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise RuntimeError("the process that writes did not start")
        base = memory(child.pid)
        with PeakMemory(child.pid, 0.005) as watched:
            print(file=child.stdin, flush=True)
            if child.stdout.readline() != "done\n":
                raise RuntimeError("the process that writes did not end well")
    return watched.peak["VmRSS"] - base["VmRSS"], watched.peak["RssAnon"] - base["RssAnon"]


def _one(watched: PeakMemory, name: str) -> Samples:
    return (watched.peak[name],)
