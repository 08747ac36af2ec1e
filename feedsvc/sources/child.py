"""The half of reading that runs in the child process: everything comes in as text, only the reading goes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from feedsvc.core import serialize
from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Page
from feedsvc.core.text import fold
from feedsvc.sources.base import Context, find_kinds
from feedsvc.sources.detect import candidates

PageAnswer = tuple[str, bytes]
"""A page: what is said of it as JSON, and its content."""
Ask = Callable[[str], PageAnswer]
"""Asks to fetch an address, "" being the source's own, or to recall one (see RECALL). Raises FetchFailed."""
RECALL = "recall "
"""Begins the question for a page as it was found the last time; no address begins so, as none has a space."""


def read(argument: str, ask: Ask) -> str:
    """Run in the reading process: read what `argument` names. Raises FetchFailed, SourceUnreadable."""
    asked: dict[str, Any] = json.loads(argument)
    kind = find_kinds()[asked["kind"]]
    settings = kind.settings.model_validate(asked["settings"])
    return serialize.reading_text(kind.read(settings, _context(asked, ask)))


def detect(argument: str, ask: Ask) -> str:
    """Run in the reading process: the candidates of `argument`'s address, as JSON. Raises FetchFailed."""
    return json.dumps([asdict(one) for one in candidates(_context(json.loads(argument), ask))])


def _context(asked: dict[str, Any], ask: Ask) -> Context:
    themes = frozenset(asked["themes"])
    return Context(
        fetch=lambda url=None: _page_of(ask(url or "")),
        is_theme=lambda label: fold(label) in themes,
        zone=asked["zone"],
        country=asked["country"],
        times=asked["times"],
        today=date.fromisoformat(asked["today"]),
        url=asked["url"],
        recall=lambda url: _recalled(ask, url),
    )


def _recalled(ask: Ask, url: str) -> Page | None:
    try:
        return _page_of(ask(RECALL + url))
    except FetchFailed:
        return None


def _page_of(answer: PageAnswer) -> Page:
    url, content_type, charset = json.loads(answer[0])
    return Page(url, answer[1], content_type, charset)
