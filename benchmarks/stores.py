"""Stores to measure with. A small one is made as users make it: a page is written, a refresh reads it. A large one is
made of a small one: its rows are written again and again under other numbers, UIDs and days, past the refresh, since a
million events would take a quarter of an hour.

In a large store the events of the target country lie as far from each other as they would in real life.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.listing import TARGET, page_text, spread_counts
from feedsvc.bootstrap import Runtime, make_runtime
from feedsvc.config.loader import Config, Source, load
from feedsvc.refresh import refresh
from feedsvc.sources.base import find_kinds

ROOT = Path(__file__).parent.parent
SOURCE_ID = "bench"
NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
"""The moment of every measurement in this process: a week before the first event."""
_TARGET_FACET = ("country", "cl")
_WEEK = 7 * 86_400
_BATCH = 5_000
_EMPTIED = ("membership", "fragment", "finding", "departure", "event")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A data folder, the page that its one source is read from, and the configuration that names both."""

    folder: Path

    @property
    def page(self) -> Path:
        """The source's page."""
        return self.folder / "page.txt"

    @property
    def database(self) -> Path:
        """The embedded store."""
        return self.folder / "var" / "feedsvc.sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a process that works here."""
        return {
            "FEEDSVC_CONFIG": str(ROOT / "config" / "feedsvc.toml"),
            "FEEDSVC_SOURCES": str(self.folder / "sources.toml"),
            "FEEDSVC_DATA_DIR": str(self.folder / "var"),
        }

    def config(self) -> Config:
        """The configuration, without a look at the environment of this process."""
        return load({name: kind.settings for name, kind in find_kinds().items()}, None, self.environment)

    def runtime(self) -> Runtime:
        """Everything wired, at a fixed moment. To be closed by the caller."""
        return make_runtime(self.config(), clock=lambda: NOW)

    @property
    def source(self) -> Source:
        """Its one source."""
        return self.config().sources[0]


def lay_out(folder: Path, counts: Mapping[str, int]) -> Deployment:
    """A place with a page of so many events of each country, and no store yet."""
    deployment = Deployment(folder)
    folder.mkdir(parents=True, exist_ok=True)
    deployment.page.write_text(page_text(counts), encoding="utf-8")
    source = f'[[source]]\nid = "{SOURCE_ID}"\nkind = "opengovweek"\npath = "page.txt"\nevery = "1d"\n'
    (folder / "sources.toml").write_text(source, encoding="utf-8")
    return deployment


def make_deployment(folder: Path, counts: Mapping[str, int]) -> Deployment:
    """A place whose store holds so many events of each country, read by a refresh."""
    deployment = lay_out(folder, counts)
    wired = deployment.runtime()
    try:
        outcome = refresh(wired.refresh_context, deployment.source, allow_shrink=True)
    finally:
        wired.close()
    if outcome.run.outcome != "applied":
        raise RuntimeError(f"the store for the measurement was not made: {outcome.run.outcome}, {outcome.run.message}")
    return deployment


def make_large_deployment(folder: Path, total: int, target: int) -> Deployment:
    """A place with `total` events, `target` of them in the target country."""
    counts = {TARGET: target}
    if total > target:
        counts |= spread_counts(target)
    small = make_deployment(folder / "small", counts)
    if total == target:
        return small
    deployment = Deployment(folder / "large")
    deployment.database.parent.mkdir(parents=True)
    shutil.copy(small.folder / "sources.toml", deployment.folder)
    _grow(small.database, deployment.database, total)
    return deployment


def _grow(small: Path, large: Path, total: int) -> None:
    """Write a store of `total` events from the rows of a small one."""
    source, store = sqlite3.connect(small), sqlite3.connect(large)
    try:
        source.backup(store)
        source.row_factory = sqlite3.Row
        templates = _templates(source)
        store.execute("PRAGMA cache_size = -1000000")
        store.execute("PRAGMA synchronous = OFF")
        store.execute("CREATE TEMP TABLE unsorted AS SELECT * FROM membership LIMIT 0")
        for table in _EMPTIED:
            store.execute(f"DELETE FROM {table}")
        _write(store, templates, total)
        store.execute("INSERT INTO membership SELECT * FROM unsorted ORDER BY facet_id, start_at, event_id")
        store.execute("DELETE FROM meta WHERE key = 'counted'")  # so that the next start counts all of it
        store.commit()
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        source.close()
        store.close()


@dataclass(frozen=True, slots=True)
class _Template:
    """One event's rows as they are in the small store."""

    event: dict[str, Any]
    fragment: dict[str, Any]
    facet_ids: tuple[int, ...]
    in_target: bool


def _templates(source: sqlite3.Connection) -> list[_Template]:
    target = source.execute("SELECT id FROM facet WHERE dimension = ? AND value = ?", _TARGET_FACET).fetchone()[0]
    members: dict[int, list[int]] = {}
    for facet_id, event_id in source.execute("SELECT facet_id, event_id FROM membership"):
        members.setdefault(event_id, []).append(facet_id)
    fragments = {row["event_id"]: dict(row) for row in source.execute("SELECT * FROM fragment")}
    return [
        _Template(dict(row), fragments[row["id"]], tuple(members[row["id"]]), target in members[row["id"]])
        for row in source.execute("SELECT * FROM event ORDER BY id")
    ]


def _write(store: sqlite3.Connection, templates: list[_Template], total: int) -> None:
    events: list[tuple[Any, ...]] = []
    fragments: list[tuple[Any, ...]] = []
    members: list[tuple[int, int, int]] = []
    for number, (event, fragment, facet_ids) in enumerate(_rows(templates, total), 1):
        event["id"] = fragment["event_id"] = number
        events.append(tuple(event.values()))
        fragments.append(tuple(fragment.values()))
        members.extend((facet_id, event["start_at"], number) for facet_id in facet_ids)
        if len(events) == _BATCH or number == total:
            _insert(store, "event", templates[0].event, events)
            _insert(store, "fragment", templates[0].fragment, fragments)
            store.executemany("INSERT INTO unsorted (facet_id, start_at, event_id) VALUES (?, ?, ?)", members)
            events, fragments, members = [], [], []


def _insert(store: sqlite3.Connection, table: str, columns: Mapping[str, Any], rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(columns))
    store.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _rows(templates: list[_Template], total: int) -> Iterator[tuple[dict[str, Any], dict[str, Any], tuple[int, ...]]]:
    """Each target event once, evenly among copies of the others."""
    targets = [one for one in templates if one.in_target]
    others = [one for one in templates if not one.in_target]
    step = total // len(targets)
    for number in range(total):
        turn, rest = divmod(number, step)
        if rest == 0 and turn < len(targets):
            one = targets[turn]
            yield dict(one.event), dict(one.fragment), one.facet_ids
        else:
            yield _copy(others[number % len(others)], number)


def _copy(one: _Template, number: int) -> tuple[dict[str, Any], dict[str, Any], tuple[int, ...]]:
    """The rows under another UID, some weeks later."""
    event, fragment = dict(one.event), dict(one.fragment)
    old, domain = event["uid"].split("@")
    new = str(uuid.UUID(int=uuid.UUID(old).int ^ (number * 0x9E3779B97F4A7C15 & (1 << 64) - 1)))
    shift = number % 52 * _WEEK
    body = event["body"]
    for name in ("start_at", "end_at"):
        body = body.replace(str(event[name]), str(event[name] + shift))
    vevent = fragment["vevent"].replace(old.encode(), new.encode())
    for name, key in (("DTSTART", "start_at"), ("DTEND", "end_at")):
        vevent = vevent.replace(_stamp(name, event[key]), _stamp(name, event[key] + shift))
        event[key] += shift
    event |= {"uid": f"{new}@{domain}", "public_id": new, "body": body}
    fragment |= {"uid": f"{new}@{domain}", "vevent": vevent}
    return event, fragment, one.facet_ids


def _stamp(name: str, at: int) -> bytes:
    return f"{name}:{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}".encode()
