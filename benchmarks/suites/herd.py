"""The full hour: 10,000 subscribers within a minute, most of them at once, while refreshes commit; and somebody who
asks for 200,000 odd combinations. Both on one machine, the subscribers in a process of their own. One run each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from random import Random
from threading import Event, Thread
from typing import Any

from benchmarks import servers
from benchmarks.bench import Bench
from benchmarks.cpu import memory, tree
from benchmarks.feeds import editions, facets, odd_paths, one_value_paths, two_value_paths
from benchmarks.http_client import get
from benchmarks.listing import page_text, spread_counts
from benchmarks.processes import Process
from benchmarks.result import Goal, Line, Table
from benchmarks.stores import ROOT, SOURCE_ID, Deployment, lay_out

GZIP = {"Accept-Encoding": "gzip"}
WITH_ETAG, IN_THE_RUSH, RUSH_SHARE = 0.85, 0.60, 1 / 6
CACHE_MB = 64
CLIENT_SECONDS = 180
CLOSED = "each connection asks again when it was answered, so what was not answered was not asked either"
BOUND = (
    f"the goal is half as much again as the {CACHE_MB} MB of the cache; it holds for those that were answered, no more"
)


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    folder = bench.folder("herd")
    counts = spread_counts(bench.size(2_000, 100))
    deployment = lay_out(folder / "store", counts)
    bench.say("making a store by `feedsvc refresh`")
    _refresh(deployment)
    with servers.feedsvc(deployment, folder / "feedsvc.log") as server:
        return (_full_hour(bench, deployment, counts, server), _odd(bench, deployment, server))


def _refresh(deployment: Deployment) -> None:
    command = [sys.executable, "-m", "feedsvc", "refresh", SOURCE_ID]
    log = deployment.folder / f"refresh-{len(list(deployment.folder.iterdir()))}.log"
    with Process(command, log, deployment.environment) as process:
        if process.wait(CLIENT_SECONDS):
            raise RuntimeError(f"feedsvc refresh: {process.last_words()}")


def _client(module: str, plan: Mapping[str, Any], deployment: Deployment) -> dict[str, Any]:
    file = deployment.folder / f"{module}.json"
    file.write_text(json.dumps(plan), encoding="utf-8")
    command = [sys.executable, "-m", f"benchmarks.{module}", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=CLIENT_SECONDS, cwd=ROOT)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _full_hour(bench: Bench, deployment: Deployment, counts: Mapping[str, int], server: Process) -> Table:
    subscribers, seconds = bench.size(10_000, 60), bench.size(60.0, 1.0)
    arrivals = list(_arrivals(deployment, server.port, subscribers, seconds))
    bench.say(f"{subscribers:,} subscribers in {seconds:.0f} s, while refreshes commit")
    before = editions(deployment)
    with _Refreshing(deployment, counts, seconds):
        said = _client("herd_client", {"port": server.port, "arrivals": arrivals}, deployment)
    waited, statuses = sorted(said["milliseconds"]), said["statuses"]
    lines = [
        Line("waited, half of them at most", "ms", (percentile(waited, 0.5),)),
        Line("waited, 99 % of them at most", "ms", (percentile(waited, 0.99),), goal=Goal(500)),
        Line("waited longest", "ms", (waited[-1],)),
        Line("answered 5xx, or not at all", "", (float(_bad(statuses)),), goal=Goal(0)),
    ]
    told = (
        f"{editions(deployment) - before} refreshes of 1 % of {sum(counts.values()):,} events were committed meanwhile"
    )
    title = f"The full hour: {subscribers:,} subscribers in {seconds:.0f} s, on one web process"
    return Table(title, tuple(lines), (f"Answers: {_words(statuses)}; {told}.",))


def _arrivals(deployment: Deployment, port: int, count: int, seconds: float) -> Iterator[tuple[float, str, str | None]]:
    """When each comes, for what, and what it knows; in order. A few feeds have most subscribers, as in life."""
    draw = Random(1)
    known = facets(deployment)
    paths = ["/all.ics", *one_value_paths(known), *two_value_paths(known)[:150]]
    etags = {path: get(port, path, GZIP).headers["etag"] for path in paths}
    rush = seconds * RUSH_SHARE
    rushing = int(count * IN_THE_RUSH)
    times = [draw.uniform(0, rush) for _ in range(rushing)]
    times += [draw.uniform(rush, seconds) for _ in range(count - rushing)]
    weights = [1 / rank for rank in range(1, len(paths) + 1)]
    for at, path in zip(sorted(times), draw.choices(paths, weights, k=count), strict=True):
        yield at, path, etags[path] if draw.random() < WITH_ETAG else None


class _Refreshing:
    """Refreshes with `feedsvc refresh` in the rush, and twice later; each time one event in a hundred has changed."""

    def __init__(self, deployment: Deployment, counts: Mapping[str, int], seconds: float) -> None:
        self._deployment = deployment
        self._counts = counts
        self._waits = [seconds / 60, seconds / 3, seconds / 3]
        self._stopping = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Refreshing:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        for variant, wait in enumerate(self._waits, 1):
            if self._stopping.wait(wait):
                return
            self._deployment.page.write_text(page_text(self._counts, variant), encoding="utf-8")
            _refresh(self._deployment)


def _odd(bench: Bench, deployment: Deployment, server: Process) -> Table:
    wanted, seconds = bench.size(200_000, 200), bench.size(60.0, 1.0)
    known = facets(deployment)
    plan = {
        "port": server.port,
        "seconds": seconds,
        "odd": odd_paths(known, wanted),
        "ordinary": ["/all.ics", *one_value_paths(known)],
    }
    serving = max(tree(server.pid), key=lambda pid: memory(pid).get("VmRSS", 0))
    before, spent = memory(serving)["RssAnon"], server.cpu_seconds()
    bench.say(f"{wanted:,} odd combinations in {seconds:.0f} s, and ordinary feeds beside them")
    said = _client("odd_client", plan, deployment)
    after, spent = memory(serving)["RssAnon"], server.cpu_seconds() - spent
    waited = sorted(said["milliseconds"]) or [0.0]
    answered = said["asked"] / wanted * 100
    lines = [
        Line(f"answered of {wanted:,}", "%", (answered,), goal=Goal(100, at_least=True), note=CLOSED),
        Line("processor time for one of them", "ms", (spent / max(said["asked"], 1) * 1000,)),
        Line("memory of the web process before", "MB", (before,)),
        Line("memory it gained", "MB", (after - before,), goal=Goal(1.5 * CACHE_MB), note=BOUND),
        Line("an ordinary feed beside them, half at most", "ms", (percentile(waited, 0.5),)),
        Line("an ordinary feed beside them, 99 % at most", "ms", (percentile(waited, 0.99),), goal=Goal(500)),
        Line(
            "answered 5xx, or not at all", "", (float(_bad(said["statuses"]) + _bad(said["ordinary"])),), goal=Goal(0)
        ),
    ]
    notes = (f"Answers: {_words(said['statuses'])}.", f"Ordinary feeds: {_words(said['ordinary'])}.")
    return Table(f"Odd combinations, as fast as they are answered, for {seconds:.0f} s", tuple(lines), notes)


def percentile(ascending: list[float], share: float) -> float:
    """The value that this share of them does not pass."""
    return ascending[min(int(len(ascending) * share), len(ascending) - 1)]


def _bad(statuses: Mapping[str, int]) -> int:
    return sum(count for status, count in statuses.items() if int(status) == 0 or int(status) >= 500)


def _words(statuses: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} × {status if status != '0' else 'none'}" for status, count in sorted(statuses.items()))
