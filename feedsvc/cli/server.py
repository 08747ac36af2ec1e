"""Granian's private parts that this program leans on, and nobody else: a test names the version they were read in.

One listening socket for all processes (`_init_shared_socket`, `SocketHolder`), a reload that first looks whether the
configuration can be loaded (`signal_handler_reload`), and restarts that never give up (`_respawn_workers`, `wrks`):
granian by itself ends the whole server where a web process fails twice within seconds. Its public means do not do: `fd`
takes no socket that several processes share, and the embedded server has one process.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
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
from feedsvc.core.errors import ConfigError, FeedsvcError, ProgramTooOld, RequestError, WorkError

READ_IN_VERSION = "2.8."
_PARENT_SECONDS = 1.0
_LAST_WORDS_SECONDS = 5.0
_TCP_INFO_BYTES = 104
_LAST_DATA_SENT = 44
"""The place of tcpi_last_data_sent in struct tcp_info of <linux/tcp.h>: milliseconds, four bytes."""
_LEEWAY_MS = 500
"""A body is asked for a little later than its connection last sent something."""


def web_application() -> Any:
    """The application in a web process, which ends when its parent does. Faults are told in one line."""
    Thread(target=_end_with_parent, args=(os.getppid(),), name="parent", daemon=True).start()
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


def _end_with_parent(parent: int) -> None:
    """Killed by force, the parent can tell nobody, and its port would stay taken."""
    waiting = Event()
    while os.getppid() == parent:
        waiting.wait(_PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    waiting.wait(_LAST_WORDS_SECONDS)
    os._exit(0)


class SupervisedServer(MPServer):
    """Granian with one socket for all processes, that reloads only what can be loaded and restarts what ends."""

    config_file: Path | None = None
    given_up: int | None = None
    """The exit code of a web process that it is of no use to start again."""

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
        super()._respawn_workers(workers, spawn, loader, delay)
        self.respawned_wrks.clear()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._pauses = Pauses()

    def supervise(self, config_file: Path | None, counted_in: Path) -> None:
        """Look at this configuration before a reload, and write into a file how often a web process was restarted."""
        self.config_file = config_file
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
