"""`feedsvc check-config` and `feedsvc doctor`: is the configuration right, and is everything else?"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from feedsvc.bootstrap import load_config, monotonic, system_clock
from feedsvc.cli.common import Output, config_of, counted, print_table
from feedsvc.services.doctor import FAULT, diagnose


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("check-config")(check_config)
    app.command()(doctor)


def check_config(context: typer.Context) -> None:
    """Read the configuration and say what is wrong with it, all at once."""
    config = config_of(context)
    found = f"{counted(len(config.sources), 'source')}, {counted(len(config.themes.all), 'theme')}"
    print(f"{config.file}: right; {found}")


def doctor(
    context: typer.Context, form: Annotated[Output, typer.Option("--format", help="How to print.")] = Output.TABLE
) -> None:
    """Look at everything the service stands on, and say what to do; ends with 1 where something is wrong."""
    checks = diagnose(lambda: load_config(context.obj.config_file), system_clock, monotonic)
    if form is Output.JSON:
        told = [{"part": one.part, "state": one.state, "fact": one.fact, "remedy": one.remedy} for one in checks]
        print(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        print_table(("part", "state", "what is so; what to do"), [(one.part, one.state, one.line) for one in checks])
    if any(one.state == FAULT for one in checks):
        raise typer.Exit(1)
