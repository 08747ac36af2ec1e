"""Secrets cut out of addresses and texts, before these are shown, logged or kept beside what they lead to.

The hardest case is a calendar whose secret is a part of its path, as Google's private addresses have it. A secret
becomes "…" and six digits of its fingerprint, so that two addresses that differ only in it still differ.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

_NAMES = "access[_-]?key|api[_-]?key|auth|key|pass|passwd|password|pwd|secret|session|sid|sig|signature|token"
_IS_NAME = re.compile(rf"(?:.*[_-])?(?:{_NAMES})", re.IGNORECASE)
# A run of letters and digits of which nobody could say what it means.
_RUN = re.compile(r"[0-9A-Za-z]{16,}")
_URL = re.compile(r"(?:https?|webcal)://[^\s\"'<>]+", re.IGNORECASE)
_GIVEN = re.compile(
    rf"(?P<name>\b[\w-]*(?:{_NAMES})[\"']?\s*[:=]\s*[\"']?)(?P<value>[^\s\"'<>&;,]{{6,}})", re.IGNORECASE
)


def masked_url(url: str) -> str:
    """Return an address without user name, and with secrets in its path and query cut."""
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return _cut(url)
    pairs = (f"{quote(name)}={_cut(value) if _IS_NAME.fullmatch(name) else _runs(value)}" for name, value in query)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], _runs(parts.path), "&".join(pairs), ""))


def masked_text(text: str) -> str:
    """Return a text with the secrets in its addresses cut, and those that stand behind a name such as `token=`."""
    text = _URL.sub(lambda found: masked_url(found[0]), text)
    return _GIVEN.sub(lambda found: found["name"] + _cut(found["value"]), text)


def _runs(text: str) -> str:
    """Cut the runs that look random: at least three digits and three letters."""

    def masked(found: re.Match[str]) -> str:
        digits = sum(one.isdigit() for one in found[0])
        return _cut(found[0]) if 3 <= digits <= len(found[0]) - 3 else found[0]

    return _RUN.sub(masked, text)


def _cut(secret: str) -> str:
    if secret.startswith("…") or not secret:
        return secret
    return f"…{blake2b(secret.encode('utf-8', 'surrogatepass'), digest_size=3).hexdigest()}"
