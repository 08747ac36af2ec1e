"""`feedsvc up` as somebody starts it for the first time: it reads, serves, says where, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.web.servers import children, command, free_port, is_running, started, until

pytestmark = pytest.mark.slow


def test_first_start_reads_serves_keeps_its_worker_and_ends_with_all_it_started(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, ["-m", "feedsvc", "up", "--bind", f"127.0.0.1:{port}"], port) as server:
        until(lambda: "Ctrl-C ends it." in server.printed(), "the address")
        shown = [line.strip() for line in server.printed().splitlines() if line.startswith("  http")]
        root = f"http://127.0.0.1:{port}"
        assert shown[0] == f"{root}/"
        assert [path.removeprefix(root) for path in shown[1:]] == [
            "/country/ua.ics",
            "/region/latin-america.ics",
            "/theme/public-participation.ics",
            "/all.ics",
        ]
        assert "70 new" in server.printed()
        assert "WARNING" not in server.printed()
        for address in shown:
            assert server.ask(address.removeprefix(root))[0] == 200

        def workers() -> list[int]:
            return [pid for pid in children(server.process.pid) if "worker" in command(pid).split() and is_running(pid)]

        until(lambda: len(workers()) == 1, "the worker")
        (first,) = workers()
        os.kill(first, signal.SIGKILL)
        until(lambda: workers() not in ([], [first]), "another worker")
        assert "the worker ended with code -9; starting another" in server.printed()
        left = children(server.process.pid)
        assert server.end(signal.SIGINT) == 0
        until(lambda: not [pid for pid in left if is_running(pid)], "every process to end")
        assert "Traceback" not in server.printed()


def test_worker_ends_with_whoever_started_it(tmp_path: Path) -> None:
    port = free_port()
    sources = tmp_path / "sources.toml"
    sources.write_text('[[source]]\nid = "far"\nkind = "ics"\nurl = "http://127.0.0.1:9/"\n', encoding="utf-8")
    words = ["-m", "feedsvc", "up", "--bind", f"127.0.0.1:{port}"]
    with started(tmp_path, words, port, FEEDSVC_SOURCES=str(sources)) as server:
        until(lambda: "this worker leads" in server.printed(), "the worker")
        assert "far: the worker reads it in a moment" in server.printed(), "nobody waits for the web"
        left = children(server.process.pid)
        (worker,) = [pid for pid in left if "worker" in command(pid).split() and "granian" not in command(pid)]
        server.process.kill()
        until(lambda: not is_running(worker), "the worker to end")
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
