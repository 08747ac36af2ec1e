"""Errors as problem documents (RFC 9457), for everything that is not a page."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Response


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """A problem document: what happened, in one sentence."""
    body = json.dumps({"title": HTTPStatus(status).phrase, "status": status, "detail": detail}, ensure_ascii=False)
    response = Response(body + "\n", status, content_type="application/problem+json; charset=utf-8")
    response.headers.update(
        {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", **(headers or {})}
    )
    return response
