"""Reading one source: its kind, run on the pages it asks for, gives a reading as text.

The text (core.codec.reading_text) is what passes from the process that reads to the one that decides, and equal texts
mean that the source says the same as before. The hardest case is a page that breaks whoever reads it; so a kind runs
in a child process with limits, is handed everything as text, and only its answer comes back.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from threading import BoundedSemaphore
from typing import Any, Protocol

from feedsvc.config.loader import Source
from feedsvc.core import serialize
from feedsvc.core.dimensions import Themes
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page
from feedsvc.core.text import fold
from feedsvc.sandbox import Limits, run_in_child
from feedsvc.sources.seam import Context, Fetch, find_kinds

Answer = tuple[str, bytes]
"""A page: what is said of it as JSON, and its content."""
Ask = Callable[[str], Answer]
"""Asks to fetch an address, "" being the source's own, or to recall one (see RECALL). Raises FetchFailed."""
RECALL = "recall "
"""Begins the question for a page as it was found the last time; no address begins so, as none has a space."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be read. `today` is the day that recurring events are read around, in UTC."""

    source: Source
    themes: Themes
    today: date


class Supplying(Fetch, Protocol):
    """Gives the pages of one source: fetches them, or recalls them."""

    def recall(self, url: str) -> Page | None: ...


Reader = Callable[[Task, Supplying], str]
"""Reads a source into the text of a reading. Raises FetchFailed, SourceUnreadable, ChildFailed."""


def read_here(task: Task, supply: Supplying) -> str:
    """Read in this process, without limits."""
    return read(argument_of(task), lambda question: _answer(supply, question))


def reader_in_children(limits: Limits, monotonic: Callable[[], float], at_once: int) -> Reader:
    """A reader that reads each source in a child process; at most `at_once` of them work at the same time."""
    places = BoundedSemaphore(at_once)

    def read_in_child(task: Task, supply: Supplying) -> str:
        def answer(question: str) -> Answer:
            # Whoever waits for the network needs no processor: let another one read meanwhile.
            places.release()
            try:
                return _answer(supply, question)
            finally:
                places.acquire()

        with places:
            return run_in_child("feedsvc.refresh.reader:read", argument_of(task), answer, limits, monotonic)

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
            "today": task.today.isoformat(),
            "url": common.url,
        }
    )


def read(argument: str, ask: Ask) -> str:
    """Run in the reading process: read what `argument` names. Raises FetchFailed, SourceUnreadable."""
    asked: dict[str, Any] = json.loads(argument)
    kind = find_kinds()[asked["kind"]]
    themes = frozenset(asked["themes"])
    context = Context(
        fetch=lambda url=None: _page_of(ask(url or "")),
        is_theme=lambda label: fold(label) in themes,
        zone=asked["zone"],
        today=date.fromisoformat(asked["today"]),
        url=asked["url"],
        recall=lambda url: _recalled(ask, url),
    )
    return serialize.reading_text(kind.read(kind.settings.model_validate(asked["settings"]), context))


def _recalled(ask: Ask, url: str) -> Page | None:
    try:
        return _page_of(ask(RECALL + url))
    except FetchFailed:
        return None


def _answer(supply: Supplying, question: str) -> Answer:
    page = supply.recall(question.removeprefix(RECALL)) if question.startswith(RECALL) else supply(question or None)
    if page is None:
        raise FetchFailed(f"{question.removeprefix(RECALL)}: was never fetched")
    return json.dumps([page.url, page.content_type, page.charset]), page.content


def _page_of(answer: Answer) -> Page:
    url, content_type, charset = json.loads(answer[0])
    return Page(url, answer[1], content_type, charset)
