"""`feedsvc serve`: the web processes, under granian."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from feedsvc.cli.common import config_of, services
from feedsvc.config import Config, hand_down
from feedsvc.core.errors import RequestError, WorkError
from feedsvc.settings import Server

Bind = Annotated[str | None, typer.Option("--bind", metavar="HOST:PORT", help="Where to listen.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, max=64, metavar="N", help="How many web processes.")]

_BLOCKING_THREADS = 4
_STOP_SECONDS = 10
_HEADER_READ_TIMEOUT_MS = 10_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(context: typer.Context, bind: Bind = None, workers: Workers = None) -> None:
    """Start the web processes alone; SIGHUP reloads them without a pause."""
    config = config_of(context)
    with services(context):
        pass  # The schema is brought up to date once, before several processes begin.
    host, port = address(config, bind)
    run_server(config, host, port, workers or config.settings.server.workers, lambda: print(f"http://{host}:{port}/"))


def address(config: Config, bind: str | None) -> tuple[str, int]:
    """Host and port to listen at. Raises RequestError."""
    try:
        chosen = Server(bind=bind).bind if bind else config.settings.server.bind
    except ValueError as error:
        raise RequestError(f"--bind {bind}: is no HOST:PORT; write for example 127.0.0.1:8000") from error
    host, _, port = chosen.rpartition(":")
    return host.strip("[]"), int(port)


def run_server(config: Config, host: str, port: int, workers: int, started: Callable[[], None]) -> None:
    """Serve until a signal ends it. `started` is called when the address accepts connections."""
    hand_down(config, f"{host}:{port}")
    server = Granian(
        "feedsvc.app:create_application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=_BLOCKING_THREADS,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_READ_TIMEOUT_MS),
    )
    server.on_startup(started)
    try:
        server.serve()
    except (OSError, RuntimeError) as error:
        raise WorkError(f"can not listen at {host}:{port}: {error}; choose another with --bind HOST:PORT") from error
