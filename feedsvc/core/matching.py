"""Which stored record a new event is: the ladder of identity, from the surest rung to the boldest.

1. the source's own id   2. its canonical link and start
3. its link, where no other event has it and one is left on each side
4. title, countries and start
and, where one is left on each side:
5. its series and day, or week, or month (the whole series was moved)
6. title and start (its countries were corrected)   7. title and countries (it was rescheduled)
8. countries, start and themes (it was renamed)

A series are the occurrences of one recurring event, or the rows that share a link and a title.

What is paired on one rung is gone for the next. Titles are compared folded: accents, dashes, quotes and case do not
make another event. Events that did not change at all never come here: they are known by their digest.

The hardest case is an event that is held every year under one title: last year's is over and stays, so no rung that
lets the day go pairs what is over with what is coming. And where a source gives ids of its own, two ids are two events,
be their link the same or their title: only the fourth rung (an exporter that makes new ids each time) and the fifth
(occurrences are named after their times) pair them.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedsvc.core.model import Event
from feedsvc.core.serialize import seconds
from feedsvc.core.text import canonical_url, fold

RESCHEDULED_WITHIN = timedelta(days=7)
"""How long after its start an event may still turn out to be put off; later the same title is another event."""

_OCCURRENCE = re.compile(r"(.+)/\d{8}(?:T\d{6}Z?)?")
# Google gives "this and all that follow" an id of its own, made from that of the series.
_FOLLOWING = re.compile(r"_R\d{8}(?:T\d{6})?(?=@|$)")


@dataclass(frozen=True, slots=True)
class Key:
    """What there is to recognise an event by. `start` is in whole seconds since 1970 UTC, `day` is that of the place.

    `owner` is the UID of a stored record, or a name for a new event. `has_own_link` tells that no other event of the
    source has the same link. `series` is what it has in common with the other occurrences of a recurring event.
    `is_over` tells that it started long ago.
    """

    owner: str
    native: str | None
    link: str | None
    title: str
    countries: tuple[str, ...]
    start: int
    themes: tuple[str, ...]
    series: object | None
    day: date
    is_over: bool = False
    has_own_link: bool = True

    @classmethod
    def of(cls, event: Event, owner: str, now: datetime, shared_links: Collection[str] = ()) -> Key:
        """The key of an event. `shared_links` are those that several events of the source have."""
        native = event.identity if event.identity.startswith("id:") else None
        link = canonical_url(event.link) if event.link else None
        title = "" if event.title is None else fold(event.title)
        return cls(
            owner,
            native,
            link,
            title,
            tuple(sorted(event.countries)),
            seconds(event.span.start),
            tuple(sorted(event.themes)),
            _series(native, link, title),
            event.span.first_day,
            event.span.start < now - RESCHEDULED_WITHIN,
            event.link not in shared_links,
        )


def _series(native: str | None, link: str | None, title: str) -> object | None:
    if native is None:
        return link and (link, title)
    occurrence = _OCCURRENCE.fullmatch(native)
    return occurrence and _FOLLOWING.sub("", occurrence[1])


@dataclass(frozen=True, slots=True)
class Matching:
    """`pairs`: name of a new event → UID of its record. `fresh`: new events without one. `absent`: UIDs left over."""

    pairs: dict[str, str]
    fresh: tuple[str, ...]
    absent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder. `single`: pair only where exactly one is left on each side.

    `across_ids`: also pair two events that each have an id of the source's own, though these differ.
    """

    agree_on: Callable[[Key], object | None]
    single: bool
    across_ids: bool = True


LADDER = (
    Rung(lambda key: key.native, single=False),
    Rung(lambda key: key.link and (key.link, key.start), single=False, across_ids=False),
    Rung(lambda key: key.has_own_link and key.link, single=True, across_ids=False),
    Rung(lambda key: key.title and (key.title, key.countries, key.start), single=False),
    Rung(lambda key: key.series and (key.series, key.day), single=True),
    Rung(lambda key: key.series and (key.series, key.day.isocalendar()[:2], key.is_over), single=True),
    Rung(lambda key: key.series and (key.series, key.day.replace(day=1), key.is_over), single=True),
    Rung(lambda key: key.title and not key.native and (key.title, key.start), single=True),
    Rung(lambda key: key.title and not key.native and (key.title, key.countries, key.is_over), single=True),
    Rung(lambda key: not key.native and (key.countries, key.start, key.themes), single=True),
)


def match(stored: Iterable[Key], new: Iterable[Key]) -> Matching:
    """Recognise new events among stored records."""
    old_left = {key.owner: key for key in stored}
    new_left = {key.owner: key for key in new}
    everyone = tuple(new_left)
    pairs: dict[str, str] = {}
    for rung in LADDER:
        for key, record in _agreeing(rung, old_left.values(), new_left.values()):
            pairs[key.owner] = record.owner
        new_left = {owner: key for owner, key in new_left.items() if owner not in pairs}
        taken = set(pairs.values())
        old_left = {owner: key for owner, key in old_left.items() if owner not in taken}
    return Matching(pairs, tuple(owner for owner in everyone if owner not in pairs), tuple(old_left))


def _agreeing(rung: Rung, old: Iterable[Key], new: Iterable[Key]) -> Iterable[tuple[Key, Key]]:
    old_by = _grouped(rung, old)
    for value, candidates in _grouped(rung, new).items():
        records = old_by.get(value, [])
        if rung.single and (len(records) != 1 or len(candidates) != 1):
            continue
        for key, record in _likeliest(candidates, records):
            if rung.across_ids or not (key.native and record.native):
                yield key, record


_LIKENESS: tuple[Callable[[Key], object], ...] = (
    lambda key: (key.title, key.themes),
    lambda key: key.title,
    lambda key: key.themes,
    lambda _key: None,
)


def _likeliest(candidates: list[Key], records: list[Key]) -> Iterable[tuple[Key, Key]]:
    """Where several agree, those alike in title and themes go together, then those in title; the rest by name."""
    for alike in _LIKENESS:
        waiting: dict[object, deque[Key]] = defaultdict(deque)
        for record in sorted(records, key=lambda record: record.owner):
            waiting[alike(record)].append(record)
        left = []
        for key in candidates:
            if waiting.get(alike(key)):
                yield key, waiting[alike(key)].popleft()
            else:
                left.append(key)
        candidates, records = left, [record for queue in waiting.values() for record in queue]


def _grouped(rung: Rung, keys: Iterable[Key]) -> dict[object, list[Key]]:
    groups: dict[object, list[Key]] = defaultdict(list)
    for key in keys:
        value = rung.agree_on(key)
        if value:
            groups[value].append(key)
    return groups
