"""A small HTTP/1.1 client on asyncio, just enough for loads: keeps a connection or not, reads Content-Length bodies."""

from __future__ import annotations

import asyncio
import gzip
import http.client
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.processes import HOST

ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers by lower-case name, and the body as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> bytes:
        """The body without its encoding."""
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """One request, on a connection of its own."""
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
    finally:
        connection.close()


def request_bytes(path: str, headers: Mapping[str, str], *, keep: bool) -> bytes:
    """A GET request as it goes over the wire."""
    rows = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers.items())]
    rows += [] if keep else ["Connection: close"]
    return ("\r\n".join(rows) + "\r\n\r\n").encode()


class Connection(asyncio.Protocol):
    """One connection; one request at a time. `etag` is that of the last answer."""

    def __init__(self) -> None:
        self.etag = ""
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[int] | None = None
        self._head = b""
        self._left = -1
        self._status = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes) -> int:
        """Send a request and read its answer. Returns the status. Raises ConnectionError, TimeoutError."""
        assert self._transport is not None
        self._head, self._left = b"", -1
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        async with asyncio.timeout(ANSWER_SECONDS):
            return await self._answered

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Count the body, keep the head."""
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            self._read_head(self._head[:end].decode("latin-1"))
            self._left -= len(self._head) - end - 4
        else:
            self._left -= len(data)
        if self._left <= 0 and self._answered is not None and not self._answered.done():
            self._answered.set_result(self._status)

    def _read_head(self, head: str) -> None:
        first, *rows = head.split("\r\n")
        self._status = int(first.split(" ", 2)[1])
        self._left = 0
        for row in rows:
            name, _, value = row.partition(":")
            if name.lower() == "content-length" and self._status != 304:
                self._left = int(value)
            elif name.lower() == "etag":
                self.etag = value.strip()

    def connection_lost(self, exc: Exception | None) -> None:
        """The awaited bytes will not come."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionError("closed before it answered"))


async def connect(port: int) -> Connection:
    """A new connection."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
    return connection
