"""Event status in the words of web pages and programs."""

from __future__ import annotations

import re

from feedsvc.core.model import EventStatus, Finding

_NOT_LETTERS = re.compile(r"[^a-z]")


def read_status(text: str) -> tuple[EventStatus, tuple[Finding, ...]]:
    """The status behind "https://schema.org/EventCancelled", "canceled", "tentative", and what attendees should know.

    Postponed without a new date means that it does not take place when it is listed. Unknown words mean nothing.
    """
    word = _NOT_LETTERS.sub("", text.lower())
    if word.endswith(("cancelled", "canceled")):
        return EventStatus.CANCELLED, ()
    if word.endswith("postponed"):
        return EventStatus.CANCELLED, (Finding("postponed"),)
    return (EventStatus.TENTATIVE if word.endswith("tentative") else EventStatus.CONFIRMED), ()
