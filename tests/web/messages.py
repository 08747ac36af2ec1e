"""Every message the pages can show, as found in templates and code.

`python -m tests.web.messages` updates the .po files: what is new is added without a translation, what is no longer
said goes.
"""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from feedsvc.config.loader import load
from feedsvc.core.findings import END_UNKNOWN, MEANINGS
from feedsvc.core.user_agents import OTHER
from feedsvc.sources.base import find_kinds
from feedsvc.web.pages import search
from feedsvc.web.pages.feed import GIST
from feedsvc.web.viewmodels.add_to_calendar import APPLE, GOOGLE
from feedsvc.web.viewmodels.agenda_days import LAST_DAY, LAST_DAYS, NOTHING_LISTED
from feedsvc.web.viewmodels.changes import FIELDS
from feedsvc.web.viewmodels.filters import PART_NAMES, TITLES

PACKAGE = Path(__file__).parents[2] / "feedsvc"
FOLDER = PACKAGE / "locale"
LANGUAGES = ("es", "fr")
Message = str | tuple[str, str]
_KEYWORDS = {"_": None, "gettext": None, "text": None, "ngettext": (1, 2), "plural": (1, 2)}


def messages() -> set[Message]:
    """What stands in templates and code, and what the code says by name: doubts, themes, kinds of choice."""
    return {*_written(), *_named()} - {""}


def _written() -> set[Message]:
    found: set[Message] = set()
    methods = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
    for _file, _line, message, _comments, _context in extract_from_dir(
        PACKAGE / "web", methods, {"templates/**.html": {"trimmed": "true"}}, keywords=_KEYWORDS
    ):
        found.add((message[0], message[1]) if isinstance(message, tuple) else message)
    return found


def _named() -> set[Message]:
    told = {told for meaning in MEANINGS.values() for told in (meaning.told, meaning.variant) if told} | {END_UNKNOWN}
    config = load({name: kind.settings for name, kind in find_kinds().items()}, None, {})
    themes = {theme.name for theme in config.themes.all}
    kinds = {*search.KINDS.values(), *PART_NAMES.values(), *FIELDS.values()}
    leads = {NOTHING_LISTED, LAST_DAY, LAST_DAYS, GIST}
    ways = {GOOGLE, APPLE, GOOGLE.removesuffix(" Calendar")}
    return {*told, *themes, *TITLES.values(), *kinds, *leads, *ways, OTHER.name}


def exports(language: str) -> Catalog:
    """A language's .po file."""
    with (FOLDER / f"{language}.po").open("rb") as lines:
        return read_po(lines, locale=language)


def update(language: str) -> list[Message]:
    """Bring a .po file up to date; returns what is still to be translated."""
    old = exports(language) if (FOLDER / f"{language}.po").is_file() else Catalog(locale=language)
    new = Catalog(locale=language, project="feedsvc", charset="utf-8", fuzzy=False)
    for message in sorted(messages(), key=str):
        known = old.get(message[0] if isinstance(message, tuple) else message)
        new.add(message, known.string if known else "")
    written = BytesIO()
    write_po(written, new, width=120, omit_header=True, sort_output=True)
    (FOLDER / f"{language}.po").write_bytes(_header(new).encode() + written.getvalue())
    return [message.id for message in new if message.id and not _done(message.string)]


def _header(language: Catalog) -> str:
    lines = (
        f"Language: {language.locale}",
        f"Plural-Forms: {language.plural_forms}",
        "Content-Type: text/plain; charset=utf-8",
    )
    told = "".join(f'"{line}\\n"\n' for line in lines)
    return (
        f'# The words of the pages in {Locale.parse(str(language.locale)).english_name}.\nmsgid ""\nmsgstr ""\n{told}\n'
    )


def _done(string: str | tuple[str, ...] | list[str]) -> bool:
    return all(string) if not isinstance(string, str) else bool(string)


if __name__ == "__main__":
    for name in LANGUAGES:
        for missing in update(name):
            sys.stdout.write(f"{name} {missing!r}\n")
