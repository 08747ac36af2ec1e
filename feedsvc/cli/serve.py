"""`feedsvc serve`: the web processes, under granian."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from multiprocessing import set_start_method
from pathlib import Path
from shutil import rmtree
from typing import Annotated, Any

import typer
from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels, logger
from granian.server.mp import MPServer

from feedsvc.bootstrap import load_config
from feedsvc.cli.common import config_of, runtime
from feedsvc.config.loader import Config, hand_down
from feedsvc.config.settings import Server
from feedsvc.core.errors import ConfigError, RequestError, WorkError

Bind = Annotated[str | None, typer.Option("--bind", metavar="HOST:PORT", help="Where to listen.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, max=64, metavar="N", help="How many web processes.")]

_BLOCKING_THREADS = 16
"""Begun when they are needed. So many may wait for feeds that have to be built before one at hand has to wait, too;
with more, short answers cost more, as threads take the interpreter from each other.
"""
_STOP_SECONDS = 10
_OVERLAP_SECONDS = 3.5
"""The time a new web process has to start before the one it replaces is stopped."""
_HEADER_READ_TIMEOUT_MS = 10_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(context: typer.Context, bind: Bind = None, workers: Workers = None) -> None:
    """Start the web processes alone; SIGHUP reloads them without a pause."""
    config = config_of(context)
    with runtime(context):
        pass  # The schema is brought up to date once, before several processes begin.
    host, port = address(config, bind)
    run_server(
        config,
        host,
        port,
        workers or config.settings.server.workers,
        lambda: print(f"http://{host}:{port}/", flush=True),
    )


def address(config: Config, bind: str | None) -> tuple[str, int]:
    """Host and port to listen at. Raises RequestError."""
    try:
        chosen = Server(bind=bind).bind if bind else config.settings.server.bind
    except ValueError as error:
        raise RequestError(f"--bind {bind}: not a HOST:PORT address (example: 127.0.0.1:8000)") from error
    host, _, port = chosen.rpartition(":")
    return host.strip("[]"), int(port)


def run_server(
    config: Config,
    host: str,
    port: int,
    workers: int,
    started: Callable[[], None],
    reloaded: Callable[[], None] = lambda: None,
) -> None:
    """Serve until a signal ends it. `started` is called once the address accepts connections, `reloaded` on SIGHUP."""
    hand_down(config, f"{host}:{port}", **_shared_metrics(config, port, workers))
    # Fresh processes: they import what the configuration of now decides, and inherit no lock and no connection.
    set_start_method("spawn", force=True)
    server = _Server(
        "feedsvc.app:create_application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=_BLOCKING_THREADS,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=_OVERLAP_SECONDS,
        workers_kill_timeout=_STOP_SECONDS,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_READ_TIMEOUT_MS),
    )
    server.config_file = config.file
    # It counts threads against cores; most of ours would only wait for their turn to build, and use none.
    logger.addFilter(lambda record: "Python threads" not in record.getMessage())
    server.on_startup(started)
    server.on_reload(reloaded)
    try:
        server.serve()
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkError(f"cannot listen at {host}:{port}: {reason}; choose another with --bind HOST:PORT") from error


class _Server(MPServer):
    """Granian with one socket for all processes, that reloads only what can be loaded."""

    config_file: Path | None = None

    def _init_shared_socket(self) -> None:
        self._sso = None
        self._shd: Any = _HandedDown(listen(self.bind_addr, self.bind_port, self.backlog), self.backlog)

    def _drop_shared_socket(self) -> None:
        self._shd.listening.close()

    def signal_handler_reload(self, *arguments: Any, **named: Any) -> None:
        """SIGHUP."""
        try:
            load_config(self.config_file)
        except ConfigError as error:
            print(f"feedsvc: not reloaded: {error}".replace("\n", "\nfeedsvc: "), file=sys.stderr, flush=True)
        else:
            super().signal_handler_reload(*arguments, **named)  # type: ignore[no-untyped-call]


class _HandedDown:
    """A listening socket that becomes granian's own in the process that it is handed to."""

    def __init__(self, listening: Any, backlog: int) -> None:
        self.listening = listening
        self._backlog = backlog

    def __reduce__(self) -> tuple[Callable[[Any, int], SocketHolder], tuple[Any, int]]:
        return _held, (self.listening, self._backlog)


def _held(listening: Any, backlog: int) -> SocketHolder:
    make: Any = SocketHolder
    holder: SocketHolder = make(listening.detach(), False, backlog)
    return holder


def _shared_metrics(config: Config, port: int, workers: int) -> dict[str, str]:
    """Return the empty folder in which several processes add up counters; one process needs none."""
    if workers == 1:
        return {}
    folder = config.data_dir / f"metrics-{port}"
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def listen(host: str, port: int, backlog: int = 1024) -> socket.socket:
    """A socket that listens, to be handed to processes that answer. Raises OSError where nobody may listen.

    One socket for all of them: a client that connects while one process replaces another waits in its queue. With
    a socket for each (SO_REUSEPORT) those in the queue of the process that ends would be cut off, and another program
    could take half of the requests without a word.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _name, place = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        # What was closed a moment ago does not stand in the way.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(backlog)
        listening.setblocking(False)
        listening.set_inheritable(True)
    except OSError:
        listening.close()
        raise
    return listening
