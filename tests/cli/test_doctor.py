"""`feedsvc doctor` says in one line each what is wrong and what to do, also where nothing works."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.cli import doctor as command
from feedsvc.store.claims import Heartbeat
from feedsvc.store.store import Store
from tests.cli.test_commands import Shell

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A data folder into which nothing was read yet; nobody listens at the port."""
    monkeypatch.setattr(command, "system_clock", lambda: NOW)
    shell = Shell(tmp_path)
    shell.environment["FEEDSVC_SERVER__BIND"] = "127.0.0.1:1"
    assert shell.run("init").returncode == 0
    return shell


def found(shell: Shell, **environment: str) -> dict[str, dict[str, str]]:
    """The last check of each part; exit code 1 exactly where there is a fault, and no traceback."""
    done = shell.run("doctor", "--format", "json", **environment)
    checks = json.loads(done.stdout)
    assert done.stderr == ""
    assert done.returncode == any(check["state"] == "fault" for check in checks)
    assert all(check["fact"] for check in checks)
    assert all("\n" not in check["fact"] + check["remedy"] for check in checks)
    return {check["part"]: check for check in checks}


def stored(shell: Shell) -> Store:
    return Store(f"sqlite:///{shell.folder}/var/feedsvc.sqlite")


def test_every_part_is_looked_at_and_each_has_one_line(shell: Shell) -> None:
    parts = ["configuration", "disk", "store", "schema", "clock", "zone data", "worker", "sources", "backups", "web"]
    assert list(found(shell)) == parts
    lines = shell.run("doctor").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == parts
    assert shell.run("doctor").returncode == 1


def test_what_is_wrong_comes_with_what_to_do(shell: Shell) -> None:
    checks = found(shell)
    assert checks["worker"]["fact"] == "no worker was ever seen; nothing is refreshed"
    assert "feedsvc worker" in checks["worker"]["remedy"]
    assert checks["web"] == {
        "part": "web",
        "state": "fault",
        "fact": "http://127.0.0.1:1 does not answer",
        "remedy": "start feedsvc up, or feedsvc serve; where it listens elsewhere, set [server] bind",
    }
    assert (checks["backups"]["state"], checks["backups"]["fact"]) == ("note", "none was ever made")
    assert checks["sources"]["state"] == "note"
    assert "feedsvc refresh" in checks["sources"]["remedy"]


def test_what_is_well_is_said_to_be(shell: Shell, tmp_path: Path) -> None:
    assert shell.run("refresh").returncode == 0
    assert shell.run("backup", str(tmp_path / "night.sqlite")).returncode == 0
    store = stored(shell)
    with store.write() as snapshot:
        snapshot.claims.beat(Heartbeat("worker", "worker:one", NOW, NOW))
    store.close()
    # The clock of the test stands; what was written just now lies ahead of it.
    checks = found(shell)
    assert checks["clock"]["state"] == "fault"
    assert "timedatectl" in checks["clock"]["remedy"]
    for part in ("configuration", "disk", "store", "schema", "worker", "sources"):
        assert checks[part]["state"] == "good", checks[part]
    assert checks["backups"]["fact"].startswith("night.sqlite")


def test_worker_that_is_silent_and_a_backup_that_failed_are_faults(shell: Shell, tmp_path: Path) -> None:
    store = stored(shell)
    with store.write() as snapshot:
        snapshot.claims.beat(Heartbeat("worker", "worker:one", NOW - timedelta(minutes=5), NOW))
    store.close()
    assert shell.run("backup", str(tmp_path / "away" / "night.sqlite")).returncode == 1
    checks = found(shell)
    assert "no sign of life since 2026-06-01 11:55" in checks["worker"]["fact"]
    assert checks["backups"]["state"] == "fault"
    assert "the last one failed" in checks["backups"]["fact"]


@pytest.mark.parametrize("content", [b"", b"no database at all", None], ids=["empty", "foreign", "missing"])
def test_lost_store_is_a_fault_and_nothing_is_made_in_its_place(shell: Shell, content: bytes | None) -> None:
    file = shell.folder / "var/feedsvc.sqlite"
    for left in file.parent.glob("feedsvc.sqlite-*"):
        left.unlink()
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    check = found(shell)["store"]
    assert check["state"] == "fault"
    assert "feedsvc restore FILE" in check["fact"]
    assert (file.read_bytes() if file.exists() else None) == content


def test_damaged_store_is_a_fault(shell: Shell) -> None:
    assert shell.run("refresh").returncode == 0
    file = shell.folder / "var/feedsvc.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(size // 3)
        opened.write(b"\xa5" * (size // 3))
    check = found(shell)["store"]
    assert check["state"] == "fault"
    assert "feedsvc restore FILE" in check["fact"] + check["remedy"]


def test_older_schema_is_told_apart_from_a_lost_store(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.folder / "var/feedsvc.sqlite")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    checks = found(shell)
    assert checks["store"]["state"] == "good"
    assert checks["schema"]["state"] == "fault"


def test_folder_that_is_missing_is_not_made(shell: Shell, tmp_path: Path) -> None:
    checks = found(shell, FEEDSVC_DATA_DIR=str(tmp_path / "away"))
    assert checks["disk"]["state"] == checks["store"]["state"] == "fault"
    assert not (tmp_path / "away").exists()


def test_faulty_configuration_is_told_like_everything_else(shell: Shell) -> None:
    checks = found(shell, FEEDSVC_SERVER__WORKERS="many", FEEDSVC_SERVER__BIND="here")
    assert list(checks) == ["configuration", "zone data"]


def test_store_without_a_mark_is_noted(shell: Shell) -> None:
    (shell.folder / "var/feedsvc.sqlite.id").unlink()
    (shell.folder / "var/feedsvc.sqlite.id").mkdir()
    assert found(shell)["store"]["state"] == "note"
