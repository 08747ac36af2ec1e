"""Query of a reader: which day of an agenda, which words. Whatever makes no sense is as if it were not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from feedsvc.core.text import clean_line
from feedsvc.web.viewmodels.agenda_days import AT

MAX_QUERY = 100


@dataclass(frozen=True, slots=True)
class AgendaQuery:
    """`at` is "2027", "2027-03", "2027-03-04", "2027-03-04T14:00" or empty; `query` is words to look for."""

    at: str = ""
    query: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> AgendaQuery:
        """From the address; `year` is an older name of `at`."""
        asked = next((arguments[name] for name in ("year", "at") if _is_possible(arguments.get(name, ""))), "")
        return cls(asked, clean_line(arguments.get("q", ""))[:MAX_QUERY])


def _is_possible(text: str) -> bool:
    found = AT.fullmatch(text)
    if found is None:
        return False
    year, month, day, hour, minute = (int(part) if part else None for part in found.groups())
    try:
        date(year or 0, month or 1, day or 1)
        time(hour or 0, minute or 0)
    except ValueError:
        return False
    return True
