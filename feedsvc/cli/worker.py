"""`feedsvc worker`: the process that refreshes sources when they are due."""

from __future__ import annotations

import logging
import os
import signal
import sys
from threading import Thread
from typing import Annotated

import typer

from feedsvc.cli.common import AllowOlder, config_of, wait_for_store
from feedsvc.worker import RESTART, run_worker


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(
    context: typer.Context,
    with_input: Annotated[bool, typer.Option("--with-input", help="End when standard input does.")] = False,
    allow_older: AllowOlder = False,
) -> None:
    """Refresh sources when they are due, until SIGTERM; SIGHUP reads the configuration again."""
    if with_input:
        Thread(target=_end_with_input, name="input", daemon=True).start()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    for name in ("apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    config = config_of(context)
    code = wait_for_store(lambda: run_worker(config, context.obj.config_file, allow_older=allow_older))
    if code == RESTART:
        arguments = (argument for argument in sys.argv[1:] if argument != "--allow-older")
        os.execv(sys.executable, [sys.executable, "-m", "feedsvc", *arguments])  # noqa: S606
    # Not `sys.exit`: that would wait for threads that were given up.
    logging.shutdown()
    os._exit(code)


def _end_with_input() -> None:
    """End with `up`, which holds the other end and never writes: else this worker would keep its old configuration."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
