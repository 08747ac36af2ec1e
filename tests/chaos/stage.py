"""A service of real processes over one source, a prober at 20 requests a second, and what must hold after each fault.

The source is a calendar of 40 coming events whose descriptions name its *generation*. So every answer says by itself
whether it is whole: 40 events, each once, all of one generation, and no generation after a later one.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from tests.sample import ROOT
from tests.web.servers import PATIENCE_SECONDS, Server, free_port, started

EVENTS = 40
EVERY_SECONDS = 0.05
PATHS = ("/all.ics", "/country/cl.ics", "/all.json")
UNREACHED = 0
"""In place of a status: nobody answered. That is a pause, and no wrong answer."""


def calendar(generation: int) -> bytes:
    """The source's file."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//chaos//EN"]
    first = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=30)
    for number in range(EVENTS):
        start = first + timedelta(days=number // 4, hours=number % 4)
        lines += [
            *("BEGIN:VEVENT", f"UID:event-{number}@chaos.example", "DTSTAMP:20260101T000000Z"),
            *(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{start + timedelta(minutes=50):%Y%m%dT%H%M%SZ}"),
            *(f"SUMMARY:Meeting number {number} of the week", "LOCATION:Santiago, Chile"),
            *(f"DESCRIPTION:generation {generation}.", "END:VEVENT"),
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


class Stage:
    """A data folder with its configuration, and the commands over it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.data = folder, folder / "var"
        self.source = folder / "source.ics"
        sources = f'[[source]]\nid = "chaos"\nkind = "ics"\npath = "{self.source}"\ncountry = "cl"\nevery = "1min"\n'
        (folder / "sources.toml").write_text(sources)
        self.data.mkdir(exist_ok=True)
        self.environment = {"FEEDSVC_SOURCES": str(folder / "sources.toml"), **environment}
        self.generation = 0
        self.publish()

    @property
    def store(self) -> Path:
        return self.data / "feedsvc.sqlite"

    def publish(self) -> None:
        """The next generation of the source, put in place at once."""
        self.generation += 1
        part = self.source.with_suffix(".part")
        part.write_bytes(calendar(self.generation))
        part.replace(self.source)

    def run(
        self, *words: str, fault: tuple[str, str] | None = None, kill_after: float | None = None
    ) -> tuple[int, str]:
        """Run a command to its end, or kill it after a while. Returns its exit code and what it said."""
        start = ["-m", "feedsvc"] if fault is None else ["-m", "tests.chaos.crash", *fault]
        known = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
        given = {
            "FEEDSVC_DATA_DIR": str(self.data),
            "FEEDSVC_CONFIG": str(ROOT / "config/feedsvc.toml"),
            "PYTHONPATH": str(ROOT),
        }
        process = subprocess.Popen(
            [sys.executable, *start, *words],
            cwd=ROOT,
            env={**known, **given, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            told, _ = process.communicate(timeout=PATIENCE_SECONDS if kill_after is None else kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            told, _ = process.communicate()
            assert kill_after is not None, f"{words} did not end: {told}"
        return process.returncode, told

    def ten_minutes_pass(self) -> None:
        """The claim of a process that was killed has run out."""
        with closing(sqlite3.connect(self.store)) as connection, connection:
            connection.execute("UPDATE source SET claimed_until = 1 WHERE claimed_until IS NOT NULL")

    def refresh(self) -> None:
        """A refresh that has to work."""
        code, told = self.run("refresh", "chaos")
        assert code == 0, told

    @contextmanager
    def serving(self, *more: str) -> Iterator[Server]:
        """The web process over the folder."""
        port = free_port()
        words = ["-m", "feedsvc", "serve", "--bind", f"127.0.0.1:{port}", *more]
        with started(self.data, words, port, **self.environment) as server:
            yield server

    def assert_sound(self) -> None:
        """The store is whole, and a refresh brings the present generation."""
        with sqlite3.connect(self.store) as connection:
            assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
        self.publish()
        self.refresh()


_NOTHING = (0, "", 0.0)
"""Of a path that was not answered yet: generation, UIDs, and since when that generation is known."""


class Prober:
    """Asks 20 times a second, over a connection each, and keeps what was wrong.

    `lag_seconds`: where several web processes answer, one may be that long behind another, as each looks by itself.
    """

    def __init__(self, port: int, lag_seconds: float = 0.0) -> None:
        self._port = port
        self._lag_seconds = lag_seconds
        self._stop = Event()
        self._known: dict[str, tuple[int, str, float]] = {}
        self.answers = self.unreached = 0
        self.wrong: list[str] = []
        self._thread = Thread(target=self._run, daemon=True)

    def __enter__(self) -> Prober:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_SECONDS)

    def newest(self, path: str = "/all.ics") -> int:
        """The generation that was last seen."""
        return self._known.get(path, _NOTHING)[0]

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(EVERY_SECONDS):
            number += 1
            path = PATHS[number % len(PATHS)]
            status, body = self._ask(path)
            if status == UNREACHED:
                self.unreached += 1
                continue
            self.answers += 1
            if fault := self._fault(path, status, body):
                self.wrong.append(f"request {number}: {path}: {fault}")

    def _ask(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return UNREACHED, b""
        finally:
            connection.close()

    def _fault(self, path: str, status: int, body: bytes) -> str | None:
        if status != 200:
            return f"{status} where a document was at hand"
        body = body.replace(b"\r\n ", b"")
        generations = set(map(int, re.findall(rb"generation (\d+)", body)))
        uids = re.findall(rb"UID:([^\r\n]+)" if path.endswith(".ics") else rb'"uid": ?"([^"]+)', body)
        if len(uids) != EVENTS or len(set(uids)) != EVENTS:
            return f"{len(uids)} events, {len(set(uids))} of them different, instead of {EVENTS}"
        if len(generations) != 1:
            return f"mixed generations {sorted(generations)}"
        (generation,) = generations
        before, uids_before, since = self._known.get(path, _NOTHING)
        told, now = hashlib.sha256(b"\n".join(sorted(uids))).hexdigest(), monotonic()
        self._known[path] = (max(generation, before), told, now if generation > before else since)
        if generation < before and now - since >= self._lag_seconds:
            return f"generation {generation} after {before}"
        return "other UIDs than before" if uids_before not in ("", told) else None


@contextmanager
def probed(server: Server, lag_seconds: float = 0.0) -> Iterator[Prober]:
    """The prober during a fault; at its end nothing may have been wrong."""
    with Prober(server.port, lag_seconds) as prober:
        yield prober
    sys.stdout.write(f"{prober.answers} answers, {len(prober.wrong)} wrong; {prober.unreached} times nobody answered\n")
    assert prober.wrong == [], prober.wrong[:5]
    assert prober.answers > 0


def hang_up(server: Server) -> None:
    """SIGHUP, which reloads."""
    with suppress(ProcessLookupError):
        server.process.send_signal(signal.SIGHUP)
