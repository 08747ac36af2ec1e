"""A page of the Open Gov Week site in lines, and the line of it that says where and when.

    WHEN = [ country *( ", " country ) " — " ] DATE " @ " TIME [ " - " TIME ] [ " GMT" SIGN HH ":" MM ]

HTML becomes lines of text in document order, each with the link it carries: what a reader reads by grammar. Block
elements and <br> end a line. A line keeps the address of its first link, also of one around several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.core.model import Stated
from feedsvc.core.text import clean_line
from feedsvc.sources.parsing.datetimes import read_offset
from feedsvc.sources.parsing.values import absolute, split_names

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")  # fmt: skip

_WHEN = re.compile(
    r"(?:(?P<countries>\S[^@]*?)\s+[—–-]\s+)?"
    r"(?P<month>[A-Za-z]{3,9})\s+(?P<day>\d{1,2}),\s+(?P<year>\d{4})\s+@\s+"
    r"(?P<start>\d{1,2}:\d{2}\s?[ap]m)(?:\s*[-–—]\s*(?P<end>\d{1,2}:\d{2}\s?[ap]m))?"
    r"(?:\s+GMT(?P<offset>[+\-−]\d{1,2}:\d{2}))?",
    re.IGNORECASE,
)
_LOOKS_LIKE_WHEN = re.compile(r"\d{4}\s+@\s+\d|@\s+\d{1,2}:\d{2}")
_LONGEST = 1_000
_BLOCK_TAGS = (
    "address article aside blockquote body br button dd details div dl dt fieldset figcaption figure footer form h1 h2 "
    "h3 h4 h5 h6 header hr html label li main nav ol option p pre section select summary table tbody td tfoot th thead "
    "time tr ul"
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LEARN_MORE = re.compile(r"\s*learn\s+more[\s.…→»›>]{0,8}", re.IGNORECASE)
_SILENT = frozenset({"script", "style", "template", "noscript", "head", "svg", "-comment", "-doctype", "iframe"})


@dataclass(frozen=True, slots=True)
class StatedWhen:
    """A WHEN line as read: country names as found, start and end as stated, `listed` the line itself, cleaned."""

    countries: tuple[str, ...]
    start: Stated
    end: Stated | None
    listed: str


def looks_like_when(text: str) -> bool:
    """Return True if a line looks like a WHEN line, however broken."""
    return _LOOKS_LIKE_WHEN.search(text) is not None


def read_when(text: str) -> StatedWhen | None:
    """Read a WHEN line; None where it is none, or where its date or a time does not exist."""
    line = clean_line(text)
    found = _WHEN.fullmatch(line) if len(line) <= _LONGEST else None
    if found is None:
        return None
    try:
        month = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(found["month"].lower()))
        day = date(int(found["year"]), month, int(found["day"]))
        offset = read_offset(found["offset"]) if found["offset"] else None
        start = _stated(day, found["start"], offset)
        end = _stated(day, found["end"], offset) if found["end"] else None
    except (StopIteration, ValueError):
        return None
    if found["offset"] and offset is None:
        return None
    return StatedWhen(split_names(found["countries"] or ""), start, end, line)


def _stated(day: date, text: str, offset: timedelta | None) -> Stated:
    """A day and a time of a 12-hour clock such as "9:00am" or "09:00 am". Raises ValueError when there is none such."""
    hours, minutes = text[:-2].strip().split(":")
    if not 1 <= int(hours) <= 12:
        raise ValueError(f"{text} is not a time of a 12-hour clock")
    clock = time(int(hours) % 12 + (12 if text[-2:].lower() == "pm" else 0), int(minutes))
    return Stated(day, clock, offset=offset, standard_label=offset is not None)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page. `number` counts from 1; in HTML it counts the lines of text, not those of the markup."""

    number: int
    text: str
    link: str | None = None
    is_heading: bool = False


def html_lines(html: str, base_url: str) -> list[Line]:
    """The lines of a page that are not empty. Links are made absolute."""
    lines: list[Line] = []
    parts: list[str] = []
    link: str | None = None
    around: str | None = None
    heading = inside_heading = False

    def end_line() -> None:
        nonlocal link, heading
        text = " ".join("".join(parts).split())
        if text:
            lines.append(Line(len(lines) + 1, text, link, heading))
        parts.clear()
        link, heading = None, False

    for tag, text in _walk(html):
        if tag in _BLOCKS:
            end_line()
            inside_heading = tag in _HEADINGS and not text
        elif tag == "a":
            around = absolute(text, base_url)
        elif tag == "-text":
            # "Learn more" beside other text is a line of its own.
            alone = around is not None and is_learn_more(text)
            if alone:
                end_line()
            parts.append(text)
            heading = heading or inside_heading
            if around and text.strip():
                link = link or around
            if alone:
                end_line()
    end_line()
    return lines


def is_learn_more(text: str) -> bool:
    """Return True if a text is "Learn more", which ends an entry, with or without an arrow."""
    return _LEARN_MORE.fullmatch(text) is not None


def _walk(html: str) -> Iterator[tuple[str, str]]:
    """Each start and end of a block (tag, "" or "end"), of a link ("a", address or ""), and each text; no recursion."""
    root = LexborHTMLParser(html).root
    stack: list[tuple[LexborNode, bool]] = [(root, False)] if root is not None else []
    while stack:
        node, done = stack.pop()
        tag = node.tag or ""
        if done:
            yield tag, "end" if tag in _BLOCKS else ""
            continue
        if tag in _SILENT:
            continue
        if tag == "-text":
            yield tag, node.text()
            continue
        yield tag, (node.attributes.get("href") or "") if tag == "a" else ""
        if tag in _BLOCKS or tag == "a":
            stack.append((node, True))
        child = node.last_child
        while child is not None:
            stack.append((child, False))
            child = child.prev
