"""Real servers on loopback, each a process of its own, ended by its number."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.sample import ROOT

PATIENCE_SECONDS = 60.0
"""Longer than anything takes even on a busy machine; reached only when something is wrong."""


def free_port() -> int:
    """A port that nobody listens at now."""
    with closing(socket.socket()) as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, f"waited too long: {what}"
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    """The processes that a process started and that still run, and theirs."""
    found = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in tasks.read_text().split()]
    return [*found, *(grandchild for child in found for grandchild in children(child))]


def is_running(pid: int) -> bool:
    """Whether a process runs; one that ended and was not yet asked for does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def command(pid: int) -> str:
    """The command line of a process."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


class Server:
    """A running server: where it is, what it printed, how to ask it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """A whole answer over a connection of its own; header names in lower case."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)) as connection:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    def is_open(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.ask("/healthz/ready")[0] == 200
        return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it as its keeper would. Returns its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def started(folder: Path, words: list[str], port: int, **environment: str) -> Iterator[Server]:
    """A server over a data folder. Whatever happens, none of its processes is left."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("FEEDSVC_", "PROMETHEUS_"))}
    given = {
        "FEEDSVC_DATA_DIR": str(folder),
        "FEEDSVC_CONFIG": str(ROOT / "config/feedsvc.toml"),
        "PYTHONPATH": str(ROOT),
    }
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env={**known, **given, **environment}, stdout=output, stderr=output
        )
    server, seen = Server(process, port, log), [process.pid]
    try:
        until(lambda: server.is_open() or process.poll() is not None, f"{words} to serve; {server.printed()}")
        assert process.poll() is None, server.printed()
        yield server
    finally:
        seen += children(process.pid)
        for pid in seen:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
