"""No server costs more than the size limit and a head of decent size, whatever it sends."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from feedsvc.fetch.body import BodyRefused, read_body
from feedsvc.fetch.connection import MAX_HEAD_BYTES
from tests.fetch.clients import failure, get
from tests.fetch.upstream import Script, Visit, serving


def _endless(visit: Visit) -> None:
    visit.send_head()
    while True:
        visit.send(b"x" * 65_536)


def _endless_chunks(visit: Visit) -> None:
    visit.send_head(headers={"Transfer-Encoding": "chunked"})
    while True:
        visit.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def _says_it_is_large(visit: Visit) -> None:
    visit.send_head(headers={"Content-Length": "1000001"})
    visit.hold()


def _bomb(visit: Visit) -> None:
    visit.answer(gzip.compress(b"0" * 50_000_000, mtime=0), Content_Encoding="gzip")


def _deflated_bomb(visit: Visit) -> None:
    visit.answer(zlib.compress(b"0" * 50_000_000), Content_Encoding="deflate")


def _endless_packed_nothing(visit: Visit) -> None:
    empty_block = b"\x00\x00\x00\xff\xff"
    visit.send_head(headers={"Content-Encoding": "gzip"})
    visit.send(gzip.compress(b"", mtime=0)[:10])
    while True:
        visit.send(empty_block * 10_000)


@pytest.mark.parametrize(
    "script",
    [_endless, _endless_chunks, _says_it_is_large, _bomb, _deflated_bomb, _endless_packed_nothing],
    ids=lambda script: script.__name__.strip("_"),
)
def test_a_body_is_refused_as_soon_as_it_is_too_large_packed_or_unpacked(script: Script) -> None:
    with serving(script) as upstream:
        error = failure(upstream, max_bytes=1_000_000)
    assert "is larger than 1 MB" in str(error)


def test_unpacking_never_holds_more_than_the_limit() -> None:
    bomb = gzip.compress(b"0" * 100_000_000, mtime=0)
    tracemalloc.start()
    with pytest.raises(BodyRefused, match="is larger than 1 MB"):
        read_body([bomb], "gzip", 1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_body_of_several_packed_parts_is_joined_but_not_of_thousands() -> None:
    part = gzip.compress(b"0" * 100, mtime=0)
    with serving(lambda visit: visit.answer(part * int(visit.path[1:]), Content_Encoding="gzip")) as upstream:
        page = get(upstream, "/900").page
        assert page is not None
        assert page.content == b"0" * 90_000
        assert "is packed in more than 1000 parts" in str(failure(upstream, "/1100"))


def test_a_body_of_just_the_allowed_size_passes_packed_or_not() -> None:
    with serving(lambda visit: visit.answer(b"x" * 1_000)) as upstream:
        page = get(upstream, max_bytes=1_000).page
    assert page is not None
    with serving(lambda visit: visit.answer(gzip.compress(b"x" * 1_000, mtime=0), Content_Encoding="gzip")) as upstream:
        packed = get(upstream, max_bytes=1_000).page
    assert packed is not None
    assert packed.content == page.content == b"x" * 1_000


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,deflate", "br", "zstd", "gzip, gzip, gzip, gzip, gzip, gzip"])
def test_a_body_packed_twice_or_as_nobody_asked_is_refused_unread(encoding: str) -> None:
    double = gzip.compress(gzip.compress(b"0" * 50_000_000, mtime=0))
    with serving(lambda visit: visit.answer(double, Content_Encoding=encoding)) as upstream:
        assert "is packed" in str(failure(upstream))


@pytest.mark.parametrize(
    "body",
    [b"plain text", gzip.compress(b"x" * 5_000, mtime=0)[:-9], gzip.compress(b"x" * 5_000, mtime=0)[:1], b"\x1f\x8b"],
)
def test_a_packed_body_that_breaks_off_or_is_not_packed_is_refused(body: bytes) -> None:
    """Without a length the end of the connection would look like the end of the page."""

    def script(visit: Visit) -> None:
        visit.send_head(headers={"Content-Encoding": "gzip"})
        visit.send(body)

    with serving(script) as upstream:
        assert "breaks off" in (text := str(failure(upstream))) or "is not packed as it says" in text


def _cut_by_length(visit: Visit) -> None:
    visit.send_head(headers={"Content-Length": "1000"})
    visit.send("x" * 500)


def _cut_in_a_chunk(visit: Visit) -> None:
    visit.send_head(headers={"Transfer-Encoding": "chunked"})
    visit.send("400\r\n" + "x" * 500)


def _cut_between_chunks(visit: Visit) -> None:
    visit.send_head(headers={"Transfer-Encoding": "chunked"})
    visit.send("5\r\nxxxxx\r\n")


@pytest.mark.parametrize("script", [_cut_by_length, _cut_in_a_chunk, _cut_between_chunks])
def test_a_body_shorter_than_announced_is_no_page(script: Script) -> None:
    with serving(script) as upstream:
        assert "broke off in the middle" in str(failure(upstream))


def _hundred_thousand_headers(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\n" + "X-A: b\r\n" * 100_000 + "\r\n")


def _one_endless_header(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\nX-A: ")
    while True:
        visit.send("b" * 65_536)


def _large_headers(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\n" + f"X-A: {'b' * 8_000}\r\n" * (MAX_HEAD_BYTES // 8_000 + 1) + "\r\n")


def _endless_interim_answers(visit: Visit) -> None:
    while True:
        visit.send("HTTP/1.1 100 Continue\r\n\r\n" * 1_000)


@pytest.mark.parametrize(
    "script",
    [_hundred_thousand_headers, _one_endless_header, _large_headers, _endless_interim_answers],
    ids=lambda script: script.__name__.strip("_"),
)
def test_a_flood_of_headers_is_not_read_to_its_end(script: Script) -> None:
    with serving(script) as upstream:
        assert "headers" in str(failure(upstream))


def test_the_number_of_headers_is_limited() -> None:
    def script(visit: Visit) -> None:
        visit.answer("x", **{f"X-{n}": "y" for n in range(10)})

    with serving(script) as upstream:
        assert get(upstream, max_headers=11).page is not None
        assert "sends more than 10 headers" in str(failure(upstream, max_headers=10))


def test_a_transfer_that_cannot_be_undone_is_refused() -> None:
    with serving(lambda visit: visit.answer("x", Transfer_Encoding="gzip, chunked")) as upstream:
        assert "is transferred as" in str(failure(upstream))
