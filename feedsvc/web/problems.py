"""Errors as problem documents (RFC 9457), for everything that is not a page."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Response

CONTENT_TYPE = "application/problem+json; charset=utf-8"


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """A problem document: what happened, in one sentence. No cache keeps it: what is wrong now may soon be right."""
    body = json.dumps({"title": HTTPStatus(status).phrase, "status": status, "detail": detail}, ensure_ascii=False)
    response = Response(body + "\n", status, content_type=CONTENT_TYPE)
    response.headers.update({"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", **(headers or {})})
    return response
