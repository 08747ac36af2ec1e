"""The cost of the server by itself: an application that hands out the finished answers it was given, and does nothing.

The lowest that any application can reach under this server; only to be measured against. `ANSWERS` names a JSON file:
path → [headers, body in base64] of the plain and of the compressed answer.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.http_client import Answer

Finished = tuple[list[tuple[str, str]], list[bytes]]
_CONNECTION = frozenset({"date", "server", "connection"})


def write_answers(documents: Mapping[str, tuple[Answer, Answer]], file: Path) -> None:
    """Keep what is to be handed out."""
    told = {
        path: [[_headers(answer), base64.b64encode(answer.body).decode()] for answer in answers]
        for path, answers in documents.items()
    }
    file.write_text(json.dumps(told), encoding="utf-8")


def _headers(answer: Answer) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers.items() if name not in _CONNECTION]


def create_application() -> Callable[..., Iterable[bytes]]:
    """The application, with the answers of `ANSWERS`."""
    told = json.loads(Path(os.environ["ANSWERS"]).read_text(encoding="utf-8"))
    finished: dict[str, tuple[Finished, Finished]] = {
        path: (_finished(*plain), _finished(*packed)) for path, (plain, packed) in told.items()
    }

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers, body = finished[environ["PATH_INFO"]]["gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")]
        if "HTTP_IF_NONE_MATCH" in environ:
            start_response("304 Not Modified", [pair for pair in headers if not pair[0].startswith("content-")])
            return []
        start_response("200 OK", headers.copy())
        return body

    return application


def _finished(headers: list[list[str]], body: str) -> Finished:
    return [(name, value) for name, value in headers], [base64.b64decode(body)]
