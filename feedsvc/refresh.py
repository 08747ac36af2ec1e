"""One refresh of one source: from what it publishes to a new edition of the store, or to a good reason why not.

fetch | read | normalise | reconcile | guard | render | apply

Everything is decided before anything is written, and written in one transaction. Whatever goes wrong, the old events
stay, and the run is recorded with its reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from feedsvc.config import Source
from feedsvc.core import codec
from feedsvc.core.dimensions import Dimension, Themes, facets_of
from feedsvc.core.errors import EventUnwritable, FetchFailed, SourceUnreadable
from feedsvc.core.guard import reason_to_hold
from feedsvc.core.model import Finding, Reading
from feedsvc.core.normalise import Normalised, Rules, normalise
from feedsvc.core.reconcile import Changes, Decision, Kind, Situation, compare, reconcile
from feedsvc.core.text import fold
from feedsvc.ical.event import Rendering, vevent
from feedsvc.sources.seam import Context, Fetch, SourceKind
from feedsvc.store.apply import Written
from feedsvc.store.sources import Run, SourceState
from feedsvc.store.store import Snapshot, Store


@dataclass(frozen=True, slots=True)
class Desk:
    """What every refresh needs. `fetch_for` gives a source its fetch, `rendering_digest` names the rendering settings."""

    store: Store
    kinds: dict[str, SourceKind]
    themes: Themes
    dimensions: tuple[Dimension, ...]
    rendering: Rendering
    rendering_digest: str
    site_name: str
    uid_domain: str
    fetch_for: Callable[[Source], Fetch]
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a refresh. `changes` is None where nothing was decided."""

    run: Run
    changes: Changes | None = None
    findings: tuple[Finding, ...] = field(default=())


def refresh(desk: Desk, source: Source, *, allow_shrink: bool = False, dry_run: bool = False) -> Outcome:
    """Refresh one source.

    1. Fetch and read; on failure keep everything and record why.
    2. If neither the reading nor the rules changed and nothing is pending, record that and stop.
    3. Normalise, reconcile; if the guard says so, change nothing.
    4. Render what changed and write it all in one transaction.
    """
    started, began = desk.clock(), desk.monotonic()
    run = Run(source.id, started, 0, "failed")
    try:
        reading = read(desk, source)
    except (FetchFailed, SourceUnreadable) as error:
        return _record_failure(desk, replace(run, message=str(error), took_ms=_took(desk, began)), dry_run=dry_run)
    run = replace(run, listings=len(reading.listings))
    fingerprint = codec.digest(codec.reading_text(reading) + rules_digest(desk, source))
    with desk.store.read() as snapshot:
        state = snapshot.sources.state(source.id)
        settled = state.reading_digest == fingerprint and not snapshot.sources.has_pending(source.id)
    if settled:
        return _finish(desk, replace(run, outcome="unchanged", took_ms=_took(desk, began)), state, dry_run=dry_run)
    normalised = normalise(reading.listings, rules_of(desk, source))
    findings = (*reading.findings, *normalised.rejected)
    run = replace(run, rejected=len(normalised.rejected))
    if dry_run:
        with desk.store.read() as snapshot:
            changes = _decide(desk, source, snapshot, normalised, started)
        return Outcome(_counted(run, changes, "dry-run", _took(desk, began)), changes, findings)
    with desk.store.write() as snapshot:
        changes = _decide(desk, source, snapshot, normalised, started)
        reason = None if allow_shrink and not reading.incomplete else reason_to_hold(changes, reading.incomplete)
        if reason is not None:
            run = replace(_counted(run, changes, "held", _took(desk, began)), message=reason)
            snapshot.sources.save(replace(state, tried_at=started, last_error=reason))
            snapshot.sources.record_run(run)
            return Outcome(run, changes, findings)
        edition = snapshot.applier(source.id, started, desk.rendering_digest).apply(_written(desk, changes, started))
        snapshot.sources.replace_findings(source.id, findings)
        run = _counted(run, changes, "applied" if changes.decisions else "unchanged", _took(desk, began))
        run = replace(run, edition=edition, findings=snapshot.sources.count_findings(source.id))
        saved = replace(state, reading_digest=fingerprint, refreshed_at=started, tried_at=started, last_error=None)
        snapshot.sources.save(saved)
        snapshot.sources.record_run(run)
    return Outcome(run, changes, findings)


def read(desk: Desk, source: Source) -> Reading:
    """Fetch and read a source without deciding anything. Raises FetchFailed or SourceUnreadable."""
    kind = desk.kinds[source.common.kind]
    context = Context(desk.fetch_for(source), lambda label: desk.themes.named(label) is not None, source.common.timezone)
    reading: Reading = kind.read(source.kind, context)
    return reading


def rules_of(desk: Desk, source: Source) -> Rules:
    """What normalising needs to know of a source."""
    common = source.common
    return Rules(
        name=common.name or desk.site_name,
        themes=desk.themes,
        default_zone=common.timezone,
        placeholders=common.no_end_times,
        countries=(common.country,) if common.country else (),
        theme_names=common.themes,
        renames={fold(label): names for label, names in common.map.items()},
    )


def rules_digest(desk: Desk, source: Source) -> str:
    """A fingerprint of everything but the reading that decides what a refresh makes of it."""
    themes = [(theme.name, theme.synonyms) for theme in desk.themes.all]
    return codec.digest(f"{source.common!r}{source.kind!r}{desk.site_name}{themes!r}{desk.rendering_digest}")


def _decide(desk: Desk, source: Source, snapshot: Snapshot, normalised: Normalised, now: datetime) -> Changes:
    marks = snapshot.events.marks(source.id)
    comparison = compare(marks, normalised.events, now)
    records = snapshot.events.records((*comparison.leftover, *comparison.attention))
    situation = Situation(source.id, desk.uid_domain, now, frozenset(mark.uid for mark in marks))
    return reconcile(comparison, records, frozenset(mark.uid for mark in marks if mark.dropped), situation)


def _written(desk: Desk, changes: Changes, now: datetime) -> list[Written]:
    return [_write(desk, decision, now) for decision in changes.decisions]


def _write(desk: Desk, decision: Decision, now: datetime) -> Written:
    """Render one event. One that can not be written costs one event and a finding, never the feed."""
    facets = facets_of(decision.after.event, desk.dimensions)
    if decision.kind is Kind.DROPPED:
        return Written(decision, None, facets)
    try:
        return Written(decision, vevent(decision.after, desk.rendering, now), facets)
    except EventUnwritable as error:
        return Written(decision, None, facets, unwritable=str(error))


def _counted(run: Run, changes: Changes, outcome: str, took_ms: int) -> Run:
    return replace(
        run,
        outcome=outcome,
        took_ms=took_ms,
        new=len(changes.of(Kind.NEW)),
        changed=len(changes.of(Kind.CHANGED)) + len(changes.of(Kind.SETTLED)),
        missing=len(changes.of(Kind.MISSING)),
        cancelled=len(changes.of(Kind.CANCELLED)),
        returned=len(changes.of(Kind.RETURNED)),
    )


def _record_failure(desk: Desk, run: Run, *, dry_run: bool) -> Outcome:
    if not dry_run:
        with desk.store.write() as snapshot:
            state = snapshot.sources.state(run.source_id)
            snapshot.sources.save(replace(state, tried_at=run.started_at, last_error=run.message))
            snapshot.sources.record_run(run)
    return Outcome(run)


def _finish(desk: Desk, run: Run, state: SourceState, *, dry_run: bool) -> Outcome:
    if not dry_run:
        with desk.store.write() as snapshot:
            run = replace(run, findings=snapshot.sources.count_findings(run.source_id))
            times = {"refreshed_at": run.started_at, "tried_at": run.started_at, "last_error": None}
            snapshot.sources.save(replace(state, **times))
            snapshot.sources.record_run(run)
    return Outcome(run)


def _took(desk: Desk, began: float) -> int:
    return round((desk.monotonic() - began) * 1000)
