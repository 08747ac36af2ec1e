"""Spans of time as people write them: "90s", "15min", "6h", "1d"."""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(r"(\d{1,6})\s*(s|min|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def parse_span(text: str) -> timedelta:
    """The span that a text says. Raises ValueError."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError('is no span of time; write for example "15min", "6h" or "1d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def between(span: timedelta, least: str, most: str) -> timedelta:
    """The span itself. Raises ValueError when it is shorter or longer than allowed."""
    if not parse_span(least) <= span <= parse_span(most):
        raise ValueError(f"is not between {least} and {most}")
    return span
