"""`feedsvc check-config`: is the configuration right?"""

from __future__ import annotations

import typer

from feedsvc.cli.common import config_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check-config")(check_config)


def check_config(context: typer.Context) -> None:
    """Read the configuration and say what is wrong with it, all at once."""
    config = config_of(context)
    print(f"{config.file}: right; {len(config.sources)} sources, {len(config.themes.all)} themes")
