"""Shared by the commands: the options before them, the services they work with, tables and progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from feedsvc.bootstrap import Runtime, load_config, make_runtime
from feedsvc.cli.restarts import Pauses
from feedsvc.config.loader import Config
from feedsvc.core.errors import ProgramTooOld, StoreUnavailable, StoreUnfit

_WIDEST = 100_000
"""Characters of a line where no terminal sets the width."""


AllowOlder = Annotated[
    bool, typer.Option("--allow-older", help="Go on with a store that a newer version, or newer time zone data, wrote.")
]


Started = TypeVar("Started")


class Output(StrEnum):
    """A format in which a command prints what it found."""

    TABLE = "table"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Options:
    """The options before any command."""

    config_file: Path | None = None


def config_of(context: typer.Context) -> Config:
    """The configuration that was asked for. Raises ConfigError."""
    return load_config(context.obj.config_file)


@contextmanager
def runtime(context: typer.Context, *, patient: bool = False) -> Iterator[Runtime]:
    """Everything wired, closed at the end. `patient`: wait for a store that is away, and look for damage."""
    config = config_of(context)
    wired = wait_for_store(lambda: make_runtime(config)) if patient else make_runtime(config)
    if patient:
        wired.store.examine()
    try:
        yield wired
    finally:
        wired.close()


@contextmanager
def writing_runtime(context: typer.Context, *, allow_older: bool = False, patient: bool = False) -> Iterator[Runtime]:
    """The same for what refreshes, renders or decides. Raises ProgramTooOld where a newer program wrote the store."""
    with runtime(context, patient=patient) as wired:
        wired.take_over(allow_older=allow_older)
        yield wired


def wait_for_store(start: Callable[[], Started]) -> Started:
    """Start, as soon as the store answers. Raises StoreUnfit, ProgramTooOld: waiting would not help."""
    pauses = Pauses()
    while True:
        try:
            return start()
        except (StoreUnfit, ProgramTooOld):
            raise
        except StoreUnavailable as error:
            pause = pauses.next(0.0)
            print(f"feedsvc: {error}; trying again in {pause:.0f} s", file=sys.stderr, flush=True)
            Event().wait(pause)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table, unless it is empty; text from sources is shown as it is, never taken for markup.

    On a terminal it fits its width; elsewhere, as in a pipe, each row is one line.
    """
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = _WIDEST
    with console.capture() as shown:
        console.print(table)
    print("\n".join(line.rstrip() for line in shown.get().splitlines()))


def counted(number: int, word: str) -> str:
    """Return a number with its noun: "1 event", "2 events"."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
