"""The servers that are measured: ours, nginx with the same bytes as files, and what the peers' own documents advise.

Each has one serving process, so that all have the same share of the machine.
"""

from __future__ import annotations

import base64
import http.client
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bare import write_answers
from benchmarks.http_client import Answer
from benchmarks.peers import HERE, Peer, PeerMissing, pins
from benchmarks.processes import HOST, Process, free_port
from benchmarks.stores import ROOT, Deployment

GRANIAN = ("--interface", "wsgi", "--host", HOST, "--workers", "1", "--blocking-threads", "16", "--no-ws")
"""As `feedsvc serve` starts it."""


def feedsvc(deployment: Deployment, log: Path, workers: int = 1) -> Process:
    """`feedsvc serve` over the store of a place."""
    port = free_port()
    command = [sys.executable, "-m", "feedsvc", "serve", "--bind", f"{HOST}:{port}", "--workers", str(workers)]
    return Process(command, log, deployment.environment, port)


def behind_the_gate(deployment: Deployment, log: Path) -> Process:
    """The same application without its gate, under the same server: every request goes through Flask."""
    return _our_granian("benchmarks.ungated:create_application", deployment.environment, log)


def granian_alone(documents: Mapping[str, tuple[Answer, Answer]], file: Path, log: Path) -> Process:
    """The same server with nothing behind it: by path the plain and the compressed answer, handed out as they are."""
    write_answers(documents, file)
    return _our_granian("benchmarks.bare:create_application", {"ANSWERS": str(file)}, log)


def _our_granian(factory: str, environment: Mapping[str, str], log: Path) -> Process:
    port = free_port()
    granian = Path(sys.executable).parent / "granian"
    command: list[str | Path] = [granian, *GRANIAN, "--port", str(port), "--factory", factory]
    return Process(command, log, {**environment, "PYTHONPATH": str(ROOT)}, port)


def flask_icalendar(peer: Peer, events: Path, log: Path) -> Process:
    """Flask and icalendar, building at each request."""
    return _granian(peer, "flask_icalendar:application", events, log)


def django_ical(peer: Peer, events: Path, log: Path) -> Process:
    """A Django site with a django-ical feed."""
    return _granian(peer, "django_site:application", events, log)


def _granian(peer: Peer, application: str, events: Path, log: Path) -> Process:
    port = free_port()
    command: list[str | Path] = [peer.tool("granian"), *GRANIAN, "--port", str(port), application]
    return Process(command, log, {"PYTHONPATH": str(HERE), "EVENTS": str(events)}, port)


def open_web_calendar(peer: Peer, log: Path) -> Process:
    """Open Web Calendar; which calendar it joins stands in the address that is asked for."""
    port = free_port()
    command: list[str | Path] = [peer.tool("gunicorn"), "--bind", f"{HOST}:{port}", "--workers", "1", "--threads", "4"]
    command += ["--no-control-socket", "open_web_calendar.app:app"]
    return Process(command, log, {}, port)


def radicale(peer: Peer, folder: Path, log: Path) -> Process:
    """Radicale with an empty store that everybody may read and write."""
    port = free_port()
    rights = folder / "rights"
    rights.write_text("[all]\nuser: .*\ncollection: .*\npermissions: RrWw\n", encoding="utf-8")
    config = folder / "config"
    config.write_text(
        f"[server]\nhosts = {HOST}:{port}\n[auth]\ntype = none\n[rights]\ntype = from_file\nfile = {rights}\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n[web]\ntype = none\n[logging]\nlevel = error\n",
        encoding="utf-8",
    )
    return Process([peer.python, "-m", "radicale", "--config", config], log, {}, port)


def put_calendar(port: int, path: str, calendar: bytes) -> None:
    """Store a whole calendar in Radicale. Raises PeerMissing."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    credentials = base64.b64encode(b"bench:").decode()
    try:
        headers = {"Content-Type": "text/calendar; charset=utf-8", "Authorization": f"Basic {credentials}"}
        connection.request("PUT", path, calendar, headers)
        response = connection.getresponse()
        said = response.read()
    finally:
        connection.close()
    if response.status not in (201, 204):
        raise PeerMissing(f"{pins('radicale')['radicale']} did not take the calendar: {response.status} {said[:100]!r}")


def nginx(folder: Path, log: Path, documents: Mapping[str, tuple[Answer, Answer]]) -> Process:
    """nginx serving these documents as files: by path the plain and the compressed answer. Raises PeerMissing.

    It sends the same headers as we do, makes no log, and never closes a connection that is in use.
    """
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise PeerMissing("nginx is not installed; on Debian: apt install nginx-light")
    root = folder / "root"
    for path, (plain, packed) in documents.items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(plain.body)
        file.with_name(file.name + ".gz").write_bytes(packed.body)
        same_time = (1_800_000_000, 1_800_000_000)
        os.utime(file, same_time)
        os.utime(file.with_name(file.name + ".gz"), same_time)
    port = free_port()
    config = folder / "nginx.conf"
    sample = next(iter(documents.values()))[0]
    config.write_text(_nginx_config(folder, root, port, sample.headers), encoding="utf-8")
    return Process([program, "-e", folder / "error.log", "-p", folder, "-c", config], log, {}, port)


_SAME_HEADERS = (
    "Cache-Control", "Content-Disposition", "Access-Control-Allow-Origin", "X-Content-Type-Options",
    "Content-Security-Policy", "Referrer-Policy",
)  # fmt: skip


def _quoted(value: str) -> str:
    escaped = value.replace('"', '\\"')
    return f'"{escaped}"'


def _nginx_config(folder: Path, root: Path, port: int, headers: Mapping[str, str]) -> str:
    sent = ((name, headers.get(name.lower())) for name in _SAME_HEADERS)
    rows = [f"      add_header {name} {_quoted(value)};" for name, value in sent if value]
    temporary = [
        f"  {kind}_temp_path {folder / kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    ]
    return "\n".join(
        [
            "daemon off;",
            "worker_processes 1;",
            "user root;" if os.geteuid() == 0 else "",
            f"pid {folder / 'nginx.pid'};",
            "events { worker_connections 4096; }",
            "http {",
            "  access_log off;",
            "  sendfile on;",
            "  tcp_nopush on;",
            "  keepalive_requests 1000000000;",
            "  types { text/calendar ics; }",
            "  charset utf-8;",
            "  charset_types text/calendar;",
            *temporary,
            "  server {",
            f"    listen {HOST}:{port};",
            f"    root {root};",
            "    location / {",
            "      gzip_static on;",
            "      gzip_vary on;",
            *rows,
            "    }",
            "  }",
            "}",
            "",
        ]
    )
