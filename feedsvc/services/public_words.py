"""The one place that decides what the public is told of a source's failure: its class, in words of our own.

Never an address, a path, a name of a file, or a word of what a source answered: messages for administrators carry all
of these, and some of them are secrets (a calendar's private address) or somebody else's text. So nothing of a message
is passed on; it is only recognised, and what is not recognised is told by the source's state alone. Numbers are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_Told = Callable[[re.Match[str]], str]


def _fixed(words: str) -> _Told:
    return lambda _match: words


_CLASSES: tuple[tuple[re.Pattern[str], _Told], ...] = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r": answered (\d{3}): ", lambda match: f"answered {match[1]}"),
        (r"would remove (\d{1,6}) of (?:its )?(\d{1,6})", lambda match: f"would remove {match[1]} of {match[2]}"),
        (r"would remove all", _fixed("would remove all coming events")),
        (r"would remove its only coming event", _fixed("would remove its only coming event")),
        (r"took longer than|did not answer on port|timed out", _fixed("did not answer in time")),
        (r"cannot be resolved", _fixed("its name cannot be resolved")),
        (r"certificate is not valid", _fixed("its certificate is not valid")),
        (r"no connection to port", _fixed("cannot be reached")),
        (r"broke off in the middle", _fixed("broke off in the middle")),
        (r"is gone \(410\)", _fixed("is gone (410)")),
        (r"limits", _fixed("breaks the limits of a source")),
        (r"BEGIN:VCALENDAR is missing|not a calendar", _fixed("not a calendar")),
        (r"invalid JSON|no JSON-LD|its JSON-LD", _fixed("not the JSON that was expected")),
        (r"not a table|expected a table|no column|not a workbook", _fixed("not the table that was expected")),
        (r"not a regular file|cannot be read", _fixed("cannot be read")),
        (r"not read whole|half|ends before", _fixed("was not read whole")),
    )
)
_BY_STATE = {
    "paused": "paused by an administrator or after failures",
    "held": "waits for a decision",
    "partly read": "was not read whole",
}


def failure_class(message: str | None, state: str) -> str | None:
    """Return the class of a failure; None where there is none. `state` is SourceState.word."""
    if message is None:
        return None
    found = ((pattern.search(message), told) for pattern, told in _CLASSES)
    return next((told(match) for match, told in found if match), _BY_STATE.get(state, "could not be read"))
