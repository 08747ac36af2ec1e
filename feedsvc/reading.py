"""Reading one source: its kind, run on the pages it asks for, gives a reading as text.

The text (core.codec.reading_text) is what passes from the process that reads to the one that decides, and equal texts
mean that the source says the same as before. The hardest case is a page that breaks whoever reads it; so a kind runs
in a child process with limits, is handed everything as text, and only its answers come back.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from feedsvc.config import Source
from feedsvc.core import codec
from feedsvc.core.dimensions import Themes
from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.page import Page
from feedsvc.core.text import fold
from feedsvc.sources.seam import Context, Fetch, find_kinds

Ask = Callable[[str], str]
"""Asks the parent for an address ("" for the source's own); question and answer are text."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be read. `today` is the day that recurring events are read around, in UTC."""

    source: Source
    themes: Themes
    today: date


Reader = Callable[[Task, Fetch], str]
"""Reads a source into the text of a reading. Raises FetchFailed, SourceUnreadable, ChildFailed."""


def read_here(task: Task, fetch: Fetch) -> str:
    """Read in this process, without limits."""
    counter = _Counter(fetch)
    return counter.result(read_for_parent(argument_of(task), counter.answer))


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


def read_for_parent(argument: str, ask: Ask) -> str:
    """Run in the reading process: read, and say what came of it as text."""
    asked: dict[str, Any] = json.loads(argument)
    kind = find_kinds()[asked["kind"]]
    themes = frozenset(asked["themes"])
    context = Context(
        fetch=lambda url=None: _page_of(ask(url or "")),
        is_theme=lambda label: fold(label) in themes,
        zone=asked["zone"],
        today=date.fromisoformat(asked["today"]),
        url=asked["url"],
    )
    try:
        reading = kind.read(kind.settings.model_validate(asked["settings"]), context)
        return json.dumps({"reading": codec.reading_text(reading)})
    except _Relayed as failure:
        return json.dumps({"failure": failure.number})
    except (SourceUnreadable, FetchFailed) as error:
        return json.dumps({"unreadable": str(error)})


class _Relayed(FetchFailed):
    """A failed fetch as the reading process sees it; `number` is which one it was."""

    number = 0


class _Counter:
    """The parent's side: fetches what is asked for, and remembers each failure as it was."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._failures: list[FetchFailed] = []

    def answer(self, url: str) -> str:
        """A page, or why there is none, as text."""
        try:
            page = self._fetch(url or None)
        except FetchFailed as failure:
            self._failures.append(failure)
            return json.dumps([len(self._failures) - 1, str(failure), failure.status, failure.refused])
        return json.dumps([page.url, base64.b64encode(page.content).decode(), page.content_type, page.charset, "page"])

    def result(self, text: str) -> str:
        """The text of the reading. Raises the fetch's failure as it was, or SourceUnreadable."""
        said: dict[str, Any] = json.loads(text)
        if "failure" in said:
            raise self._failures[said["failure"]]
        if "unreadable" in said:
            raise SourceUnreadable(said["unreadable"])
        return str(said["reading"])


def _page_of(answer: str) -> Page:
    values = json.loads(answer)
    if values[-1] == "page":
        url, content, content_type, charset, _ = values
        return Page(url, base64.b64decode(content), content_type, charset)
    number, message, status, refused = values
    failure = _Relayed(message, status=status, refused=refused)
    failure.number = number
    raise failure
