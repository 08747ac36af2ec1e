"""Two web processes over one PostgreSQL: what is refreshed anywhere is served everywhere, within two seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import pytest

from feedsvc.refresh import refresh
from tests.deploy.conftest import free_port, wait_for
from tests.postgres.conftest import ROOT, Serve
from tests.postgres_server import Server

pytestmark = pytest.mark.postgres
SAMPLE = ROOT / "config/samples/open-gov-week-2024.txt"
TITLE = "Open Data"


@contextmanager
def web_process(folder: Path, url: str) -> Iterator[int]:
    """A web process of its own; the port it listens at."""
    port = free_port()
    log = folder / f"web-{port}.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FEEDSVC_")}
    environment |= {"FEEDSVC_DATABASE_URL": url, "FEEDSVC_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "feedsvc", "serve", "--bind", f"127.0.0.1:{port}"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(port, lambda: process.poll() is None, log)
            yield port
        finally:
            process.terminate()


def feed(port: int) -> tuple[str, bytes]:
    """ETag and bytes of everything, as one process serves it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/all.ics")
    response = connection.getresponse()
    assert response.status == 200
    answer = (response.headers["ETag"], response.read())
    connection.close()
    return answer


def seconds_until_all_have(ports: list[int], words: bytes) -> float:
    """How long it takes until every process serves these words, and all the same bytes."""
    begun = monotonic()
    while True:
        answers = [feed(port) for port in ports]
        if all(words in body for _, body in answers) and len(set(answers)) == 1:
            return monotonic() - begun
        assert monotonic() - begun < 60, "they never agreed"
        sleep(0.02)


def test_web_processes_agree_within_two_seconds_of_a_refresh(
    server: Server, database: str, serve: Serve, tmp_path: Path
) -> None:
    url = server.url(database)
    page = tmp_path / "page.txt"
    text = SAMPLE.read_text(encoding="utf-8")
    page.write_text(text, encoding="utf-8")
    runtime = serve(url)
    (configured,) = runtime.config.sources
    source = replace(configured, common=configured.common.model_copy(update={"path": str(page)}))
    refresh(runtime.refresh_context, source)
    took = []
    with ExitStack() as processes:
        ports = [processes.enter_context(web_process(tmp_path, url)) for _ in range(2)]
        assert feed(ports[0]) == feed(ports[1])
        for number in range(3):
            page.write_text(text.replace(TITLE, f"{TITLE} {number}"), encoding="utf-8")
            assert refresh(runtime.refresh_context, source).run.changed > 0
            took.append(seconds_until_all_have(ports, f"{TITLE} {number}".encode()))
    # The best of three: what else the machine has to do is not meant.
    assert min(took) < 2
