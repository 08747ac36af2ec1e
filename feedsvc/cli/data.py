"""`feedsvc events`, `findings`, `bundles`, `feed`, `publish`: what is in the store, and feeds as files."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from feedsvc.bootstrap import Runtime
from feedsvc.cli.common import Output, counted, print_table, runtime
from feedsvc.core.errors import RequestError, WorkError
from feedsvc.core.findings import MEANINGS
from feedsvc.core.model import Record
from feedsvc.feeds.exports import large_feeds
from feedsvc.feeds.spec import make_spec
from feedsvc.publish.run import Report, publish_changes
from feedsvc.refresh.merging import join, keep_apart

_LARGE_FEED = {"source_id": "", "uid": None, "summary": None, "code": "feed-too-large", "line": None}
"""A large feed as a finding: of no source and no event; its `detail` and `task` are missing."""

Format = Annotated[Output, typer.Option("--format", help="How to print.")]


One = Annotated[str, typer.Argument(metavar="ID", help="The event's id: what stands in its address.")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="The other event's id.")]

_events = typer.Typer(help="List the events; say which of two sources are one.", invoke_without_command=True)

_bundles = typer.Typer(help="Look after the choices that visitors saved.", no_args_is_help=True)
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The last part of its address.")]
_FAULTS_TOLD = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_events, name="events")
    app.command()(findings)
    app.command()(feed)
    app.command("publish")(publish_command)
    app.add_typer(_bundles, name="bundles")


@_events.callback()
def events(
    context: typer.Context,
    country: Annotated[str | None, typer.Option(metavar="CC", help="Only this country's.")] = None,
    region: Annotated[str | None, typer.Option(metavar="R", help="Also this region's.")] = None,
    theme: Annotated[str | None, typer.Option(metavar="T", help="Only this theme's.")] = None,
    year: Annotated[str | None, typer.Option(metavar="Y", help="Only this year's.")] = None,
    form: Format = Output.TABLE,
) -> None:
    """List the events."""
    if context.invoked_subcommand is not None:
        return
    with runtime(context) as wired:
        records = _records(wired, {"country": country, "region": region, "theme": theme, "year": year})
        _tell_if_never_read(wired)
        if form is Output.JSON:
            print(json.dumps([_as_json(wired, record) for record in records], ensure_ascii=False, indent=1))
            return
        rows = [
            (
                f"{record.event.span.local_start:%Y-%m-%d}"
                + ("" if record.event.span.all_day else f"{record.event.span.local_start: %H:%M}"),
                ",".join(record.event.countries),
                record.event.summary,
                record.status.value if record.status != "confirmed" else "",
            )
            for record in records
        ]
        print_table(("start", "where", "title", ""), rows)
        print(counted(len(records), "event"))


@_events.command("same")
def same(context: typer.Context, one: One, other: Other) -> None:
    """Make one event of two that two sources list."""
    with runtime(context) as wired:
        print(f"one event now: {join(wired.refresh_context, (one, other), 'command')}")


@_events.command("not-same")
def not_same(context: typer.Context, one: One, other: Other) -> None:
    """Keep two events apart for good, also when they were made one."""
    with runtime(context) as wired:
        print(f"an event of its own: {keep_apart(wired.refresh_context, (one, other), 'command')}")


def _tell_if_never_read(wired: Runtime) -> None:
    """Warn that an empty store need not mean that there are no events."""
    with wired.store.read() as snapshot:
        never_read = all(state.refreshed_at is None for state in snapshot.sources.states())
    if never_read:
        print("feedsvc: no source was read yet; read them with: feedsvc refresh", file=sys.stderr)


def _records(wired: Runtime, asked: dict[str, str | None]) -> list[Record]:
    """The events asked for: those of a feed in its order, or all in the order they were listed."""
    with wired.store.read() as snapshot:
        if not any(asked.values()):
            return list(snapshot.events.all())
        vocabulary = wired.documents.vocabulary()
        wanted = {name: (vocabulary.canonical(name, value),) for name, value in asked.items() if value}
        return snapshot.feeds.records(make_spec(wanted).by_dimension)


def _as_json(wired: Runtime, record: Record) -> dict[str, Any]:
    event, span = record.event, record.event.span
    source = wired.config.source(record.source_id)
    return {
        "uid": record.uid,
        "title": event.title,
        "summary": event.summary,
        "themes": list(event.themes),
        "countries": list(event.countries),
        "listed": event.listed,
        "local_start": f"{span.local_start:%Y-%m-%d}" if span.all_day else f"{span.local_start:%Y-%m-%dT%H:%M}",
        "zone": span.zone,
        "start_utc": f"{span.start:%Y-%m-%dT%H:%M:%SZ}",
        "end_utc": None if span.end is None else f"{span.end:%Y-%m-%dT%H:%M:%SZ}",
        "all_day": span.all_day,
        "status": record.status.value,
        "sequence": record.sequence,
        "copies": event.copies,
        "findings": list(event.codes),
        "source": record.source_id,
        "source_url": event.link or (source.common.url if source else None),
    }


def findings(context: typer.Context, form: Format = Output.TABLE) -> None:
    """List what is doubtful in the data."""
    with runtime(context) as wired:
        _tell_if_never_read(wired)
        with wired.store.read() as snapshot:
            large = ({**_LARGE_FEED, "detail": one.told, "task": one.is_task} for one in large_feeds(snapshot))
            found = [*snapshot.feeds.findings(), *large]
        if form is Output.JSON:
            print(json.dumps(found, ensure_ascii=False, indent=1))
            return
        rows = [
            (
                one["code"],
                one["source_id"],
                "" if one["line"] is None else str(one["line"]),
                one["summary"] or one["detail"],
            )
            for one in found
        ]
        print_table(("finding", "source", "line", "event or text"), rows)
        for code in sorted({one["code"] for one in found}):
            print(f"{code}: {MEANINGS[code].means}")
        print(counted(len(found), "finding"))


def feed(
    context: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="For example country/cl.ics")],
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it here.")] = None,
) -> None:
    """Print the bytes of a feed, whatever its size."""
    with runtime(context) as wired:
        found = wired.documents.find("/" + path.strip("/"))
        if found.extension is None:
            raise RequestError(f"{path!r}: missing format (example: {found.spec.path.strip('/')}.ics)")
        _tell_if_never_read(wired)
        with wired.documents.streamed(found.spec, found.extension) as pieces:
            if output is None:
                sys.stdout.buffer.writelines(pieces)
                return
            # Whole or not at all.
            unfinished = output.with_name(f".{output.name}.part")
            try:
                with unfinished.open("wb") as file:
                    file.writelines(pieces)
                unfinished.replace(output)
            except OSError as error:
                raise RequestError(
                    f"cannot write {output}: {error.strerror}; choose another file with -o FILE"
                ) from error
            finally:
                unfinished.unlink(missing_ok=True)


@_bundles.command("list")
def list_bundles(context: typer.Context, form: Format = Output.TABLE) -> None:
    """List the bundles, the newest first."""
    with runtime(context) as wired, wired.store.read() as snapshot:
        found = snapshot.bundles.all()
    if form is Output.JSON:
        as_json = [
            {
                "slug": one.slug,
                "name": one.name,
                "path": one.path,
                "created": f"{one.created_at:%Y-%m-%dT%H:%M:%SZ}",
                "changed": f"{one.changed_at:%Y-%m-%dT%H:%M:%SZ}",
                "fetched": one.last_fetched_at and f"{one.last_fetched_at:%Y-%m-%dT%H:%M:%SZ}",
                "hidden": one.hidden_at is not None,
                "removed": one.removed_at is not None,
            }
            for one in found
        ]
        print(json.dumps(as_json, ensure_ascii=False, indent=1))
        return
    now = wired.clock()
    rows = [
        (
            *(one.slug, one.name, one.path, f"{one.created_at:%Y-%m-%d}"),
            f"{one.last_fetched_at:%Y-%m-%d}" if one.last_fetched_at else "never",
            "removed" if one.removed_at else "hidden" if one.hidden_at else "unused" if one.is_unused(now) else "",
        )
        for one in found
    ]
    print_table(("slug", "name", "feed", "made", "last fetched", ""), rows)
    print(f"{len(found)} bundles")


@_bundles.command()
def hide(context: typer.Context, slug: Slug) -> None:
    """Hide a bundle: its page, its calendar and its secret link answer 404 until it is shown again."""
    with runtime(context) as wired:
        _set(wired, slug, hidden=True)
    print(f"/bundle/{slug} is hidden; it comes back with: feedsvc bundles show {slug}")


@_bundles.command()
def show(context: typer.Context, slug: Slug) -> None:
    """Show a hidden bundle again, under the same address and with the same secret link."""
    with runtime(context) as wired:
        _set(wired, slug, hidden=False)
    print(f"/bundle/{slug} can be seen")


@_bundles.command()
def remove(
    context: typer.Context,
    slugs: Annotated[list[str] | None, typer.Argument(metavar="[SLUG]...", help="The last parts of addresses.")] = None,
    unused: Annotated[bool, typer.Option("--unused", help="Those that nobody fetched for a year.")] = False,
) -> None:
    """Remove bundles for ever: their calendars are empty for 30 days, then their addresses answer 410."""
    with runtime(context) as wired:
        if unused and wired.config.settings.publish.target:
            raise RequestError(
                "feeds are published as files, so who fetches them is unknown; name bundles instead of --unused"
            )
        now = wired.clock()
        with wired.store.write() as snapshot:
            chosen = [*(slugs or ()), *(one.slug for one in snapshot.bundles.all() if unused and one.is_unused(now))]
            if not chosen and not unused:
                raise RequestError("name bundles to remove, or --unused; feedsvc bundles list shows them all")
            for slug in chosen:
                if not snapshot.bundles.remove(slug, now):
                    raise RequestError(f"unknown bundle {slug!r}; feedsvc bundles list shows them all")
    print(f"{counted(len(chosen), 'bundle')} removed")


def _set(wired: Runtime, slug: str, *, hidden: bool) -> None:
    with wired.store.write() as snapshot:
        if not snapshot.bundles.hide(slug, wired.clock() if hidden else None):
            raise RequestError(f"unknown bundle {slug!r}; feedsvc bundles list shows them all")


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
    print(f"{chosen}: {publish_line(report)}")
    if report.faults:
        shown = "\n".join(report.faults[:_FAULTS_TOLD])
        raise WorkError(f"{len(report.faults)} feeds are invalid and kept their old files:\n{shown}")


def publish_line(report: Report) -> str:
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
