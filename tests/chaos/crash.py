"""feedsvc with a fault in it: `python -m tests.chaos.crash FAULT VALUE WORDS…` runs a command that meets it.

statement N   killed at the N-th statement that it sends to the store
commit N      killed right before its N-th commit
committed N   killed right after it
clock SECONDS its clock, as bootstrap reads it, is off by so much
file BYTES    it may write no file beyond this size: what a full disk does, for the sake of one process
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

from feedsvc import bootstrap
from feedsvc.cli.main import run


class Countdown:
    """Kills this process when it was called so often."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, *_: Any, **__: Any) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def at_commits(before: Countdown, after: Countdown) -> None:
    """Count commits where every dialect makes them."""
    commit = DefaultDialect.do_commit

    def counted(self: Any, connection: Any) -> None:
        before()
        commit(self, connection)
        after()

    DefaultDialect.do_commit = counted  # type: ignore[method-assign]


def shift(seconds: int) -> None:
    """Set the clock of this process."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz or UTC) + timedelta(seconds=seconds)

    bootstrap.datetime = Shifted  # type: ignore[misc]


def main() -> None:
    """Put the fault in, then run the command."""
    fault, value, *words = sys.argv[1:]
    never = Countdown(-1)
    match fault:
        case "statement":
            event.listen(Engine, "before_cursor_execute", Countdown(int(value)))
        case "commit":
            at_commits(Countdown(int(value)), never)
        case "committed":
            at_commits(never, Countdown(int(value)))
        case "clock":
            shift(int(value))
        case "file":
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(value), int(value)))
        case _:
            raise SystemExit(f"unknown fault {fault!r}")
    sys.argv = ["feedsvc", *words]
    run()


if __name__ == "__main__":
    main()
