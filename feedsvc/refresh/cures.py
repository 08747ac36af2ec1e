"""Trying settings on what a source just sent, when changes of it are held. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import ValidationError

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core.cures import Cure, count_cured, worth_a_try
from feedsvc.core.errors import ChildFailed, FetchFailed, SourceUnreadable
from feedsvc.core.guard import HeldChange
from feedsvc.refresh.context import RefreshContext
from feedsvc.refresh.page_loader import CapturedPages
from feedsvc.refresh.plan import ParsedReading, Plan, make_plan
from feedsvc.store.captures import CapturedPage


def try_cures(
    context: RefreshContext, source: Source, plan: Plan, pages: Sequence[CapturedPage]
) -> dict[str, tuple[Cure, ...]]:
    """Cause of a hold → the settings that help, the best first. `pages` are what the plan was made from."""
    found = {}
    settings = {**source.kind.model_dump(), **source.common.model_dump()}
    for cause, held in plan.held.items():
        tried = (_tried(context, source, plan, pages, held, one) for one in worth_a_try(held, settings))
        helping = [cure for cure in tried if cure is not None and cure.cured]
        found[cause] = tuple(sorted(helping, key=lambda cure: -cure.cured))
    return found


def with_setting(source: Source, key: str, value: str) -> Source:
    """A source with another value of one of its settings. Raises ValidationError."""
    if key in SourceSettings.model_fields:
        return replace(source, common=SourceSettings.model_validate({**source.common.model_dump(), key: value}))
    return replace(source, kind=type(source.kind).model_validate({**source.kind.model_dump(), key: value}))


def _tried(
    context: RefreshContext,
    source: Source,
    plan: Plan,
    pages: Sequence[CapturedPage],
    held: Sequence[HeldChange],
    setting: tuple[str, str],
) -> Cure | None:
    try:
        other = with_setting(source, *setting)
        parsed = ParsedReading.read(context, other, CapturedPages.of(other, pages), plan.now.date())
        with context.store.read() as snapshot:
            decisions = make_plan(context, other, snapshot, parsed, plan.now).changes.decisions
    except (ValidationError, FetchFailed, SourceUnreadable, ChildFailed):
        return None
    return Cure(*setting, count_cured(held, decisions), len(held))
