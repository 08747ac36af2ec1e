"""An address on the web, taken apart once: what is judged here is exactly what is asked for later.

The hardest case are spellings on which two readers disagree (backslashes, tabs, zone ids, user names): they are
refused, not interpreted. A host may be spelled in any way the resolver understands, because what it resolves to is
judged, not its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import NoReturn
from urllib.parse import quote, urljoin, urlsplit

from feedsvc.core.errors import FetchFailed
from feedsvc.core.text import clean_line, cut

SCHEMES = {"http": "http", "https": "https", "webcal": "https"}
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8_000
"""Characters; RFC 9110 §4.1 asks for at least as many octets."""

_HOST = re.compile(r"[a-z0-9._-]{1,253}")
# The four characters that the old and the new rules for names of other scripts turn into different hosts.
_AMBIGUOUS = frozenset("ßς\u200c\u200d")
_UNRESERVED = "/:@!$&'()*+,;=~%-._"
_RANDOM = re.compile(r"(?<=[/._-])(?=[A-Za-z]*\d)[A-Za-z0-9]{16,}")
"""Sixteen letters and digits in a row: a key, as private calendar addresses have it."""
_LONG_SEGMENT = re.compile(r"(?<=/)([^/]{8})[^/]{24,}")
_USER = re.compile(r"^([a-z]+:)?(//)?[^/\\]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FetchUrl:
    """`host` is ASCII, lower-case, without brackets; `path` is what is asked for: with its query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The whole address, in one canonical spelling."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def follow(self, location: str) -> FetchUrl:
        """Return the target of a redirect. Raises FetchFailed when that may not be followed."""
        _refuse_odd_characters(location)
        try:
            target = parse_target(urljoin(self.url, location))
        except ValueError:
            _refuse(location, "not a URL")
        if self.scheme == "https" and target.scheme == "http":
            _refuse(
                self.url, f"redirects from https to {shown(target.url)}; that would give up the protection on the way"
            )
        return target


def parse_target(url: str) -> FetchUrl:
    """Take an address apart. Raises FetchFailed (refused) when it is none that may be fetched."""
    _refuse_odd_characters(url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        _refuse(url, "not a URL (example: https://example.org/calendar.ics)")
    scheme = SCHEMES.get(parts.scheme)
    if scheme is None:
        _refuse(url, "is not fetched; only http, https and webcal addresses are")
    if "@" in parts.netloc:
        _refuse(url, "has a user name in it; take out what stands before the @")
    host = _ascii_host(url, parts.hostname or "")
    path = quote(parts.path, safe=_UNRESERVED) or "/"
    query = f"?{quote(parts.query, safe=_UNRESERVED + '?[]')}" if parts.query else ""
    return FetchUrl(scheme, host, DEFAULT_PORTS[scheme] if port is None else port, path + query)


def shown(url: str) -> str:
    """An address for messages: without user name and query, and long parts of its path cut, as those may be secrets."""
    place, *hidden = re.split(r"[?#]", url, maxsplit=1)
    place = _RANDOM.sub("…", _LONG_SEGMENT.sub(r"\1…", _USER.sub(r"\1\2", place)))
    return cut(clean_line(place), 200) + ("?…" if hidden and hidden[0] else "")


def _refuse_odd_characters(url: str) -> None:
    if len(url) > LONGEST_URL:
        _refuse(url, f"is longer than {LONGEST_URL} characters")
    if any(character in " \\" or not character.isprintable() for character in url):
        _refuse(url, "has a space, a backslash or a control character in it; write it percent-encoded")


def _ascii_host(url: str, host: str) -> str:
    if ":" in host and "%" not in host:
        try:
            return str(IPv6Address(host))
        except ValueError:
            _refuse(url, "has no valid host")
    if _AMBIGUOUS & set(host):
        _refuse(url, "has a host whose spelling is ambiguous; write it in its xn-- form")
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_host = ""
    if not _HOST.fullmatch(ascii_host):
        _refuse(url, "has no valid host")
    return ascii_host


def _refuse(url: str, why: str) -> NoReturn:
    raise FetchFailed(f"{shown(url) or 'an empty address'}: {why}", refused=True)
