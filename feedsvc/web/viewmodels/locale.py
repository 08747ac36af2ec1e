"""Language of an answer: `lang` in the address, else the best that its browser asks for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import g, has_request_context, request

from feedsvc.web.viewmodels.agenda_days import AgendaQuery
from feedsvc.web.viewmodels.i18n import DEFAULT, LOCALES, NAMES, Words, words

_LONGEST_PATH = 600
"""Longer than the path of any feed: what is longer names nothing, and is not repeated."""


@dataclass(frozen=True, slots=True)
class Locale:
    """The words of a page. A language chosen in the address is carried on in every link."""

    words: Words
    chosen: bool

    def link(self, path: str, **arguments: str) -> str:
        """A path with its arguments; empty ones are left out."""
        kept = {name: value for name, value in arguments.items() if value}
        if self.chosen:
            kept.setdefault("lang", self.words.language)
        return f"{path}?{urlencode(kept)}" if kept else path

    def switches(self) -> tuple[tuple[str, str, str], ...]:
        """Every language: its code, its own name, and this page in it."""
        return tuple((code, name, in_language(code)) for code, name in NAMES.items())


def in_language(code: str) -> str:
    """The present page in a language; it keeps what else was asked for, in one spelling, as pages are kept by it."""
    query = AgendaQuery.of(request.args)
    kept = {name: value for name, value in (("q", query.query), ("at", query.at)) if value}
    path = request.path if len(request.path) <= _LONGEST_PATH else "/"
    return f"{quote(path)}?{urlencode({**kept, 'lang': code})}"


def locale() -> Locale:
    """The language of the present request; English outside of one."""
    if not has_request_context():
        return Locale(words(DEFAULT), chosen=False)
    if "locale" not in g:
        asked = request.args.get("lang", "").lower()
        best = request.accept_languages.best_match(list(LOCALES), DEFAULT) or DEFAULT
        g.locale = Locale(words(asked if asked in LOCALES else best), chosen=asked in LOCALES)
    found: Locale = g.locale
    return found
