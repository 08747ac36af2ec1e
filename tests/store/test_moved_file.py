"""A SQLite file that is moved away, comes back, or is replaced by a backup, under processes that have it open."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.core.errors import StoreUnavailable
from feedsvc.store.store import Store
from tests.store.records import CHILE, apply, record, written

NOW = datetime(2024, 5, 30, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a store of one event in it."""
    store = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store.prepare(NOW)
    apply(store, written(record("a"), CHILE))
    store.close()
    return tmp_path


def move(folder: Path, old: str, new: str) -> None:
    for file in folder.glob(f"{old}.sqlite*"):
        file.rename(folder / file.name.replace(old, new))


def editions(store: Store) -> int:
    with store.read() as snapshot:
        return snapshot.feeds.edition()


def test_store_that_was_moved_away_does_not_answer_and_no_empty_one_takes_its_place(folder: Path) -> None:
    store = Store(f"sqlite:///{folder / 'store.sqlite'}")
    before = editions(store)
    move(folder, "store", "away")
    for act in (store.read, store.write):
        with pytest.raises(StoreUnavailable, match="is missing"), act():
            pass
    assert not (folder / "store.sqlite").exists()
    move(folder, "away", "store")
    assert editions(store) == before
    store.close()


def test_backup_that_takes_the_place_of_a_store_is_read_from_then_on(folder: Path) -> None:
    shutil.copy(folder / "store.sqlite", folder / "backup.sqlite")
    store, other = (Store(f"sqlite:///{folder / 'store.sqlite'}") for _ in range(2))
    apply(other, written(record("b"), CHILE), now=NOW + timedelta(hours=1))
    assert editions(store) == 2
    move(folder, "store", "old")
    move(folder, "backup", "store")
    assert editions(store) == editions(other) == 1
    apply(other, written(record("c"), CHILE), now=NOW + timedelta(hours=2))
    assert editions(store) == 2
    store.close()
    other.close()
