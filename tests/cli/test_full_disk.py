"""A disk that takes no more, or may not be written: one line with the way out, no traceback, nothing lost.

No disk is filled: a limit on the size of files (RLIMIT_FSIZE) fails the same writes, with another word for the reason.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_commands import Shell

pytestmark = pytest.mark.slow


def limited(shell: Shell, largest_file: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command that can write no file beyond so many bytes."""
    return subprocess.run(
        [sys.executable, "-m", "feedsvc", *words],
        env={**os.environ, **shell.environment},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def said_in_one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done
    assert done.stderr.startswith("feedsvc: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    assert shell.run("init").returncode == 0
    return shell


def test_refresh_that_cannot_write_says_so_and_works_again_later(shell: Shell) -> None:
    assert "make room" in said_in_one_line(limited(shell, 100_000, "refresh"))
    done = shell.run("refresh")
    assert done.returncode == 0
    assert "70 new" in done.stdout


def test_backup_and_publish_and_feed_that_cannot_write_leave_nothing_half(shell: Shell, tmp_path: Path) -> None:
    assert shell.run("refresh").returncode == 0
    file, public = tmp_path / "night.sqlite", tmp_path / "public"
    assert "make room" in said_in_one_line(limited(shell, 100_000, "backup", str(file)))
    assert list(tmp_path.glob("night.sqlite*")) == []
    assert "make room" in said_in_one_line(limited(shell, 10_000, "publish", str(public)))
    assert shell.run("publish", str(public)).returncode == 0
    before = {path: path.read_bytes() for path in public.rglob("*.ics")}
    assert "choose another file" in shell.run("feed", "all.ics", "-o", str(public / "away" / "all.ics")).stderr
    assert limited(shell, 10_000, "publish", str(public)).stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in public.rglob("*.ics")} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_may_not_be_written_is_told_in_one_line(shell: Shell) -> None:
    folder = shell.folder / "var"
    folder.chmod(0o500)
    try:
        for words in (["refresh"], ["holds", "list"]):
            done = shell.run(*words)
            assert done.returncode == 1
            assert done.stderr.count("\n") == 1
        assert shell.run("doctor").returncode == 1
    finally:
        folder.chmod(0o700)
