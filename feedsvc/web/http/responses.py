"""A page as an HTTP answer: headers, validator, gzip, 304. Pages differ by address and language, by nothing else."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from http import HTTPStatus

from flask import Response, request

from feedsvc.core.slugs import without_secrets
from feedsvc.core.text import cut
from feedsvc.web.http.answers import accepts_gzip

PAGE_SECONDS = 60
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_WORTH_PACKING = 1_000
_LINK = re.compile(r'<a\b(?![^>]*\brel=)([^>]*?\bhref="(/[^"#]*))')
_FOLLOWED = re.compile(r"/(?:(?!share|poster|embed|changes|admin)[a-z]+(?:/(?!new\b)[a-z0-9-]+)?)?")


@dataclass(frozen=True)
class Body:
    """The bytes of an answer, compressed and fingerprinted once however often they are sent."""

    plain: bytes

    @cached_property
    def packed(self) -> bytes:
        """The same, compressed."""
        return gzip.compress(self.plain, 6, mtime=0)

    @cached_property
    def tag(self) -> str:
        """The entity tag of these bytes, without quotes."""
        return blake2b(self.plain, digest_size=12).hexdigest()


def html_body(html: str) -> Body:
    """A page whose links robots follow to a finite number of pages: calendars of one value, and events.

    Each page leads to its combinations, languages, days and pictures; followed, they have no end that a robot reaches.
    """

    def marked(link: re.Match[str]) -> str:
        return link[0] if _FOLLOWED.fullmatch(link[2]) else f'<a rel="nofollow"{link[1]}'

    return Body(_LINK.sub(marked, html).encode())


def page(html: str | Body, language: str, status: int = 200) -> Response:
    """An HTML page for the present request."""
    body = html if isinstance(html, Body) else html_body(html)
    response = _answer(body, "text/html; charset=utf-8", "Accept-Language, Accept-Encoding", PAGE_SECONDS, status)
    response.headers["Content-Language"] = language
    return response


def plain(text: str | bytes | Body, content_type: str, max_age_seconds: int = 3600) -> Response:
    """Anything else that is the same in every language: styles, pictures, lists for robots."""
    if not isinstance(text, Body):
        text = Body(text.encode() if isinstance(text, str) else text)
    return _answer(text, content_type, "Accept-Encoding", max_age_seconds, 200)


def _answer(body: Body, content_type: str, vary: str, max_age_seconds: int, status: int) -> Response:
    packed = len(body.plain) > _WORTH_PACKING and accepts_gzip(request.headers.get("Accept-Encoding"))
    response = Response(body.packed if packed else body.plain, status, content_type=content_type)
    response.headers["Vary"] = vary
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    if status != 200:
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = f"public, max-age={max_age_seconds}"
    response.set_etag(f"{body.tag}-gz" if packed else body.tag)
    response.make_conditional(request)
    return response


CONTENT_TYPE = "application/problem+json; charset=utf-8"
_LONGEST_DETAIL = 200


def repeatable(detail: str) -> str:
    """A sentence that repeats what a stranger wrote: cut, and without the secrets that addresses have in them."""
    return cut(without_secrets(detail), _LONGEST_DETAIL)


def problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """A problem document: what happened, in one sentence. No cache keeps it: what is wrong now may soon be right."""
    told = {"title": HTTPStatus(status).phrase, "status": status, "detail": repeatable(detail)}
    body = json.dumps(told, ensure_ascii=False)
    response = Response(body + "\n", status, content_type=CONTENT_TYPE)
    response.headers.update({"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", **(headers or {})})
    return response
