"""`feedsvc refresh`, `render`, `captures`: read sources now; write what is stored, and read what was kept, again."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from feedsvc.cli.common import AllowOlder, counted, print_table, runtime, writing_runtime
from feedsvc.core.diff import Difference
from feedsvc.core.errors import RequestError, WorkError
from feedsvc.core.secrets import masked_text
from feedsvc.refresh import Outcome, refresh, replay
from feedsvc.refresh import dry_run as dry_run_refresh
from feedsvc.refresh.render import read_again, render_stale
from feedsvc.store.captures import Capture
from feedsvc.store.store import Snapshot

CHANGES = ("new", "changed", "missing", "cancelled", "returned", "dropped", "rewritten", "rejected")
"""Counts of a run, in the order in which they are told."""
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

Name = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's id.")]
Number = Annotated[
    int | None, typer.Argument(metavar="[NUMBER]", help="The capture's number; the last when none is given.")
]

captures = typer.Typer(help="What sources sent: list it, look at it, read it again.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("refresh")(refresh_command)
    app.command()(render)
    app.add_typer(captures, name="captures")


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
        with wired.store.read() as snapshot:
            paused = set() if sources else {one.id for one in snapshot.sources.states() if one.paused_at is not None}
        for source_id in sorted(paused):
            print(f"{source_id}: paused; feedsvc sources resume {source_id}, or name it to read it once")
        named = [wired.source(name) for name in sources or ()]
        chosen = named or [source for source in wired.config.sources if source.id not in paused]
        bad = []
        for source in chosen:
            with progress(source.id) as tell:
                outcome = (
                    dry_run_refresh(wired.refresh_context, source, tell)
                    if dry_run
                    else refresh(wired.refresh_context, source, allow_shrink=allow_shrink, tell=tell)
                )
            if dry_run:
                print_outcome(outcome)
            else:
                print(told(outcome), flush=True)
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
    counts = ", ".join(f"{number} {name}" for name in CHANGES if (number := getattr(run, name)))
    why = f": {run.message}" if run.message else ""
    figures = ", ".join(filter(None, (f"{run.listings} listings", counts)))
    return f"{run.source_id}: {run.outcome}{why} ({figures}; {run.took_ms} ms)"


def print_outcome(outcome: Outcome) -> None:
    """Print what would come of a refresh: each event with its fate, a changed one field by field."""
    print(told(outcome), flush=True)
    if outcome.changes is None:
        return
    difference = Difference.of(outcome.changes)
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


def render(context: typer.Context, allow_older: AllowOlder = False) -> None:
    """Write every stored event as it is written today; the worker does so by itself when it starts."""
    with writing_runtime(context, allow_older=allow_older) as wired, progress("render") as tell:
        read_again(wired.refresh_context, wired.config.sources, lambda seen: tell(counted(seen, "source")))
        done = render_stale(wired.refresh_context, lambda seen: tell(counted(seen, "event")))
    print(f"{counted(done.seen, 'event')} looked at, {done.changed:,} of them changed")


@captures.command("list")
def list_captures(
    context: typer.Context, name: Annotated[str | None, typer.Argument(metavar="[SOURCE]")] = None
) -> None:
    """List what is kept of a source, or of all, the newest first."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            found = snapshot.captures.all(name)
        rows = [
            (
                str(one.id),
                one.source_id,
                f"{one.asked_at:%Y-%m-%d %H:%M}",
                str(one.pages),
                str(one.bytes),
                one.digest[:8],
            )
            for one in found
        ]
        print_table(("number", "source", "asked, UTC", "pages", "bytes kept", "digest"), rows)


@captures.command("show")
def show_capture(
    context: typer.Context,
    name: Name,
    number: Number = None,
    page: Annotated[int | None, typer.Option("--page", min=1, help="Print this page, with secrets cut.")] = None,
) -> None:
    """List the pages of a capture, or print one of them."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            pages = snapshot.captures.pages(_capture(snapshot, name, number).id)
        if page is None:
            rows = [
                (str(at), one.address or "its file", one.content_type, str(len(one.content)), one.digest[:8])
                for at, one in enumerate(pages, 1)
            ]
            print_table(("page", "address", "type", "bytes", "digest"), rows)
        elif page > len(pages):
            raise RequestError(f"{name}: page {page} is missing; the capture has {len(pages)}")
        else:
            charset = pages[page - 1].charset or "utf-8"
            try:
                text = pages[page - 1].content.decode(charset, "replace")
            except LookupError:
                text = pages[page - 1].content.decode("utf-8", "replace")
            print(masked_text(text))


@captures.command("replay")
def replay_command(context: typer.Context, name: Name, number: Number = None) -> None:
    """Read a capture again by today's rules, and show what that would change; nothing is written."""
    with runtime(context) as wired:
        source = wired.source(name)
        with wired.store.read() as snapshot:
            capture = _capture(snapshot, name, number)
        print_outcome(replay(wired.refresh_context, source, capture))


def _capture(snapshot: Snapshot, name: str, number: int | None) -> Capture:
    known = snapshot.captures.all(name)
    found = next((one for one in known if number in (None, one.id)), None)
    if found is None:
        numbers = ", ".join(str(one.id) for one in known) or "none"
        which = "" if number is None else f" {number}"
        raise RequestError(f"{name}: unknown capture{which} (known: {numbers})")
    return found
