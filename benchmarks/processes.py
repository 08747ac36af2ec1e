"""Processes that are measured: started apart, awaited until they answer, and ended by their number, nobody else's.

Everything listens on the loopback address only. The proxies of the environment are not for them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from benchmarks.cpu import cpu_seconds

HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 15


class NotStarted(Exception):
    """A process did not answer; says why in one line."""


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


class Process:
    """A server or worker, with all that it starts. To be used in a `with`. `log` takes what it prints."""

    def __init__(
        self, command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None, port: int = 0
    ) -> None:
        self.log = log
        self.port = port
        self._command = [str(part) for part in command]
        self._environment = _clean_environment() | dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The number of the process itself; those it started are below it."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """True while it has not ended."""
        return self._process is not None and self._process.poll() is None

    def cpu_seconds(self) -> float:
        """Processor time until now, with all below it."""
        return cpu_seconds(self.pid)

    def wait(self, seconds: float) -> int:
        """Wait until it has ended. Returns its exit code. Raises TimeoutExpired."""
        assert self._process is not None
        return self._process.wait(seconds)

    def last_words(self) -> str:
        """The last line it printed."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else "it printed nothing"

    def __enter__(self) -> Process:
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment,
                cwd=self.log.parent,
            )
        if self.port:
            try:
                self._await_port()
            except NotStarted:
                self.stop()
                raise
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask it to end; after a while, make it."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _await_port(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running:
                raise NotStarted(f"{Path(self._command[0]).name} ended at once: {self.last_words()}")
            try:
                with socket.create_connection((HOST, self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise NotStarted(f"{Path(self._command[0]).name} did not listen within {START_SECONDS} s: {self.last_words()}")


def _clean_environment() -> dict[str, str]:
    """Without settings of ours that the caller happens to have, and without proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FEEDSVC_") and not name.lower().endswith("_proxy")
    }
