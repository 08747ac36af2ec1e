"""Getting one page: judge the address, resolve it once, connect to what was judged; each redirect by the same rules."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from urllib3.response import HTTPResponse

from feedsvc.core.errors import FetchFailed
from feedsvc.core.ip_ranges import Address, Allowed, is_public
from feedsvc.core.model import Page
from feedsvc.fetch.body import BodyRefused, read_body, size_in_words
from feedsvc.fetch.connection import Resolve, answer_to, resolve_within, system_resolve
from feedsvc.fetch.deadline import Deadline
from feedsvc.fetch.errors import TROUBLES, bad_status, trouble
from feedsvc.fetch.url import FetchUrl, parse_target, shown

PERMANENT = (301, 308)
REDIRECTS = (*PERMANENT, 302, 303, 307)

_PIECE = 32_768
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:+-]{1,40})""", re.IGNORECASE)
_VALIDATOR = re.compile(r"[!-~](?:[ -~]{0,254}[!-~])?")


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of a fetch. `allow`: inner places that it may reach all the same; `max_bytes` counts unpacked."""

    allow: tuple[Allowed, ...]
    user_agent: str
    deadline_seconds: float = 30.0
    max_bytes: int = 10_000_000
    max_redirects: int = 5
    max_headers: int = 100


@dataclass(frozen=True, slots=True)
class Validators:
    """Validators for the next, conditional request (RFC 9110 §8.8): stored with what was read, sent as they came."""

    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Response:
    """The answer of a server. `page` is None exactly when it answered 304, `not_modified`.

    `validators` are for the next request to the same address. `moved_to` is where permanent redirects lead, only ever
    a suggestion. `fetched_bytes` counts the body as it came over the wire, packed.
    """

    page: Page | None
    not_modified: bool
    validators: Validators
    moved_to: str | None
    fetched_bytes: int


NO_VALIDATORS = Validators(None, None)


class FetchClient:
    """Fetches pages. One is enough for a process; any number of threads may use it at once."""

    def __init__(self, policy: Policy, monotonic: Callable[[], float], resolve: Resolve = system_resolve) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._resolve = resolve

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def get(self, url: str, validators: Validators | None = None, user_agent: str | None = None, /) -> Response:
        """Fetch a page, or learn that it has not changed since `validators` were given. Raises FetchFailed.

        `user_agent` is sent instead of the service's own name.

        1. Judge the address and what it resolves to; refuse what is not public and not allowed.
        2. Connect to the judged address, ask, read the head.
        3. On a redirect leave the body unread and begin again with its target.
        4. Read the body, counted and unpacked. All of it within the deadline.
        """
        first = target = parse_target(url)
        validators = _clean(validators or NO_VALIDATORS)
        moved_to: str | None = None
        permanent = True
        with Deadline(self._policy.deadline_seconds, self._monotonic) as deadline:
            for _ in range(self._policy.max_redirects + 1):
                # A validator belongs to one host's page: another host neither sees nor gives it.
                at_home = target.host == first.host
                found = self._hop(target, validators if at_home else NO_VALIDATORS, deadline, user_agent)
                if isinstance(found, _Answer):
                    kept = found.validators if at_home else NO_VALIDATORS
                    return Response(found.page, found.page is None, kept, moved_to, found.fetched_bytes)
                target = found.target
                permanent = permanent and found.permanent
                moved_to = target.url if permanent else moved_to
        limit = self._policy.max_redirects
        raise FetchFailed(f"{shown(first.url)}: redirects more than {limit} times; give the address where it ends")

    def _hop(
        self, target: FetchUrl, validators: Validators, deadline: Deadline, user_agent: str | None
    ) -> _Redirect | _Answer:
        try:
            addresses = self._judged(target, deadline)
            headers = {
                "User-Agent": user_agent or self._policy.user_agent,
                "Accept": "*/*",
                "Accept-Encoding": "gzip, deflate",
                "Connection": "close",
            }
            if validators.etag:
                headers["If-None-Match"] = validators.etag
            if validators.last_modified:
                headers["If-Modified-Since"] = validators.last_modified
            with answer_to(
                target, addresses, headers, self._tls if target.scheme == "https" else None, deadline
            ) as response:
                if len(list(response.headers.iteritems())) > self._policy.max_headers:
                    raise BodyRefused(f"sends more than {self._policy.max_headers} headers")
                transfer = response.headers.get("transfer-encoding", "chunked")
                if transfer.strip().lower() not in ("chunked", "identity"):
                    raise BodyRefused(f"is transferred as {transfer[:20]!r}; only chunked is read")
                location = response.headers.get("location")
                if response.status in REDIRECTS and location is not None:
                    with suppress(UnicodeError):
                        # http.client reads a header as Latin-1, servers mean UTF-8.
                        location = location.encode("latin-1").decode("utf-8")
                    return _Redirect(target.follow(location), response.status in PERMANENT)
                return self._answer(target, response, validators, deadline)
        except TROUBLES as error:
            raise trouble(target, error, deadline) from error

    def _judged(self, target: FetchUrl, deadline: Deadline) -> Sequence[Address]:
        """The addresses of a host, every one of which may be connected to. Raises FetchFailed (refused)."""
        host, port, allow = target.host, target.port, self._policy.allow
        way_out = f'if it is yours, add it to allow in [fetch]: "{host if ":" not in host else f"[{host}]"}:{port}"'
        usual = port in (80, 443) or 8000 <= port <= 9999
        if not usual and not any(entry.admits_port(host, port) for entry in allow):
            raise FetchFailed(f"{shown(target.url)}: port {port} is not fetched from; {way_out}", refused=True)
        addresses = resolve_within(deadline, self._resolve, target)
        for address in addresses:
            if not (usual and is_public(address)) and not any(entry.admits(host, address, port) for entry in allow):
                fact = f"leads to {address}, which is not public" if usual else f"port {port} is not fetched from"
                raise FetchFailed(f"{shown(target.url)}: {fact}; {way_out}", refused=True)
        return addresses

    def _answer(self, target: FetchUrl, response: HTTPResponse, asked: Validators, deadline: Deadline) -> _Answer:
        headers = response.headers
        given = _clean(Validators(headers.get("etag"), headers.get("last-modified")))
        if response.status == 304 and asked != NO_VALIDATORS:
            return _Answer(None, given if given != NO_VALIDATORS else asked, 0)
        if response.status != 200:
            raise bad_status(target, response.status, headers.get("retry-after"))
        limit = self._policy.max_bytes
        if (response.length_remaining or 0) > limit:
            raise BodyRefused(f"is larger than {size_in_words(limit)}")
        body = read_body(_pieces(response, deadline), headers.get("content-encoding", ""), limit)
        kind = headers.get("content-type", "")
        charset = _CHARSET.search(kind)
        page = Page(target.url, body, kind.partition(";")[0].strip().lower()[:100], charset[1] if charset else None)
        return _Answer(page, given, response.tell())


@dataclass(frozen=True, slots=True)
class _Redirect:
    target: FetchUrl
    permanent: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    page: Page | None
    validators: Validators
    fetched_bytes: int


def _pieces(response: HTTPResponse, deadline: Deadline) -> Iterator[bytes]:
    """A body as it comes. A connection ended by the deadline looks like one that ended by itself, so ask each time."""
    while piece := response.read(_PIECE, decode_content=False):
        deadline.remaining()
        yield piece
    deadline.remaining()


def _clean(validators: Validators) -> Validators:
    """Without what could not be sent back in a header as it came."""
    etag, last_modified = (
        text if text is not None and _VALIDATOR.fullmatch(text) else None
        for text in (validators.etag, validators.last_modified)
    )
    return Validators(etag, last_modified)
