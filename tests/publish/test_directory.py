"""A directory is written from its own handle: no link, no path and no second process leads anywhere else."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.core.errors import RequestError, WorkError
from feedsvc.core.publication import FileMetadata
from feedsvc.publish.directory import Directory
from feedsvc.publish.target import open_target
from tests.publish.house import House

ABOUT = FileMetadata("text/calendar", datetime(2024, 5, 20, tzinfo=UTC), timedelta(minutes=5))


def put(place: Directory, path: str, body: bytes = b"new") -> None:
    staged = place.workspace() / "feed"
    staged.write_bytes(body)
    place.put(staged, path, ABOUT)
    place.settle()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "cl.ics").write_bytes(b"precious")
    return folder


@pytest.mark.parametrize(
    "path",
    ["../cl.ics", "country/../../outside/cl.ics", "/etc/passwd", "country//cl.ics", "country/./cl.ics", "", "a\x00b",
     "Country/cl.ics", "country/cl ics", ".hidden", "x" * 300, "country/..", "country\\cl.ics"],
)  # fmt: skip
def test_path_that_is_none_of_a_feed_is_refused(root: Path, path: str) -> None:
    place = Directory(root)
    with pytest.raises(WorkError, match="not a path"):
        put(place, path)
    place.close()


def test_folder_that_is_a_link_is_refused_and_nothing_is_written_behind_it(root: Path, outside: Path) -> None:
    root.mkdir()
    (root / "country").symlink_to(outside)
    place = Directory(root)
    with pytest.raises(WorkError, match="is a link or no folder"):
        put(place, "country/cl.ics")
    assert place.sizes() == {}, "what is behind a link is not looked at either"
    place.close()
    assert (outside / "cl.ics").read_bytes() == b"precious"


def test_file_that_is_a_link_is_replaced_not_followed(root: Path, outside: Path) -> None:
    (root / "country").mkdir(parents=True)
    (root / "country/cl.ics").symlink_to(outside / "cl.ics")
    place = Directory(root)
    put(place, "country/cl.ics")
    place.close()
    assert not (root / "country/cl.ics").is_symlink()
    assert (root / "country/cl.ics").read_bytes() == b"new"
    assert (outside / "cl.ics").read_bytes() == b"precious"


@pytest.mark.parametrize("planted", [".feedsvc", ".feedsvc/half", ".feedsvc/lock", ".feedsvc/manifest.json"])
def test_own_files_are_not_read_or_written_through_a_link(root: Path, outside: Path, planted: str) -> None:
    (root / planted).parent.mkdir(parents=True)
    (root / planted).symlink_to(outside / "cl.ics" if planted.count(".") > 1 or "lock" in planted else outside)
    with pytest.raises((WorkError, RequestError)):
        Directory(root).read(".feedsvc/manifest.json")
    assert [file.name for file in outside.iterdir()] == ["cl.ics"]
    assert (outside / "cl.ics").read_bytes() == b"precious"


def test_a_directory_that_is_a_link_itself_is_the_users_own_choice(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "public").symlink_to(outside)
    place = Directory(tmp_path / "public")
    put(place, "all.ics")
    place.close()
    assert (outside / "all.ics").read_bytes() == b"new"


def test_file_is_readable_by_the_web_server_whatever_the_umask(root: Path) -> None:
    before = os.umask(0o077)
    try:
        place = Directory(root)
        put(place, "country/cl.ics")
        place.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / "country/cl.ics").stat().st_mode) == 0o644
    assert stat.S_IMODE((root / "country").stat().st_mode) == 0o755
    assert (root / "country/cl.ics").stat().st_mtime == ABOUT.modified.timestamp()


def test_second_process_is_told_that_one_is_publishing(root: Path) -> None:
    first = Directory(root)
    with pytest.raises(WorkError, match="another process is publishing"):
        Directory(root)
    first.close()
    Directory(root).close()


def test_half_written_files_of_a_killed_process_are_taken_away(root: Path) -> None:
    half = root / ".feedsvc/half"
    half.mkdir(parents=True)
    (half / "feed").write_bytes(b"half")
    place = Directory(root)
    assert list(place.workspace().iterdir()) == []
    place.close()


def test_a_target_that_is_no_directory_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(RequestError, match="name a directory"):
        Directory(file)


def test_a_folder_where_a_file_should_stand_is_an_error_of_that_path(root: Path) -> None:
    (root / "all.ics").mkdir(parents=True)
    place = Directory(root)
    with pytest.raises(WorkError, match=r"all\.ics: cannot be written"):
        put(place, "all.ics")
    place.close()


@pytest.mark.parametrize(
    "target", ["ftp://host/folder", "http://host/", "file:///srv", "s3:/bucket", "S3:bucket", "gs:"]
)
def test_a_scheme_that_is_no_bucket_is_refused(target: str) -> None:
    with pytest.raises(RequestError, match="not a place to publish"):
        open_target(target)


def test_published_feeds_survive_a_hostile_neighbour(house: House, outside: Path) -> None:
    house.publish()
    feeds = house.target / "country"
    for file in feeds.iterdir():
        file.unlink()
    feeds.rmdir()
    feeds.symlink_to(outside)
    with pytest.raises(WorkError, match="is a link"):
        house.publish()
    assert (outside / "cl.ics").read_bytes() == b"precious"
