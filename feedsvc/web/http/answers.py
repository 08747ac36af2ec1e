"""A document as HTTP answers (RFC 9110): the one place that knows ETag, 304, HEAD, gzip and the headers of feeds.

Knows neither Flask nor WSGI: a few request headers in, status, headers and body out. The gate and the Flask routes
both answer with it, so they cannot differ. The hardest case is a client that holds the tag of the other encoding: it
is told 304 as well, because both tags name the same state of the document.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from http import HTTPStatus

from feedsvc.config.settings import Settings
from feedsvc.feeds.document import Document

Headers = list[tuple[str, str]]
ALLOWED = "GET, HEAD, OPTIONS"
URGENT_SECONDS = 48 * 3_600
_LONGEST_KEPT = 300
"""Characters of a header that are kept: the rest of a stranger's string is cut first."""
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", ALLOWED),
    ("Access-Control-Allow-Headers", "If-None-Match, If-Modified-Since"),
    ("Access-Control-Max-Age", "86400"),
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Facts all answers share: how long caches may keep them, and whether the service is reached by https.

    A document with an event that begins within 48 hours of `clock` is kept for `urgent_max_age_seconds` at most.
    """

    max_age_seconds: int
    https: bool = False
    urgent_max_age_seconds: int = 0
    clock: Callable[[], datetime] | None = None

    def max_age_of(self, starts: Sequence[int]) -> tuple[int, float]:
        """Seconds that a document with these starts may be kept, and until when that holds, in seconds since 1970."""
        if not starts or self.clock is None:
            return self.max_age_seconds, math.inf
        now = self.clock().timestamp()
        coming = bisect_right(starts, now)
        if coming == len(starts):
            return self.max_age_seconds, math.inf
        start = starts[coming]
        if start > now + URGENT_SECONDS:
            return self.max_age_seconds, start - URGENT_SECONDS
        return min(self.max_age_seconds, self.urgent_max_age_seconds), start

    def is_over(self, until: float) -> bool:
        """Return True at or after a moment in seconds since 1970."""
        return until < math.inf and self.clock is not None and self.clock().timestamp() >= until

    @property
    def headers(self) -> Headers:
        """The headers of every answer that concerns a document."""
        return [*FEED_HEADERS, *([HSTS] if self.https else [])]


class Answer:
    """A finished answer. `line` is the status with its phrase; `body` is empty for HEAD and 304."""

    __slots__ = ("body", "headers", "line", "status")

    def __init__(self, status: int, headers: Headers, body: bytes = b"") -> None:
        self.status = status
        self.line = f"{status} {HTTPStatus(status).phrase}"
        self.headers = headers
        self.body = [body] if body else []


class Answers:
    """Every answer that one document can give, each made when it is first asked for; good `until` a moment."""

    __slots__ = ("_document", "_full", "_headers", "_modified", "_modified_text", "_tags", "_unchanged", "until")

    def __init__(self, document: Document, terms: Terms) -> None:
        self._document = document
        max_age, self.until = terms.max_age_of(document.starts)
        self._modified = int(document.last_modified.timestamp())
        self._modified_text = format_datetime(document.last_modified.astimezone(UTC), usegmt=True)
        self._headers: Headers = [
            ("Cache-Control", f"public, max-age={max_age}, stale-if-error=604800"),
            ("Vary", "Accept-Encoding"),
            *terms.headers,
        ]
        self._tags = (document.etag, document.gzip_etag)
        # What a cache needs to go on with what it has, and no more (RFC 9110 §15.4.5).
        self._unchanged = {tag: Answer(304, [("ETag", tag), *self._headers]) for tag in self._tags}
        self._full: dict[tuple[bool, bool], Answer] = {}

    def answer(
        self, method: str, if_none_match: str | None, if_modified_since: str | None, accept_encoding: str | None
    ) -> Answer:
        """Answer GET or HEAD. Headers that a request does not have are None."""
        packed = accept_encoding is not None and accepts_gzip(accept_encoding)
        if if_none_match is not None:
            unchanged = self._unchanged.get(if_none_match) or self._matching(if_none_match, packed)
            if unchanged is not None:
                return unchanged
        elif if_modified_since is not None and self._is_unchanged_since(if_modified_since):
            return self._unchanged[self._tags[packed]]
        head = method == "HEAD"
        return self._full.get((packed, head)) or self._make_full(packed, head)

    def _matching(self, if_none_match: str, packed: bool) -> Answer | None:
        """Weak comparison against a list of tags (RFC 9110 §13.1.2); the tag of the wanted encoding comes first."""
        if if_none_match.strip() == "*":
            return self._unchanged[self._tags[packed]]
        named = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        tags = (self._tags[packed], self._tags[not packed])
        return next((self._unchanged[tag] for tag in tags if tag in named), None)

    def _is_unchanged_since(self, text: str) -> bool:
        if text == self._modified_text:
            return True
        since = http_date(text)
        return since is not None and self._modified <= since.timestamp()

    def _make_full(self, packed: bool, head: bool) -> Answer:
        document = self._document
        body = document.gzip if packed else document.body
        headers: Headers = [
            ("Content-Type", document.content_type),
            ("Content-Disposition", f'inline; filename="{document.filename}"'),
            ("Content-Length", str(len(body))),
            ("ETag", self._tags[packed]),
            ("Last-Modified", self._modified_text),
            *self._headers,
        ]
        if packed:
            headers.append(("Content-Encoding", "gzip"))
        made = self._full[packed, head] = Answer(200, headers, b"" if head else body)
        return made


def answers_of(document: Document, terms: Terms) -> Answers:
    """The answers of a document, kept with it until its event is near, or has begun."""
    answers = document.answers
    if not isinstance(answers, Answers) or terms.is_over(answers.until):
        answers = document.answers = Answers(document, terms)
    return answers


def options_answer(terms: Terms) -> Answer:
    """The methods a feed allows, for OPTIONS and preflight requests."""
    return Answer(204, [("Allow", ALLOWED), *_PREFLIGHT, *terms.headers])


def accepts_gzip(accept_encoding: str | None) -> bool:
    """Return True if gzip may be sent (RFC 9110 §12.5.3)."""
    return accept_encoding is not None and _takes_gzip(accept_encoding[:_LONGEST_KEPT])


@lru_cache(maxsize=512)
def _takes_gzip(accept_encoding: str) -> bool:
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
    """Parse an HTTP date; None when it is not one. One without a zone is in UTC."""
    return _http_date(text[:_LONGEST_KEPT])


@lru_cache(maxsize=512)
def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


NOSNIFF = ("X-Content-Type-Options", "nosniff")
NO_REFERRER = ("Referrer-Policy", "no-referrer")
NO_DEVICES = ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()")
HSTS = ("Strict-Transport-Security", "max-age=31536000")
FEED_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    NOSNIFF,
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    NO_REFERRER,
    NO_DEVICES,
)
"""A feed is not a document to browse: nothing in it may run, whatever it is taken for."""
OTHER_HEADERS = (
    NOSNIFF,
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    NO_REFERRER,
    NO_DEVICES,
)

Served = Callable[[str, str | None, str | None, int], None]
"""Called with path, User-Agent, client address and status of every document served. It has to be cheap."""


@dataclass(slots=True)
class Hits:
    """Answers of the gate since the process began, by status: 200 and 304."""

    full: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class Serving:
    """The same for every request."""

    terms: Terms
    on_served: Served | None = None
    hits: Hits = field(default_factory=Hits)

    @classmethod
    def of(
        cls, settings: Settings, on_served: Served | None = None, clock: Callable[[], datetime] | None = None
    ) -> Serving:
        """As configured."""
        https = (settings.site.base_url or "").startswith("https:")
        urgent = int(settings.feeds.urgent_max_age.total_seconds())
        return cls(Terms(int(settings.feeds.max_age.total_seconds()), https, urgent, clock), on_served)
