"""Throttling by host: one request at a time, and a pause between two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol
from urllib.parse import urlsplit

from feedsvc.fetch.client import Response, Validators


class Get(Protocol):
    """Fetches an address, conditionally where validators are given, under another name where one is given.

    Raises FetchFailed.
    """

    def __call__(self, url: str, validators: Validators | None, user_agent: str | None = None, /) -> Response: ...


MOST_HOSTS = 1_000
_PORTS = {"http": 80}


def host_of(url: str) -> str:
    """The server that an address leads to, in one spelling: its host and port."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port or _PORTS.get(parts.scheme, 443)}"
    except ValueError:  # a bad port, a broken IPv6 address: nothing will be fetched
        return url


@dataclass(slots=True)
class _Host:
    lock: Lock = field(default_factory=Lock)
    free_at: float = 0.0


class HostThrottle:
    """Fetches through `get`, for any number of threads. `pause` waits that many seconds."""

    def __init__(
        self, get: Get, monotonic: Callable[[], float], pause: Callable[[float], object], gap_seconds: float
    ) -> None:
        self._get = get
        self._monotonic = monotonic
        self._pause = pause
        self._gap_seconds = gap_seconds
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()

    def __call__(self, url: str, validators: Validators | None, user_agent: str | None = None, /) -> Response:
        """Fetch when it is this host's turn. Raises FetchFailed."""
        with self._lock:
            if len(self._hosts) >= MOST_HOSTS:
                self._hosts = {known: host for known, host in self._hosts.items() if host.lock.locked()}
            host = self._hosts.setdefault(host_of(url), _Host())
        with host.lock:
            wait = host.free_at - self._monotonic()
            if wait > 0:
                self._pause(wait)
            try:
                return self._get(url, validators, user_agent)
            finally:
                host.free_at = self._monotonic() + self._gap_seconds
