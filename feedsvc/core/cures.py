"""Cures of held changes: settings of a source under which they would not be changes at all.

A site that writes UTC where it wrote its own clock moves every event; one setting mends all of them, and every later
reading. Which settings are worth a try follows from what the changes have in common; whether one helps, only reading
the capture by it tells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedsvc.core.changes import Decision
from feedsvc.core.countries import zones_of
from feedsvc.core.guard import GONE, MISSING, HeldChange
from feedsvc.core.mass_change import says_same
from feedsvc.core.model import Event

MOST_TRIED = 4
CURED_PERCENT = 90
"""The share of the held changes that a cure makes vanish; it is the first thing to be offered."""
_ORDERS = ("%d/%m/%Y", "%m/%d/%Y")
_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Cure:
    """A setting that was tried: of `held` changes, `cured` vanish under it."""

    key: str
    value: str
    cured: int
    held: int

    @property
    def is_whole(self) -> bool:
        """Return True if nearly all of what is held vanishes."""
        return self.cured * 100 >= self.held * CURED_PERCENT


def worth_a_try(held: Sequence[HeldChange], settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (key, value) of at most MOST_TRIED settings that may be the cure; `settings` are those in force."""
    fates = {part for one in held for part in one.sighting.fate.split("+")}
    found: list[tuple[str, str]] = []
    if MISSING in fates:
        found += (("absent", "keep"), ("absent", "until-last"))
    if fates & {"hours", "zone"}:
        zones = Counter(one.decision.before.event.span.zone for one in held if one.decision.before is not None)
        usual = [zone for zone, _ in zones.most_common() if zone is not None]
        country = zones_of(settings["country"]) if settings.get("country") else ()
        found += [("times", "wall-clock"), ("times", "utc"), *(("timezone", zone) for zone in (*usual[:1], *country))]
    if fates & {"order", "days"} and "date_format" in settings:
        orders = [_swapped(form) for form in settings["date_format"]] or _ORDERS
        found += [("date_format", form) for form in orders]
    known = {key: value for key, value in settings.items() if isinstance(value, str)}
    return [one for one in dict.fromkeys(found) if known.get(one[0]) != one[1]][:MOST_TRIED]


def count_cured(held: Iterable[HeldChange], decisions: Iterable[Decision]) -> int:
    """Count the held changes that are none among the decisions of a reading by other settings."""
    made = {one.after.uid: one for one in decisions}
    return sum(_vanishes(one, made.get(one.sighting.uid)) for one in held)


def in_own_words(pairs: Iterable[tuple[Event, Event | None]]) -> tuple[str, str] | None:
    """The common factor of changes in the source's own words, before and after; None where they have none.

    It is what at least half of the events say otherwise, without what stayed around it.
    """
    found = Counter(_differing(one.listed, other.listed) for one, other in pairs if other is not None)
    if not found:
        return None
    (before, after), count = found.most_common(1)[0]
    return (before, after) if before != after and 2 * count >= found.total() else None


def _vanishes(one: HeldChange, decision: Decision | None) -> bool:
    if decision is None:
        return True
    if one.sighting.fate == MISSING or decision.kind in GONE:
        return decision.kind not in GONE
    before = one.decision.before
    return before is not None and says_same(one.sighting.fate, before.event, decision.after.event)


def _swapped(form: str) -> str:
    """A date format with day and month in the other order."""
    return re.sub("%[dm]", lambda found: "%m" if found[0] == "%d" else "%d", form)


def _differing(before: str, after: str) -> tuple[str, str]:
    one, other = _TOKENS.findall(before), _TOKENS.findall(after)
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return "".join(one), "".join(other)
