"""`feedsvc refresh`: read sources now."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from feedsvc.bootstrap import Runtime
from feedsvc.cli.common import AllowOlder, writing_runtime
from feedsvc.config.loader import Source
from feedsvc.core.diff import Difference
from feedsvc.core.errors import WorkError
from feedsvc.refresh import Outcome, refresh
from feedsvc.refresh import dry_run as dry_run_refresh
from feedsvc.refresh.render import render_stale

_PARTS = {
    "missing": "no longer listed; cancelled if the next complete refresh does not list them either",
    "cancelled": "not listed a second time; struck out in calendars, and kept for 30 days",
    "returned": "listed again after they were cancelled",
    "dropped": "cancelled 30 days ago; they leave the calendars",
}
_FIELDS = {
    "span": "when",
    "event_type": "type",
    "codes": "doubts",
    "listed": "listed as",
    "places": "places not known",
    "copies": "times listed",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("refresh")(refresh_command)


def refresh_command(
    context: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="All that are not paused when none is named.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="Apply it however many events it removes, if it was read whole.")
    ] = False,
    allow_older: AllowOlder = False,
) -> None:
    """Read sources now, and say what changed."""
    with writing_runtime(context, allow_older=allow_older) as wired, _ended_like_ctrl_c():
        if not dry_run:
            render_stale(wired.refresh_context)
        chosen = [wired.source(name) for name in sources] if sources else _not_paused(wired)
        bad = []
        for source in chosen:
            with progress(source.id) as tell:
                outcome = (
                    dry_run_refresh(wired.refresh_context, source, tell)
                    if dry_run
                    else refresh(wired.refresh_context, source, allow_shrink=allow_shrink, tell=tell)
                )
            print(told(outcome), flush=True)
            if dry_run and outcome.changes is not None:
                print_difference(Difference.of(outcome.changes))
            if outcome.run.outcome not in ("applied", "unchanged", "dry-run"):
                bad.append(source.id)
        if bad:
            raise WorkError(f"not refreshed: {', '.join(bad)}; what was there before is still served")


@contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """Make SIGTERM end a refresh as Ctrl-C does: it gives its claim back, so the source may be read again at once."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _not_paused(wired: Runtime) -> list[Source]:
    with wired.store.read() as snapshot:
        paused = {state.id for state in snapshot.sources.states() if state.paused_at is not None}
    for source_id in sorted(paused):
        print(f"{source_id}: paused; feedsvc sources resume {source_id}, or name it to read it once")
    return [source for source in wired.config.sources if source.id not in paused]


@contextmanager
def progress(name: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done and for how long, on a terminal; elsewhere nothing."""
    console = Console(stderr=True, markup=False, emoji=False)
    if not console.is_terminal:
        yield lambda _words: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task(name, total=None)
        yield lambda words: shown.update(task, description=f"{name}: {words}")


def told(outcome: Outcome) -> str:
    """Return one line on what came of a refresh."""
    run = outcome.run
    counts = ", ".join(
        f"{number} {name}"
        for name, number in (
            ("new", run.new),
            ("changed", run.changed),
            ("missing", run.missing),
            ("cancelled", run.cancelled),
            ("returned", run.returned),
            ("dropped", run.dropped),
            ("rewritten", run.rewritten),
            ("rejected", run.rejected),
        )
        if number
    )
    why = f": {run.message}" if run.message else ""
    figures = ", ".join(filter(None, (f"{run.listings} listings", counts)))
    return f"{run.source_id}: {run.outcome}{why} ({figures}; {run.took_ms} ms)"


def print_difference(difference: Difference) -> None:
    """Print each event with its fate; a changed one field by field."""
    for name, part in difference.parts():
        print(f"\n{name}: {part.count}" + (f" ({_PARTS[name]})" if name in _PARTS else ""))
        for line in part.lines:
            print(f"  {line.when}  {line.summary}")
            for change in line.fields:
                print(field_line(*change))
        if part.count > len(part.lines):
            print(f"  and {part.count - len(part.lines)} more")
    print(f"\nunchanged: {difference.unchanged}")


def field_line(name: str, before: str, after: str) -> str:
    """Return one line on a field that changed."""
    return f"      {_FIELDS.get(name, name)}: {before or 'nothing'} → {after or 'nothing'}"
