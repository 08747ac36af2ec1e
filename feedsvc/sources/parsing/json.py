"""JSON from strangers: never more than one kind of failure, and its values only taken for what they are."""

from __future__ import annotations

import html
import json
import re
from typing import Any

from feedsvc.core.html_text import html_to_text
from feedsvc.core.text import clean_line

_WRAPPING = re.compile(
    r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|(?://\s*)?\]\]>|;)\s*\Z"
)
# A string (up to the end where it is not closed), or a comma before a closing bracket.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|,(?=\s*[}\]])', re.DOTALL)


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises ValueError for anything that is none, however deep."""
    try:
        return json.loads(text, strict=False, parse_int=_number)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _number(text: str) -> int | str:
    """A whole number; one that no program means stays a text."""
    return int(text) if len(text) < 40 else text


def read_careless_json(text: str) -> Any:
    """Like `read_json`, for JSON that people put into web pages: in a comment, escaped, or with commas too many."""
    bare = _WRAPPING.sub("", text.strip().lstrip("\ufeff"))
    first: ValueError | None = None
    for attempt in (bare, _without_commas(bare), _without_commas(html.unescape(bare))):
        try:
            return read_json(attempt)
        except ValueError as error:
            first = first or error
    raise first or ValueError("empty")


def _without_commas(text: str) -> str:
    return _TRAILING_COMMA.sub(lambda found: found[1] or "", text)


def line(value: Any) -> str:
    """A text or number as one clean line without markup; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value)
    return clean_line(html_to_text(text)) if "<" in text or "&" in text else clean_line(text)


def flag(value: Any) -> bool:
    """Return True if a value says yes: true, 1, "yes", "true"."""
    return value is True or (isinstance(value, str | int) and str(value).strip().lower() in ("1", "true", "yes"))


def many(value: Any) -> list[Any]:
    """A list as it is, nothing as an empty one, anything else as a list of one."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]
