"""`feedsvc serve`: the web processes, under granian."""

from __future__ import annotations

import resource
from collections.abc import Callable
from multiprocessing import set_start_method
from shutil import rmtree
from typing import Annotated

import typer
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels, logger

from feedsvc.cli.common import config_of, runtime
from feedsvc.cli.server import SupervisedServer
from feedsvc.config.loader import Config, hand_down
from feedsvc.config.settings import Server
from feedsvc.core.errors import RequestError, WorkError

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
_MAX_HEAD_BYTES = 16_384
"""A request with a longer head is answered 431."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(context: typer.Context, bind: Bind = None, workers: Workers = None) -> None:
    """Start the web processes alone; SIGHUP reloads them without a pause."""
    config = config_of(context)
    with runtime(context, patient=True):
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
    raise_file_limit()
    hand_down(config, f"{host}:{port}", **_shared_metrics(config, port, workers))
    # Fresh processes: they import what the configuration of now decides, and inherit no lock and no connection.
    set_start_method("spawn", force=True)
    server = SupervisedServer(
        "feedsvc.cli.server:web_application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        http=HTTPModes.http1,  # A silent connection would be kept for ever, to find out which version it speaks.
        workers=workers,
        blocking_threads=_BLOCKING_THREADS,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=_OVERLAP_SECONDS,
        workers_kill_timeout=_STOP_SECONDS,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_READ_TIMEOUT_MS, max_buffer_size=_MAX_HEAD_BYTES),
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
    if server.given_up is not None:
        raise typer.Exit(server.given_up)


def _shared_metrics(config: Config, port: int, workers: int) -> dict[str, str]:
    """Return the empty folder in which several processes add up counters; one process needs none."""
    if workers == 1:
        return {}
    folder = config.data_dir / f"metrics-{port}"
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def raise_file_limit() -> None:
    """Allow as many open files as the system does: each connection is one."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
