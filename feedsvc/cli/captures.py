"""`feedsvc captures`: what sources sent, as it was kept: list it, look at it, read it again."""

from __future__ import annotations

from typing import Annotated

import typer

from feedsvc.cli.common import print_table, runtime
from feedsvc.cli.refresh import print_difference, told
from feedsvc.core.diff import Difference
from feedsvc.core.errors import RequestError
from feedsvc.core.secrets import masked_text
from feedsvc.refresh.replay import replay
from feedsvc.store.captures import Capture
from feedsvc.store.store import Snapshot

Name = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's id.")]
Number = Annotated[
    int | None, typer.Argument(metavar="[NUMBER]", help="The capture's number; the last when none is given.")
]

captures = typer.Typer(help="What sources sent: list it, look at it, read it again.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(captures, name="captures")


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
def show(
    context: typer.Context,
    name: Name,
    number: Number = None,
    page: Annotated[int | None, typer.Option("--page", min=1, help="Print this page, with secrets cut.")] = None,
) -> None:
    """List the pages of a capture, or print one of them."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            pages = snapshot.captures.pages(_found(snapshot, name, number).id)
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
            capture = _found(snapshot, name, number)
            pages = snapshot.captures.pages(capture.id)
        outcome = replay(wired.refresh_context, source, pages, capture.asked_at)
        print(told(outcome))
        if outcome.changes is not None:
            print_difference(Difference.of(outcome.changes))


def _found(snapshot: Snapshot, name: str, number: int | None) -> Capture:
    known = snapshot.captures.all(name)
    found = next((one for one in known if number in (None, one.id)), None)
    if found is None:
        numbers = ", ".join(str(one.id) for one in known) or "none"
        which = "" if number is None else f" {number}"
        raise RequestError(f"{name}: unknown capture{which} (known: {numbers})")
    return found
