"""Whether an event takes place, in the words of web pages and programs."""

from __future__ import annotations

import re

from feedsvc.core.model import Finding, Status

_NOT_LETTERS = re.compile(r"[^a-z]")


def read_status(text: str) -> tuple[Status, tuple[Finding, ...]]:
    """The status behind "https://schema.org/EventCancelled", "canceled", "tentative", and what attendees should know.

    Postponed without a new date means that it does not take place when it is listed. Words nobody knows mean nothing.
    """
    word = _NOT_LETTERS.sub("", text.lower().rstrip("/").rpartition("/")[2]).removeprefix("event")
    if word in ("cancelled", "canceled", "cancel"):
        return Status.CANCELLED, ()
    if word == "postponed":
        return Status.CANCELLED, (Finding("postponed"),)
    return (Status.TENTATIVE if word == "tentative" else Status.CONFIRMED), ()
