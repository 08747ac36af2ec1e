"""The words by which an event is found: folded, so that case and accents do not matter, and as they are, so that every
language is alike. Pure.

The hardest case is a language that writes no spaces: of such letters every two that stand together are a word, in what
is looked for as in what is found.
"""

from __future__ import annotations

import re

from feedsvc.core.model import Event
from feedsvc.core.text import fold

MAX_WORDS = 60
"""Words by which one event is found, and characters of the longest one."""
MAX_LENGTH = 40
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, each once, in its order."""
    found: dict[str, None] = {}
    for run in _WORD.findall(fold(text)):
        for unspaced in _UNSPACED.findall(run):
            found |= dict.fromkeys(unspaced[at : at + 2] for at in range(max(1, len(unspaced) - 1)))
        found |= dict.fromkeys(part[:MAX_LENGTH] for part in _UNSPACED.split(run) if part)
    return tuple(found)


def words_of_event(event: Event) -> tuple[str, ...]:
    """The words by which an event is found. Its countries and themes are found by the names of their calendars."""
    return words_of(" ".join((event.summary, event.location, event.host, *event.places)))[:MAX_WORDS]
