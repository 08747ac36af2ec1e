"""A bucket as a target, tried against a real S3 server here: the same files, types and rules as on a disk."""

from __future__ import annotations

import gzip
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from socket import create_server
from time import monotonic, sleep

import obstore
import pytest
from obstore.store import from_url

from feedsvc.core.changes import ChangeKind
from feedsvc.core.errors import RequestError, WorkError
from feedsvc.feeds.feed import formats
from feedsvc.publish import bucket
from feedsvc.publish import target as target_module
from tests.publish.house import LATER, House
from tests.store.records import CHILE, SPACE, changed, record


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server."""
    with create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("s3") / "log"
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            end = monotonic() + 60
            while b"Running on" not in log.read_bytes():
                assert process.poll() is None, log.read_text()
                assert monotonic() < end, log.read_text()
                sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def target(s3: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fresh bucket, reached as S3's own tools are told to reach it."""
    name = "b" + "".join(letter for letter in request.node.name.lower() if letter.isalnum())[:60]
    urllib.request.urlopen(urllib.request.Request(f"{s3}/{name}", method="PUT"), timeout=60).close()
    for variable, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3,
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(variable, value)
    return f"s3://{name}/calendars"


def read(target: str, path: str) -> tuple[bytes, dict[str, str]]:
    """An object's bytes and what is said of it."""
    found = obstore.get(from_url(target), path)
    return bytes(found.bytes()), dict(found.attributes)


def test_feeds_stand_in_the_bucket_with_their_types_and_caching(house: House, target: str) -> None:
    house.apply(house.written(record("a"), CHILE, SPACE))
    assert house.publish(target).written == 7 * len(formats()) + 2
    house.publish()
    told = {
        "Content-Type": "text/calendar; charset=utf-8",
        "Cache-Control": "public, max-age=300, stale-if-error=604800",
    }
    path = "country/cl/theme/civic-space.ics"
    assert read(target, path) == (house.files()[path], told)
    packed, told_of_packed = read(target, f"{path}.gz")
    assert told_of_packed == {**told, "Content-Encoding": "gzip"}
    assert gzip.decompress(packed) == house.files()[path]


def test_second_run_uploads_nothing_and_a_change_only_what_changed(house: House, target: str) -> None:
    one = record("a")
    house.apply(house.written(one, CHILE))
    house.publish(target)
    assert house.publish(target).written == 0
    house.apply(house.written(changed(one, LATER), CHILE, kind=ChangeKind.CHANGED), now=LATER)
    report = house.publish(target)
    assert report.fresh == 4 * len(formats())
    assert b"SEQUENCE:1" in read(target, "country/cl.ics")[0]


def test_large_files_go_in_parts(house: House, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "_SMALL_BYTES", 100)
    house.apply(house.written(record("a"), CHILE))
    house.publish(target)
    house.publish()
    assert read(target, "all.ics")[0] == house.files()["all.ics"]


def test_bucket_that_is_not_there_is_told_in_one_line(house: House, target: str) -> None:
    with pytest.raises(WorkError, match="s3://no-such-bucket") as caught:
        house.publish("s3://no-such-bucket/calendars")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("target", ["s3://", "az://", "gs://"])
def test_address_without_a_bucket_is_refused(house: House, target: str) -> None:
    with pytest.raises(RequestError, match="bucket"):
        house.publish(target)


def test_missing_library_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'obstore'", name="obstore")

    monkeypatch.setattr(target_module.importlib, "import_module", missing)
    with pytest.raises(RequestError, match=r"buckets need obstore; install feedsvc\[bucket\]"):
        target_module.open_target("s3://bucket/folder")
