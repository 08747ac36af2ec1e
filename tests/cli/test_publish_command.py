"""`feedsvc publish` as people type it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from feedsvc.cli import data
from feedsvc.publish.run import Report
from tests.cli.test_commands import Shell
from tests.publish.house import House, few
from tests.store.records import CHILE, record


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell over a store with one event, whose catalogue names few feeds."""
    house = House(tmp_path)
    house.apply(house.written(record("a"), CHILE))
    house.runtime.close()
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
    true_changes = data.publish_changes

    def changes(_catalogue: object, *arguments: object) -> Report:
        runtime = House(tmp_path).runtime
        try:
            return true_changes(few(runtime), *arguments)  # type: ignore[arg-type]
        finally:
            runtime.close()

    monkeypatch.setattr(data, "publish_changes", changes)
    return Shell(tmp_path)


def test_publish_says_in_one_line_what_it_wrote(shell: Shell, tmp_path: Path) -> None:
    target = tmp_path / "public"
    first, second = shell.run("publish", str(target)), shell.run("publish", str(target))
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith(f"{target}: edition 1: ")
    assert first.stdout.count("\n") == 1
    assert "0 of" in first.stdout
    assert " written" in first.stdout
    assert " written" not in second.stdout
    assert (target / "country/cl.ics").exists()


def test_target_of_the_configuration_is_taken_when_none_is_named(shell: Shell, tmp_path: Path) -> None:
    assert shell.run("publish", FEEDSVC_PUBLISH__TARGET=str(tmp_path / "elsewhere")).returncode == 0
    assert (tmp_path / "elsewhere/all.ics").exists()


def test_publish_without_a_target_says_what_to_do(shell: Shell) -> None:
    done = shell.run("publish")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "feedsvc: missing target; name a directory or a bucket, or set [publish] target\n"


def test_faulty_feeds_are_named_and_end_with_one(shell: Shell, tmp_path: Path) -> None:
    house = House(tmp_path)
    with house.runtime.store.write() as snapshot:
        damaged = "CAST(replace(CAST(vevent AS TEXT), 'DTSTAMP', 'DTSTOMP') AS BLOB)"
        snapshot._connection.exec_driver_sql(f"UPDATE fragment SET vevent = {damaged}")
    house.runtime.close()
    done = shell.run("publish", str(tmp_path / "public"))
    assert done.returncode == 1
    assert "2 feeds are invalid and kept their old files" in done.stderr
    assert "country/cl.ics: " in done.stderr
    assert "Traceback" not in done.stderr


def test_report_counts_every_file_once() -> None:
    report = Report(7, written=2, written_bytes=1_500_000, fresh=3, same=1, faults=["a"])
    assert data.publish_line(report) == "edition 7: 2 written (1.5 MB), 4 of 7 unchanged"
