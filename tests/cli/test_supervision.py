"""Processes that die are started again, nobody outlives the parent, and a store that is away is waited for."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from feedsvc.cli.common import wait_for_store
from feedsvc.cli.restarts import Pauses
from feedsvc.cli.server import READ_IN_VERSION
from feedsvc.core.errors import StoreUnavailable, StoreUnfit
from tests.web.servers import children, command, free_port, is_running, started, until


def test_private_parts_of_granian_are_those_of_the_version_they_were_read_in() -> None:
    assert version("granian").startswith(READ_IN_VERSION), "read feedsvc/cli/server.py beside the new granian"


def test_pauses_grow_to_a_minute_and_begin_again_after_a_while() -> None:
    pauses = Pauses()
    assert [pauses.next(float(at)) for at in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses.next(1_000.0) == 1


def test_store_that_is_away_is_waited_for_and_one_that_is_lost_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    answers = [StoreUnavailable("the server is starting"), None]

    def start() -> str:
        if (answer := answers.pop(0)) is not None:
            raise answer
        return "started"

    assert wait_for_store(start) == "started"
    assert "trying again in 1 s" in capsys.readouterr().err
    answers[:] = [StoreUnfit("it is missing")]
    with pytest.raises(StoreUnfit):
        wait_for_store(start)


def web_processes(parent: int) -> list[int]:
    # Where setproctitle is installed, granian names its processes.
    named = ("spawn_main", "granian wsgi")
    return [pid for pid in children(parent) if is_running(pid) and any(name in command(pid) for name in named)]


@pytest.mark.slow
def test_killed_parent_leaves_nothing_and_the_next_start_gets_the_port(tmp_path: Path) -> None:
    port = free_port()
    words = ["-m", "feedsvc", "up", "--bind", f"127.0.0.1:{port}"]
    with started(tmp_path, words, port) as server:
        until(lambda: len(children(server.process.pid)) >= 2, "its processes")
        left = children(server.process.pid)
        server.process.kill()
        began = time.monotonic()
        until(lambda: not [pid for pid in left if is_running(pid)], "every process to end")
        assert time.monotonic() - began < 15
    with started(tmp_path, words, port) as server:
        assert server.ask("/healthz/live")[0] == 200


@pytest.mark.slow
def test_web_process_that_dies_again_and_again_is_started_again_and_again(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, ["-m", "feedsvc", "serve", "--bind", f"127.0.0.1:{port}"], port) as server:
        known: set[int] = set()
        for _ in range(3):
            until(lambda: bool(set(web_processes(server.process.pid)) - known), "a web process")
            (fresh,) = set(web_processes(server.process.pid)) - known
            known.add(fresh)
            os.kill(fresh, signal.SIGKILL)
        until(lambda: bool(set(web_processes(server.process.pid)) - known), "another web process")
        assert server.ask("/healthz/live")[0] == 200
        assert "starting another in 2 s" in server.printed()


@pytest.mark.slow
def test_web_process_that_stands_still_is_killed_and_the_other_lives_on(tmp_path: Path) -> None:
    port = free_port()
    words = ["-m", "feedsvc", "serve", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    with started(tmp_path, words, port, FEEDSVC_SERVER__WATCHDOG="5s") as server:
        until(lambda: len(web_processes(server.process.pid)) == 2, "both")
        still, other = web_processes(server.process.pid)
        os.kill(still, signal.SIGSTOP)
        until(lambda: not is_running(still), "it to be killed")
        until(lambda: len(web_processes(server.process.pid)) == 2, "another")
        assert other in web_processes(server.process.pid)
        assert f"a web process (pid {still}) gave no sign of life" in server.printed()
        assert server.ask("/healthz/live")[0] == 200


@pytest.mark.slow
def test_worker_that_stands_still_is_killed_by_up_and_started_again(tmp_path: Path) -> None:
    port = free_port()
    words = ["-m", "feedsvc", "up", "--bind", f"127.0.0.1:{port}"]
    quick = {"FEEDSVC_WORKER__TICK": "1s", "FEEDSVC_WORKER__LEASE": "5s", "FEEDSVC_WORKER__WATCHDOG": "5s"}
    with started(tmp_path, words, port, **quick) as server:

        def workers() -> list[int]:
            return [pid for pid in children(server.process.pid) if "worker --with" in command(pid) and is_running(pid)]

        def seen_at() -> object:
            return json.loads(server.ask("/status.json")[2])["worker"]["seen_at"]

        until(lambda: seen_at() is not None, "a tick")
        first = seen_at()
        until(lambda: seen_at() != first, "another tick, after the first sign of life")
        (still,) = workers()
        os.kill(still, signal.SIGSTOP)
        until(lambda: not is_running(still), "it to be killed")
        until(lambda: len(workers()) == 1, "another worker")
        assert "the worker gave no sign of life" in server.printed()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["serve", "worker"])
def test_systemd_hears_that_a_process_is_ready_and_well(tmp_path: Path, name: str) -> None:
    place = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(str(place))
        receiver.settimeout(60)
        words = [name, "--bind", f"127.0.0.1:{free_port()}"] if name == "serve" else [name]
        environment = {"FEEDSVC_DATA_DIR": str(tmp_path), "NOTIFY_SOCKET": str(place), "FEEDSVC_WORKER__TICK": "1s"}
        process = subprocess.Popen(
            [sys.executable, "-m", "feedsvc", *words], env={**os.environ, **environment}, stderr=subprocess.DEVNULL
        )
        try:
            for _ in range(2):
                assert set(receiver.recv(256).decode().split("\n")) == {"READY=1", "WATCHDOG=1"}
        finally:
            process.terminate()
            assert process.wait(60) == 0


@pytest.mark.slow
def test_connection_that_says_nothing_is_closed(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, ["-m", "feedsvc", "serve", "--bind", f"127.0.0.1:{port}"], port):
        with closing(socket.create_connection(("127.0.0.1", port), timeout=25)) as silent:
            assert silent.recv(1) == b""
        with closing(socket.create_connection(("127.0.0.1", port), timeout=25)) as second:
            second.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert b"HTTP/1.1 4" in second.recv(100) or second.recv(1) == b""


@pytest.mark.slow
def test_head_of_more_than_16_kb_is_refused(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, ["-m", "feedsvc", "serve", "--bind", f"127.0.0.1:{port}"], port):
        for size, status in ((8_000, b"HTTP/1.1 200"), (40_000, b"HTTP/1.1 431")):
            with closing(socket.create_connection(("127.0.0.1", port), timeout=25)) as connection:
                connection.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * size + b"\r\n\r\n")
                assert connection.recv(12) == status
