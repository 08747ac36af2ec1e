"""Single values as pages and programs write them: JSON texts, lines, lists, yes and no, names, links, statuses.

JSON from strangers fails in one way only, and its values are only taken for what they are. The hardest case of a list
of names is a country whose own name has a comma: "Korea, Republic of" is one name.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import urljoin

from feedsvc.core.html_text import html_to_text
from feedsvc.core.model import EventStatus, Finding
from feedsvc.core.text import clean_line

_WRAPPING = re.compile(
    r"\A\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|(?://\s*)?\]\]>|;)\s*\Z"
)
_TAIL = r"(?:[\w'’]+ ){0,3}(?:Republic|State|States|Province|Kingdom) of(?: the| China)?"
_TAIL_OF_A_NAME = re.compile(_TAIL, re.IGNORECASE)
_AMPERSAND = re.compile(r"&(?:amp|#0*38|#x0*26);", re.IGNORECASE)
_NOT_LETTERS = re.compile(r"[^a-z]")
# A string (up to the end where it is not closed), or a comma before a closing bracket.
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|,(?=\s*[}\]])', re.DOTALL)


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises ValueError for anything that is none, however deep."""
    try:
        # A number that no program means stays a text.
        return json.loads(text, strict=False, parse_int=lambda digits: int(digits) if len(digits) < 40 else digits)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


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


def split_names(names: str) -> tuple[str, ...]:
    """Names joined with ", ". A part that needs the one before it joins it."""
    parts: list[str] = []
    for part in (name.strip() for name in names.split(",")):
        if parts and _TAIL_OF_A_NAME.fullmatch(part):
            parts[-1] = f"{parts[-1]}, {part}"
        elif part:
            parts.append(part)
    return tuple(parts)


def absolute(href: str, base_url: str) -> str | None:
    """The address that a link leads to, None where there is no link. What cannot be joined stays as it is.

    On a page from a file (base file:///…) a relative link leads nowhere.
    """
    # Exporters copy links out of pages with their escapes; "&copy" without a semicolon is a parameter, not a sign.
    href = _AMPERSAND.sub("&", href.strip())
    if not href:
        return None
    try:
        joined = urljoin(base_url, href)
    except ValueError:  # a broken IPv6 address
        return href
    return href if joined.startswith("file:") else joined


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
