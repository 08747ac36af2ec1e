"""`feedsvc check-config`: is the configuration right?"""

from __future__ import annotations

import typer

from feedsvc.cli.common import config_of, counted


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check-config")(check_config)


def check_config(context: typer.Context) -> None:
    """Read the configuration and say what is wrong with it, all at once."""
    config = config_of(context)
    found = f"{counted(len(config.sources), 'source')}, {counted(len(config.themes.all), 'theme')}"
    print(f"{config.file}: right; {found}")
