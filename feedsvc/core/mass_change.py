"""Changes that many events share: one shift of their starts, one zone, one title, a field that all of them lost.

Each of them may be right for one event and is a fault of the page for forty: a zone that was set wrong, a column that
moved, a template without its place. The hardest case is a shift across a change to daylight saving: the clock on the
wall moves by whole days, the instants do not all move alike, so both are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from feedsvc.core.changes import Decision
from feedsvc.core.model import Event
from feedsvc.core.text import fold
from feedsvc.core.timespan import DAY, Timespan

LEAST, SHARE_PERCENT = 5, 50
QUARTER = timedelta(minutes=15)
MOST_OF_A_ZONE = timedelta(hours=14)
"""Clocks of two places differ by no more, and by quarters of an hour."""
COLLAPSED = 4
"""Titles or links have collapsed when there are at least this many times fewer than before."""

FIELDS = {
    "days": "span", "hours": "span", "order": "span", "zone": "span", "untimed": "span", "title": "title",
    "one-link": "link", "place": "location", "country": "countries", "theme": "themes", "end": "span", "link": "link",
}  # fmt: skip
"""Fate of an event in a mass change → the field of the event that tells whether a later reading says the same."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Events that changed alike: their fate (a key of FIELDS), their UIDs, and the common factor in words."""

    fate: str
    uids: frozenset[str]
    words: str


def threshold(coming: int) -> int:
    """Return the number of coming events from which a common change is a mass change."""
    return max(LEAST, -(-coming * SHARE_PERCENT // 100))


def find_alike(changed: Sequence[Decision], coming: int) -> tuple[Alike, ...]:
    """Find what is common to these changes of coming events, of which there are `coming` in all."""
    found = [*_shifts(changed, coming), *_zones(changed, coming)]
    swapped = [one for one in changed if _is_swapped(_before(one).span, one.after.event.span)]
    found.append(
        Alike("order", _uids(swapped), f"{_share(len(swapped), coming)} have day and month in the other order")
    )
    found += _collapsed("title", changed, lambda event: fold(event.title or ""), "titles")
    found += _collapsed("one-link", changed, lambda event: event.link or "", "links")
    for fate, plural, is_given in _LOSABLE:
        lost = [one for one in changed if _before(one) and is_given(_before(one)) and not is_given(one.after.event)]
        if fate == "untimed":
            found.append(Alike(fate, _uids(lost), f"{_share(len(lost), coming)} lost their time of day"))
        else:
            found.append(Alike(fate, _uids(lost), f"{len(lost)} {plural} → 0"))
    # Days above the twelfth cannot be read in the other order, so those that can may be few; none is by chance.
    return tuple(one for one in found if len(one.uids) >= (LEAST if one.fate == "order" else threshold(coming)))


def says_same(fate: str, before: Event, now: Event) -> bool:
    """Return True if two readings agree on what an event is held for, whatever else they say."""
    return all(getattr(before, FIELDS[part]) == getattr(now, FIELDS[part]) for part in fate.split("+"))


_LOSABLE: tuple[tuple[str, str, Callable[[Event], object]], ...] = (
    ("place", "places", lambda event: event.location),
    ("country", "countries", lambda event: set(event.countries) - {"other"}),
    ("theme", "themes", lambda event: event.themes),
    ("end", "ends", lambda event: event.span.end),
    ("link", "links", lambda event: event.link),
    ("untimed", "", lambda event: not event.span.all_day),
)


def _before(decision: Decision) -> Event:
    if decision.before is None:
        raise ValueError("a new event has not changed")
    return decision.before.event


def _uids(decisions: Iterable[Decision]) -> frozenset[str]:
    return frozenset(one.after.uid for one in decisions)


def _share(count: int, coming: int) -> str:
    return f"all {coming} coming events" if count == coming else f"{count} of {coming} coming events"


def _shifts(changed: Sequence[Decision], coming: int) -> Iterable[Alike]:
    """By the difference of the instants and of the clocks on the wall."""
    by_shift: dict[timedelta, list[Decision]] = defaultdict(list)
    for one in changed:
        old, new = _before(one).span, one.after.event.span
        if old.all_day == new.all_day:
            walls = new.local_start.replace(tzinfo=UTC) - old.local_start.replace(tzinfo=UTC)
            for shift in {new.start - old.start, walls} - {timedelta()}:
                by_shift[shift].append(one)
    for shift, moved in sorted(by_shift.items()):
        if not shift % DAY:
            days = shift // DAY
            unit = "day" if abs(days) == 1 else "days"
            yield Alike("days", _uids(moved), f"{_share(len(moved), coming)} moved by {days:+} {unit}")
        elif not shift % QUARTER and abs(shift) <= MOST_OF_A_ZONE:
            hours = shift / timedelta(hours=1)
            yield Alike("hours", _uids(moved), f"{_share(len(moved), coming)} moved by {hours:+g} h")


def _zones(changed: Sequence[Decision], coming: int) -> Iterable[Alike]:
    """By the zone they have now. Another name of the same clock is no other zone."""
    by_zone: dict[str | None, list[Decision]] = defaultdict(list)
    for one in changed:
        old, new = _before(one).span, one.after.event.span
        if old.zone != new.zone and old.offset_minutes != new.offset_minutes:
            by_zone[new.zone].append(one)
    for zone, those in by_zone.items():
        yield Alike("zone", _uids(those), f"{_share(len(those), coming)} changed to {zone or 'a bare UTC offset'}")


def _is_swapped(old: Timespan, new: Timespan) -> bool:
    before, after = old.first_day, new.first_day
    return before != after and (before.year, before.month, before.day) == (after.year, after.day, after.month)


def _collapsed(fate: str, changed: Sequence[Decision], key: Callable[[Event], str], plural: str) -> Iterable[Alike]:
    """Where values that differed have become few that several events share."""
    renamed = [one for one in changed if key(_before(one)) != key(one.after.event)]
    counts = Counter(key(one.after.event) for one in renamed)
    shared = [one for one in renamed if counts[key(one.after.event)] > 1 and key(one.after.event)]
    were, are = {key(_before(one)) for one in shared}, {key(one.after.event) for one in shared}
    if len(are) * COLLAPSED <= len(were):
        yield Alike(fate, _uids(shared), f"{len(were)} {plural} → {len(are)}")
