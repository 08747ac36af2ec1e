"""`feedsvc holds`: refreshes that were held back, to be looked at, applied or rejected."""

from __future__ import annotations

from typing import Annotated

import typer

from feedsvc.cli.common import print_table, runtime, writing_runtime
from feedsvc.cli.refresh import print_difference, told
from feedsvc.core.errors import RequestError
from feedsvc.refresh import apply_hold, reject_hold
from feedsvc.store.holds import Hold

Name = Annotated[str, typer.Argument(metavar="SOURCE", help="The source whose refresh is held.")]

holds = typer.Typer(help="Refreshes that were held back: look, apply, reject.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(holds, name="holds")


@holds.command("list")
def list_holds(context: typer.Context) -> None:
    """List what is held, and what was rejected."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            found = snapshot.holds.all()
        rows = [
            (one.source_id, one.state, f"{one.seen_at:%Y-%m-%d %H:%M}", str(one.times_seen), one.reason)
            for one in found
        ]
        if rows:
            print_table(("source", "state", "last seen, UTC", "times", "why"), rows)
        print(f"{sum(one.state == 'open' for one in found)} held")


@holds.command("show")
def show(context: typer.Context, source: Name) -> None:
    """Show what a held refresh would change."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            hold = snapshot.holds.open(source)
        if hold is None:
            raise RequestError(f"nothing of source {source!r} is held; feedsvc holds list shows what is")
        _print_hold(hold)


@holds.command("apply")
def apply(context: typer.Context, source: Name) -> None:
    """Apply a held refresh as it was read, without fetching again."""
    with writing_runtime(context) as wired:
        print(told(apply_hold(wired.refresh_context, wired.source(source))))


@holds.command("reject")
def reject(context: typer.Context, source: Name) -> None:
    """Reject a held refresh; the same is then held without asking again."""
    with writing_runtime(context) as wired:
        hold = reject_hold(wired.refresh_context, source, wired.clock())
        print(f"{source}: rejected: {hold.reason}; what was there before is still served")


def _print_hold(hold: Hold) -> None:
    print(f"{hold.source_id}: {hold.reason}")
    print(_seen(hold))
    print_difference(hold.difference)
    print(f"\nIf this is right: feedsvc holds apply {hold.source_id}")
    print(f"If it is not:     feedsvc holds reject {hold.source_id}")


def _seen(hold: Hold) -> str:
    first, last = (f"{moment:%Y-%m-%d %H:%M}" for moment in (hold.made_at, hold.seen_at))
    return f"seen once, {first} UTC" if hold.times_seen == 1 else f"seen {hold.times_seen} times, {first} to {last} UTC"
