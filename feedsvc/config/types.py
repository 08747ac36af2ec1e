"""Building blocks of the tables of the configuration: the kinds of values, as each is written in TOML and in the
environment, and no unknown keys.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]*")
_LINK = re.compile(
    r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/([A-Za-z0-9._~:/?#@!$&'()*+,;=%-]|\{(address|webcal|name)\})*)?", re.ASCII
)


def _only(pattern: re.Pattern[str], fault: str) -> AfterValidator:
    """A check of a whole text, which a pattern of pydantic's would report without words."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(fault)
        return value

    return AfterValidator(check)


def has_host(url: str) -> bool:
    """Tell an address that a source can be read from."""
    try:
        return urlsplit(url).scheme in ("http", "https", "webcal") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


Span = Annotated[
    timedelta, BeforeValidator(lambda value: value if isinstance(value, timedelta) else parse_span(str(value)))
]
Text = Annotated[str, _only(_ONE_LINE, "holds a line break or another control character")]
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(
        lambda value: [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
    ),
]
"""A list, or, from the environment, its items separated by commas."""
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Link = Annotated[
    str,
    Field(max_length=500),
    _only(_LINK, "not an https address; beside {address}, {webcal} and {name} it has no braces"),
]
"""An https address in which {address}, {webcal} and {name} may stand, and no other braces."""


class Section(BaseModel):
    """A table of the configuration; unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_SPAN = re.compile(r"(\d{1,6})\s*(s|min|h|d)", re.ASCII)
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def parse_span(text: str) -> timedelta:
    """The span that a text says. Raises ValueError."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError('not a span of time; write for example "15min", "6h" or "1d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def between(span: timedelta, least: str, most: str) -> timedelta:
    """The span itself. Raises ValueError when it is shorter or longer than allowed."""
    if not parse_span(least) <= span <= parse_span(most):
        raise ValueError(f"is not between {least} and {most}")
    return span
