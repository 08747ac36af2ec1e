"""Reading one source: its kind, run on the pages it asks for, gives a reading as text.

The text (core.serialize.reading_text) passes from the process that reads to the one that decides, and equal texts
mean that the source says the same as before. The hardest case is a page that breaks its reader; so a kind runs
in a child process with limits, is handed everything as text, and only its answer comes back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from threading import BoundedSemaphore
from typing import Protocol

from feedsvc.config.loader import Source
from feedsvc.core.dimensions import Themes
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page
from feedsvc.core.text import fold
from feedsvc.sandbox import Limits, run_in_child
from feedsvc.sources.base import Fetch
from feedsvc.sources.child import RECALL, PageAnswer


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be read: by `function` of sources.child, around the day `today`, in UTC."""

    source: Source
    themes: Themes
    today: date
    function: str = "read"


class PageProvider(Fetch, Protocol):
    """Gives the pages of one source: fetches them, or recalls them."""

    def recall(self, url: str) -> Page | None: ...


Reader = Callable[[Task, PageProvider], str]
"""Reads a source into the text of a reading. Raises FetchFailed, SourceUnreadable, ChildFailed."""


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
