"""`feedsvc publish`: feeds as files, into a directory or a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from feedsvc.cli.common import runtime
from feedsvc.core.errors import RequestError, WorkError
from feedsvc.publish.run import Report, publish_changes

_FAULTS_TOLD = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish_command)


def publish_command(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(metavar="[TARGET]", help="A directory, or s3://, gs://, az://; else [publish] target."),
    ] = None,
) -> None:
    """Write every feed that changed since the last time as a file, in every format, and its .gz."""
    with runtime(context) as wired, _progress() as progress:
        chosen = target or wired.config.settings.publish.target
        if not chosen:
            raise RequestError("missing target; name a directory or a bucket, or set [publish] target")
        report = publish_changes(wired.exports, chosen, wired.config.settings.feeds.max_age, progress)
    print(f"{chosen}: {told(report)}")
    if report.faults:
        shown = "\n".join(report.faults[:_FAULTS_TOLD])
        raise WorkError(f"{len(report.faults)} feeds are invalid and kept their old files:\n{shown}")


def told(report: Report) -> str:
    """One line on what a run did."""
    written = f"{report.written} written ({report.written_bytes / 1e6:.1f} MB), " if report.written else ""
    return f"edition {report.edition}: {written}{report.fresh + report.same} of {report.files} unchanged"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("publishing", total=None)
        yield lambda done, everything: bar.update(task, completed=done, total=everything)
