"""The number of calendars that fetch a feed: hits are noted in memory, and written to the store once a minute.

served -> a set in memory | every minute: hash, sort by feed and family, add to the store's sketches | counts_for

A visitor's address lives in memory until the next writing, when a hash is made from it. What is stored is a sketch of
short hashes, made with a key that is another every day and is deleted when the day is over. So nobody, not even with
the database, can tell who fetched what, or that two days had the same visitor. Therefore the number for a week is that
of its busiest day: a program that fetches daily counts once in it.

Services such as Google fetch for all their users together. Their number is that of their machines, not of people.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from multiprocessing.util import Finalize
from threading import Lock, Timer

from feedsvc.core.errors import StoreUnavailable
from feedsvc.core.hyperloglog import MEMBER_BYTES
from feedsvc.core.user_agents import FAMILIES, Family, client_network, family_named, family_of
from feedsvc.store.counts import KEPT_DAYS, KEY_BYTES, Cell
from feedsvc.store.store import Store

EVERY_SECONDS = 60.0
LONGEST_AGENT = 300
"""Characters of a User-Agent that are looked at; the rest is a stranger's and is not kept."""
MAX_NOTED = 50_000
"""Different hits that are noted between two writings; what comes beyond is not counted."""
CALENDARS = (".ics", ".jcal")
"""Extensions that calendar programs subscribe to; a table or a news feed is not a calendar."""
BUNDLES = "/bundle/"
"""Where bundles stand, of which is kept when they were last fetched, in whatever format."""
_SECONDS_A_DAY = 86_400
_WEEK = 7

Hit = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class FetchCount:
    """The fetches of one family. `last_7_days` and `last_30_days` are the different fetchers of the busiest day.

    For a family with `for_many` they are machines of that service, to be shown as "fetches it", never as people.
    """

    family: Family
    last_7_days: int
    last_30_days: int
    last_fetch: datetime


class Counter:
    """Notes hits and writes them. Safe to use from several threads; each process has its own."""

    def __init__(self, store: Store, clock: Callable[[], datetime], every_seconds: float = EVERY_SECONDS) -> None:
        self._store = store
        self._clock = clock
        self._every_seconds = every_seconds
        self._noted: set[Hit] = set()
        self._due: Timer | None = None
        self._lock = Lock()
        self._writing = Lock()
        self._ends_with_process = False

    def served(self, path: str, user_agent: str | None, address: str | None, status: int) -> None:
        """Note that a path was served. On the way of every request, so it does next to nothing."""
        is_counted = path.endswith(CALENDARS) or path.startswith(BUNDLES)
        if is_counted and status in (200, 304) and len(self._noted) < MAX_NOTED:
            self._noted.add((path, (user_agent or "")[:LONGEST_AGENT], (address or "")[:64]))
            if self._due is None:
                self._begin()

    def write(self) -> None:
        """Write what was noted. When the store does not answer, it stays noted until the next time."""
        self._due = None
        with self._writing:
            done = self._written()
        if not done:
            self._begin()

    def close(self) -> None:
        """Write what is noted, at the end of the process."""
        due, self._due = self._due, None
        if due is not None:
            due.cancel()
        with self._writing:  # waits for a writing that is under way
            self._written()

    def _begin(self) -> None:
        """The first hit after a writing sets the clock for the next one, so that an idle process does nothing."""
        with self._lock:
            if self._due is not None:
                return
            if not self._ends_with_process:
                # Not atexit: a web process is a child of the server's, and children of multiprocessing skip that.
                Finalize(None, self.close, exitpriority=1)
                self._ends_with_process = True
            self._due = Timer(self._every_seconds, self.write)
            self._due.daemon = True
            self._due.start()

    def _written(self) -> bool:
        noted, self._noted = self._noted, set()
        hits = tuple(noted)
        if not hits:
            return True
        now = self._clock()
        try:
            with self._store.write() as snapshot:
                day = day_of(now)
                key = snapshot.counts.key(day, secrets.token_bytes(KEY_BYTES))
                snapshot.counts.add(day, _cells(hits, key), now)
                names = (path.rpartition(".")[0] for path, _, _ in hits if path.startswith(BUNDLES))
                snapshot.bundles.note_fetched({name.removeprefix(BUNDLES) for name in names}, now)
        except StoreUnavailable:
            self._noted.update(hits)
            return False
        return True


def _cells(hits: tuple[Hit, ...], key: bytes) -> Mapping[Cell, set[bytes]]:
    """The hits as short hashes, by feed and family."""
    keyed = blake2b(key=key, digest_size=MEMBER_BYTES)
    cells: defaultdict[Cell, set[bytes]] = defaultdict(set)
    for path, user_agent, address in hits:
        feed = path.rpartition(".")[0]
        if feed.startswith("/event/") or not path.endswith(CALENDARS):
            continue  # one event, fetched once: nobody subscribes to that
        member = keyed.copy()
        member.update(f"{client_network(address)}\n{user_agent}".encode("utf-8", "replace"))
        cells[feed, family_of(user_agent).key].add(member.digest())
    return cells


def counts_for(store: Store, path: str, now: datetime) -> tuple[FetchCount, ...]:
    """The fetches of a feed, by its canonical path, in the last 30 days; families without one are left out.

    Raises StoreUnavailable.
    """
    today = day_of(now)
    with store.read() as snapshot:
        found = snapshot.counts.of(path, today - KEPT_DAYS + 1)
    rows = []
    for family in FAMILIES:
        days = [one for one in found if family_named(one.family) is family]
        if days:
            week = [one.fetchers for one in days if one.day > today - _WEEK]
            month = max(one.fetchers for one in days)
            rows.append(FetchCount(family, max(week, default=0), month, max(one.fetched_at for one in days)))
    return tuple(rows)


def day_of(moment: datetime) -> int:
    """Days since 1970 UTC."""
    return int(moment.timestamp()) // _SECONDS_A_DAY
