"""A web server that misbehaves exactly as scripted, on 127.0.0.1."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[["Visit"], None]


@dataclass
class Visit:
    """One request. `head` is what the client sent; `send` and `drip` answer until the client has had enough."""

    head: str
    connection: socket.socket
    closing: threading.Event

    @property
    def path(self) -> str:
        return self.head.split(" ")[1]

    def header(self, name: str) -> str | None:
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for key, _, value in lines if key.lower() == name.lower()), None)

    def send(self, data: bytes | str) -> None:
        self.connection.sendall(data.encode() if isinstance(data, str) else data)

    def answer(self, body: bytes | str = b"", status: str = "200 OK", **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        given = {"Content-Length": str(len(content))} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.send_head(status, given)
        self.send(content)

    def send_head(self, status: str = "200 OK", headers: dict[str, str] | None = None) -> None:
        self.send(f"HTTP/1.1 {status}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in (headers or {}).items()) + "\r\n")

    def drip(self, piece: bytes, every_seconds: float) -> None:
        """Send a piece again and again until the client hangs up."""
        while not self.closing.wait(every_seconds):
            self.send(piece)

    def hold(self) -> None:
        """Say nothing until the test is over."""
        self.closing.wait(30)


@dataclass
class Upstream:
    """`visits` are the requests so far, in order; `port` is where it listens."""

    script: Script
    tls: ssl.SSLContext | None = None
    visits: list[Visit] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._spawn(self._accept)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(5)

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self._spawn(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with contextlib.suppress(OSError), connection:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = connection.recv(4096)
                    if not piece:
                        return
                    head += piece
                visit = Visit(head.decode("latin-1"), connection, self.closing)
                self.visits.append(visit)
                self.script(visit)


@contextlib.contextmanager
def serving(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[Upstream]:
    """A server that plays `script` for each request, each in a thread of its own."""
    upstream = Upstream(script, tls)
    try:
        yield upstream
    finally:
        upstream.close()
