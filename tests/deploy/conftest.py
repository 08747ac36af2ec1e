"""A real nginx with the very file of docs/deploy in front of published feeds and of the service."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from socket import create_connection, create_server
from threading import Thread
from time import monotonic, sleep

import pytest
from waitress.server import create_server as create_waitress

from feedsvc.app import create_application
from tests.needed import missing
from tests.publish.house import House, close
from tests.store.records import CHILE, KENYA, SPACE, record

CONFIGURATION = Path(__file__).parents[2] / "docs/deploy/nginx.conf"
_MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/feedsvc.conf;
}}
"""


@dataclass(frozen=True)
class Answer:
    """What came back, its header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Site:
    """nginx at a port, in front of what a house published."""

    port: int
    house: House

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask nginx. Header names are written with underscores."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers={"Host": "calendars.test", **named})
        response = connection.getresponse()
        pairs = response.getheaders()
        assert len({name.lower() for name, _ in pairs}) == len(pairs), f"a header stands twice: {pairs}"
        answer = Answer(response.status, {name.lower(): value for name, value in pairs}, response.read())
        connection.close()
        return answer


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(port: int, alive: Callable[[], bool], log: Path) -> None:
    """Until somebody listens."""
    end = monotonic() + 60
    while True:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert alive() and monotonic() < end, log.read_text(encoding="utf-8")
            sleep(0.02)
        else:
            return


@contextmanager
def nginx(folder: Path, public: Path, service_port: int) -> Iterator[int]:
    """Start nginx with the configuration of docs/deploy; its port."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        missing("nginx", "there is no nginx on this machine; on Debian: apt install nginx-light")
    port = free_port()
    text = CONFIGURATION.read_text(encoding="utf-8")
    for ours, here in {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "root /srv/feedsvc/public;": f"root {public};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{service_port};",
    }.items():
        assert text.count(ours) == 1, f"docs/deploy/nginx.conf has no single {ours!r}"
        text = text.replace(ours, here)
    (folder / "feedsvc.conf").write_text(text, encoding="utf-8")
    # Temporary folders of tests belong to whoever runs them, and nginx of root would work as somebody else.
    user = "user root;\n" if folder.owner() == "root" else ""
    (folder / "nginx.conf").write_text(user + _MAIN.format(folder=folder), encoding="utf-8")
    command = [program, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    (folder / "error.log").touch()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port, lambda: process.poll() is None, folder / "error.log")
            yield port
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """nginx in front of published feeds and of the running service."""
    folder = tmp_path_factory.mktemp("site")
    with ExitStack() as stack:
        house = close(stack, House(folder))
        house.apply(house.written(record("a"), CHILE, SPACE), house.written(record("b"), CHILE, KENYA))
        house.publish()
        server = create_waitress(create_application(house.runtime), host="127.0.0.1", port=0, threads=2)
        Thread(target=server.run, daemon=True).start()
        stack.callback(server.close)
        port = stack.enter_context(nginx(folder, house.target, server.effective_port))
        yield Site(port, house)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Site]:
    """nginx in front of published feeds, and nobody behind."""
    with ExitStack() as stack:
        house = close(stack, House(tmp_path))
        house.apply(house.written(record("a"), CHILE))
        house.publish()
        yield Site(stack.enter_context(nginx(tmp_path, house.target, free_port())), house)
