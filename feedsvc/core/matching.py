"""Recognising stored records in new events, from the surest tie to the boldest.

1. the source's own id, where its ids are worth something
2. within what shares a link, a title or a series: the pairing with the best total likeness
3. countries, themes and start, where one is left on each side (it was renamed)

A series are the occurrences of one recurring event, the rows that share a link and a title, or those that share an id.
Titles are compared folded: accents, dashes, quotes and case do not make another event. Events that did not change at
all never come here: they are known by their digest.

The hardest case is a page that shows only the next of a weekly meeting, or this year's summit under last year's link.
What has begun is history: a listing that starts after its end is another occurrence, whatever they have in common,
unless the source's own id names single dates. And two listings whose own links and titles differ are two events.

What a source lists without a readable date is known by its own id (of a series: all its occurrences), by a link that
one record has, or by a title that one record and no other listing has. A title of several is a series, and says nothing
of any one of them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from feedsvc.core.assignment import best_pairs
from feedsvc.core.model import Event, Present, Record
from feedsvc.core.serialize import seconds
from feedsvc.core.text import canonical_url, clean_line, fold, safe_url

_OCCURRENCE = re.compile(r"(.+)/\d{8}(?:T\d{6}Z?)?")
# Google gives "this and all that follow" an id of its own, made from that of the series.
_FOLLOWING = re.compile(r"_R\d{8}(?:T\d{6})?(?=@|$)")
# Added by identity.identified to an id that several events share.
_SHARED = re.compile(r"@\d{8}T\d{4}Z(?:#\d+)?$")
_DAY = 86_400
_NEXT_YEAR = 300
"""Days between what is listed under one name from which it is another edition, not the event put off."""
_MANY = 10_000
"""Pairs of one group up to which each is weighed."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of identity at one fetch.

    `shared_links` are the links that several events of the source have. `ids_count`: the source's own ids are worth
    something there; `ids_name_dates`: one of them never stands for the next occurrence. `default_length` is that of an
    event without an end. `unread_titles` are the folded titles that are also listed without a readable date.
    """

    now: datetime
    shared_links: Collection[str] = ()
    ids_count: bool = True
    ids_name_dates: bool = False
    default_length: timedelta = timedelta(hours=1)
    unread_titles: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """The marks to recognise an event by. `start` and `end` are in whole seconds since 1970 UTC, `day` is local.

    `owner` is the UID of a stored record, or a name for a new event. `own_link` is a link that no other event of the
    source has. `series` is what it has in common with the other occurrences of a recurring event.
    """

    owner: str
    native: str | None
    link: str | None
    own_link: str | None
    title: str
    countries: tuple[str, ...]
    themes: tuple[str, ...]
    place: str
    words: str
    start: int
    end: int
    day: date
    series: object | None
    has_begun: bool
    is_over: bool

    @classmethod
    def of(cls, event: Event, owner: str, rules: Rules) -> Key:
        """Return the key of an event."""
        own_id = event.identity if event.identity.startswith("id:") else None
        is_shared = own_id is not None and _SHARED.search(own_id) is not None
        native = own_id if rules.ids_count and not is_shared else None
        link = _link_of(event)
        title = "" if event.title is None else fold(event.title)
        ends = event.span.ends(rules.default_length)
        series: object | None = link and (link, title)
        if is_shared:
            series = base_id(event.identity)
        elif native is not None:
            # Of an id that several events shared, one may be left: it is still theirs.
            series = base_id(native)
        return cls(
            owner=owner,
            native=native,
            link=link,
            own_link=None if event.link in rules.shared_links else link,
            title=title,
            countries=tuple(sorted(event.countries)),
            themes=tuple(sorted(event.themes)),
            place=fold(event.location),
            words=event.description,
            start=seconds(event.span.start),
            end=seconds(ends),
            day=event.span.first_day,
            series=series,
            has_begun=event.span.start <= rules.now,
            is_over=ends <= rules.now,
        )


def base_id(identity: str) -> str:
    """An id without what names the occurrence."""
    identity = _SHARED.sub("", identity)
    occurrence = _OCCURRENCE.fullmatch(identity)
    return _FOLLOWING.sub("", occurrence[1] if occurrence else identity)


@dataclass(frozen=True, slots=True)
class Matching:
    """`pairs`: name of a new event → UID of its record. `fresh`: new events without one. `absent`: UIDs left over."""

    pairs: dict[str, str]
    fresh: tuple[str, ...]
    absent: tuple[str, ...]


def match(
    stored: Iterable[Key], new: Iterable[Key], rules: Rules, kept: Mapping[str, Sequence[int]] | None = None
) -> Matching:
    """Recognise new events among stored records. `kept`: folded title → starts of its events that did not change."""
    matcher = _Matcher({key.owner: key for key in stored}, {key.owner: key for key in new}, rules)
    everyone = tuple(matcher.new)
    matcher.pair_ids()
    matcher.pair_alike(kept or {})
    matcher.pair_renamed()
    fresh = tuple(owner for owner in everyone if owner not in matcher.pairs)
    return Matching(matcher.pairs, fresh, tuple(matcher.old))


@dataclass(slots=True)
class _Matcher:
    """The keys left on either side, and the pairs so far."""

    old: dict[str, Key]
    new: dict[str, Key]
    rules: Rules
    pairs: dict[str, str] = field(default_factory=dict)

    def take(self, new: str, old: str) -> None:
        """Pair two, and leave them out of what follows."""
        self.pairs[new] = old
        del self.new[new], self.old[old]

    def pair_ids(self) -> None:
        """Pair what has the same id; of several records with it, the nearest that it may be."""
        records = _grouped(self.old.values(), lambda key: key.native)
        for key in list(self.new.values()):
            alike = [one for one in records.get(key.native, ()) if one.owner in self.old and self._may_be(one, key)]
            if alike:
                nearest = min(alike, key=lambda one: (abs(one.start - key.start), one.owner))
                self.take(key.owner, nearest.owner)

    def pair_alike(self, kept: Mapping[str, Sequence[int]]) -> None:
        """Pair what shares a link, a title or a series, so that the total likeness is the best."""
        scores: dict[tuple[str, str], float] = {}
        for shared in _SHARED_BY:
            records = _grouped(self.old.values(), shared)
            for value, candidates in _grouped(self.new.values(), shared).items():
                group = records.get(value, [])
                if len(group) * len(candidates) > _MANY:
                    self._pair_many(candidates, group)
                    continue
                for key in candidates:
                    scores.update(
                        ((key.owner, one.owner), _likeness(one, key))
                        for one in group
                        if self._may_be(one, key) and _is_tied(one, key)
                    )
        left = {pair: score for pair, score in scores.items() if pair[0] in self.new and pair[1] in self.old}
        pairs = best_pairs(left)
        # Folded title → starts of the events that stay where they are.
        starts = {title: list(known) for title, known in kept.items()}
        for name, uid in pairs.items():
            if self.new[name].start == self.old[uid].start:
                starts.setdefault(self.new[name].title, []).append(self.new[name].start)
        for name, uid in pairs.items():
            record, key = self.old[uid], self.new[name]
            apart = abs(record.start - key.start)
            is_sure = apart <= _DAY or (key.own_link and key.own_link == record.own_link)
            if not is_sure and key.title in self.rules.unread_titles:
                continue  # The record may be the one whose date cannot be read.
            # A bare title never moves past an occurrence that stayed: the one is left out, and another was added.
            if is_sure or all(2 * abs(start - key.start) > apart for start in starts.get(key.title, ())):
                self.take(name, uid)

    def pair_renamed(self) -> None:
        """Pair what has neither title nor link in common, but takes place at one time, where it is the only one."""

        def where(key: Key) -> tuple[object, ...] | None:
            told = key.countries or key.themes
            return (key.countries, key.themes, key.start) if told and not key.native else None

        def in_which_room(key: Key) -> object | None:
            found = where(key)
            return (*found, key.place) if found and key.place else None

        for told in (in_which_room, where):
            records = _grouped(self.old.values(), told)
            for value, candidates in _grouped(self.new.values(), told).items():
                group = records.get(value, [])
                if len(group) == len(candidates) == 1 and self._may_be(group[0], candidates[0]):
                    places = {key.place for key in (group[0], candidates[0]) if key.place}
                    if len(places) < 2:
                        self.take(candidates[0].owner, group[0].owner)

    def _may_be(self, record: Key, key: Key) -> bool:
        """Return False if something speaks against their being one event, whatever speaks for it."""
        same_id = key.native is not None and record.native == key.native
        if record.has_begun and key.start >= record.end:
            return same_id and self.rules.ids_name_dates
        if max(key.start - record.end, record.start - key.end) >= _NEXT_YEAR * _DAY:
            return same_id and self.rules.ids_name_dates
        if same_id:
            return True
        if record.native and key.native:
            same = (record.title, record.countries, record.start) == (key.title, key.countries, key.start)
            in_other_rooms = record.place and key.place and record.place != key.place
            return (same and not in_other_rooms) or (record.series is not None and record.series == key.series)
        if record.link and key.link and record.link != key.link and record.title != key.title:
            return False
        # What is over was not put off to the past, unless a link of its own says that it is the same.
        return not key.is_over or record.has_begun or (key.own_link is not None and record.own_link == key.own_link)

    def _pair_many(self, candidates: Iterable[Key], group: Iterable[Key]) -> None:
        """Pair a group too large to be weighed, in which those that have most in common go first."""
        for alike in _ALIKE:
            waiting = _grouped((one for one in group if one.owner in self.old), alike)
            for records in waiting.values():
                records.sort(key=lambda one: (one.start, one.owner), reverse=True)
            for key in candidates:
                records = waiting.get(alike(key), [])
                if key.owner in self.new and records and _is_tied(records[-1], key) and self._may_be(records[-1], key):
                    self.take(key.owner, records.pop().owner)


_SHARED_BY: tuple[Callable[[Key], object], ...] = (lambda key: key.link, lambda key: key.title, lambda key: key.series)
_ALIKE: tuple[Callable[[Key], object], ...] = (
    lambda key: (key.title, key.link, key.start, key.themes, key.place, key.words),
    lambda key: (key.title, key.start, key.themes, key.place),
    lambda key: (key.title, key.start, key.themes),
    lambda key: (key.title, key.start, "any"),
    lambda key: (key.title, key.themes, "any"),
    lambda key: (key.title, "any"),
)


def _is_tied(record: Key, key: Key) -> bool:
    """Return True if what they have in common can be that of one event: a bare title needs its place or its time."""
    if (key.own_link and record.own_link == key.own_link) or (key.series and record.series == key.series):
        return True
    if key.title and record.title == key.title:
        return record.countries == key.countries or record.start == key.start
    return key.link is not None and record.link == key.link and record.start == key.start


def _likeness(record: Key, key: Key) -> float:
    """Weigh how alike they are, above 0. An event's own words tell more than its hour, which is what changes."""
    # Squared, so that of a series that moved as a whole no occurrence overtakes another, be it by hours or by months.
    days = abs(record.start - key.start) / _DAY
    apart, far = min(days / 30, 1.0) ** 2, min(days / _NEXT_YEAR, 1.0) ** 2
    agreeing = (
        (100, key.own_link is not None and record.own_link == key.own_link),
        (40, record.title == key.title),
        (30, bool(key.words) and record.words == key.words),
        (20, bool(key.themes) and record.themes == key.themes),
        (20, bool(key.place) and record.place == key.place),
        (10, record.countries == key.countries),
        (5, record.end - record.start == key.end - key.start),
        (5, record.start == key.start),
    )
    return sum(points for points, agrees in agreeing if agrees) + 15 * (1.01 - apart) + 3 * (1 - far)


def _grouped(keys: Iterable[Key], value_of: Callable[[Key], object | None]) -> dict[object, list[Key]]:
    groups: dict[object, list[Key]] = defaultdict(list)
    for key in keys:
        value = value_of(key)
        if value:
            groups[value].append(key)
    return groups


def claimed_for_sure(present: Sequence[Present], records: Mapping[str, Record], listed: Iterable[Event]) -> set[str]:
    """The UIDs that ids and links name, to be set apart before anything else is recognised.

    The id of a series names all of its dates but those that are listed.
    """
    ids = {f"id:{clean_line(one.native_id)}" for one in present if one.native_id}
    links = {canonical_url(link) for one in present if (link := safe_url(one.link))}
    if not ids and not links:
        return set()
    by_link = Counter(link for record in records.values() if (link := _link_of(record.event)))
    readable = {event.identity for event in listed}
    return {
        uid
        for uid, record in records.items()
        if record.event.identity in ids
        or (record.event.identity.rpartition("/")[0] in ids and record.event.identity not in readable)
        or ((link := _link_of(record.event)) in links and by_link[link] == 1)
    }


def claimed_by_rest(present: Sequence[Present], absent: Mapping[str, Record], listed: Iterable[Event]) -> set[str]:
    """The UIDs that are left once every readable listing was recognised: under a shared link, or by a lonely title."""
    links = {canonical_url(link) for one in present if (link := safe_url(one.link))}
    titles = {fold(one.title) for one in present if one.title and not one.native_id}
    if not absent or not (links or titles):
        return set()
    known = Counter(fold(title) for record in absent.values() if (title := record.event.title))
    known.update(fold(title) for event in listed if (title := event.title))
    return {
        uid
        for uid, record in absent.items()
        if _link_of(record.event) in links or ((name := fold(record.event.title or "")) in titles and known[name] == 1)
    }


def _link_of(event: Event) -> str | None:
    return canonical_url(event.link) if event.link else None
