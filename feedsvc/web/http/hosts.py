"""Names this service answers to. Nothing it sends depends on the Host header, but a proxy or a browser might.

With a public address configured, only its host, the address it listens at, localhost and `[server] hosts` are
answered; without one it answers to any name. Addresses for operators are answered to any name: a load
balancer or a scraper often knows nothing but an IP address.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask, Response, request

from feedsvc.config.settings import Settings
from feedsvc.web.http.answers import HSTS, OTHER_HEADERS
from feedsvc.web.http.responses import SECURITY, problem

_SPELLING = re.compile(r"[A-Za-z0-9._:\[\]-]+")
"""The characters of a name and a port: no "@" or "/", behind which another name could hide."""
ANY_HOST_PREFIXES = ("/healthz/", "/metrics")


class Hosts:
    """Made of the settings once. `usual` are the spellings to expect, None where all are answered."""

    def __init__(self, settings: Settings) -> None:
        bind_host, _, bind_port = settings.server.bind.rpartition(":")
        base_url = settings.site.base_url
        self._names: frozenset[str] | None = None
        self.usual: frozenset[str] | None = None
        if base_url is not None:
            public = urlsplit(base_url)
            names = {public.hostname or "", bind_host.strip("[]"), "localhost", *settings.server.hosts}
            ports = {bind_port, str(public.port or ""), "80", "443"} - {""}
            self._names = frozenset(name.lower() for name in names)
            self.usual = frozenset({*self._names, *(f"{name}:{port}" for name in self._names for port in ports)})

    def answers_to(self, host: str | None, path: str) -> bool:
        """Return True if a request with this Host header is answered. One without (HTTP/1.0) is."""
        if self._names is None or not host or path.startswith(ANY_HOST_PREFIXES):
            return True
        if not _SPELLING.fullmatch(host):
            return False
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return False
        return (name or "").removesuffix(".") in self._names


def register_guard(app: Flask, hosts: Hosts, *, https: bool) -> None:
    """Refuse strange names before anything else, and add to every answer the headers it lacks."""

    @app.before_request
    def known_name() -> Response | None:
        host = request.environ.get("HTTP_HOST")
        # Servers join several with a comma, which no name has in it.
        if ("," in host) if host else request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
            return problem(400, "a request of HTTP/1.1 has exactly one Host header (RFC 9112, 3.2)")
        if hosts.answers_to(host, request.path):
            return None
        return problem(400, "this service does not answer to that name; ask by its public address")

    @app.after_request
    def protected(response: Response) -> Response:
        needed = SECURITY.items() if response.mimetype == "text/html" else OTHER_HEADERS
        for name, value in (*needed, *((HSTS,) if https else ())):
            response.headers.setdefault(name, value)
        return response
