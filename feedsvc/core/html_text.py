"""HTML turned into plain text. What a source writes as HTML is read once, here, and is text from then on.

The tags are read in one pass over the text and no tree is built: nesting 200,000 elements costs what 200,000 flat ones
cost, which does not hold for any parser that follows the rules of HTML for misnested elements.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from feedsvc.core.text import canonical_url, clean_line, clean_text, safe_url

_LOOKS_LIKE_TAG = re.compile(r"<[a-zA-Z/!?]")
_TAG_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)")
_ATTRIBUTE_NAME = re.compile(r"[\s/]*([^\s/>=]?[^\s/>=]*)\s*(=?)\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_SET_TEXT = re.compile(
    r"</?(?:b|i|u|em|strong|span|font|small|su[bp]|br|p|div|a|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE
)
_SPACES = re.compile(r"\s+")

_PARAGRAPHS = frozenset(
    ("address", "blockquote", "dl", "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "p", "pre", "table")
)
_SECTIONS = frozenset(
    ("article", "aside", "body", "center", "details", "dialog", "div", "fieldset", "footer", "header", "hgroup", "main")
)
_ROWS = frozenset(
    ("caption", "dd", "dt", "figcaption", "legend", "li", "nav", "ol", "option", "summary", "tbody", "tfoot", "thead")
)
_LINES = _SECTIONS | _ROWS | {"section", "title", "tr", "ul"}
_RAW = frozenset({"script", "style"})  # their content is no markup, up to their own end tag


@dataclass(slots=True)
class _Tag:
    """A start or end tag. Of its attributes only the address of a link is kept."""

    name: str
    closing: bool
    href: str | None = None


def html_to_text(html: str) -> str:
    """The plain text of a fragment of HTML, by `clean_text`.

    Blocks and <br> become lines, list items start with "- ", links read "text (https://…)" where the address says more
    than the text. Scripts, styles and templates are left out. A text without any tag keeps its own lines.
    """
    if not _LOOKS_LIKE_TAG.search(html):
        return clean_text(entities.unescape(html))
    writer = _Writer()
    for token in _tokens(html):
        if isinstance(token, str):
            writer.text(token)
        else:
            writer.tag(token)
    return clean_text(writer.finish())


def entities_to_text(text: str) -> str:
    """One clean line in which `&#8217;` and `&amp;` are the characters they stand for, without tags that set a text."""
    return clean_line(html_to_text(text) if _SET_TEXT.search(text) else entities.unescape(text))


def _tokens(html: str) -> Iterator[str | _Tag]:
    """The tags and the text between them, in order. Each character is looked at a fixed number of times."""
    at = 0
    while at < len(html):
        opening = _LOOKS_LIKE_TAG.search(html, at)
        start = opening.start() if opening else len(html)
        if start > at:
            yield entities.unescape(html[at:start])
        if opening is None:
            return
        name = _TAG_NAME.match(html, start)
        if name is None:
            mark = "-->" if html.startswith("<!--", start) else ">"
            end = html.find(mark, start + 2)
            at = len(html) if end < 0 else end + len(mark)
            continue
        href, at = _attributes(html, name.end())
        tag = _Tag(name[1].lower(), closing=html.startswith("</", start), href=href)
        yield tag
        if tag.name in _RAW and not tag.closing:
            closing = re.compile(rf"</{tag.name}(?=[\s/>])", re.IGNORECASE).search(html, at)
            at = closing.start() if closing else len(html)


def _attributes(html: str, at: int) -> tuple[str | None, int]:
    """The tag's first href, and where the text after the tag begins. A quote nobody closes reaches to the end."""
    href = None
    while at < len(html):
        name = _ATTRIBUTE_NAME.match(html, at)
        if name is None:
            break
        at, value = name.end(), ""
        quote = html[at : at + 1]
        if name[2] and quote in {'"', "'"}:
            end = html.find(quote, at + 1)
            value, at = (html[at + 1 :], len(html)) if end < 0 else (html[at + 1 : end], end + 1)
        elif name[2] and (unquoted := _UNQUOTED.match(html, at)):
            value, at = unquoted[0], unquoted.end()
        if name[1].lower() == "href" and href is None:
            href = entities.unescape(value)
        if html.startswith(">", at):
            return href, at + 1
    return href, len(html)


@dataclass(slots=True)
class _Writer:
    """Collects the text. Breaks are owed until text follows, so empty blocks leave no blank lines."""

    pieces: list[str] = field(default_factory=list)
    owed: int = 0
    item: bool = False
    preformatted: int = 0
    hidden: int = 0
    raw: bool = False
    link: str | None = None
    link_start: int = 0

    def text(self, text: str) -> None:
        if self.hidden or self.raw:
            return
        shown = text if self.preformatted else _SPACES.sub(" ", text)
        if shown.strip():
            self._pay()
            self.pieces.append(shown)
        elif self.pieces and not self.owed:
            self.pieces.append(shown)

    def tag(self, tag: _Tag) -> None:
        if tag.name in _RAW:
            self.raw = not tag.closing
        elif tag.name == "template":
            self.hidden = max(0, self.hidden + (-1 if tag.closing else 1))
        elif self.hidden:
            return
        elif tag.name == "a":
            self._end_link()
            self.link, self.link_start = (None if tag.closing else tag.href), len(self.pieces)
        else:
            self._break(tag)

    def finish(self) -> str:
        self._end_link()
        return "".join(self.pieces)

    def _break(self, tag: _Tag) -> None:
        if tag.name == "br":
            self.owed = min(self.owed + 1, 2)
        elif tag.name in _PARAGRAPHS:
            self._owe(2)
        elif tag.name in _LINES:
            self._owe(1)
        elif tag.name in {"td", "th"}:
            self.text(" ")
        if tag.name == "li":
            self.item = not tag.closing
        elif tag.name == "pre":
            self.preformatted = max(0, self.preformatted + (-1 if tag.closing else 1))

    def _owe(self, breaks: int) -> None:
        if not self.item:  # the first paragraph of a list item stands on the item's line
            self.owed = max(self.owed, breaks)

    def _pay(self) -> None:
        self.pieces.append("\n" * self.owed + ("- " if self.item else ""))
        self.owed, self.item = 0, False

    def _end_link(self) -> None:
        url = safe_url(self.link)
        self.link = None
        if url is None:
            return
        words = clean_line("".join(self.pieces[self.link_start :]))
        if not words:
            self._pay()
            self.pieces.append(url)
            return
        stated = words if "://" in words else f"https://{words}"
        if " " in words or canonical_url(stated) != canonical_url(url):
            self.pieces.append(f" ({url})")
