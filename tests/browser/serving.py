"""A site that really listens, on a port of its own, so that a browser can open it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from wsgiref.types import WSGIApplication

from werkzeug.serving import WSGIRequestHandler, make_server

from feedsvc.core.model import Listing
from tests.web.site import NOW, Site


class Quiet(WSGIRequestHandler):
    """Keep-alive as a real server does it, and no line for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path, *listings: Listing, sample: bool = False, now=NOW, **settings: str) -> Iterator[Site]:
    """The site at `site.url`. `sample`: with the project's own example source as well."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    site = Site(folder, *listings, now=now, FEEDSVC_BASE_URL=url, **settings)
    if sample:
        site.read_sample()
    site.url = url
    with listening(site.application, port):
        yield site
    site.runtime.close()


@contextmanager
def listening(application: WSGIApplication, port: int = 0) -> Iterator[int]:
    """An application on a port, any free one unless named; gives the port."""
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
