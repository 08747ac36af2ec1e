"""`feedsvc up`: everything together on the embedded default: read files that were never read, the worker, the web."""

from __future__ import annotations

import subprocess
import sys
from signal import SIGHUP
from threading import Event, Lock, Thread

import typer

from feedsvc.bootstrap import Runtime, monotonic
from feedsvc.cli.admin import first_address
from feedsvc.cli.common import AllowOlder, config_of, writing_runtime
from feedsvc.cli.refresh import told
from feedsvc.cli.restarts import PERMANENT, Pauses
from feedsvc.cli.serve import Bind, Workers, address, run_server
from feedsvc.config.loader import Config
from feedsvc.core.dimensions import YEAR
from feedsvc.refresh import refresh

_STOP_SECONDS = 15.0


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


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
        self._command = [sys.executable, "-m", "feedsvc", "--config", str(config.file), "worker", "--with-input"]
        self._pauses = Pauses()
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
            process.send_signal(SIGHUP)

    def stop(self) -> None:
        """End the worker, and wait until it has finished what it does."""
        with self._changing:
            self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def _keep(self) -> None:
        while True:
            with self._changing:
                if self._stopping.is_set():
                    return
                # In a group of its own: Ctrl-C is for this process, which ends the worker in its turn.
                process = self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, process_group=0)
            code = process.wait()
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
