"""Errors of core.errors as text, and back: by the name of their class, their message and their plain attributes."""

from __future__ import annotations

import json

from feedsvc.core import errors
from feedsvc.core.errors import ConfigError, FeedsvcError, WorkError

_KNOWN: dict[str, type[FeedsvcError]] = {
    name: found for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, FeedsvcError)
}


def error_text(error: FeedsvcError) -> str:
    """An error as text. One of a class that core.errors does not have travels as the nearest one above it."""
    name = next(kind.__name__ for kind in type(error).__mro__ if _KNOWN.get(kind.__name__) is kind)
    facts = {key: value for key, value in vars(error).items() if isinstance(value, str | int | float | None)}
    return json.dumps([name, str(error), facts])


def error_from(text: str) -> FeedsvcError:
    """The error that a text tells of."""
    name, message, facts = json.loads(text)
    kind = _KNOWN.get(name, WorkError)
    if kind is ConfigError:
        return ConfigError(message.split("\n"))
    error = kind.__new__(kind, message)
    vars(error).update(facts)
    return error
