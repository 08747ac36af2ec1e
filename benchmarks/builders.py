"""Libraries that build calendars, each in a process of its own, asked to build once more and told what it cost."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from benchmarks.bench import Bench
from benchmarks.peers import HERE, PeerMissing

LIBRARIES = ("ics", "ical", "vobject", "django-ical")
"""Those with an environment of their own; `icalendar` is this project's own library too."""
ANSWER_SECONDS = 60


class Builder:
    """One library's process, over the events of a file. To be used in a `with`.

    `python` is whose library is measured: that of this project, or of a peer's environment.
    """

    def __init__(self, library: str, python: Path, events: Path) -> None:
        script = HERE / f"build_{library.replace('-', '_')}.py"
        self._library = library
        self._process = subprocess.Popen(
            [python, script, events], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def build(self) -> dict[str, float]:
        """Build once; the processor seconds of `make` and `write`, and how many `bytes`. Raises PeerMissing."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            print(file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            _, errors = self._process.communicate(timeout=ANSWER_SECONDS)
            last = (errors.strip().splitlines() or ["no reason given"])[-1]
            raise PeerMissing(f"{self._library} did not build: {last[:160]}")
        return {name: float(value) for name, value in json.loads(answer).items()}

    def seconds(self) -> float:
        """Processor seconds of building once, objects and bytes."""
        cost = self.build()
        return cost["make"] + cost["write"]

    def write_seconds(self) -> float:
        """Processor seconds of turning objects that are there into bytes."""
        return self.build()["write"]

    def __enter__(self) -> Builder:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            pipe.close()


def icalendar_builder(events: Path) -> Builder:
    """The library that this project itself uses."""
    return Builder("icalendar", Path(sys.executable), events)


def peer_builder(bench: Bench, library: str, events: Path) -> Builder:
    """Another one. Raises PeerMissing."""
    return Builder(library, bench.peer(library).python, events)
