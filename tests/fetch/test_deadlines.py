"""No fetch lasts longer than its deadline, however the server or the resolver drags."""

from __future__ import annotations

import gzip
import threading
import time
from ipaddress import ip_address

import pytest

from feedsvc.core.errors import FetchFailed
from feedsvc.core.ip_ranges import Address
from tests.fetch.clients import client, failure
from tests.fetch.upstream import Script, Visit, serving

pytestmark = pytest.mark.slow

DEADLINE = 0.25
LATE = DEADLINE + 60.0
"""What drips here never ends by itself, so however busy the machine, only a broken deadline is later."""


def _silent(visit: Visit) -> None:
    visit.hold()


def _drips_its_head(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\nX-Long: ")
    visit.drip(b"x", 0.02)


def _drips_headers(visit: Visit) -> None:
    visit.send("HTTP/1.1 200 OK\r\n")
    visit.drip(b"X-A: b\r\n", 0.02)


def _drips_interim_answers(visit: Visit) -> None:
    visit.drip(b"HTTP/1.1 100 Continue\r\n\r\n", 0.02)


def _drips_a_body_of_known_length(visit: Visit) -> None:
    visit.send_head(headers={"Content-Length": "100000"})
    visit.drip(b"x", 0.02)


def _drips_a_body_without_length(visit: Visit) -> None:
    visit.send_head()
    visit.drip(b"x", 0.02)


def _drips_chunks(visit: Visit) -> None:
    visit.send_head(headers={"Transfer-Encoding": "chunked"})
    visit.drip(b"1\r\nx\r\n", 0.02)


def _drips_the_end_of_the_chunks(visit: Visit) -> None:
    visit.send_head(headers={"Transfer-Encoding": "chunked"})
    visit.send(b"1\r\nx\r\n0\r\n")
    visit.drip(b"X-A: b\r\n", 0.02)


def _drips_packed_nothing(visit: Visit) -> None:
    visit.send_head(headers={"Content-Encoding": "gzip"})
    visit.drip(gzip.compress(b"", mtime=0), 0.02)


def _drips_redirects(visit: Visit) -> None:
    visit.closing.wait(0.1)
    visit.answer("", "302 Found", Location="/again")


DRIPS: list[Script] = [
    _silent,
    _drips_its_head,
    _drips_headers,
    _drips_interim_answers,
    _drips_a_body_of_known_length,
    _drips_a_body_without_length,
    _drips_chunks,
    _drips_the_end_of_the_chunks,
    _drips_packed_nothing,
    _drips_redirects,
]


@pytest.mark.parametrize("script", DRIPS, ids=lambda script: script.__name__.strip("_"))
def test_a_fetch_ends_at_its_deadline_however_the_server_drips(script: Script) -> None:
    with serving(script) as upstream:
        began = time.monotonic()
        error = failure(upstream, deadline_seconds=DEADLINE)
        took = time.monotonic() - began
    assert f"took longer than {DEADLINE:g} s" in str(error)
    assert DEADLINE <= took < LATE


def test_a_resolver_that_does_not_answer_is_not_waited_for() -> None:
    over = threading.Event()

    def resolve(host: str, port: int) -> list[Address]:
        over.wait(10)
        return [ip_address("127.0.0.1")]

    began = time.monotonic()
    with pytest.raises(FetchFailed, match="took longer than"):
        client("slow.example:80", resolve=resolve, deadline_seconds=DEADLINE).get("http://slow.example/")
    assert time.monotonic() - began < LATE
    over.set()
