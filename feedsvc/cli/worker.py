"""`feedsvc worker`: the process that refreshes sources when they are due."""

from __future__ import annotations

import logging
import os
import sys

import typer

from feedsvc.cli.common import config_of
from feedsvc.worker import run_worker


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(worker)


def worker(context: typer.Context) -> None:
    """Refresh sources when they are due, until SIGTERM; SIGHUP reads the configuration again."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    for name in ("apscheduler", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    code = run_worker(config_of(context), context.obj.config_file)
    # Not `sys.exit`: that would wait for threads that were given up.
    logging.shutdown()
    os._exit(code)
