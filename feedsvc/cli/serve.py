"""`feedsvc serve`, `worker`, `up`: the web processes under granian, the process that refreshes, and both together."""

from __future__ import annotations

import logging
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing import set_start_method
from shutil import rmtree
from threading import Event, Lock, Thread
from typing import Annotated

import typer
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels, logger

from feedsvc import logs
from feedsvc.bootstrap import Runtime, monotonic
from feedsvc.cli.admin import first_address
from feedsvc.cli.common import AllowOlder, config_of, runtime, wait_for_store, writing_runtime
from feedsvc.cli.refresh import told
from feedsvc.cli.restarts import PERMANENT, Pauses
from feedsvc.cli.server import LifeSigns, SupervisedServer, notify
from feedsvc.config.loader import Config, environment_with, hand_down, notify_socket
from feedsvc.config.settings import Server
from feedsvc.core.dimensions import YEAR
from feedsvc.core.errors import RequestError, WorkError
from feedsvc.refresh import refresh
from feedsvc.worker import RESTART, run_worker

Bind = Annotated[str | None, typer.Option("--bind", metavar="HOST:PORT", help="Where to listen.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, max=64, metavar="N", help="How many web processes.")]

_BLOCKING_THREADS = 16
"""Begun when they are needed. So many may wait for feeds that have to be built before one at hand has to wait, too;
with more, short answers cost more, as threads take the interpreter from each other.
"""
_STOP_SECONDS = 10
_WORKER_STOP_SECONDS = 15.0
_OVERLAP_SECONDS = 3.5
"""The time a new web process has to start before the one it replaces is stopped."""
_HEADER_READ_TIMEOUT_MS = 9_000
"""For a head, and of silence: who waits for a file that silent connections hold has an answer within 10 s."""
_MAX_HEAD_BYTES = 16_384
"""A request with a longer head is answered 431."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    for command in (serve, worker, up):
        app.command()(command)


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
    server.supervise(config, config.data_dir / "restarts-web")
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


def worker(
    context: typer.Context,
    with_input: Annotated[bool, typer.Option("--with-input", help="End when standard input does.")] = False,
    allow_older: AllowOlder = False,
) -> None:
    """Refresh sources when they are due, until SIGTERM; SIGHUP reads the configuration again."""
    if with_input:
        Thread(target=_end_with_input, name="input", daemon=True).start()
    config = config_of(context)
    logs.configure(config.settings.log.format)
    alive = partial(notify, "READY=1\nWATCHDOG=1", notify_socket())
    code = wait_for_store(lambda: run_worker(config, context.obj.config_file, alive, allow_older=allow_older))
    if code == RESTART:
        arguments = (argument for argument in sys.argv[1:] if argument != "--allow-older")
        os.execv(sys.executable, [sys.executable, "-m", "feedsvc", *arguments])  # noqa: S606
    # Not `sys.exit`: that would wait for threads that were given up.
    logging.shutdown()
    os._exit(code)


def _end_with_input() -> None:
    """End with `up`, which holds the other end and never writes: else this worker would keep its old configuration."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def up(context: typer.Context, bind: Bind = None, workers: Workers = None, allow_older: AllowOlder = False) -> None:
    """Read files that were never read, then run the web and the worker until Ctrl-C."""
    config = config_of(context)
    host, port = address(config, bind)
    with writing_runtime(context, allow_older=allow_older, patient=True) as wired:
        _refresh_never_read(wired)
        examples = _examples(wired)
        first = first_address(wired, config.settings.site.base_url or f"http://{host}:{port}")
    keeper = _WorkerKeeper(config)

    def started() -> None:
        root = config.settings.site.base_url or f"http://{host}:{port}"
        print(f"\n  {root}/\n", flush=True)
        for path in examples:
            print(f"  {root}{path}", flush=True)
        if first is not None:
            print(f"\nAdministration: {first}", flush=True)
            print("(this link makes the first account; valid until it is used or for 24 h)", flush=True)
        print("\nCtrl-C ends it.", flush=True)
        keeper.start()

    try:
        run_server(config, host, port, workers or config.settings.server.workers, started, keeper.reload)
    finally:
        keeper.stop()


def _refresh_never_read(wired: Runtime) -> None:
    """Refresh files only: the start waits for it, and a source on the web may hang. The worker begins with those."""
    with wired.store.read() as snapshot:
        known = {state.id for state in snapshot.sources.states() if state.refreshed_at is not None}
    for source in wired.config.sources:
        if source.id in known:
            continue
        if source.path is not None:
            print(told(refresh(wired.refresh_context, source)), flush=True)
        else:
            print(f"{source.id}: the worker reads it in a moment", flush=True)


def _examples(wired: Runtime) -> list[str]:
    """Four feeds to try: the fullest country, the fullest region, the fullest theme, everything."""
    with wired.store.read() as snapshot:
        counts = snapshot.totals.counts()
    fullest = []
    for dimension in wired.dimensions:
        rows = [row for row in counts if row.dimension == dimension.name and row.value != "other" and row.events]
        if rows and dimension.name != YEAR:
            best = max(rows, key=lambda row: (row.events, row.value))
            fullest.append(f"/{best.dimension}/{best.value}.ics")
    return [*fullest, "/all.ics"]


class _WorkerKeeper:
    """Keeps one worker process running: when it ends, for whatever reason, another is started."""

    def __init__(self, config: Config) -> None:
        self._life = LifeSigns()
        # Its own watchdog ends it before that, where it can.
        self._longest_silence = 1.5 * config.settings.worker.watchdog.total_seconds()
        self._command = [sys.executable, "-m", "feedsvc", "--config", str(config.file), "worker", "--with-input"]
        self._pauses = Pauses(config.data_dir / "restarts-worker")
        self._stopping = Event()
        self._changing = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start the first worker."""
        self._thread.start()

    def reload(self) -> None:
        """Let the worker read the configuration again."""
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End the worker, and wait until it has finished what it does."""
        with self._changing:
            self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_WORKER_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for the worker's end and return its exit code; kill it where it is there and does nothing."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.wait(1.0)
            if (silent := self._life.silent_seconds()) > self._longest_silence:
                told = f"the worker gave no sign of life for {silent:.0f} s; it is killed"
                print(f"feedsvc: {told}", file=sys.stderr, flush=True)
                self._life.forget()
                process.kill()

    def _keep(self) -> None:
        while True:
            with self._changing:
                if self._stopping.is_set():
                    return
                # In a group of its own: Ctrl-C is for this process, which ends the worker in its turn.
                self._life.forget()
                environment = environment_with(NOTIFY_SOCKET=self._life.address)
                process = self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, process_group=0, env=environment
                )
            code = self._ended(process)
            if self._stopping.is_set():
                return
            if code in PERMANENT:
                print(
                    f"feedsvc: the worker ended with code {code}; it is not started again", file=sys.stderr, flush=True
                )
                return
            pause = self._pauses.next(monotonic())
            told = f"the worker ended with code {code}; starting another in {pause:.0f} s"
            print(f"feedsvc: {told}", file=sys.stderr, flush=True)
            self._stopping.wait(pause)
