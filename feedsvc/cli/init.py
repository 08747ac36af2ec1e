"""`feedsvc init`: make the store on purpose."""

from __future__ import annotations

import typer

from feedsvc.bootstrap import system_clock
from feedsvc.cli.common import config_of
from feedsvc.store.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(context: typer.Context) -> None:
    """Make a new, empty store where there is none."""
    config = config_of(context)
    store = Store(config.database_url, config.data_dir)
    store.init(system_clock())
    print(f"{store.name}: made a new store")
    store.close()
