"""`feedsvc holds`: changes that wait, to be looked at, applied or kept back, whole or event by event."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from feedsvc.cli.admin import command_line
from feedsvc.cli.common import counted, print_table, runtime, writing_runtime
from feedsvc.cli.refresh import field_line
from feedsvc.core.cures import in_own_words
from feedsvc.core.diff import field_changes, when_in_words
from feedsvc.core.guard import MISSING, SERVED
from feedsvc.refresh import apply_holds, ask_again, find_holds, keep_holds
from feedsvc.store.holds import HoldRow

Target = Annotated[str, typer.Argument(metavar="ID|SOURCE", help="A hold's number, or a source: all its open holds.")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="UID", help="Only this event; may be repeated.")]

holds = typer.Typer(help="Changes that wait: look, apply, keep back.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(holds, name="holds")


@holds.command("list")
def list_holds(context: typer.Context) -> None:
    """List what is held, and what was decided lately."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            found = snapshot.holds.all()
        rows = [
            (
                str(one.id),
                one.source_id or "(served)",
                "open" if one.ended_at is None else "decided",
                f"{one.made_at:%Y-%m-%d %H:%M}",
                f"{one.waiting} of {one.changes}",
                one.reason,
            )
            for one in found
        ]
        print_table(("hold", "source", "state", "since, UTC", "waiting", "why"), rows)
        print(f"{sum(one.ended_at is None for one in found)} held")


@holds.command("show")
def show(context: typer.Context, target: Target) -> None:
    """Show what is held, event by event: as it is and as it would be."""
    with runtime(context) as wired, wired.store.read() as snapshot:
        decided = snapshot.holds.get(int(target)) if target.isdecimal() else None
        for hold in [decided] if decided is not None else find_holds(snapshot, target):
            print(f"{hold.id}: {hold.source_id or 'what is served'}: {hold.reason}")
            rows = snapshot.holds.rows(hold.id)
            words = in_own_words((row.before, row.sighting.after) for row in rows)
            if words is not None:
                print(f"In its own words: {words[0] or 'nothing'} → {words[1] or 'nothing'}")
            for row in rows:
                _print_row(row)
            if hold.ended_at is not None:
                print(f"\ndecided on {_moment(hold.ended_at)} UTC")
                continue
            if hold.cause == SERVED:
                print("\nNothing of it is applied until somebody decides.")
            else:
                span = "24 hours" if hold.cause == MISSING else "24 hours (whole days) or 7 days"
                print(f"\nUnless decided: believed after three readings that say the same over {span}.")
            for cure in hold.cures:
                effect = f"{cure.cured} of these {cure.held} changes vanish"
                print(f"With {cure.key} = {cure.value!r} set for the source, {effect}.")
            print(f"If this is right: feedsvc holds apply {hold.id}")
            print(f"If it is not:     feedsvc holds keep {hold.id}")


@holds.command("apply")
def apply(context: typer.Context, target: Target, only: Only = None) -> None:
    """Apply what is held as it was read, without fetching again."""
    with writing_runtime(context) as wired:
        done = apply_holds(wired.refresh_context, target, command_line(), only or ())
        print(
            f"{target}: {counted(done.events, 'event')} changed"
            + (f" (edition {done.edition})" if done.edition else "")
        )


@holds.command("keep")
def keep(context: typer.Context, target: Target, only: Only = None) -> None:
    """Keep what is served and turn down what is held; the same is then kept back without asking again."""
    with writing_runtime(context) as wired:
        done = keep_holds(wired.refresh_context, target, command_line(), only or ())
        print(f"{target}: {counted(done.events, 'event')} kept as before, until the source says something else")


@holds.command("ask")
def ask(context: typer.Context, target: Target, only: Only = None) -> None:
    """Ask again about what was kept back: it waits for a decision, or for time, which counts from now."""
    with writing_runtime(context) as wired:
        done = ask_again(wired.refresh_context, target, command_line(), only or ())
        print(f"{target}: {counted(done.events, 'event')} wait again")


@holds.command("reject")
def reject(context: typer.Context, target: Target, only: Only = None) -> None:
    """Do the same as `keep`, under its former name."""
    keep(context, target, only)


def _print_row(row: HoldRow) -> None:
    seen, before = row.sighting, row.before
    print(f"\n  {when_in_words(before.span)}  {before.summary}")
    if seen.after is None:
        print("      no longer listed")
    else:
        for change in field_changes(before, seen.after):
            print(field_line(*change))
    times = "once" if seen.times_seen == 1 else f"{seen.times_seen} times"
    print(f"      {seen.uid}; said {times}, {_moment(seen.first_at)} to {_moment(seen.seen_at)} UTC")
    if seen.decision is not None:
        print(
            f"      {seen.decision}" + (f" by {row.by}" if row.by else "") + (f", {_moment(row.at)}" if row.at else "")
        )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
