"""`feedsvc render`: stored events written again, as this program and its settings write them today."""

from __future__ import annotations

import typer

from feedsvc.cli.common import AllowOlder, counted, writing_runtime
from feedsvc.cli.refresh import progress
from feedsvc.refresh.render import render_stale


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(render)


def render(context: typer.Context, allow_older: AllowOlder = False) -> None:
    """Write every stored event as it is written today; the worker does so by itself when it starts."""
    with writing_runtime(context, allow_older=allow_older) as wired, progress("render") as tell:
        done = render_stale(wired.refresh_context, lambda seen: tell(counted(seen, "event")))
    print(f"{counted(done.seen, 'event')} looked at, {done.changed:,} of them changed")
