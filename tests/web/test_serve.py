"""The application under real servers on loopback: the same answers under each, and nobody waits for the slow."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from select import select
from threading import Event

import pytest

from feedsvc.app import create_application
from tests.sample import ROOT, opened
from tests.web.servers import PATIENCE_SECONDS, Server, children, command, free_port, is_running, started, until

pytestmark = pytest.mark.slow

HALF_OPEN = 40
SENDERS = 90
"""More than a process has threads; waitress takes 100 connections."""
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
SERVERS = ["granian", "gunicorn", "waitress"]


def words(server: str, port: int) -> list[str]:
    """How a server is started."""
    place = f"127.0.0.1:{port}"
    return {
        "granian": ["-m", "feedsvc", "serve", "--bind", place],
        "gunicorn": ["-m", "gunicorn", "wsgi:application", "-b", place, "--threads", "4", "--no-control-socket"],
        "waitress": ["-m", "waitress", f"--listen={place}", "wsgi:application"],
    }[server]


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, sample_folder: Path) -> Iterator[Server]:
    """The sample under each server."""
    port = free_port()
    with started(sample_folder, words(request.param, port), port) as running:
        yield running


def test_server_hands_on_exactly_what_the_application_answers(server: Server, sample_folder: Path) -> None:
    runtime = opened(sample_folder)
    client = create_application(runtime).test_client()
    for path in ("/country/ua.ics", "/all.json", "/country/xx.ics", "/country/UA.ics"):
        for encoding in ("identity", "gzip"):
            for method in ("GET", "HEAD", "OPTIONS", "PROPFIND", "POST"):
                own = client.open(path, method=method, headers={"Accept-Encoding": encoding})
                status, headers, body = server.ask(path, method, Accept_Encoding=encoding)
                assert status == own.status_code, (path, method)
                assert {name: headers.get(name.lower()) for name, _ in own.headers} == dict(own.headers), method
                assert body == (b"" if method == "HEAD" else own.data), (path, method)
    runtime.close()


def test_second_request_is_not_modified_and_the_connection_stays(server: Server) -> None:
    _, headers, body = server.ask("/country/ua.ics", Accept_Encoding="gzip")
    assert gzip.decompress(body).count(b"BEGIN:VEVENT") == 6
    status, again, body = server.ask("/country/ua.ics", Accept_Encoding="gzip", If_None_Match=headers["etag"])
    assert (status, body, again["etag"]) == (304, b"", headers["etag"])
    assert "content-length" not in again or again["content-length"] == "0"


def test_twisted_requests_do_no_harm(server: Server) -> None:
    twisted = [
        b"GET /country/ua.ics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /country/ua.ics HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
        b"GET /country/ua.ics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ]
    for request in twisted:
        told = b""
        # A server may hang up on such a thing while it is still being said.
        with socket.create_connection(("127.0.0.1", server.port), 20) as connection, suppress(OSError):
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            told = connection.recv(1000)
            assert not told or told[:9] in (b"HTTP/1.1 ", b"HTTP/1.0 "), told
            assert told[9:10] != b"5" or b"501" in told[:16], told
    assert server.ask("/country/ua.ics")[0] == 200


# Not gunicorn, whose threads wait for slow clients: it needs a proxy before it.
patient = pytest.mark.parametrize("server", ["granian", "waitress"], indirect=True)


@patient
def test_half_open_clients_delay_nobody(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(HALF_OPEN):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            one.sendall(b"GET /country/ua.ics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        took = []
        for _ in range(20):
            before = time.monotonic()
            assert server.ask("/country/ua.ics")[0] == 200
            took.append(time.monotonic() - before)
    assert sorted(took)[10] < 3.0, took
    assert max(took) < 9.0, took


@patient
def test_senders_that_never_go_on_keep_nobody_from_reading(server: Server) -> None:
    begun = b"POST /bundle/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n" + FORM + b"name="
    with ExitStack() as stack:
        senders = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS))
            for _ in range(SENDERS)
        ]
        for one in senders:
            one.sendall(begun)
        assert [server.ask("/country/ua.ics")[0] for _ in range(20)] == [200] * 20
        assert {one.recv(12) for one in select(senders, (), (), 0)[0]} <= {b"HTTP/1.1 503"}
    until(lambda: server.ask("/bundle/new", "POST", b"")[0] == 422, "the next sender to be heard")


@pytest.fixture
def own(sample_folder: Path, tmp_path: Path) -> Path:
    """A data folder of its own, to be played with."""
    shutil.copytree(sample_folder, tmp_path / "var")
    return tmp_path / "var"


def test_port_in_use_is_one_line_and_exit_code_1(own: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        environment = {**os.environ, "FEEDSVC_DATA_DIR": str(own), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "feedsvc", "serve", "--bind", place],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"feedsvc: cannot listen at {place}: Address already in use; choose another with --bind HOST:PORT\n"
    )


class Crowd:
    """Two who ask for one feed again and again, each time over a new connection."""

    def __init__(self, server: Server) -> None:
        self._server, self._stop = server, Event()
        self.whole = server.ask("/all.ics")[2]
        self.answers: list[tuple[int, bool]] = []

    def __enter__(self) -> Crowd:
        self._threads = ThreadPoolExecutor(2)
        self._asking = [self._threads.submit(self._ask) for _ in range(2)]
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._threads.shutdown()
        for one in self._asking:
            one.result()

    def _ask(self) -> None:
        while not self._stop.is_set():
            status, _, body = self._server.ask("/all.ics")
            self.answers.append((status, body == self.whole))

    def goes_on(self) -> None:
        """Wait until some more were answered."""
        seen = len(self.answers)
        until(lambda: len(self.answers) > seen + 20, "more answers")


@pytest.fixture
def two_processes(own: Path) -> Iterator[tuple[Server, Path]]:
    """Two web processes, and the configuration file they were started with."""
    for file in (ROOT / "config").iterdir():
        if file.is_file():
            shutil.copy(file, own)
    port = free_port()
    serve = ["-m", "feedsvc", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    with started(own, serve, port, FEEDSVC_CONFIG=str(own / "feedsvc.toml")) as server:
        yield server, own / "feedsvc.toml"


def test_reload_cuts_no_answer_and_a_faulty_configuration_changes_nothing(two_processes: tuple[Server, Path]) -> None:
    server, config = two_processes
    with Crowd(server) as crowd:
        config.write_text(config.read_text() + "\n[nonsense]\n", encoding="utf-8")
        before = web_processes(server)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "not reloaded" in server.printed(), "the refusal")
        assert web_processes(server) == before
        shutil.copy(ROOT / "config/feedsvc.toml", config)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: not before & web_processes(server), "new processes")
        crowd.goes_on()
    assert set(crowd.answers) == {(200, True)}


def test_killed_process_is_replaced_and_all_end_together(two_processes: tuple[Server, Path]) -> None:
    server, config = two_processes
    assert server.printed() == f"http://127.0.0.1:{server.port}/\n"
    counting = lambda: len(list(config.parent.glob("metrics-*/counter_*.db")))  # noqa: E731
    until(lambda: counting() == 2, "both to count in one folder")
    os.kill(min(web_processes(server)), signal.SIGKILL)
    until(lambda: len(web_processes(server)) == 2, "another process in the place of the killed one")
    until(lambda: counting() == 3, "it to count as well, so it has begun to serve")
    until(server.is_open, "answers again")
    left = children(server.process.pid)
    assert server.end() == 0
    until(lambda: not [pid for pid in left if is_running(pid)], "every process to end")


def web_processes(server: Server) -> set[int]:
    """The processes that answer, whatever they call themselves: where setproctitle is installed, granian names them."""
    running = {pid for pid in children(server.process.pid) if is_running(pid)}
    return {pid for pid in running if "resource_tracker" not in command(pid)}


def test_store_that_is_moved_away_leaves_feeds_as_they_were_and_the_status_page_says_so(own: Path) -> None:
    port = free_port()
    with started(own, words("granian", port), port) as server:
        before = server.ask("/country/ua.ics")[2]
        for file in own.glob("feedsvc.sqlite*"):
            file.rename(file.with_name(f"away-{file.name}"))
        until(lambda: b'"answers": false' in server.ask("/status.json")[2], "the status page to say so")
        assert server.ask("/country/ua.ics")[::2] == (200, before)
        assert server.ask("/country/ke.ics")[0] == 503
        for file in own.glob("away-*"):
            file.rename(file.with_name(file.name.removeprefix("away-")))
        until(lambda: b'"answers": true' in server.ask("/status.json")[2], "the store to answer again")
        assert server.ask("/country/ke.ics")[0] == 200
