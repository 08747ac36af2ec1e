"""Events as pages show them: one view for each event. Pure: records and words in, values out.

The day is the day at the event's place, and so is the time; the reader's own time is added by the page's script.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedsvc.core.findings import Grade, sentences
from feedsvc.core.model import EventStatus, Record
from feedsvc.core.text import safe_url, slugify
from feedsvc.core.timespan import Timespan
from feedsvc.web.viewmodels.i18n import Words


@dataclass(frozen=True, slots=True)
class Named:
    """A country or theme of an event: its value in addresses and what it is called."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class When:
    """A timespan in words. `start` and `end` are ISO 8601 in UTC, or dates for an all-day event; `end` may be unknown.

    `clock` is "11:00 – 12:30", `until` the last day where that is another day, `place` whose clock it is, `offset` its
    distance from UTC.
    """

    day: date
    start: str
    end: str | None
    clock: str
    until: str
    place: str
    offset: str
    zone: str | None
    all_day: bool


@dataclass(frozen=True, slots=True)
class EventView:
    """One event, ready for a template. `was` is where it lay before it moved, in words; empty when it did not."""

    id: str
    path: str
    title: str
    when: When
    was: str
    countries: tuple[Named, ...]
    places: tuple[str, ...]
    location: str
    themes: tuple[Named, ...]
    doubts: tuple[str, ...]
    cancelled: bool
    record: Record

    @property
    def several(self) -> bool:
        """Return True if it takes place in more than one country."""
        return len(self.countries) > 1

    @property
    def tentative(self) -> bool:
        """Return True if it is not confirmed yet."""
        return self.record.status is EventStatus.TENTATIVE

    @property
    def lang(self) -> str | None:
        """The language of the title, as `language_of` tells it."""
        return language_of(self.title, self.record.event.countries)


def event_view(record: Record, words: Words, default_length: timedelta) -> EventView:
    """One event in a language."""
    event = record.event
    return EventView(
        id=record.id,
        path=f"/event/{record.id}",
        title=event.summary,
        when=when(event.span, words),
        was="" if record.moved_from is None else was(record.moved_from, event.span, words),
        countries=tuple(Named(code, words.country(code)) for code in event.countries if code != "other"),
        places=event.places,
        location=event.location,
        themes=tuple(Named(slugify(name), words.text(name)) for name in event.themes),
        doubts=doubts(record, words, default_length),
        cancelled=record.status is EventStatus.CANCELLED,
        record=record,
    )


def when(span: Timespan, words: Words) -> When:
    """A timespan in words, on the clock of its place."""
    local_end = span.local_end
    same_day = span.last_day == span.first_day
    until = "" if same_day else words.skeleton("MMMEd", span.last_day)
    if span.all_day:
        end = None if local_end is None else local_end.date().isoformat()
        clock = words.text("All day")
        return When(span.first_day, span.first_day.isoformat(), end, clock, until, "", "", None, all_day=True)
    clock = words.clock(span.local_start)
    if local_end is not None:
        clock = f"{clock} – {words.clock(local_end)}"
    return When(
        day=span.first_day,
        start=utc(span.start),
        end=None if span.end is None else utc(span.end),
        clock=clock,
        until=until,
        place=words.city(span.zone),
        offset=offset(span.local_start),
        zone=span.zone,
        all_day=False,
    )


def was(old: Timespan, new: Timespan, words: Words) -> str:
    """Return the old time of a moved event: the clock alone, with the day where that is another one."""
    told = when(old, words)
    clock = told.clock if told.place == when(new, words).place or not told.place else f"{told.clock} {told.place}"
    return clock if old.first_day == new.first_day else f"{words.skeleton('MMMEd', old.first_day)}, {clock}"


def doubts(record: Record, words: Words, default_length: timedelta, *grades: Grade) -> tuple[str, ...]:
    """Return the findings about an event that have one of these grades, in sentences; without any, all but NONE."""
    wanted = grades or (Grade.NOTE, Grade.DOUBT)
    found = (sentence for sentence in sentences(record.event) if sentence.grade in wanted)
    shown = words.duration(default_length)
    return tuple(words.text(sentence.text, length=shown, **sentence.values) for sentence in found)


def offset(moment: datetime) -> str:
    """ "UTC+03:00"."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def utc(moment: datetime) -> str:
    """ "2024-05-30T12:00:00Z"."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def source_link(record: Record) -> str | None:
    """The event's own page elsewhere; checked once more before it is shown."""
    return safe_url(record.event.link)


_SCRIPTS = {
    "GREEK": "el", "GEORGIAN": "ka", "ARMENIAN": "hy", "HEBREW": "he", "HANGUL": "ko", "HIRAGANA": "ja",
    "KATAKANA": "ja", "THAI": "th", "BENGALI": "bn", "LAO": "lo", "KHMER": "km", "MYANMAR": "my", "TAMIL": "ta",
}  # fmt: skip
_SHARED = {
    "CYRILLIC": {"ua": "uk", "ru": "ru", "bg": "bg", "by": "be", "mk": "mk", "mn": "mn", "kg": "ky", "rs": "sr"},
    "ARABIC": {"pk": "ur", "ir": "fa", "af": ""},
    "DEVANAGARI": {"np": "ne", "in": "hi"},
    "CJK": {"cn": "zh", "tw": "zh", "hk": "zh", "jp": "ja"},
}
_SIGNS = {
    "es": r"\b(el|la|los|las|de|del|y|en|para|por|sobre|con)\b",
    "fr": r"\b(le|la|les|des|du|et|sur|pour|aux?|une?)\b|\bl[’']|\bd[’']",
    "pt": r"\b(o|os|as|da|do|das|dos|e|em|para|sobre)\b",
    "en": r"\b(the|of|and|for|to|in|on|with|how|what|your|a|an)\b",
}
_LANGUAGES = {
    "es": "ar bo cl co cr cu do ec es gq gt hn mx ni pa pe py sv uy ve",
    "fr": "bf bi bj cd cf cg ch ci cm dj fr ga gn ht km lu ma mc mg ml ne rw sn td tg tn be ca",
    "pt": "ao br cv gw mz pt st tl",
}
_LEAST_SIGNS = 1


def language_of(title: str, countries: tuple[str, ...]) -> str | None:
    """Return the BCP 47 tag of a title's language, "" where it is not known: by its script, else by words and country.

    A wrong guess makes a reader mispronounce, so where several languages are likely the guess is "", which says that
    the language is not known (HTML, the lang attribute).
    """
    # The first word of the Unicode name of most letters.
    letters = [unicodedata.name(letter, "").partition(" ")[0] for letter in title if letter.isalpha()]
    script = max(set(letters), key=letters.count) if letters else ""
    if script in _SCRIPTS:
        return _SCRIPTS[script]
    if script in _SHARED:
        found = {_SHARED[script].get(country, "ar" if script == "ARABIC" else "") for country in countries}
        return found.pop() if len(found) == 1 else ""
    if script != "LATIN":
        return ""
    counted = {language: len(re.findall(signs, title.lower())) for language, signs in _SIGNS.items()}
    for language, spoken in _LANGUAGES.items():
        if not set(countries).intersection(spoken.split()):
            counted[language] = 0
    best = max(counted, key=lambda language: counted[language])
    clear = counted[best] >= _LEAST_SIGNS and list(counted.values()).count(counted[best]) == 1
    return best if clear else ""
