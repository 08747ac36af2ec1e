"""The rules of bundles: a feed that somebody saved under a short name, with a secret link to change it.

The *slug* is its name in addresses, made from what it was first called and never changed. The *secret* has 256 bits;
only its hash is kept, so the link is shown once and cannot be told again, only replaced. The hardest case is a log:
the secret stands in an address, and addresses are logged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import sha256

from feedsvc.core.text import clean_line, slugify

MAX_NAME = 80
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SECRET_BYTES = 32
# fmt: off
RESERVED = frozenset({
    "about", "admin", "all", "api", "bundle", "changes", "colors", "country", "edit", "embed", "event", "healthz",
    "help", "leave", "metrics", "new", "official", "og", "poster", "privacy", "region", "robots", "share", "sitemap",
    "static", "status", "theme", "year",
})
# fmt: on
"""Slugs that are never given: they are, or could become, addresses of the service's own, or claim to be."""

_MAX_SLUG = 63
_NUMBERED = 9
_SECRET_IN_PATH = re.compile(r"(/bundle/[^/\s]*/edit/|/admin/(?:first|invite|link)/)[^/\s?\"'\]]+")
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)


def bundle_name(text: str) -> str:
    """A name as somebody typed it, as one clean line."""
    return clean_line(text)


def has_address(name: str) -> bool:
    """Find a web address in a name: those who write one want to advertise, not to name."""
    return _ADDRESS.search(name) is not None


def slugs(name: str, digits: Callable[[], str]) -> Iterator[str]:
    """Slugs for a name, the nicest first, without end: "lunch", "lunch-2" … "lunch-9", "lunch-4f0a91" …

    `digits` gives other letters or digits each time it is called.
    """
    base = slugify(name)
    if base not in RESERVED:
        yield base
    for number in range(2, _NUMBERED + 1):
        yield _with(base, str(number))
    while True:
        yield _with(base, digits())


def _with(base: str, end: str) -> str:
    return f"{base[: _MAX_SLUG - len(end) - 1].rstrip('-')}-{end}"


def secret_hash(secret: str) -> bytes:
    """The hash that is kept of a secret. It has 256 random bits, so one round of SHA-256 is enough."""
    return sha256(secret.encode("utf-8", "replace")).digest()


def without_secrets(text: str) -> str:
    """A line of a log with the secret of every link in it taken out: to change a bundle, to become an administrator."""
    return _SECRET_IN_PATH.sub(r"\1…", text)
