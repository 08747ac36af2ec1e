"""What a refresh would do, tried without writing anything: from the source itself, or from a capture of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from feedsvc.config.loader import Source
from feedsvc.core.model import Event, Finding, Ledger
from feedsvc.core.new_rules import judge_since
from feedsvc.core.normalise import normalise
from feedsvc.refresh.context import Outcome, RefreshContext, Stopwatch, Tell
from feedsvc.refresh.page_loader import CapturedPages, PageLoader
from feedsvc.refresh.pipeline import plans_by_rules
from feedsvc.refresh.plan import ParsedReading, accounts, counted, make_plan, reading_for
from feedsvc.store.captures import Capture


def dry_run(context: RefreshContext, source: Source, tell: Tell = str) -> Outcome:
    """Do everything a refresh does but write. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    watch = Stopwatch.start(context)
    loader = PageLoader(context, source, tell)
    tell("reading")
    parsed = ParsedReading.read(context, source, loader, watch.started.date())
    ruled = [one for by_rules in plans_by_rules(context, source) for one in by_rules.judgement.applied]
    with context.store.read() as snapshot:
        judging = partial(judge_since, ruled=ruled, allow_shrink=False)
        plan = make_plan(context, source, snapshot, parsed, context.clock(), judging)
    run = counted(watch.run(source.id), plan, "dry-run")
    reason = plan.judgement.reason
    message = reason and f"would be held: {reason}"
    run = watch.stopped(replace(run, message=message, fetched_bytes=loader.fetched_bytes))
    return Outcome(run, plan.changes, plan.findings)


def replay(context: RefreshContext, source: Source, capture: Capture) -> Outcome:
    """Do with a capture of a source what a refresh would do, but write nothing.

    Raises FetchFailed, SourceUnreadable, ChildFailed.
    """
    watch = Stopwatch.start(context)
    with context.store.read() as snapshot:
        pages = snapshot.captures.pages(capture.id)
    parsed = ParsedReading.read(context, source, CapturedPages.of(source, pages), capture.asked_at.date())
    with context.store.read() as snapshot:
        plan = make_plan(context, source, snapshot, parsed, context.clock())
    run = watch.stopped(replace(counted(watch.run(source.id), plan, "dry-run"), fetched_bytes=0))
    return Outcome(run, plan.changes, plan.findings)


@dataclass(frozen=True, slots=True)
class Trial:
    """A source as it would be read now. `failure` says in words that nothing of it can be read.

    `findings` are the doubts about the source as a whole; those about an event stand in the event."""

    ledger: Ledger
    failure: str | None
    events: tuple[Event, ...]
    findings: tuple[Finding, ...]
    incomplete: str | None
    pages: int
    fetched_bytes: int
    moved_to: str | None


def try_source(context: RefreshContext, source: Source, tell: Tell = str) -> Trial:
    """Fetch and read a source. Raises FetchFailed, SourceUnreadable, ChildFailed."""
    loader = PageLoader(context, source, tell, conditional=False)
    tell("reading")
    parsed = ParsedReading.read(context, source, loader, context.clock().date())
    reading = reading_for(source, parsed)
    normalised = normalise(reading.listings, context.rules_of(source))
    ledger, doubts, failure = accounts(reading, normalised)
    return Trial(
        ledger=ledger,
        failure=failure,
        events=normalised.events,
        findings=doubts,
        incomplete=reading.incomplete,
        pages=max(len(loader.found), 1),
        fetched_bytes=loader.fetched_bytes,
        moved_to=loader.moved_to,
    )
