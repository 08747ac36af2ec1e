"""The own page of an Open Gov Week event: every time row, and what the listing does not say.

    page = TITLE, THEMES " — " TYPE, WHEN+, PLACE*, ("Host Organization and Partners — " | "Partner — ") HOST,
           ADDRESS?, "SHARE"?, DESCRIPTION*, ("Downloads" | "Comments are closed." | "Leave a Reply" | closing words)

The hardest case is a page that was answered and is not the event's: a cookie notice, the home page after a redirect.
Such a page has no WHEN line after the event's title, and says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from feedsvc.core.errors import FetchFailed
from feedsvc.core.model import Finding, Listing, Page
from feedsvc.core.text import canonical_url, clean_line, cut, fold, safe_url
from feedsvc.sources.base import Context
from feedsvc.sources.opengovweek.lines import Line, StatedWhen, html_lines, read_when
from feedsvc.sources.parsing.encoding import decode

_HOST = re.compile(r"(?:Host Organization(?: and Partners)?\s*(?:[—–:]|-\s)|Partners?\s*[—–])\s*(.*)", re.IGNORECASE)
_CLOSING = re.compile(r"comments are closed\.?|leave a reply.*|for one week in may.*", re.IGNORECASE)
_FOOTER = re.compile(r"open gov week|meet the moment.*", re.IGNORECASE)
_FILE = re.compile(r"\S.{0,200}\.(?:pdf|docx?|pptx?|xlsx?|od[tps]|png|jpe?g|zip|ics)", re.IGNORECASE)
_MOST_BETWEEN_ROWS = 2
"""Lines that may stand between two rows of times."""
_NOT_DESCRIPTION = frozenset({"share"})
_NOT_THERE = (404, 410)
_MOST_FAILURES = 3
"""Fetches that fail one after the other before the rest is left for the next refresh: the site does not want them."""


@dataclass(frozen=True, slots=True)
class Detail:
    """The content of a detail page. `rows` are its times, each once, in the page's order; `title` differs."""

    rows: tuple[StatedWhen, ...]
    event_type: str = ""
    location: str = ""
    host: str = ""
    description: str = ""
    title: str | None = None


def with_details(listings: Iterable[Listing], context: Context) -> tuple[list[Listing], list[Finding], str | None]:
    """Follow each listing's link once, and make one listing for each time row, sharing the link.

    A page that cannot be had now says what it said the last time: a fault of the site is no change of the event. One
    that was never had, or cannot be read, leaves its listings as they are, with the finding `detail-failed`. The last
    value says in words why pages were left out altogether, None when all were asked for.
    """
    groups: dict[str, list[Listing]] = {}
    for number, listing in enumerate(listings):
        link = safe_url(listing.link)
        groups.setdefault(canonical_url(link) if link else f"#{number}", []).append(listing)
    result: list[Listing] = []
    doubts: list[Finding] = []
    failures = 0
    for group in groups.values():
        link = safe_url(group[0].link)
        if link is None or failures >= _MOST_FAILURES:
            result.extend(group if link is None else _failed(group, "the pages before it could not be fetched"))
            continue
        try:
            page = context.fetch(link)
            failures = 0
        except FetchFailed as error:
            failures += 1
            last = None if error.status in _NOT_THERE else context.recall(link)
            if last is None:
                result.extend(_failed(group, str(error)))
                continue
            page = last
            doubts.append(Finding("detail-failed", cut(clean_line(f"{error}; what it said before was used"), 200)))
        result.extend(_detailed(group, page))
    blocked = failures >= _MOST_FAILURES
    return result, doubts, f"{failures} detail pages in a row could not be fetched" if blocked else None


def _detailed(group: list[Listing], page: Page) -> list[Listing]:
    detail = read_detail(page, group[0].title, group)
    if detail is None:
        return _failed(group, f"{page.url}: shows no time of this event")
    doubts: list[Finding] = []
    if detail.title is not None:
        doubts.append(Finding("detail-title-differs", cut(detail.title, 200)))
    if not any(_same_time(one, row) for one in group for row in detail.rows):
        doubts.append(Finding("detail-time-differs", cut("; ".join(one.listed for one in group), 200)))
    rows: list[Listing] = []
    for row in detail.rows:
        # Where the listing page shows the same time, its own words are kept.
        known = next((one for one in group if _same_time(one, row)), None)
        listing = replace(
            known or group[0],
            start=known.start if known else row.start,
            end=known.end if known else row.end,
            listed=known.listed if known else row.listed,
            countries=group[0].countries or row.countries,
            description=detail.description,
            location=detail.location,
            host=detail.host,
            event_type=detail.event_type,
        )
        rows.append(replace(listing, findings=(*listing.findings, *doubts)))
    return rows


def _same_time(listing: Listing, row: StatedWhen) -> bool:
    return _clock(listing) == _clock(row)


def _clock(stated: Listing | StatedWhen) -> tuple[object, ...]:
    return (stated.start.date, stated.start.time, stated.end and stated.end.time)


def _failed(group: list[Listing], why: str) -> list[Listing]:
    finding = Finding("detail-failed", cut(clean_line(why), 200))
    return [replace(one, findings=(*one.findings, finding)) for one in group]


def read_detail(page: Page, title: str | None, group: Iterable[Listing] = ()) -> Detail | None:
    """Read a detail page; None when it shows no time, or is another event's page.

    It is the event's own where the event's title stands before its times, or where it states a time and the countries
    of one of its listings (`group`); then its `title` is the one that differs.
    """
    text, _ = decode(page)
    lines = html_lines(text, page.url)
    first = next((n for n, line in enumerate(lines) if read_when(line.text)), None)
    if first is None:
        return None
    rows, between, after = _rows(lines[first:])
    other_title: str | None = None
    if title is not None and not any(fold(line.text) == fold(title) for line in lines[:first]):
        listed = [(_clock(one), one.countries) for one in group]
        if first < 2 or not any((_clock(row), row.countries) in listed for row in rows):
            return None
        other_title = clean_line(lines[first - 2].text)
    _, dash, event_type = lines[first - 1].text.rpartition(" — ") if first else ("", "", "")
    place, host, words = _place_host_text(between, after)
    # Organisers state one time twice, with and without an offset; the one with an offset is kept.
    distinct: dict[tuple[object, ...], StatedWhen] = {}
    for row in rows:
        known = distinct.get(_clock(row))
        if known is None or (known.start.offset is None and row.start.offset is not None):
            distinct[_clock(row)] = row
    return Detail(tuple(distinct.values()), event_type if dash else "", place, host, words, other_title)


def _rows(lines: list[Line]) -> tuple[list[StatedWhen], list[Line], list[Line]]:
    """The rows of times, what stands between them, and what follows. A repeated line between rows is furniture."""
    rows: list[StatedWhen] = []
    between: list[Line] = []
    last = 0
    for n, line in enumerate(lines):
        if n - last > _MOST_BETWEEN_ROWS + 1 or _HOST.fullmatch(line.text):
            break
        when = read_when(line.text)
        if when is not None:
            between.extend(lines[last + 1 : n])
            rows.append(when)
            last = n
    times = Counter(line.text for line in between)
    kept = [line for line in between if times[line.text] == 1 and any(map(str.isalpha, line.text))]
    return rows, kept, lines[last + 1 :]


def _place_host_text(between: list[Line], after: list[Line]) -> tuple[str, str, str]:
    """Place, host and description of the lines between and after the times; without a host line all is description.

    They end before the site's closing words; without any, before its footer. A list of files at the end is none.
    """
    ends = [n for mark in (_CLOSING, _FOOTER) for n, line in enumerate(after) if mark.fullmatch(line.text)]
    after = after[: ends[0]] if ends else after
    files = next((n for n, line in enumerate(after) if line.text.lower() == "downloads"), None)
    if files is not None and all(line.link or _FILE.fullmatch(line.text) for line in after[files + 1 :]):
        after = after[:files]
    lines = [*between, *after]
    at = next((n for n, line in enumerate(lines) if _HOST.fullmatch(line.text)), None)
    place, host = "", ""
    if at is not None and (found := _HOST.fullmatch(lines[at].text)):
        place = ", ".join(line.text for line in lines[:at])
        host = found[1]
        lines = lines[at + 1 :]
    kept = [line.text for line in lines if line.text.lower() not in _NOT_DESCRIPTION]
    return place, host, "\n".join(kept)
