"""A document as HTTP answers (RFC 9110): the one place that knows ETag, 304, HEAD, gzip and the headers of feeds.

Knows neither Flask nor WSGI: a few request headers in, status, headers and body out. The gate and the Flask routes
both answer with it, so they can not differ. The hardest case is a client that holds the tag of the other encoding: it
is told 304 as well, because both tags name the same state of the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from feedsvc.feeds.document import Document

Headers = list[tuple[str, str]]
ALLOWED = "GET, HEAD, OPTIONS"
_SAFETY = (
    ("Access-Control-Allow-Origin", "*"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("Referrer-Policy", "no-referrer"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a request decides the answer. Absent headers are None."""

    method: str
    if_none_match: str | None = None
    if_modified_since: str | None = None
    accept_encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer; `body` is empty for HEAD and 304."""

    status: int
    headers: Headers
    body: bytes


class Answers:
    """Every answer that one document can give, its headers made once. `max_age_seconds` is for caches."""

    def __init__(self, document: Document, max_age_seconds: int) -> None:
        self.document = document
        self._modified = int(document.last_modified.timestamp())
        self._validators: Headers = [
            ("Last-Modified", format_datetime(document.last_modified.astimezone(UTC), usegmt=True)),
            ("Cache-Control", f"public, max-age={max_age_seconds}, stale-if-error=604800"),
            ("Vary", "Accept-Encoding"),
        ]
        self._tags = (document.etag, document.gzip_etag)

    def answer(self, asked: Asked) -> Answer:
        """Answer GET and HEAD with 200 or 304, OPTIONS with 204."""
        if asked.method == "OPTIONS":
            return Answer(204, [("Allow", ALLOWED), *_SAFETY], b"")
        compressed = accepts_gzip(asked.accept_encoding)
        tag = self._unchanged_tag(asked, compressed)
        if tag is not None:
            return Answer(304, [("ETag", tag), *self._validators, *_SAFETY], b"")
        body = self.document.gzip if compressed else self.document.body
        headers: Headers = [
            ("Content-Type", self.document.content_type),
            ("Content-Disposition", f'inline; filename="{self.document.filename}"'),
            ("Content-Length", str(len(body))),
            ("ETag", self._tags[compressed]),
            *self._validators,
            *_SAFETY,
        ]
        if compressed:
            headers.append(("Content-Encoding", "gzip"))
        return Answer(200, headers, b"" if asked.method == "HEAD" else body)

    def _unchanged_tag(self, asked: Asked, compressed: bool) -> str | None:
        """The tag to repeat in a 304; None when the whole document is due."""
        if asked.if_none_match is not None:
            return self._matching_tag(asked.if_none_match, compressed)
        if asked.if_modified_since is not None:
            since = http_date(asked.if_modified_since)
            if since is not None and self._modified <= since.timestamp():
                return self._tags[compressed]
        return None

    def _matching_tag(self, if_none_match: str, compressed: bool) -> str | None:
        """Weak comparison against a list of tags (RFC 9110 §13.1.2); the tag of the wanted encoding comes first."""
        if if_none_match.strip() == "*":
            return self._tags[compressed]
        named = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return next((tag for tag in (self._tags[compressed], self._tags[not compressed]) if tag in named), None)


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Whether gzip may be sent (RFC 9110 §12.5.3)."""
    if not accept_encoding:
        return False
    weights: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        coding, _, parameters = item.partition(";")
        weights[coding.strip()] = _weight(parameters)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def http_date(text: str) -> datetime | None:
    """An HTTP date; None when it is none, or not in UTC."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
