"""What the commands share: the options before them, the services they work with, tables and progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from feedsvc.bootstrap import Services, load_config, make_services
from feedsvc.config import Config


class Output(StrEnum):
    """How a command prints what it found."""

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
def services(context: typer.Context) -> Iterator[Services]:
    """Everything wired, closed at the end."""
    wired = make_services(config_of(context))
    try:
        yield wired
    finally:
        wired.close()


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A plain table; text from sources is shown as it is, never taken for markup."""
    table = Table(*headings, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False, emoji=False, soft_wrap=False).print(table)
