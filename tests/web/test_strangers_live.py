"""Strangers at a running server: silent, slow, many. Limits of time are those of the promise, with room for a busy
machine; what is asserted is who is answered, not how fast.
"""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.web.servers import PATIENCE_SECONDS, Server, free_port, started, until

pytestmark = pytest.mark.slow

FILES = 256
SILENT = 400
FORMS = 60
HEAD = b"POST /bundle/new HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
LIMITED = (
    "import resource, runpy, sys;"
    f"resource.setrlimit(resource.RLIMIT_NOFILE, (64, {FILES}));"
    "sys.argv = ['feedsvc', *sys.argv[1:]];"
    "runpy.run_module('feedsvc', run_name='__main__')"
)


@pytest.fixture(scope="module")
def server(sample_folder: Path) -> Iterator[Server]:
    """The sample in one web process that may have few files, of which it asked for fewer still."""
    port = free_port()
    with started(sample_folder, ["-c", LIMITED, "serve", "--bind", f"127.0.0.1:{port}"], port) as running:
        yield running


def is_answered(server: Server) -> bool:
    """Ask over a new connection, as long as a patient program waits."""
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS / 4) as connection,
    ):
        connection.sendall(b"GET /all.ics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return connection.recv(12) == b"HTTP/1.1 200"
    return False


def test_limit_of_files_is_raised_as_far_as_it_may(server: Server) -> None:
    assert resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE) == (FILES, FILES)


def test_silent_connections_are_closed_and_others_are_answered(server: Server) -> None:
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS))
            for _ in range(SILENT)
        ]
        until(lambda: is_answered(server), "an answer beside silent connections")
        for one in silent:
            assert one.recv(1) == b""


def test_hanging_forms_are_408_and_others_are_taken_again(server: Server) -> None:
    with ExitStack() as stack:
        forms = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS))
            for _ in range(FORMS)
        ]
        for one in forms:
            one.sendall(HEAD + b"Content-Length: 5000\r\n\r\nname=")
        assert server.ask("/all.ics")[0] == 200
        until(lambda: server.ask("/bundle/new", "POST", b"")[0] == 422, "a form to be taken")
        told = []
        for one in forms:
            with suppress(ConnectionResetError):
                told.append(one.recv(12))
    assert set(told) <= {b"HTTP/1.1 408", b"HTTP/1.1 503", b""}
    assert b"HTTP/1.1 408" in told


def test_body_that_drips_has_no_more_time(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS) as connection:
        connection.sendall(HEAD + b"Content-Length: 5000\r\n\r\n")
        connection.settimeout(0.5)
        told = b""
        for _ in range(int(PATIENCE_SECONDS)):
            with suppress(TimeoutError):
                told = connection.recv(12)
                break
            connection.sendall(b"x")
    assert told == b"HTTP/1.1 408"


@pytest.mark.parametrize("hosts", [b"", b"Host: localhost\r\nHost: localhost\r\n", b"Host: \r\n"])
def test_request_without_exactly_one_host_is_400(server: Server, hosts: bytes) -> None:
    for path in (b"/all.ics", b"/about", b"/healthz/live"):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS) as connection:
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 400"
