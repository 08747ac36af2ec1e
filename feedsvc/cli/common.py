"""Shared by the commands: the options before them, the services they work with, tables and progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from feedsvc.bootstrap import Runtime, load_config, make_runtime
from feedsvc.config.loader import Config

_WIDEST = 100_000
"""Characters of a line where no terminal sets the width."""


AllowOlder = Annotated[
    bool, typer.Option("--allow-older", help="Go on with a store that a newer version, or newer time zone data, wrote.")
]


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
def runtime(context: typer.Context) -> Iterator[Runtime]:
    """Everything wired, closed at the end."""
    wired = make_runtime(config_of(context))
    try:
        yield wired
    finally:
        wired.close()


@contextmanager
def writing_runtime(context: typer.Context, *, allow_older: bool = False) -> Iterator[Runtime]:
    """The same for what refreshes, renders or decides. Raises ProgramTooOld where a newer program wrote the store."""
    with runtime(context) as wired:
        wired.take_over(allow_older=allow_older)
        yield wired


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
