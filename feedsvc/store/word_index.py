"""Finding events by words, in one way for both databases: an index from words to events in the order of their starts.

A query's word finds all that begin with it. An event matches a word by its own words, or by a calendar it is in whose
name has it: a reader who looks for "chili" wants what happens in Chile, in any language. All words must match. It
is bounded: of a word at most MAX_PREFIXED words, MAX_FACETS calendars and CANDIDATES events are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, String, Table, delete, insert, or_, select

from feedsvc.core.words import words_of, words_of_event
from feedsvc.store.dialects import BYTEWISE, ROW_ID, chunks, metadata, upsert
from feedsvc.store.events import record_of
from feedsvc.store.schema import event, facet, membership, meta
from feedsvc.store.totals_schema import occurrence

MAX_PREFIXED = 16
MAX_FACETS = 16
CANDIDATES = 1_000
_LONGEST_SECONDS = 32 * 86_400
_NAMES = "calendar_names"
_LAST = "\U0010ffff"

word = Table(
    "word",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("text", BYTEWISE, nullable=False, unique=True, comment="the word, folded by core.words"),
    comment="every word by which an event was ever found",
)

event_word = Table(
    "event_word",
    metadata,
    Column("word_id", ROW_ID, ForeignKey("word.id"), primary_key=True, comment="the word"),
    Column("start_at", BigInteger, primary_key=True, comment="the event's start, in seconds since 1970 UTC"),
    Column("event_id", ROW_ID, ForeignKey("event.id"), primary_key=True, comment="the event"),
    Index("ix_event_word_event_id", "event_id"),
    comment="the words of each event that is in feeds, in the order of starts",
    sqlite_with_rowid=False,
)

calendar_name = Table(
    "calendar_name",
    metadata,
    Column("name", BYTEWISE, primary_key=True, comment="a name of it in some language, or a code, folded"),
    Column("dimension", String(40), primary_key=True, comment="the dimension"),
    Column("value", String(80), primary_key=True, comment="the value in addresses"),
    comment="the names by which calendars are found, in every language that the service knows",
    sqlite_with_rowid=False,
)

FacetName = tuple[str, str]
"""(dimension, value)."""


Term = tuple[str, Sequence[FacetName]]
"""A word that is looked for, and the calendars whose names have it."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """The row numbers of the words and the facets that a term stands for."""

    word_ids: Sequence[int]
    facet_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Found:
    """An event that matches. `series` is the same for all occurrences of a series; None for a single event."""

    event_id: int
    start_at: int
    series: int | None


def index_events(
    connection: Connection, events: Mapping[int, tuple[int, Sequence[str]]], gone: Collection[int]
) -> None:
    """Write the words of events: event → (start, words). The words of those that are `gone` are taken away first."""
    for part in chunks(sorted(gone)):
        connection.execute(delete(event_word).where(event_word.c.event_id.in_(part)))
    ids = _word_ids(connection, {one for _, words in events.values() for one in words})
    rows = sorted((ids[one], start, event_id) for event_id, (start, words) in events.items() for one in words)
    for part in chunks(rows, 10_000):
        connection.execute(
            insert(event_word),
            [{"word_id": one, "start_at": start, "event_id": event_id} for one, start, event_id in part],
        )


def _word_ids(connection: Connection, texts: Collection[str]) -> dict[str, int]:
    """Word → its row number, made where it is new."""
    if not texts:
        return {}
    new = upsert(connection, word).on_conflict_do_nothing()
    found: dict[str, int] = {}
    for part in chunks(sorted(texts)):
        rows = connection.execute(select(word.c.text, word.c.id).where(word.c.text.in_(part)))
        known = {row.text: row.id for row in rows}
        missing = [one for one in part if one not in known]
        if missing:
            connection.execute(new, [{"text": one} for one in missing])
            rows = connection.execute(select(word.c.text, word.c.id).where(word.c.text.in_(missing)))
            known |= {row.text: row.id for row in rows}
        found |= known
    return found


def index_all(connection: Connection) -> None:
    """Write the words of every event that is in feeds; for a store that has none."""
    connection.execute(delete(event_word))
    event_ids = list(connection.execute(select(occurrence.c.event_id).order_by(occurrence.c.event_id)).scalars())
    for part in chunks(event_ids):
        records = ((row.id, record_of(row)) for row in connection.execute(select(event).where(event.c.id.in_(part))))
        index_events(
            connection,
            {number: (int(one.event.span.start.timestamp()), words_of_event(one.event)) for number, one in records},
            (),
        )


class WordIndex:
    """Searches within one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def names_version(self) -> str | None:
        """The version of the names that are kept."""
        found: str | None = self._connection.execute(select(meta.c.value).where(meta.c.key == _NAMES)).scalar()
        return found

    def name_calendars(self, version: str, names: Iterable[tuple[str, str, str]]) -> None:
        """Keep these (name, dimension, value) and no others. Needs to write."""
        self._connection.execute(delete(meta).where(meta.c.key == _NAMES))
        self._connection.execute(insert(meta), {"key": _NAMES, "value": version})
        rows = {(" ".join(words_of(name)), dimension, value) for name, dimension, value in names}
        known = {tuple(row) for row in self._connection.execute(select(calendar_name))}
        own = calendar_name.c
        for name, dimension, value in known - rows:
            gone = (own.name == name) & (own.dimension == dimension) & (own.value == value)
            self._connection.execute(delete(calendar_name).where(gone))
        new = [
            {"name": name, "dimension": dimension, "value": value} for name, dimension, value in rows - known if name
        ]
        if new:
            self._connection.execute(upsert(self._connection, calendar_name).on_conflict_do_nothing(), new)

    def calendars(self, words: Sequence[str], most: int = 50) -> list[FacetName]:
        """The calendars of which one name has a beginning of each word; those with the shortest such name first."""
        if not words:
            return []
        query = select(calendar_name)
        for one in words:
            begins, has = (calendar_name.c.name.startswith, calendar_name.c.name.contains)
            query = query.where(or_(begins(one, autoescape=True), has(f" {one}", autoescape=True)))
        rows = sorted((len(row.name), row.dimension, row.value) for row in self._connection.execute(query.limit(1_000)))
        return list(dict.fromkeys((dimension, value) for _, dimension, value in rows))[:most]

    def events(self, terms: Sequence[Term], now: int, *, ahead: bool) -> list[Found]:
        """The events that match every term: those not over at `now`, the next first; or those over, the latest first.

        `now` is in seconds since 1970 UTC. At most CANDIDATES; where there may be more, as many are given.
        """
        reaches = [self._reach(one) for one in terms]
        if not all(one.word_ids or one.facet_ids for one in reaches):
            return []
        candidates = [self._candidates(one, now, ahead=ahead) for one in reaches]
        rarest = min(range(len(reaches)), key=lambda number: len(candidates[number]), default=None)
        if rarest is None:
            return []
        found = list(candidates[rarest])
        for number, one in enumerate(reaches):
            if number != rarest:
                matching = self._matching(one, [event_id for _, event_id in found])
                found = [pair for pair in found if pair[1] in matching]
        timely: dict[int, int | None] = {}
        for part in chunks([event_id for _, event_id in found]):
            over = occurrence.c.ends_at > now if ahead else occurrence.c.ends_at <= now
            for row in self._connection.execute(select(occurrence).where(occurrence.c.event_id.in_(part), over)):
                timely[row.event_id] = row.series if row.repeats else None
        return [Found(event_id, start, timely[event_id]) for start, event_id in found if event_id in timely]

    def _reach(self, term: Term) -> _Reach:
        text, calendars = term
        columns = select(word.c.id).where(word.c.text >= text, word.c.text < text + _LAST)
        word_ids = list(self._connection.execute(columns.order_by(word.c.text).limit(MAX_PREFIXED)).scalars())
        facet_ids: list[int] = []
        for dimension, value in calendars[:MAX_FACETS]:
            own = (facet.c.dimension == dimension) & (facet.c.value == value)
            facet_ids += self._connection.execute(select(facet.c.id).where(own)).scalars()
        return _Reach(word_ids, facet_ids)

    def _candidates(self, reach: _Reach, now: int, *, ahead: bool) -> list[tuple[int, int]]:
        """(start, event) of the nearest events that a term reaches, each once, the nearest first."""
        found: set[tuple[int, int]] = set()
        for table, key, numbers in (
            (event_word, event_word.c.word_id, reach.word_ids),
            (membership, membership.c.facet_id, reach.facet_ids),
        ):
            start = table.c.start_at
            nearest = start >= now - _LONGEST_SECONDS if ahead else start < now
            query = select(start, table.c.event_id).where(nearest).order_by(start if ahead else start.desc())
            for number in numbers:
                rows = self._connection.execute(query.where(key == number).limit(CANDIDATES))
                found.update((row[0], row[1]) for row in rows)
        return sorted(found, reverse=not ahead)[:CANDIDATES]

    def _matching(self, reach: _Reach, event_ids: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for part in chunks(event_ids):
            for table, key, numbers in (
                (event_word, event_word.c.word_id, reach.word_ids),
                (membership, membership.c.facet_id, reach.facet_ids),
            ):
                query = select(table.c.event_id).where(table.c.event_id.in_(part), key.in_(numbers))
                found.update(self._connection.execute(query).scalars() if numbers else ())
        return found
