"""The language of a page: its words by gettext, its dates, numbers, plurals and country names by CLDR.

Distances in time, too, as people say them: tomorrow, in 3 days, in 40 min, in 14 weeks; given the moment. For pages
only. Feeds have no language: their bytes depend on nothing but the store. The hardest case is a text that
strangers wrote inside a sentence of ours: messages are plain text, and every value put into one is escaped.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval, format_skeleton, format_timedelta
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from feedsvc.core import countries
from feedsvc.core.model import Record
from feedsvc.core.timespan import DAY

LOCALES = {"en": "en_GB", "es": "es", "fr": "fr"}
"""Language → the locale of its dates. English dates are written day first, on a clock of 24 hours."""
NAMES = {"en": "English", "es": "Español", "fr": "Français"}
"""Language → what it calls itself."""
DEFAULT = "en"
_CLDR_NAMES = {
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe",
    "Europe/Kyiv": "Europe/Kiev",
}
"""Zones that CLDR still calls by an older name."""
_SMALL_NUMBERS = {
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze",
}
_FOLDER = Path(__file__).parent.parent.parent / "locale"


class Words:
    """Everything a page says in one language. Made once for each language; safe to share."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(LOCALES[language])
        self._catalogue = _catalogue(language)

    @property
    def tag(self) -> str:
        """The locale as browsers name it: "en-GB"."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """ "ltr" or "rtl"."""
        return str(self.locale.text_direction)

    def text(self, message: str, **values: object) -> str:
        """A message as plain text, for what is not HTML."""
        found = self._catalogue.gettext(message)
        return found % values if values else found

    def gettext(self, message: str, **values: object) -> Markup:
        """A message as HTML; the values are escaped unless they are HTML themselves."""
        return _filled(self._catalogue.gettext(message), values)

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """A message as plain text in the plural form of `count`, which it holds as %(count)s."""
        return self._catalogue.ngettext(one, many, count) % {"count": self.number(count), **values}

    def ngettext(self, one: str, many: str, count: int, **values: object) -> Markup:
        """The same as HTML; the values are escaped."""
        return _filled(self._catalogue.ngettext(one, many, count), {"count": self.number(count), **values})

    def country(self, code: str) -> str:
        """A country's name."""
        return countries.country_name(code, self.language)

    def city(self, zone: str | None) -> str:
        """The town a zone is named after, by CLDR or else as the zone spells it; empty where it is named after none."""
        area, _, name = (zone or "").rpartition("/")
        if zone is None or area in ("", "Etc"):
            return ""
        known = self.locale.time_zones.get(_CLDR_NAMES.get(zone, zone), {})
        return str(known.get("city") or name.replace("_", " "))

    def number(self, value: int) -> str:
        """With the language's thousands separators."""
        return str(format_decimal(value, locale=self.locale))

    def spelled(self, value: int) -> str:
        """A small number as a word, "nine"; a larger one in figures."""
        words = _SMALL_NUMBERS[self.language].split()
        return words[value - 1] if 0 < value <= len(words) else self.number(value)

    def listed(self, items: list[str] | tuple[str, ...]) -> str:
        """ "a, b and c"."""
        return str(format_list(list(items), locale=self.locale)) if items else ""

    def skeleton(self, pattern: str, moment: date | datetime) -> str:
        """A date or time by a CLDR skeleton such as "yMMMMEEEEd", on its own clock."""
        if not isinstance(moment, datetime):
            moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        return str(format_skeleton(pattern, moment, tzinfo=moment.tzinfo, locale=self.locale))

    def day(self, day: date) -> str:
        """ "Thursday 30 May 2024"."""
        return str(format_date(day, "full", locale=self.locale))

    def weekday(self, day: date) -> str:
        """ "Thursday"."""
        return str(format_date(day, "EEEE", locale=self.locale))

    def narrow_weekday(self, day: date) -> str:
        """ "T"."""
        return str(format_date(day, "EEEEE", locale=self.locale))

    def month(self, day: date) -> str:
        """ "May 2024"."""
        return self.skeleton("yMMMM", day)

    def short_day(self, day: date) -> str:
        """ "30 May 2024"."""
        return str(format_date(day, "long", locale=self.locale))

    def interval(self, first: date, last: date) -> str:
        """ "28 May – 3 Jun 2024"; one day where both are the same."""
        return str(format_interval(first, last, "yMMMd", locale=self.locale))

    def span(self, first: date, last: date, *, year: bool = True) -> str:
        """ "1 – 7 March 2027", "27 February – 5 March 2027"; one day where both are the same."""
        end = self.short_day(last) if year else self.skeleton("MMMMd", last)
        if first == last:
            return end
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day} – {end}"
        start = self.short_day(first) if year and first.year != last.year else self.skeleton("MMMMd", first)
        return f"{start} – {end}"

    def day_name(self, day: date) -> str:
        """ "Thursday 26 November"."""
        return f"{self.weekday(day)} {self.skeleton('MMMMd', day)}"

    def short_day_name(self, day: date) -> str:
        """ "Thu 26 Nov"."""
        return str(format_date(day, "E d MMM", locale=self.locale))

    def short_weekday(self, day: date) -> str:
        """ "Thu"."""
        return str(format_date(day, "E", locale=self.locale))

    def moment(self, moment: datetime) -> str:
        """ "30 May 2024, 14:00 UTC", for a moment in UTC."""
        return f"{self.short_day(moment.date())}, {self.clock(moment)} UTC"

    def duration(self, span: timedelta) -> str:
        """A length in words, in hours and minutes: "1 hour 30 minutes"."""
        hours, minutes = divmod(round(span.total_seconds() / 60), 60)
        told = [format_timedelta(timedelta(hours=hours), "hour", 10_000, locale=self.locale)] if hours else []
        if minutes:
            told.append(format_timedelta(timedelta(minutes=minutes), "minute", 10_000, locale=self.locale))
        return " ".join(told)

    def ago(self, span: timedelta) -> str:
        """ "3 hours ago"; less than a second counts as one, as "in 0 seconds" would lie ahead."""
        return str(format_timedelta(-max(span, timedelta(seconds=1)), add_direction=True, locale=self.locale))

    def clock(self, moment: datetime) -> str:
        """ "14:00", or "2:00 pm" in a language whose clocks have twelve hours (CLDR), on the moment's own clock."""
        usual = self.locale.time_formats["short"].pattern
        form = usual if "h" in usual else "HH:mm"
        return str(format_datetime(moment, form, tzinfo=moment.tzinfo, locale=self.locale))


def _filled(text: str, values: dict[str, Any]) -> Markup:
    escaped = escape(text)
    return escaped % values if values else escaped


@lru_cache(maxsize=8)
def words(language: str) -> Words:
    """The words of a language of LOCALES."""
    return Words(language)


def _catalogue(language: str) -> NullTranslations:
    """The language's catalogue, compiled from its .po file; English needs none."""
    file = _FOLDER / f"{language}.po"
    if not file.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with file.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language, abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


DAYS_NAMED = 6
"""Up to so many days ahead a distance is given in days beside a date."""
WEEKS_FROM_DAYS = 21


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def day_word(day: date, today: date, words: Words) -> str:
    """ "today", "tomorrow", "yesterday", or empty."""
    named = {0: words.text("today"), 1: words.text("tomorrow"), -1: words.text("yesterday")}
    return named.get((day - today).days, "")


def day_distance(day: date, today: date, words: Words, most: int = DAYS_NAMED) -> str:
    """ "today", "in 3 days", up to `most` days ahead; empty for other days."""
    days = (day - today).days
    if word := day_word(day, today, words):
        return word
    return words.plural("in %(count)s day", "in %(count)s days", days) if 1 < days <= most else ""


def far_distance(day: date, today: date, words: Words) -> str:
    """ "tomorrow", "in 3 days", "in 14 weeks"; empty for days before yesterday."""
    days = (day - today).days
    if word := day_word(day, today, words):
        return word
    if days >= WEEKS_FROM_DAYS:
        return words.plural("in %(count)s week", "in %(count)s weeks", round(days / 7))
    return words.plural("in %(count)s day", "in %(count)s days", days) if days > 0 else ""


def moment_distance(record: Record, now: datetime, default_length: timedelta, words: Words) -> str:
    """ "now", "in 40 min", "in 3 h" for a timed event of the next 24 hours; empty for others."""
    span = record.event.span
    if span.all_day:
        return ""
    if span.start <= now < span.ends(default_length):
        return words.text("now")
    if not now < span.start < now + DAY:
        return ""
    minutes = -(-int((span.start - now).total_seconds()) // 60)
    if minutes < 60:
        return words.text("in %(minutes)s min", minutes=minutes)
    return words.text("in %(hours)s h", hours=round(minutes / 60))
