"""A made-up Open Gov Week page of any length: titles, themes, countries and times as the real one has them.

The same arguments give the same text. `variant` moves the end of every hundredth event, so a page of another variant
differs from this one in one percent of its events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random

TARGET, SMALL = "Chile", "Uruguay"
"""The country of the large feed and of the small one; no other event is there."""
COUNTRIES = {
    "Argentina": "-03:00", "Armenia": "+04:00", "Bulgaria": "+02:00", "Colombia": "-05:00", "Costa Rica": "-06:00",
    "Croatia": "+01:00", "Denmark": "+01:00", "Estonia": "+02:00", "Finland": "+02:00", "France": "+01:00",
    "Georgia": "+04:00", "Germany": "+01:00", "Ghana": "+00:00", "Greece": "+02:00", "Guatemala": "-06:00",
    "Honduras": "-06:00", "Ireland": "+00:00", "Italy": "+01:00", "Jordan": "+02:00", "Kenya": "+03:00",
    "Latvia": "+02:00", "Liberia": "+00:00", "Lithuania": "+02:00", "Malawi": "+02:00", "Moldova": "+02:00",
    "Morocco": "+01:00", "Nigeria": "+01:00", "Norway": "+01:00", "Panama": "-05:00", "Paraguay": "-04:00",
    "Peru": "-05:00", "Senegal": "+00:00", "Slovakia": "+01:00", "Sri Lanka": "+05:30", "Sweden": "+01:00",
    "Tunisia": "+01:00",
}  # fmt: skip
"""Name on the page → the label of its zone's standard offset."""
_LABELS = {**COUNTRIES, TARGET: "-04:00", SMALL: "-03:00"}
THEMES = (
    "Access to Information", "Anti-Corruption", "Civic Space", "Climate and Environment", "Digital Governance",
    "Fiscal Openness", "Gender & Inclusion", "Justice", "Media Freedom", "Open Parliaments", "Public Participation",
    "Public Service Delivery",
)  # fmt: skip
_FORMS = ("Round table", "Workshop", "Webinar", "Public hearing", "Mesa de diálogo", "Atelier", "Open day", "Launch",
          "Training", "Hackathon", "Lecture", "Coffee with the mayor")  # fmt: skip
_WORDS = (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split()
FIRST_DAY = date(2027, 1, 11)
_DAYS = 330


def page_text(counts: Mapping[str, int], variant: int = 0) -> str:
    """The page with so many events of each country, mixed."""
    return "\n".join(["Open Gov Week Events", "", *_entries(counts, variant)])


def spread_counts(total: int) -> dict[str, int]:
    """So many events, spread over all countries but the target and the small one."""
    each, rest = divmod(total, len(COUNTRIES))
    return {name: each + (number < rest) for number, name in enumerate(COUNTRIES)}


def _entries(counts: Mapping[str, int], variant: int) -> Iterator[str]:
    largest = max(counts.values(), default=0)
    due = ((turn * largest / count, name) for name, count in counts.items() for turn in range(count))
    for number, (_, country) in enumerate(sorted(due)):
        minutes = 90 + (15 * (variant % 9) if number % 100 == 0 else 0)
        yield f"{_title(number)}\n\n{_themes(number)}\n\n{_when(country, number, minutes)}\n\nLearn more\n"


def _title(number: int) -> str:
    """As many different words as on the real page, so that it packs no better than that one."""
    draw = Random(number)
    words = " ".join(draw.sample(_WORDS, 4 + number % 9))
    return f"{_FORMS[number % len(_FORMS)]} {number + 1}: {words}"


def _themes(number: int) -> str:
    first = number * 7 % len(THEMES)
    return ", ".join(sorted({THEMES[(first + 5 * step) % len(THEMES)] for step in range(1 + number % 4)}))


def _when(country: str, number: int, minutes: int) -> str:
    day = FIRST_DAY + timedelta(days=number * 7919 % _DAYS)
    start = 8 * 60 + number % 16 * 15
    hours = f"{_clock(start)} - {_clock(start + minutes)}"
    return f"{country} — {day:%B} {day.day}, {day.year} @ {hours} GMT{_LABELS[country]}"


def _clock(minutes: int) -> str:
    hour, minute = divmod(minutes, 60)
    return f"{(hour - 1) % 12 + 1}:{minute:02}{'am' if hour < 12 else 'pm'}"
