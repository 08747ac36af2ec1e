"""The Open Gov Week listing, as text or as HTML: read by its grammar, not by the look of its markup.

    page   = "Open Gov Week Events" entry* closing words
    entry  = TITLE? THEMES? WHEN "Learn more"
    WHEN   = [ country *( ", " country ) " — " ] DATE " @ TIME - TIME" [ " GMT" SIGN HH ":" MM ]

The hardest case is an entry with one text line before WHEN: in the text form an absent title or theme line leaves its
own empty line, so one empty line before means a title, two mean themes. In HTML empty lines mean nothing; there the
known themes decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Finding, Listing, Reading, Stated
from feedsvc.core.text import clean_line, cut, safe_url
from feedsvc.sources.encoding import decode
from feedsvc.sources.flow import Line, html_lines
from feedsvc.core.page import Page
from feedsvc.sources.seam import Context, KindSettings

HEADER = "open gov week events"
END_OF_ENTRY = "learn more"
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
_LONGEST_WHEN = 1_000
_HTML = re.compile(r"<(?:!doctype|html|head|body|div|p|a|h\d|ul|li|table|section|article)\b", re.IGNORECASE)
_QUOTED_CHARACTERS = 120
_TAIL_OF_A_NAME = re.compile(r"(?:[\w'’]+ ){0,3}(?:Republic|State|States|Province|Kingdom) of(?: the| China)?", re.IGNORECASE)


class Settings(KindSettings):
    """`opengovweek` needs nothing but the listing's `url` or `path`."""


def read(settings: Settings, context: Context) -> Reading:
    """Read the listing page. Raises SourceUnreadable when it is no Open Gov Week listing at all."""
    return read_page(context.fetch(), context)


def read_page(page: Page, context: Context) -> Reading:
    """Read one listing page into listings, findings, and whether it was whole."""
    text, findings = decode(page)
    is_html = "html" in page.content_type.lower() or _HTML.search(text[:20_000]) is not None
    lines = html_lines(text, page.url) if is_html else _text_lines(text)
    blocks, rest = _blocks(lines)
    has_header = any(_is_header(line.text) for line in lines)
    if not has_header and not any(_when_line(block) for block in blocks):
        raise SourceUnreadable(
            f"{page.url}: no Open Gov Week listing ({len(page.content)} bytes, begins with "
            f"{cut(clean_line(text[:200]), 60)!r}); look at the address in a browser"
        )
    entries = [_entry(block, context, is_html=is_html) for block in blocks]
    listings = tuple(one for one in entries if isinstance(one, Listing))
    doubts = tuple(one for one in entries if isinstance(one, Finding))
    return Reading(listings, (*findings, *doubts), _why_incomplete(text, rest, is_html=is_html))


def _why_incomplete(text: str, rest: list[Line], *, is_html: bool) -> str | None:
    cut_off = next((line for line in rest if _LOOKS_LIKE_WHEN.search(line.text)), None)
    if cut_off is not None:
        return f"line {cut_off.number} begins an entry that does not end with 'Learn more'"
    if is_html and "</html" not in text[-2000:].lower():
        return "the page has no </html>"
    return None


def _text_lines(text: str) -> list[Line]:
    """Every line, empty ones too: in the text form they mean something."""
    return [Line(number, line) for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1)]


def _blocks(lines: Iterable[Line]) -> tuple[list[list[Line]], list[Line]]:
    """The lines of each entry, "Learn more" included as the last, and what follows the last entry."""
    blocks: list[list[Line]] = []
    block: list[Line] = []
    for line in lines:
        if _is_header(line.text):
            block = []
            continue
        block.append(line)
        if clean_line(line.text).lower() == END_OF_ENTRY:
            blocks.append(block)
            block = []
    return blocks, block


def _is_header(text: str) -> bool:
    return clean_line(text).lower() == HEADER


def _filled(block: Iterable[Line]) -> Iterator[Line]:
    return (line for line in block if line.text.strip())


def _when_line(block: list[Line]) -> re.Match[str] | None:
    lines = list(_filled(block[:-1]))
    return _match_when(lines[-1].text) if lines else None


def _match_when(text: str) -> re.Match[str] | None:
    line = clean_line(text)
    return _WHEN.fullmatch(line) if len(line) <= _LONGEST_WHEN else None


@dataclass(frozen=True, slots=True)
class _Clocks:
    start: Stated
    end: Stated | None


def _entry(block: list[Line], context: Context, *, is_html: bool) -> Listing | Finding:
    *lines, learn_more = block
    filled = list(_filled(lines))
    if not filled:
        return Finding("unreadable", "an entry without any text", learn_more.number)
    when_line = filled[-1]
    found = _match_when(when_line.text)
    clocks = _clocks(found) if found else None
    if found is None or clocks is None:
        words = " / ".join(clean_line(line.text) for line in filled[-3:])
        return Finding("unreadable", cut(words, _QUOTED_CHARACTERS), when_line.number)
    before = [line for line in lines if line.number < when_line.number]
    title, themes = _title_and_themes(before, context, is_html=is_html)
    links = (line.link for line in (learn_more, *filled) if line.link)
    return Listing(
        title=title,
        start=clocks.start,
        end=clocks.end,
        listed=clean_line(when_line.text),
        themes=themes,
        countries=_split(found["countries"] or ""),
        link=next((link for link in links if safe_url(link)), None),
        line=when_line.number,
    )


def _title_and_themes(before: list[Line], context: Context, *, is_html: bool) -> tuple[str | None, tuple[str, ...]]:
    filled = list(_filled(before))
    if not filled:
        return None, ()
    *others, last = [clean_line(line.text) for line in filled]
    known = all(context.is_theme(label) for label in _split(last))
    if is_html and len(filled) > 2:
        # What stands further up is the page's own furniture.
        return (others[-1], _split(last)) if known else (last, ())
    if len(filled) == 1:
        is_themes = known if is_html else _empty_before(before) >= 2 or (known and _empty_before(before) != 1)
        return (None, _split(last)) if is_themes else (last, ())
    if known or len(filled) == 2:
        return " ".join(others), _split(last)
    return " ".join((*others, last)), ()


def _empty_before(before: list[Line]) -> int:
    """How many empty lines stand before the first filled one."""
    return next((count for count, line in enumerate(before) if line.text.strip()), len(before))


def _split(names: str) -> tuple[str, ...]:
    """Names joined with ", ". "Korea, Republic of" is one name: a part that needs the one before it joins it."""
    parts: list[str] = []
    for part in (name.strip() for name in names.split(",")):
        if parts and _TAIL_OF_A_NAME.fullmatch(part):
            parts[-1] = f"{parts[-1]}, {part}"
        elif part:
            parts.append(part)
    return tuple(parts)


def _clocks(found: re.Match[str]) -> _Clocks | None:
    """The stated start and end; None where the date or a time does not exist."""
    try:
        month = next(n for n, name in enumerate(MONTHS, 1) if name.startswith(found["month"].lower()))
        day = date(int(found["year"]), month, int(found["day"]))
        start = _time(found["start"])
        end = _time(found["end"]) if found["end"] else None
        offset = _offset(found["offset"])
    except (StopIteration, ValueError):
        return None
    stated = Stated(day, start, offset=offset, standard_label=offset is not None)
    return _Clocks(stated, None if end is None else Stated(day, end, offset=offset, standard_label=offset is not None))


def _time(text: str) -> time:
    """A 12-hour clock time such as "9:00am" or "09:00 am"."""
    hours, minutes = text[:-2].strip().split(":")
    if not 1 <= int(hours) <= 12:
        raise ValueError(f"{text} is no time of a 12-hour clock")
    return time(int(hours) % 12 + (12 if text[-2:].lower() == "pm" else 0), int(minutes))


def _offset(text: str | None) -> timedelta | None:
    """An offset such as "-03:00"; None where none is stated. Raises ValueError beyond what any zone has."""
    if text is None:
        return None
    hours, minutes = text[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if int(minutes) > 59 or offset > timedelta(hours=14):
        raise ValueError(f"{text} is no offset of a zone")
    return offset if text[0] == "+" else -offset
