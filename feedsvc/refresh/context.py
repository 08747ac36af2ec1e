"""What every refresh works with: its context, the rules of a source, and the reader that runs a source's kind.

The text of a reading (core.serialize.reading_text) passes from the process that reads to the one that decides, and
equal texts mean that the source says the same as before. The hardest case is a page that breaks its reader; so a kind
runs in a child process with limits, is handed everything as text, and only its answer comes back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Protocol

from pydantic import ValidationError

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core import serialize
from feedsvc.core.changes import Changes
from feedsvc.core.dimensions import Dimension, Themes
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Finding, Page
from feedsvc.core.normalise import Rules
from feedsvc.core.text import fold
from feedsvc.fetch.throttle import Get
from feedsvc.ical.write.description import Rendering
from feedsvc.sandbox import Limits, run_in_child
from feedsvc.sources.base import find_kinds
from feedsvc.sources.child import RECALL, PageAnswer
from feedsvc.store.sources import Run, SourceState
from feedsvc.store.store import Store


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be read: by `function` of sources.child, around the day `today`, in UTC."""

    source: Source
    themes: Themes
    today: date
    function: str = "read"


class PageProvider(Protocol):
    """Gives the pages of one source: fetches them, the source's own without an address, or recalls them."""

    def __call__(self, url: str | None = None) -> Page: ...

    def recall(self, url: str) -> Page | None: ...


Reader = Callable[[Task, PageProvider], str]
"""Reads a source into the text of a reading. Raises FetchFailed, SourceUnreadable, ChildFailed."""

Tell = Callable[[str], object]
"""Called with what a refresh does at present, in words, for the person who watches."""


@dataclass(frozen=True, slots=True)
class RefreshContext:
    """What every refresh needs.

    `read` runs a source's kind, `get` fetches. `fingerprint` covers everything that shapes events and feeds, from the
    code to the time zone data. `holder` is the name under which this process claims sources. `source_order` gives the
    ids of sources, those first whose words count most.
    """

    store: Store
    themes: Themes
    dimensions: tuple[Dimension, ...]
    rendering: Rendering
    fingerprint: str
    site_name: str
    uid_domain: str
    read: Reader
    get: Get
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    holder: str = "command:0"
    source_order: Callable[[], tuple[str, ...]] = tuple
    merge_sources: bool = True

    def rules_of(self, source: Source) -> Rules:
        """What normalising needs to know of a source."""
        common = source.common
        return Rules(
            name=common.name or self.site_name,
            themes=self.themes,
            default_zone=common.timezone,
            placeholders=source.no_end_times,
            countries=(common.country,) if common.country else (),
            theme_names=common.themes,
            themes_only=common.themes_only,
            include=common.include,
            exclude=common.exclude,
            times=common.times,
            hosts=common.hosts,
            descriptions=common.descriptions,
            renames={fold(label): names for label, names in common.map.items()},
        )

    def rules_digest(self, source: Source) -> str:
        """A fingerprint of everything but the reading that decides what a refresh makes of it.

        The first half is that of the source's settings, the second that of the program. New rules of a time zone are
        among it: the wall clock stays, the instant moves.
        """
        # Another id is another name of the same source: what it says then is not the rules' doing.
        common = source.common.model_copy(update={"every": None, "id": "", "former_ids": ()})
        return serialize.digest(f"{common!r}{source.kind!r}{source.namesakes}") + serialize.digest(self.fingerprint)


def stored_settings(source: Source) -> dict[str, Any]:
    """A source's settings as JSON can hold them, but for its pace."""
    common = source.common.model_dump(mode="json", exclude_defaults=True, exclude={"every"})
    kind = source.kind.model_dump(mode="json", exclude_defaults=True)
    return {"common": common, "kind": kind, "folder": str(source.folder)}


def removed_source(state: SourceState) -> Source | None:
    """A source that is configured no longer, as it was; None where that is not known, or not valid any more."""
    if state.settings is None:
        return None
    try:
        common = SourceSettings.model_validate(state.settings["common"])
        kind = find_kinds()[common.kind].settings.model_validate(state.settings["kind"])
    except (KeyError, ValidationError):
        return None
    return Source(common.model_copy(update={"id": state.id}), kind, Path(state.settings["folder"]))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a refresh. `changes` is None where nothing was decided.

    The run's outcome is one of applied, unchanged, held, failed; `busy` when somebody else works on the source and
    `overtaken` when somebody else took it over, which are not recorded; `dry-run` for a dry run.
    """

    run: Run
    changes: Changes | None = None
    findings: tuple[Finding, ...] = field(default=())


@dataclass(slots=True)
class Stopwatch:
    """One refresh's time: when it began, on the wall and on a clock that is never set."""

    context: RefreshContext
    started: datetime
    began: float

    @classmethod
    def start(cls, context: RefreshContext) -> Stopwatch:
        """Begin."""
        return cls(context, context.clock(), context.monotonic())

    def run(self, source_id: str) -> Run:
        """The record of a refresh that has only begun."""
        return Run(source_id, self.started, 0, "failed")

    def stopped(self, run: Run) -> Run:
        """The record with the time it took."""
        return replace(run, took_ms=round((self.context.monotonic() - self.began) * 1000))


def reader_in_children(limits: Limits, monotonic: Callable[[], float], at_once: int) -> Reader:
    """A reader that reads each source in a child process; at most `at_once` of them work at the same time."""
    places = BoundedSemaphore(at_once)

    def read_in_child(task: Task, loader: PageProvider) -> str:
        def answer(question: str) -> PageAnswer:
            # Whoever waits for the network needs no processor: let another one read meanwhile.
            places.release()
            try:
                return answer_with(loader, question)
            finally:
                places.acquire()

        with places:
            return run_in_child(f"feedsvc.sources.child:{task.function}", argument_of(task), answer, limits, monotonic)

    return read_in_child


def argument_of(task: Task) -> str:
    """Everything that the reading process needs to know, as text."""
    common = task.source.common
    return json.dumps(
        {
            "kind": common.kind,
            "settings": task.source.kind.model_dump(mode="json"),
            "themes": sorted({fold(name) for theme in task.themes.all for name in (theme.name, *theme.synonyms)}),
            "zone": common.timezone,
            "country": common.country,
            "times": common.times,
            "today": task.today.isoformat(),
            "url": common.url,
        }
    )


def answer_with(loader: PageProvider, question: str) -> PageAnswer:
    """Answer a question of the reading process. Raises FetchFailed."""
    page = loader.recall(question.removeprefix(RECALL)) if question.startswith(RECALL) else loader(question or None)
    if page is None:
        raise FetchFailed(f"{question.removeprefix(RECALL)}: was never fetched")
    return json.dumps([page.url, page.content_type, page.charset]), page.content
