"""One Open Gov Week listing page, as text or as HTML: read by its grammar, not by the look of its markup.

    page   = "Open Gov Week Events" entry* closing words
    entry  = TITLE? THEMES? WHEN "Learn more"

The hardest case is an entry with one text line before WHEN: in the text form an absent title or theme line leaves its
own empty line, so one empty line before means a title, two mean themes. In HTML empty lines mean nothing; there the
known themes decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from feedsvc.core.errors import SourceUnreadable
from feedsvc.core.model import Finding, Ledger, Listing, Page, Present, Reading, sorted_out
from feedsvc.core.text import clean_line, cut, safe_url
from feedsvc.sources.opengovweek.lines import Line, html_lines, is_learn_more, looks_like_when, read_when
from feedsvc.sources.parsing.encoding import decode
from feedsvc.sources.parsing.values import split_names

HEADER = "open gov week events"

_HTML = re.compile(r"<(?:!doctype|html|head|body|div|p|a|h\d|ul|li|table|section|article)\b", re.IGNORECASE)
_CLOSING = re.compile(r"open gov week|meet the moment|for one week in may|open gov challenge|©", re.IGNORECASE)
_QUOTED_CHARACTERS = 120


def read_page(page: Page, is_theme: Callable[[str], bool]) -> Reading:
    """Read one listing page into listings, findings, and whether it was whole.

    Raises SourceUnreadable when it is not an Open Gov Week listing.
    """
    text, findings = decode(page)
    is_html = looks_like_html(page, text)
    lines = (
        html_lines(text, page.url)
        if is_html
        else [Line(number, line) for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1)]
    )
    # The lines of each entry, "Learn more" included as the last, and what follows the last entry.
    blocks: list[list[Line]] = []
    rest: list[Line] = []
    has_header = False
    for line in lines:
        if clean_line(line.text).lower() == HEADER:
            rest, has_header = [], True
            continue
        rest.append(line)
        if is_learn_more(line.text):
            blocks.append(rest)
            rest = []
    if not has_header and not any(_filled(block[:-1]) and read_when(_filled(block[:-1])[-1].text) for block in blocks):
        raise SourceUnreadable(
            f"{page.url}: not an Open Gov Week listing ({len(page.content)} bytes, begins with "
            f"{cut(clean_line(text[:200]), 60)!r}); look at the address in a browser"
        )
    reader = _EntryReader(is_theme, is_html)
    blocks = reader.without_furniture(blocks) if is_html else blocks
    listings, present = sorted_out([reader.entry(block) for block in blocks])
    incomplete = _why_incomplete(text, blocks, rest, is_html=is_html)
    return Reading(listings, findings, incomplete, present, ledger=Ledger.of(listings, present, seen=len(blocks)))


def looks_like_html(page: Page, text: str) -> bool:
    """Return True if a page is HTML: by its stated type, else by its first tags."""
    return "html" in page.content_type.lower() or _HTML.search(text[:20_000]) is not None


def _why_incomplete(text: str, blocks: list[list[Line]], rest: list[Line], *, is_html: bool) -> str | None:
    cut_off = next((line for line in rest if looks_like_when(line.text)), None)
    if cut_off is not None:
        return f"line {cut_off.number} begins an entry that does not end with 'Learn more'"
    if is_html:
        return None if "</html" in text[-2000:].lower() else "the page has no </html>"
    # A text has no end mark; what follows the last entry is nothing, or the site's closing words.
    left = _filled(rest)
    if any(_CLOSING.search(line.text) for line in left):
        return None
    if not blocks:
        return "the page has no entry and no closing words"
    if left:
        return f"line {left[-1].number} belongs to no entry: {cut(clean_line(left[-1].text), 60)!r}"
    return None


@dataclass(frozen=True, slots=True)
class _EntryReader:
    """Reads entries by their lines; in HTML empty lines mean nothing."""

    is_theme: Callable[[str], bool]
    is_html: bool

    def without_furniture(self, blocks: list[list[Line]]) -> list[list[Line]]:
        """The blocks without what every card has: a line without a letter, a label that repeats in most of them."""
        times = Counter(text for block in blocks for text in {line.text for line in block})
        often = max(3, (len(blocks) + 1) // 2)

        def says_something(line: Line) -> bool:
            if looks_like_when(line.text) or is_learn_more(line.text):
                return True
            if not any(character.isalpha() for character in line.text):
                return False
            return times[line.text] < often or line.is_heading or self._names_themes(line.text)

        return [[line for line in block if says_something(line)] for block in blocks]

    def entry(self, block: list[Line]) -> Listing | Present:
        """Read the lines of one entry."""
        *lines, learn_more = block
        filled = _filled(lines)
        if not filled:
            return Present(Finding("unreadable", "an entry without any text", learn_more.number), link=learn_more.link)
        when_line = filled[-1]
        when = read_when(when_line.text)
        before = [line for line in lines if line.number < when_line.number]
        links = (line.link for line in (learn_more, *filled) if line.link)
        link = next((link for link in links if safe_url(link)), None)
        marked = self._marked(before, link) if self.is_html else None
        title, themes = marked or self._title_and_themes(before)
        if when is None:
            words = " / ".join(clean_line(line.text) for line in filled[-3:])
            return Present(Finding("unreadable", cut(words, _QUOTED_CHARACTERS), when_line.number), title, link=link)
        return Listing(
            title=title,
            start=when.start,
            end=when.end,
            listed=when.listed,
            themes=themes,
            countries=when.countries,
            link=link,
            line=when_line.number,
        )

    def _marked(self, before: list[Line], link: str | None) -> tuple[str | None, tuple[str, ...]] | None:
        """The title that a card marks (its last heading, else the text of its own link) and its themes; None without.

        A link around the whole card marks nothing, and neither does a heading that is all there is and names themes.
        The themes are the last line between title and time whose labels are known, else the last one.
        """
        if len(before) == 1 and self._names_themes(before[0].text):
            return None
        headings = [n for n, line in enumerate(before) if line.is_heading]
        linked = [n for n, line in enumerate(before) if link is not None and line.link == link]
        at = headings[-1] if headings else linked[0] if len(linked) == 1 < len(before) else None
        if at is None:
            return None
        texts = [clean_line(line.text) for line in before[at + 1 :]]
        known = [text for text in texts if self._names_themes(text)]
        return clean_line(before[at].text) or None, split_names((known or texts)[-1]) if texts else ()

    def _title_and_themes(self, before: list[Line]) -> tuple[str | None, tuple[str, ...]]:
        filled = _filled(before)
        if not filled:
            return None, ()
        *others, last = [clean_line(line.text) for line in filled]
        known = self._names_themes(last)
        if self.is_html and len(filled) > 2:
            # What stands further up is the page's own furniture.
            return (others[-1], split_names(last)) if known else (last, ())
        if len(filled) == 1:
            is_themes = known if self.is_html else _empty_before(before) >= 2 or (known and _empty_before(before) != 1)
            return (None, split_names(last)) if is_themes else (last, ())
        if known or len(filled) == 2:
            return " ".join(others), split_names(last)
        return " ".join((*others, last)), ()

    def _names_themes(self, text: str) -> bool:
        return all(map(self.is_theme, split_names(clean_line(text))))


def _filled(block: Iterable[Line]) -> list[Line]:
    return [line for line in block if line.text.strip()]


def _empty_before(before: list[Line]) -> int:
    """Count the empty lines before the first filled one."""
    return next((count for count, line in enumerate(before) if line.text.strip()), len(before))
