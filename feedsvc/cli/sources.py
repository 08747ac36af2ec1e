"""`feedsvc sources`: show the state of each source, try one out, pause it, read it more or less often."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from feedsvc.bootstrap import Runtime
from feedsvc.cli.admin import command_line
from feedsvc.cli.common import print_table, runtime, writing_runtime
from feedsvc.cli.refresh import CHANGES, print_outcome, progress
from feedsvc.config.in_force import changed_source, setting_values
from feedsvc.config.loader import Source
from feedsvc.core.diff import when_in_words
from feedsvc.core.errors import RequestError, SourceUnreadable
from feedsvc.core.findings import MEANINGS
from feedsvc.core.secrets import masked_url
from feedsvc.core.text import cut
from feedsvc.refresh import Trial, try_source
from feedsvc.refresh.trial import replay
from feedsvc.services.probe import probe
from feedsvc.services.sources import Actions
from feedsvc.store.sources import SourceState

Name = Annotated[str, typer.Argument(metavar="SOURCE", help="The source's id.")]

sources = typer.Typer(help="Show the state of sources; try one out, pause it, set its pace.", no_args_is_help=True)

_REMOVED = "it is no longer in the configuration; its events stay as they are"

RUNS_SHOWN = 10
EVENTS_SHOWN = 20
CELL_SHOWN = 70  # characters of a title, place, link or description


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(sources, name="sources")


@sources.command("list")
def list_sources(context: typer.Context) -> None:
    """List the sources: state, last good refresh, next due, last error."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            states = {state.id: state for state in snapshot.sources.states()}
            counts = snapshot.sources.count_events()
        rows = []
        for source in wired.config.sources:
            state = states.get(source.id, SourceState(source.id))
            events = str(counts.get(source.id, 0))
            rows.append((source.id, state.word, events, _time(state.refreshed_at), _due(state), _trouble(state)))
        configured = {source.id for source in wired.config.sources}
        rows += [
            (state.id, "removed", str(counts[state.id]), _time(state.refreshed_at), "never", _REMOVED)
            for state in states.values()
            if state.id not in configured and state.id in counts
        ]
        print_table(("source", "state", "events", "last good, UTC", "next due, UTC", "last error"), rows)


@sources.command("show")
def show(context: typer.Context, name: Name) -> None:
    """Show everything that is known of a source."""
    with runtime(context) as wired:
        with wired.store.read() as snapshot:
            known = {state.id for state in snapshot.sources.states()}
        source = None if name in known and wired.config.source(name) is None else wired.source(name)
        name = name if source is None else source.id
        with wired.store.read() as snapshot:
            state = snapshot.sources.state(name)
            events, doubts = snapshot.sources.count_events().get(name, 0), snapshot.sources.count_findings(name)
            runs, holds = snapshot.sources.last_runs(name, RUNS_SHOWN), snapshot.holds.open_of(name)
        shown = _facts(source, state) if source else [("source", name), ("state", f"removed: {_REMOVED}")]
        facts = [*shown, ("events", str(events)), ("findings", str(doubts))]
        facts += [("last ledger", run.ledger.in_words) for run in runs if run.ledger is not None][:1]
        facts += [("held", f"{one.reason}; feedsvc holds show {one.id}") for one in holds]
        for key, value in facts:
            print(f"{key + ':':<12} {value}")
        if runs:
            rows = []
            for run in runs:
                counts = ", ".join(f"{getattr(run, key)} {key}" for key in CHANGES if getattr(run, key))
                figures = (f"{run.took_ms} ms", str(run.fetched_bytes), str(run.listings), counts, str(run.findings))
                rows.append((_time(run.started_at), run.outcome, *figures, str(run.edition or ""), run.message or ""))
            print()
            print_table(
                ("began, UTC", "outcome", "took", "bytes", "listings", "changes", "findings", "edition", "why"), rows
            )


def _facts(source: Source, state: SourceState) -> list[tuple[str, str]]:
    every = state.every(source.common.every)
    set_by_hand = "" if state.every_seconds is None else f", set by hand; configured: {_span(source.common.every)}"
    facts = [
        ("source", source.id),
        ("kind", source.common.kind),
        ("from", str(source.path or source.common.url)),
        ("state", state.word),
        ("every", _span(every) + set_by_hand),
        ("last good", _time(state.refreshed_at)),
        ("last tried", _time(state.tried_at)),
        ("next due", _due(state)),
    ]
    if state.moved_to:
        facts.append(("moved to", f"{state.moved_to}; put it into the configuration if that is right"))
    return [*facts, ("last error", _trouble(state))] if _trouble(state) else facts


@sources.command("test")
def test(context: typer.Context, name: Name) -> None:
    """Fetch and read a source without writing anything, and print what was found."""
    with runtime(context) as wired:
        source = wired.source(name)
        with progress(name) as tell:
            trial = try_source(wired.refresh_context, source, tell)
        print_trial(name, trial)
        if trial.failure is not None:
            raise SourceUnreadable(f"{name}: {trial.failure}")


@sources.command("probe")
def probe_command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="A calendar, a page, a table, a sheet.")],
    timezone: Annotated[str | None, typer.Option("--timezone", help="The zone of times that state none.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="The country of events that name none.")] = None,
) -> None:
    """Find out how an address could be read; print its events, its ledger and the block to paste."""
    with runtime(context) as wired:
        found = probe(wired.refresh_context, url, timezone=timezone, country=country)
        for line in found.passed_over:
            print(f"not taken: {line}")
        print(f"kind: {found.source.common.kind}")
        print_trial(found.source.id, found.trial)
        print(f"\n{found.block}")


def print_trial(name: str, trial: Trial) -> None:
    """Print what a source would give: its ledger, its first events, every doubt."""
    counts = ((trial.pages, "page"), (len(trial.events), "event"))
    pages, events = (f"{number} {word}{'' if number == 1 else 's'}" for number, word in counts)
    print(f"{name}: {pages}, {trial.fetched_bytes} bytes, {events}")
    print(trial.ledger.in_words)
    if trial.incomplete:
        print(f"not read whole: {trial.incomplete}")
    if trial.moved_to:
        print(f"its address has moved for good to {trial.moved_to}")
    if trial.events:
        rows = []
        for event in trial.events[:EVENTS_SHOWN]:
            texts = (event.summary, event.location, event.link or "", " ".join(event.description.split()))
            shown = (cut(text, CELL_SHOWN) for text in texts)
            rows.append((when_in_words(event.span), ",".join(event.countries), *shown))
        print_table(("when", "where", "title", "place", "link", "words"), rows)
    if len(trial.events) > EVENTS_SHOWN:
        print(f"and {len(trial.events) - EVENTS_SHOWN} more events")
    for finding in trial.findings:
        where = "" if finding.line is None else f"line {finding.line}: "
        print(f"{where}{finding.code}: {finding.detail}")
    codes = Counter(code for event in trial.events for code in event.codes)
    for code, count in sorted(codes.items()):
        print(f"{count} {'event' if count == 1 else 'events'}: {code}: {MEANINGS[code].means}")


@sources.command("pause")
def pause_command(
    context: typer.Context,
    name: Name,
    why: Annotated[str, typer.Option("--why", help="A note for others.")] = "paused by hand",
) -> None:
    """Stop reading a source automatically; its events stay."""
    with runtime(context) as wired:
        Actions(wired.store, wired.clock).pause(command_line(), wired.source(name).id, why)
        print(f"{name}: paused; feedsvc sources resume {name} lets it go on")


@sources.command("resume")
def resume_command(context: typer.Context, name: Name) -> None:
    """Read a source automatically again, starting now."""
    with runtime(context) as wired:
        Actions(wired.store, wired.clock).resume(command_line(), wired.source(name).id)
        print(f"{name}: due now")


@sources.command("add")
def add_command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="ADDRESS", help="A calendar, a page, a table, a sheet.")],
    source_id: Annotated[str | None, typer.Option("--id", help="Its id; made of its host when none is given.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting.")] = None,
    paused: Annotated[bool, typer.Option("--paused", help="Read it by itself only once it is resumed.")] = False,
) -> None:
    """Find out how an address is read and add it as a source; the worker reads it from now on."""
    with writing_runtime(context) as wired:
        found, config = probe(wired.refresh_context, url), wired.config
        source, trial = found.source, found.trial
        table = {**source.table, **({"id": source_id} if source_id else {})}
        if settings:
            values = setting_values(config, source, _pairs(settings))
            table |= {key: value for key, value in values.items() if value is not None}
            trial = try_source(wired.refresh_context, changed_source(config, source, _pairs(settings)))
        print_trial(table["id"], trial)
        if not trial.events and not paused:
            raise RequestError(f"{masked_url(url)} reads nothing now; add it with --paused, or not at all")
        Actions(wired.store, wired.clock).add(command_line(), config, table, paused=paused)
        print(f"{table['id']}: added" + (", paused" if paused else "; the worker reads it in a moment"))


@sources.command("set")
def set_command(
    context: typer.Context,
    name: Name,
    settings: Annotated[
        list[str],
        typer.Argument(metavar="KEY=VALUE...", help='For example every=15min; "KEY=" takes back what was set here.'),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what it would change of the last capture.")
    ] = False,
    why: Annotated[str, typer.Option("--why", help="A note for others.")] = "",
) -> None:
    """Set settings of a source over what the file says."""
    with runtime(context) as wired:
        source, changes = wired.source(name), _pairs(settings)
        if dry_run:
            with wired.store.read() as snapshot:
                capture = snapshot.captures.last(name)
            if capture is None:
                raise RequestError(f"{name}: nothing of it was captured yet; feedsvc refresh {name} reads it")
            rules = {key: text for key, text in changes.items() if key != "every"}
            changed = changed_source(wired.config, source, rules)
            print_outcome(replay(wired.refresh_context, changed, capture))
            return
        Actions(wired.store, wired.clock).set(command_line(), wired.config, name, changes, why)
        for key, value in changes.items():
            given = (source.given or source).table.get(key)
            said = f"{_span(source.common.every)}" if key == "every" else "not set" if given is None else given
            print(f"{name}: {key} {value or f'{said}, as configured'}")


def _pairs(settings: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in settings]
    wrong = next(
        (one for one, (key, separator, _) in zip(settings, pairs, strict=True) if not key or not separator), None
    )
    if wrong is not None:
        raise RequestError(f"{wrong!r}: not KEY=VALUE (example: every=15min)")
    return {key: value for key, _, value in pairs}


@sources.command("rename")
def rename_command(
    context: typer.Context, old: Annotated[str, typer.Argument()], new: Annotated[str, typer.Argument()]
) -> None:
    """Give a source another id; its events keep their UIDs, and nobody sees one twice."""
    with runtime(context) as wired:
        if (source := wired.config.source(old)) is not None and source.is_file:
            former = ", ".join(f'"{name}"' for name in (*source.common.former_ids, source.id))
            print(f'id = "{new}"\nformer_ids = [{former}]')
            raise RequestError(f"source {old!r} stands in {_file(wired)}; write these two lines there, then reload")
        _known(wired, old)
        Actions(wired.store, wired.clock).rename(command_line(), old, new)
        print(f"{old}: {new} from now on")


@sources.command("remove")
def remove_command(
    context: typer.Context,
    name: Name,
    strike_out: Annotated[bool, typer.Option("--strike-out", help="End its coming events, as cancelled ones.")] = False,
) -> None:
    """Take a source out for good: its events stay as history, or are struck out."""
    with runtime(context) as wired:
        actions = Actions(wired.store, wired.clock, wired.refresh_context)
        if (source := wired.config.source(name)) is not None and not source.is_file:
            actions.remove(command_line(), name)
        elif source is not None:
            print(f'[[source]]\nid = "{source.id}"')
            raise RequestError(
                f"source {name!r} stands in {_file(wired)}; take this table out there; its events stay, and then "
                f"feedsvc sources remove {source.id} --strike-out ends them"
            )
        _known(wired, name)
        if not strike_out:
            print(f"{name}: {_REMOVED}; --strike-out ends them")
            return
        count = actions.strike_out(command_line(), name)
        print(f"{name}: {count} coming events struck out; feedsvc sources restore {name} takes that back")


@sources.command("restore")
def restore_command(context: typer.Context, name: Name) -> None:
    """Let the events of a removed source that were struck out take place again."""
    with runtime(context) as wired:
        _known(wired, name)
        Actions(wired.store, wired.clock, wired.refresh_context).restore(command_line(), name)
        print(f"{name}: its events take place again")


def _known(wired: Runtime, name: str) -> None:
    """Refuse a name that no source ever had here. Raises UnknownSource."""
    with wired.store.read() as snapshot:
        if all(state.id != name for state in snapshot.sources.states()):
            wired.source(name)


def _file(wired: Runtime) -> Path:
    return wired.config.file.parent / wired.config.settings.files.sources


def _time(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _due(state: SourceState) -> str:
    if state.paused_at is not None:
        return "not automatically"
    return "now" if state.due_at is None else _time(state.due_at)


def _trouble(state: SourceState) -> str:
    if state.paused_at is not None:
        return f"paused: {state.paused_why}" + (f"; {state.last_error}" if state.last_error else "")
    return state.last_error or ""


def _span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
