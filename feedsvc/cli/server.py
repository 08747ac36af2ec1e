"""Sockets and processes: granian's private parts that this program leans on, and signs of life.

Granian's private parts stand here and nowhere else; a test names the version they were read in. One listening socket
for all processes (`_init_shared_socket`, `SocketHolder`), a reload that first looks whether the configuration can be
loaded (`signal_handler_reload`), restarts that never give up (`_respawn_workers`, `wrks`): granian by itself ends the
whole server where a web process fails twice within seconds. Its public means do not do: `fd` takes no socket that
several processes share, and the embedded server has one process. It has no watchdog for a process that is there and
does nothing (`_spawn_worker`, `main_loop_interrupt`): each web process writes the time into memory that it shares with
its parent.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Event, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from granian._granian import SocketHolder
from granian.server.mp import MPServer

from feedsvc import logs
from feedsvc.app import OPERATORS, create_application
from feedsvc.bootstrap import load_config, make_runtime, monotonic
from feedsvc.cli.restarts import PERMANENT, Pauses
from feedsvc.config.loader import Config, notify_socket
from feedsvc.core.errors import ConfigError, FeedsvcError, ProgramTooOld, RequestError, WorkError

READ_IN_VERSION = "2.8."
_PARENT_SECONDS = 1.0
_LOOK_SECONDS = 0.2
_START_SECONDS = 120.0
_LAST_WORDS_SECONDS = 5.0
_TCP_INFO_BYTES = 104
_LAST_DATA_SENT = 44
"""The place of tcpi_last_data_sent in struct tcp_info of <linux/tcp.h>: milliseconds, four bytes."""
_LEEWAY_MS = 500
"""A body is asked for a little later than its connection last sent something."""


def web_application() -> Any:
    """The application in a web process, which ends when its parent does. Faults are told in one line."""
    try:
        config = load_config()
        logs.configure(config.settings.log.format)
        place = config.settings.server.operator_bind
        application = create_application(make_runtime(config), hang_up, operators_apart=place is not None)
        if place is not None:
            host, _, port = place.rpartition(":")
            serve_operators(application.extensions[OPERATORS], host.strip("[]"), int(port))
    except FeedsvcError as error:
        print(f"feedsvc: {error}".replace("\n", "\nfeedsvc: "), file=sys.stderr, flush=True)
        os._exit(78 if isinstance(error, ProgramTooOld) else 2 if isinstance(error, RequestError) else 1)
    return application


def _load_alive(load: Callable[[], Any], beat: Any) -> Any:
    """Give signs of life in a web process from its beginning, and load its application."""
    Thread(target=_live, args=(os.getppid(), beat), name="life", daemon=True).start()
    return load()


def _live(parent: int, beat: Any) -> None:
    """End with the parent: killed by force it can tell nobody, and its port would stay taken."""
    waiting = Event()
    while os.getppid() == parent:
        beat.value = monotonic()  # on Linux the same clock in every process
        waiting.wait(_PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    waiting.wait(_LAST_WORDS_SECONDS)
    os._exit(0)


def notify(words: str, address: str) -> None:
    """Send the state of this process to a socket (sd_notify(3)); a socket that nobody reads is not an error."""
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, suppress(OSError):
            told.setblocking(False)
            told.sendto(words.encode(), "\0" + address[1:] if address.startswith("@") else address)


class LifeSigns:
    """A socket at which a process that this one starts gives signs of life, as it would to systemd."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = f"feedsvc-{secrets.token_hex(8)}"
        self._socket.bind(f"\0{name}")
        self._socket.setblocking(False)
        self.address = f"@{name}"
        self._last_sign: float | None = None

    def silent_seconds(self) -> float:
        """The time since the last sign; 0 before the first one, as beginning may take long."""
        with suppress(BlockingIOError):
            while self._socket.recv(256):
                self._last_sign = monotonic()
        return 0.0 if self._last_sign is None else monotonic() - self._last_sign

    def forget(self) -> None:
        """Begin with another process."""
        self.silent_seconds()
        self._last_sign = None


class _Interrupt:
    """An event in the place of granian's, which its signal handlers set. `idle` is called while somebody waits.

    One of `threading` may block for ever when a handler sets it within its own wait, and a wait without end does not
    see a signal that another thread received.
    """

    def __init__(self, idle: Callable[[], None]) -> None:
        self._idle = idle
        self._is_set = False

    def set(self) -> None:
        self._is_set = True

    def clear(self) -> None:
        self._is_set = False

    def wait(self, timeout: float | None = None) -> bool:
        end = None if timeout is None else monotonic() + timeout
        while not self._is_set and (end is None or monotonic() < end):
            Event().wait(_LOOK_SECONDS)
            self._idle()
        return self._is_set


class SupervisedServer(MPServer):
    """Granian with one socket for all processes, that reloads only what can be loaded and restarts what ends.

    A web process that gives no sign of life for `watchdog_seconds` is killed, and so restarted.
    """

    config_file: Path | None = None
    given_up: int | None = None
    """The exit code of a web process that it is of no use to start again."""
    watchdog_seconds = 30.0
    notify_address = ""
    _looked_at = 0.0

    def _spawn_worker(self, idx: Any, target: Any, callback_loader: Any, *more: Any) -> Any:
        beat = get_context("spawn").RawValue("d", 0.0)
        process: Any = super()._spawn_worker(idx, target, partial(_load_alive, callback_loader, beat), *more)
        process.beat = beat
        return process

    def _look(self) -> None:
        """Called several times a second: tell systemd that this process is well, and see whether the others are."""
        now = monotonic()
        if now < self._looked_at + _PARENT_SECONDS:
            return
        self._looked_at = now
        notify("READY=1\nWATCHDOG=1", self.notify_address)
        processes: list[Any] = self.wrks
        for process in processes:
            # Until it gives its first sign it imports what it needs, which may take long.
            began = not process.beat.value
            silent = now - (process.birth if began else process.beat.value)
            if silent > (_START_SECONDS if began else self.watchdog_seconds) and process.is_alive():
                told = f"a web process (pid {process.inner.pid}) gave no sign of life for {silent:.0f} s; it is killed"
                print(f"feedsvc: {told}", file=sys.stderr, flush=True)
                process.inner.kill()

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

    def _respawn_workers(self, workers: list[int], spawn: Any, loader: Any, delay: float = 0) -> None:
        """Restart web processes. A `delay` stands for a reload; without it they have ended by themselves."""
        if not delay:
            codes = [self.wrks[idx].inner.exitcode for idx in workers]
            self.given_up = next((code for code in codes if code in PERMANENT), None)
            if self.given_up is not None:
                self.interrupt_signal = True
                self.main_loop_interrupt.set()
                return
            pause = self._pauses.next(monotonic())
            told = f"a web process ended with code {codes[0]}; starting another in {pause:.0f} s"
            print(f"feedsvc: {told}", file=sys.stderr, flush=True)
            # A signal to end or reload is heard meanwhile, and so is another process that ends.
            if self.main_loop_interrupt.wait(pause) and self.interrupt_signal:
                return
        for worker in workers:
            super()._respawn_workers([worker], spawn, loader, delay)
            self._look()
        self.respawned_wrks.clear()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pauses = Pauses()
        self.main_loop_interrupt: Any = _Interrupt(self._look)

    def supervise(self, config: Config, counted_in: Path) -> None:
        """Look at this configuration before a reload, and write into a file how often a web process was restarted."""
        self.config_file, self.notify_address = config.file, notify_socket()
        self.watchdog_seconds = config.settings.server.watchdog.total_seconds()
        self._pauses = Pauses(counted_in)


class _OperatorServer(ThreadingMixIn, WSGIServer):
    """A plain server beside granian: what operators ask is answered although all threads for the public are taken."""

    daemon_threads = True

    def server_bind(self) -> None:
        # Each web process listens there; the system gives a connection to one of them.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()


class _Silent(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: Any) -> None:
        """Scrapers ask every few seconds."""


def serve_operators(application: Any, host: str, port: int) -> None:
    """Answer operators in threads of this process. Raises WorkError where nobody may listen."""
    family = {"address_family": socket.AF_INET6 if ":" in host else socket.AF_INET}
    try:
        server = type("Server", (_OperatorServer,), family)((host, port), _Silent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise WorkError(f"operators cannot be answered at {host}:{port}: {reason}; change operator_bind") from error
    server.set_app(application)
    Thread(target=server.serve_forever, name="operators", daemon=True).start()


def hang_up(peer: str, seconds: float) -> None:
    """Read no more from connections of a client on which nothing was sent for so long: their bodies are late.

    Granian's stream of a body waits for ever, and a thread that is left behind with it would hold up all others. What
    was read so far then ends, and the answer can still be sent. Linux alone tells when something was last sent.
    """
    for handle in Path("/proc/self/fd").iterdir() if sys.platform == "linux" else ():
        with suppress(OSError), socket.socket(fileno=os.dup(int(handle.name))) as connection:
            if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.getpeername()[0] == peer:
                told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
                silent_ms = int.from_bytes(told[_LAST_DATA_SENT : _LAST_DATA_SENT + 4], sys.byteorder)
                if silent_ms >= 1000 * seconds - _LEEWAY_MS:
                    connection.shutdown(socket.SHUT_RD)


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
