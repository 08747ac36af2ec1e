"""What is kept of who fetches a feed: sketches that processes share, no address, nothing of yesterday's hashes."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import pytest

from feedsvc.store import counts as counts_module
from feedsvc.store.counts import KEPT_DAYS
from feedsvc.store.store import Store

NOW = datetime(2024, 5, 30, 12, tzinfo=UTC)
TODAY = 19_873
CELL = ("/country/cl", "apple")


def members(*names: object) -> set[bytes]:
    return {blake2b(str(name).encode(), digest_size=6).digest() for name in names}


def add(store: Store, day: int, cells: dict[tuple[str, str], set[bytes]]) -> None:
    with store.write() as snapshot:
        snapshot.counts.add(day, cells, NOW)


def fetchers(store: Store, path: str = CELL[0], since: int = 0) -> dict[tuple[str, int], int]:
    with store.read() as snapshot:
        return {(one.family, one.day): one.fetchers for one in snapshot.counts.of(path, since)}


def test_same_fetcher_seen_by_two_writers_counts_once(store: Store) -> None:
    add(store, TODAY, {CELL: members("a", "b")})
    add(store, TODAY, {CELL: members("b", "c"), ("/all", "google"): members("g")})
    assert fetchers(store) == {("apple", TODAY): 3}
    assert fetchers(store, "/all") == {("google", TODAY): 1}


def test_many_fetchers_stay_within_a_thousand_bytes_and_ten_per_cent(store: Store) -> None:
    for start in range(0, 3000, 500):
        add(store, TODAY, {CELL: members(*range(start, start + 700))})
    assert fetchers(store)["apple", TODAY] == pytest.approx(3200, rel=0.1)


def test_every_process_gets_the_same_key_of_a_day(store: Store) -> None:
    with store.write() as snapshot:
        first = snapshot.counts.key(TODAY, b"1" * 32)
    with store.write() as snapshot:
        assert snapshot.counts.key(TODAY, b"2" * 32) == first == b"1" * 32
        assert snapshot.counts.key(TODAY + 1, b"3" * 32) == b"3" * 32


def test_key_and_hashes_are_gone_when_the_day_is_over(store: Store, tmp_path: Path) -> None:
    secret = b"key-of-yesterday-0123456789abcde"
    with store.write() as snapshot:
        snapshot.counts.key(TODAY, secret)
    add(store, TODAY, {CELL: members("a")})
    with store.write() as snapshot:
        snapshot.counts.key(TODAY + 1, b"4" * 32)
        sketches = snapshot._connection.exec_driver_sql("SELECT sketch FROM calendar_fetch").scalars().all()
    assert sketches == [None]
    assert fetchers(store) == {("apple", TODAY): 1}
    store.close()
    assert secret not in b"".join(file.read_bytes() for file in tmp_path.iterdir()), "its bytes are still in the file"


def test_what_is_older_than_thirty_days_is_deleted(store: Store) -> None:
    add(store, TODAY - KEPT_DAYS, {CELL: members("a")})
    add(store, TODAY - KEPT_DAYS + 1, {CELL: members("a")})
    with store.write() as snapshot:
        snapshot.counts.key(TODAY, b"1" * 32)
    assert fetchers(store) == {("apple", TODAY - KEPT_DAYS + 1): 1}


def test_a_flood_of_feeds_can_neither_fill_the_store_nor_stop_known_counts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts_module, "MAX_CELLS", 10)
    add(store, TODAY, {CELL: members("a")})
    add(store, TODAY, {(f"/country/{n}", "other"): members(n) for n in range(50)})
    add(store, TODAY, {CELL: members("b"), ("/theme/new", "other"): members("z")})
    with store.read() as snapshot:
        rows = snapshot._connection.exec_driver_sql("SELECT count(*) FROM calendar_fetch").scalar_one()
    assert rows == 10
    assert fetchers(store) == {("apple", TODAY): 2}
