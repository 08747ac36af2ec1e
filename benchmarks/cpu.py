"""Processor time and memory of processes, as the kernel counts them (proc(5)); Linux only.

Processor time is user and system together, of a process and everything below it, those that have ended included. It
is counted in hundredths of a second, so what is measured has to take a good part of a second.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event, Thread

PROC = Path("/proc")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1_000_000
_STATE, _PARENT, _USER, _CHILDREN_SYSTEM = 0, 1, 11, 14
"""Places in /proc/<pid>/stat, counted after the name."""


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and all below it, in seconds, since they began."""
    ticks = 0
    for one in tree(pid):
        fields = _stat(one)
        if fields:
            ticks += sum(int(value) for value in fields[_USER : _CHILDREN_SYSTEM + 1])
    return ticks / TICKS_A_SECOND


def tree(pid: int) -> list[int]:
    """A process and all that it started, and they started, that still live."""
    children: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields:
                children.setdefault(int(fields[_PARENT]), []).append(int(folder.name))
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        left += children.get(one, [])
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the process's name, which may hold spaces itself; empty when it has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def memory(pid: int) -> dict[str, float]:
    """VmRSS (all), RssAnon (its own), VmHWM (the most ever) of one process, in megabytes; empty when it has ended."""
    try:
        text = (PROC / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    rows = (line.partition(":") for line in text.splitlines())
    return {name: int(rest.split()[0]) * 1024 / MEGABYTE for name, _, rest in rows if name in _MEMORY}


_MEMORY = ("VmRSS", "RssAnon", "VmHWM")


class PeakMemory:
    """Watches a process, or with `whole` it and all below it together, and keeps the most that each figure came to."""

    def __init__(self, pid: int, every_seconds: float = 0.01, *, whole: bool = False) -> None:
        self.peak: dict[str, float] = {}
        self._pid = pid
        self._whole = whole
        self._every_seconds = every_seconds
        self._stopping = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            for name, value in self._now().items():
                self.peak[name] = max(self.peak.get(name, 0.0), value)
            if self._stopping.wait(self._every_seconds):
                return

    def _now(self) -> dict[str, float]:
        if not self._whole:
            return memory(self._pid)
        each = [memory(pid) for pid in tree(self._pid)]
        return {name: sum(one.get(name, 0.0) for one in each) for name in ("VmRSS", "RssAnon")}


def cpu_of(work: Callable[[], object], repeat: int = 1) -> float:
    """Processor time of this process for one call, in seconds; the mean of `repeat` calls."""
    began = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - began) / repeat


def interleaved(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, tuple[float, ...]]:
    """Let each measure itself once a round, in turn, the next round in the opposite order. Name → its samples."""
    samples: dict[str, list[float]] = {name: [] for name in contestants}
    for name in _turns(list(contestants), rounds):
        samples[name].append(contestants[name]())
    return {name: tuple(values) for name, values in samples.items()}


def _turns(names: list[str], rounds: int) -> Iterator[str]:
    for turn in range(rounds):
        yield from names if turn % 2 == 0 else reversed(names)
