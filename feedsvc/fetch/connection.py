"""Connections to addresses that were judged before: no name is resolved twice, nothing goes through a proxy.

urllib3 speaks HTTP and TLS here, one connection a request. The certificate, the Host header and the name in the TLS
greeting are those of the host; the connection goes to the address that was judged.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPException, parse_headers
from http.client import HTTPResponse as HttpResponse
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from feedsvc.core.ip_ranges import Address
from feedsvc.fetch.deadline import Deadline, DeadlinePassed
from feedsvc.fetch.url import FetchUrl

MAX_HEAD_BYTES = 65_536
_MOST_ADDRESSES = 4
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}

Resolve = Callable[[str, int], Sequence[Address]]


class HeadTooLarge(HTTPException):
    """The head of an answer is larger than any honest one."""


def system_resolve(host: str, port: int) -> list[Address]:
    """Every address of a host, as the system's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(place[0]) for family, _, _, _, place in found if family in _FAMILIES.values()))


def resolve_within(deadline: Deadline, resolve: Resolve, target: FetchUrl) -> Sequence[Address]:
    """Resolve a host. Raises OSError, or DeadlinePassed.

    A resolver cannot be interrupted: it is asked in a thread of its own, which is left behind when it is too slow.
    """
    answers: SimpleQueue[Sequence[Address] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(target.host, target.port))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else socket.gaierror(str(error)))

    threading.Thread(target=ask, daemon=True, name=f"resolve {target.host}").start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except Empty:
        raise DeadlinePassed from None
    if isinstance(answer, OSError):
        raise answer
    return answer


@contextmanager
def answer_to(
    target: FetchUrl,
    addresses: Sequence[Address],
    headers: Mapping[str, str],
    tls: ssl.SSLContext | None,
    deadline: Deadline,
) -> Iterator[HTTPResponse]:
    """GET a target from one of its judged addresses, up to the end of the head. Raises OSError, HTTPException."""

    def dial() -> socket.socket:
        return _dial(addresses, target.port, deadline)

    connection: _Plain | _Secure = _Plain(target.host, target.port, timeout=deadline.remaining())
    if target.scheme == "https":
        connection = _Secure(target.host, target.port, timeout=deadline.remaining(), ssl_context=tls)
    connection.dial = dial
    try:
        with closing(connection):
            connection.request("GET", target.path, headers=headers, preload_content=False, decode_content=False)
            with closing(connection.getresponse()) as response:
                yield response
    finally:
        deadline.release()


def _dial(addresses: Sequence[Address], port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first address that accepts one, each given its share of the time left."""
    failure: OSError = OSError("no address")
    tried = addresses[:_MOST_ADDRESSES]
    for position, address in enumerate(tried):
        connection = socket.socket(_FAMILIES[address.version], socket.SOCK_STREAM)
        try:
            connection.settimeout(deadline.remaining() / (len(tried) - position))
            connection.connect((str(address), port))
            connection.settimeout(deadline.remaining())
            deadline.watch(connection)
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure


class _Head:
    """The file of an answer while its head is read: ends with an error when the head is too large."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._left = MAX_HEAD_BYTES

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self._file.readline(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise HeadTooLarge
        return line

    def close(self) -> None:
        """http.client closes the file itself where an answer has no body."""
        self._file.close()


class _BoundedResponse(HttpResponse):
    """An answer whose head, with every interim answer before it, is at most MAX_HEAD_BYTES long.

    http.client skips 100 alone; a server may send any interim answer before the final one, such as 103 with links that
    help a browser (RFC 9110 §15.2, RFC 8297).
    """

    def _read_status(self) -> tuple[str, int, str]:
        status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        while 101 < status[1] < 200:
            parse_headers(self.fp)
            status = super()._read_status()  # type: ignore[misc]
        return status

    def begin(self) -> None:
        file = self.fp
        head: Any = _Head(file)
        self.fp = head
        try:
            super().begin()
        finally:
            if self.fp is head:
                self.fp = file


class _Plain(HTTPConnection):
    response_class = _BoundedResponse
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _Secure(HTTPSConnection):
    response_class = _BoundedResponse
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()
