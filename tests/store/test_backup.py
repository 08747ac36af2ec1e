"""Backups are whole, restores reach every calendar program, and nothing is touched before the file is known good."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.bootstrap import exports_of
from feedsvc.core.errors import RequestError, StoreUnavailable, WorkError
from feedsvc.services.restore import Restored, digests, restore
from feedsvc.store.engine import make_engine, migrate, writing
from feedsvc.store.store import Store
from tests.sample import configured, read_sample
from tests.store.records import CHILE, apply, record, written

NOW = datetime(2026, 5, 30, tzinfo=UTC)


def opened(url: str, folder: Path) -> Store:
    store = Store(url, folder)
    store.prepare(NOW)
    return store


@pytest.fixture
def sample(tmp_path: Path) -> Store:
    read_sample(tmp_path)
    return opened(f"sqlite:///{tmp_path / 'feedsvc.sqlite'}", tmp_path)


def bring_back(store: Store, file: Path, folder: Path, *, verify: bool = True, as_is: bool = False) -> Restored:
    config = configured(folder)
    return restore(store, file, NOW, lambda one: exports_of(config, one), verify=verify, as_is=as_is)


def calendar(store: Store, folder: Path) -> bytes:
    exports = exports_of(configured(folder), store)
    (everything,) = (one for one in exports.feed_files((), (0, "")).feed_files if one.path == "all.ics")
    with exports.publication(everything) as publication:
        return b"".join(publication.chunks)


def numbers(name: str, text: bytes) -> list[int]:
    return [int(found) for found in re.findall(rf"^{name}:(\d+)".encode(), text, re.MULTILINE)]


def test_backup_of_a_store_in_use_is_restored_with_every_feed(sample: Store, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    before, sequences = calendar(sample, tmp_path), numbers("SEQUENCE", calendar(sample, tmp_path))
    with sample.read() as other:
        identity = other.identity()
        sample.backup(file)
    apply(sample, written(record("later"), CHILE))
    done = bring_back(sample, file, tmp_path)
    assert (done.events, done.compared > 20) == (70, True)
    after = calendar(sample, tmp_path)
    assert numbers("SEQUENCE", after) == [one + 1_000 for one in sequences]
    assert set(re.findall(rb"^(?:LAST-MODIFIED|DTSTAMP):(.*)\r$", after, re.MULTILINE)) == {b"20260530T000000Z"}
    assert len(after.splitlines()) == len(before.splitlines())
    with sample.read() as snapshot:
        assert snapshot.identity().id == identity.id
        assert snapshot.identity().history != identity.history
        assert (snapshot.maintenance.last("restore") or pytest.fail()).file == "backup.sqlite"
    assert done.kept is not None
    assert done.kept.exists()


def test_planned_move_leaves_every_byte(sample: Store, tmp_path: Path) -> None:
    before = calendar(sample, tmp_path)
    sample.backup(tmp_path / "backup.sqlite")
    bring_back(sample, tmp_path / "backup.sqlite", tmp_path, as_is=True)
    assert calendar(sample, tmp_path) == before


def test_process_that_has_the_store_open_reads_what_was_restored(sample: Store, tmp_path: Path) -> None:
    sample.backup(tmp_path / "backup.sqlite")
    apply(sample, written(record("later"), CHILE))
    other = opened(f"sqlite:///{tmp_path / 'feedsvc.sqlite'}", tmp_path)
    bring_back(sample, tmp_path / "backup.sqlite", tmp_path, verify=False)
    with other.read() as snapshot:
        assert len(list(snapshot.events.all())) == 70
    other.examine()


@pytest.mark.parametrize("harm", ["missing", "empty", "scribbled"])
def test_lost_store_is_restored(sample: Store, tmp_path: Path, harm: str) -> None:
    sample.backup(tmp_path / "backup.sqlite")
    sample.close()
    file = tmp_path / "feedsvc.sqlite"
    file.unlink()
    if harm != "missing":
        file.write_bytes(b"" if harm == "empty" else b"scribble" * 9_000)
    store = Store(f"sqlite:///{file}", tmp_path)
    with pytest.raises(StoreUnavailable):
        store.prepare(NOW)
    store = Store(f"sqlite:///{file}", tmp_path)
    assert bring_back(store, tmp_path / "backup.sqlite", tmp_path).events == 70
    store.examine()


@pytest.mark.parametrize("content", [None, b"", b"BEGIN:VCALENDAR", b"SQLite format 3\x00" + b"\x07" * 9_000])
def test_faulty_backup_changes_nothing(sample: Store, tmp_path: Path, content: bytes | None) -> None:
    before = calendar(sample, tmp_path)
    if content is not None:
        (tmp_path / "backup.sqlite").write_bytes(content)
    with pytest.raises(RequestError, match="nothing was restored") as caught:
        bring_back(sample, tmp_path / "backup.sqlite", tmp_path)
    assert "\n" not in str(caught.value)
    assert calendar(sample, tmp_path) == before


def test_backup_never_overwrites_and_leaves_nothing_half_written(sample: Store, tmp_path: Path) -> None:
    sample.backup(tmp_path / "backup.sqlite")
    with pytest.raises(RequestError, match="exists already"):
        sample.backup(tmp_path / "backup.sqlite")
    with pytest.raises(WorkError, match="cannot be written") as caught:
        sample.backup(tmp_path / "no-such-folder" / "backup.sqlite")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("*.part"))


def test_store_is_copied_before_its_schema_changes(sample: Store, tmp_path: Path) -> None:
    sample.close()
    old = tmp_path / "feedsvc.sqlite"
    old.unlink()
    (tmp_path / "feedsvc.sqlite.id").unlink()
    engine = make_engine(f"sqlite:///{old}")
    with writing(engine) as connection:
        migrate(connection, "0010")
        connection.exec_driver_sql("INSERT INTO meta VALUES ('founded_at', '1717027200')")
    engine.dispose()
    store = opened(f"sqlite:///{old}", tmp_path)
    (copy,) = tmp_path.glob("feedsvc.sqlite.before-*-from-0010")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0010",)
    with store.read() as snapshot:
        assert (snapshot.maintenance.last("copy") or pytest.fail()).file == copy.name


def test_backup_moves_between_kinds_of_database(store: Store, tmp_path: Path) -> None:
    """`store` is of either kind; what it holds is replaced, backed up again, and is the same."""
    read_sample(tmp_path / "sample")
    sample = opened(f"sqlite:///{tmp_path / 'sample' / 'feedsvc.sqlite'}", tmp_path)
    sample.backup(tmp_path / "one.sqlite")
    bring_back(store, tmp_path / "one.sqlite", tmp_path, as_is=True)
    feeds = digests(exports_of(configured(tmp_path), store))
    assert feeds == digests(exports_of(configured(tmp_path), sample))
    apply(store, written(record("next"), CHILE), now=NOW + timedelta(hours=1))
    store.backup(tmp_path / "two.sqlite")
    again = opened(f"sqlite:///{tmp_path / 'two.sqlite'}", tmp_path / "again")
    with again.read() as snapshot:
        assert len(list(snapshot.events.all())) == 71
