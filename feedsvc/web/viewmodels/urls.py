"""Absolute addresses of this service. They come from the configuration, never from a request's Host header: a forged
one must not reach a page, a cache or a calendar.
"""

from __future__ import annotations

from dataclasses import dataclass

from feedsvc.config.settings import Settings

_ANYWHERE = frozenset({"0.0.0.0", "[::]", "::"})  # noqa: S104  compared, not listened at


@dataclass(frozen=True, slots=True)
class Addresses:
    """`root` is the service's address without a slash at its end. `public`: whether others are meant to reach it."""

    root: str
    public: bool

    def absolute(self, path: str) -> str:
        """The whole address of a path that begins with a slash."""
        return self.root + path

    def webcal(self, path: str) -> str:
        """The same with the scheme that calendar programs are registered for."""
        return "webcal://" + self.absolute(path).partition("://")[2]


def addresses_of(settings: Settings) -> Addresses:
    """The configured public address; without one, where the server listens."""
    if settings.site.base_url:
        return Addresses(settings.site.base_url, public=True)
    host, _, port = settings.server.bind.rpartition(":")
    return Addresses(f"http://{'localhost' if host in _ANYWHERE else host}:{port}", public=False)
