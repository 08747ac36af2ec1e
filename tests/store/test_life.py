"""A store is made on purpose: one that is missing, empty, foreign or another is never taken for a new one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedsvc.core.errors import RequestError, StoreUnavailable, StoreUnfit
from feedsvc.store.identity import Identity
from feedsvc.store.store import Store
from tests.store.records import CHILE, apply, record, written

NOW = datetime(2024, 5, 30, tzinfo=UTC)


def store_in(folder: Path) -> Store:
    return Store(f"sqlite:///{folder / 'feedsvc.sqlite'}", folder)


def identity(store: Store) -> Identity:
    with store.read() as snapshot:
        return snapshot.identity()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a store of one event and its mark."""
    store = store_in(tmp_path)
    store.prepare(NOW)
    apply(store, written(record("a"), CHILE))
    store.close()
    return tmp_path


def sizes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in folder.glob("feedsvc.sqlite")}


def lose(folder: Path) -> None:
    for file in folder.glob("feedsvc.sqlite*"):
        if file.suffix != ".id":
            file.unlink()


def empty(folder: Path) -> None:
    lose(folder)
    (folder / "feedsvc.sqlite").write_bytes(b"")


def scribble(folder: Path) -> None:
    lose(folder)
    (folder / "feedsvc.sqlite").write_text("BEGIN:VCALENDAR\n" * 1_000)


def put_foreign(folder: Path) -> None:
    lose(folder)
    with sqlite3.connect(folder / "feedsvc.sqlite") as connection:
        connection.execute("CREATE TABLE somebody_elses (id INTEGER)")
    connection.close()


def put_another(folder: Path) -> None:
    lose(folder)
    store = Store(f"sqlite:///{folder / 'another' / 'feedsvc.sqlite'}")
    store.prepare(NOW)
    store.close()
    shutil.copy(folder / "another" / "feedsvc.sqlite", folder / "feedsvc.sqlite")


LOSSES = [
    (lose, "is missing, but store"),
    (empty, "is empty, but store"),
    (scribble, "is not a SQLite database, but store"),
    (put_foreign, "holds no store of this program, but store"),
    (put_another, "expects"),
]


def test_first_start_in_an_unused_folder_makes_a_store_and_leaves_a_mark(tmp_path: Path) -> None:
    store = store_in(tmp_path / "var")
    store.prepare(NOW)
    assert (tmp_path / "var" / "feedsvc.sqlite.id").read_text() == f"{identity(store).id}\n"
    store.close()


@pytest.mark.parametrize(("harm", "told"), LOSSES, ids=lambda value: getattr(value, "__name__", ""))
def test_store_that_is_lost_is_an_error_and_never_a_new_store(
    folder: Path, harm: Callable[[Path], None], told: str
) -> None:
    harm(folder)
    store = store_in(folder)
    before = sizes(folder)
    for opened in (lambda: store.prepare(NOW), store.check):
        with pytest.raises(StoreUnfit, match=told) as caught:
            opened()
        assert "\n" not in str(caught.value)
    assert sizes(folder) == before
    with pytest.raises(RequestError, match="a store was made here"):
        store.init(NOW)


@pytest.mark.parametrize("harm", [lose, empty, put_foreign, put_another], ids=lambda one: one.__name__)
def test_process_that_has_the_store_open_never_reads_another_in_its_place(
    folder: Path, harm: Callable[[Path], None]
) -> None:
    store = store_in(folder)
    store.prepare(NOW)
    with store.read() as snapshot:
        assert snapshot.feeds.edition() == 1
    harm(folder)
    for act in (store.read, store.write):
        with pytest.raises(StoreUnavailable), act():
            pass
    store.close()


def test_folder_with_remains_of_a_store_is_not_unused(tmp_path: Path) -> None:
    (tmp_path / "metrics-8000").mkdir()
    with pytest.raises(StoreUnfit, match=r"is missing; feedsvc restore FILE .* feedsvc init"):
        store_in(tmp_path).prepare(NOW)
    store = store_in(tmp_path)
    store.init(NOW)
    assert identity(store)
    store.close()


def test_making_a_store_that_was_broken_off_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "feedsvc.sqlite.new").write_bytes(b"half")
    store = store_in(tmp_path)
    store.prepare(NOW)
    assert identity(store)
    store.close()


def test_store_of_version_0_1_0_gets_identity_and_mark_at_its_first_opening(folder: Path) -> None:
    with sqlite3.connect(folder / "feedsvc.sqlite") as connection:
        connection.execute("DELETE FROM meta WHERE key IN ('store_id', 'history')")
    connection.close()
    (folder / "feedsvc.sqlite.id").unlink()
    store = store_in(folder)
    store.prepare(NOW)
    given = identity(store)
    assert (folder / "feedsvc.sqlite.id").read_text() == f"{given.id}\n"
    store.prepare(NOW)
    assert identity(store) == given
    store.close()


def test_database_server_gets_a_store_by_init_alone_and_the_folder_knows_it(store_url: str, tmp_path: Path) -> None:
    if store_url.startswith("sqlite"):
        pytest.skip("a file is made at the first start")
    store = Store(store_url, tmp_path)
    with pytest.raises(StoreUnfit, match="feedsvc init"):
        store.prepare(NOW)
    store.init(NOW)
    store.prepare(NOW)
    assert (tmp_path / "postgresql.id").read_text() == f"{identity(store).id}\n"
    with pytest.raises(RequestError):
        store.init(NOW)
    (tmp_path / "postgresql.id").write_text("anotherstore\n")
    with pytest.raises(StoreUnfit, match="anotherstore"):
        store.prepare(NOW)


def test_wal_that_is_taken_away_is_noticed_and_nothing_is_lost(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = store_in(folder)
    store.prepare(NOW)
    apply(store, written(record("b"), CHILE))
    with store.read():
        pass
    (folder / "feedsvc.sqlite-wal").unlink()
    apply(store, written(record("c"), CHILE))
    assert "was taken away" in caplog.text
    store.close()
    again = store_in(folder)
    again.prepare(NOW)
    again.examine()
    with again.read() as snapshot:
        assert len(list(snapshot.events.all())) == 3
    again.close()


def test_damage_is_told_in_one_line(folder: Path) -> None:
    file = folder / "feedsvc.sqlite"
    content = bytearray(file.read_bytes())
    content[8_192:] = b"\x5a" * (len(content) - 8_192)
    file.write_bytes(content)
    store = store_in(folder)
    with pytest.raises(StoreUnavailable, match=r"is damaged|is malformed") as caught:
        store.prepare(NOW)
        store.examine()
    assert "\n" not in str(caught.value)
