"""The program `feedsvc`: find the command groups beside this file, turn errors into one line and an exit code.

Exit codes: 0 done, 1 the work failed, 2 the request or the configuration was wrong, 78 the store is newer than this
program.
"""

from __future__ import annotations

import errno
import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Annotated

import typer

import feedsvc
import feedsvc.cli
from feedsvc.cli.common import Options
from feedsvc.core.errors import ProgramTooOld, RequestError, WorkError

app = typer.Typer(
    help="Calendar feeds people subscribe to once: per country, per theme and every combination.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM}
"""Errors of a disk or of its rights: no fault of this program, so told without a traceback."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"feedsvc {feedsvc.__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="The configuration file.")] = None,
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Options that stand before any command."""
    context.obj = Options(config)


for _found in sorted(pkgutil.iter_modules(feedsvc.cli.__path__), key=lambda info: info.name):
    if _found.name not in ("main", "common", "server", "restarts"):
        importlib.import_module(f"feedsvc.cli.{_found.name}").register(app)


def run() -> None:
    """Run the program: its entry point."""
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        app()
    except RequestError as error:
        _fail(error, 2)
    except ProgramTooOld as error:
        _fail(error, 78)
    except WorkError as error:
        _fail(error, 1)
    except BrokenPipeError:
        # The reader of the output (head, less) has closed it.
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _fail(f"{place}{error.strerror}; make room, or let the user of this program write there: feedsvc doctor", 1)


def _fail(error: Exception | str, code: int) -> None:
    print(f"feedsvc: {error}".replace("\n", "\nfeedsvc: "), file=sys.stderr)
    sys.exit(code)
