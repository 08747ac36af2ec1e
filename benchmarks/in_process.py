"""Calling the application as a server would, without one: what the gate and Flask cost by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

from benchmarks.cpu import cpu_of
from benchmarks.processes import HOST
from benchmarks.stores import Deployment
from benchmarks.ungated import create_application as ungated
from feedsvc.app import create_application as gated
from feedsvc.web.pages import template_context

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class InProcess:
    """The application over a place, with its gate and without. To be closed."""

    def __init__(self, deployment: Deployment) -> None:
        self._runtime = (deployment.runtime(), deployment.runtime())
        with_gate, without = self._runtime
        self._apps: dict[str, Application] = {"gate": gated(with_gate).wsgi_app, "Flask": ungated(without).wsgi_app}

    def cost(self, name: str, path: str, headers: Mapping[str, str], repeat: int) -> Callable[[], float]:
        """Microseconds of processor time for one request, once the document is at hand."""
        app = self._apps[name]
        environ = _environ(path, headers)
        _call(app, environ)
        return lambda: cpu_of(lambda: _call(app, environ), repeat) * 1e6

    def close(self) -> None:
        """Let go of the store."""
        for runtime in self._runtime:
            runtime.close()


class Site:
    """The application's pages over a place, each made as if it were asked for the first time. To be closed."""

    def __init__(self, deployment: Deployment) -> None:
        self._runtime = deployment.runtime()
        self._app: Application = gated(self._runtime).wsgi_app
        with self._runtime.store.read() as snapshot:
            self.event_path = f"/event/{snapshot.feeds.sitemap(1)[0]}"

    def page(self, path: str) -> None:
        """Ask for a page. Raises ValueError when there is none."""
        self._runtime.event_queries.forget()
        environ = _environ(path, {})
        environ["PATH_INFO"], _, environ["QUERY_STRING"] = path.partition("?")
        status: list[str] = []
        before, template_context.MOST = template_context.MOST, 0
        try:
            for _ in self._app(environ, lambda told, _headers, _error=None: status.append(told)):
                pass
        finally:
            template_context.MOST = before
        if not status or not status[0].startswith("200"):
            raise ValueError(f"{path} was answered {status}")

    def close(self) -> None:
        """Let go of the store."""
        self._runtime.close()


def _call(app: Application, environ: dict[str, Any]) -> None:
    for _ in app(environ.copy(), _start_response):
        pass


def _start_response(_status: str, _headers: list[tuple[str, str]], _error: object = None) -> None:
    return None


def _environ(path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": HOST,
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": HOST,
        "HTTP_HOST": HOST,
        "HTTP_USER_AGENT": "bench/1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **named,
    }
