"""Local files are pages too, and as limited in size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from feedsvc.core.errors import FetchFailed
from feedsvc.fetch import read_file
from feedsvc.fetch.files import MAX_BYTES


def test_a_file_is_a_page_with_a_file_address(tmp_path: Path) -> None:
    (tmp_path / "a b.ics").write_bytes(b"BEGIN:VCALENDAR")
    page = read_file(tmp_path / "a b.ics")
    assert page.content == b"BEGIN:VCALENDAR"
    assert page.url == (tmp_path / "a%20b.ics").as_uri().replace("%2520", "%20")


def test_a_file_that_is_absent_or_a_folder_is_told_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "none.ics", tmp_path):
        with pytest.raises(FetchFailed, match="cannot be read"):
            read_file(path)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    # In a process of its own: whoever waits for a pipe that nobody writes cannot be interrupted by a test.
    code = "import sys; from pathlib import Path; from feedsvc.fetch import read_file; read_file(Path(sys.argv[1]))"
    command = [sys.executable, "-c", code, str(tmp_path / "pipe")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.rstrip().endswith("cannot be read: not a regular file")


def test_a_file_larger_than_a_page_may_be_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(FetchFailed, match="is larger than 10 MB"):
        read_file(tmp_path / "large")
