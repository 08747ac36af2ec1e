"""Passwords as they are kept: scrypt (RFC 7914) with a random salt, costly enough that a stolen store tells little."""

from __future__ import annotations

import base64
import hashlib
import secrets
from hmac import compare_digest
from threading import BoundedSemaphore

from feedsvc.core.errors import RequestError

SHORTEST = 12
"""Characters of a password."""
_COST, _BLOCK, _PARALLEL = 15, 8, 3
_MAX_MEMORY = 64 * 1024 * 1024
_AT_ONCE, _WAITING = 2, 8
_working = BoundedSemaphore(_AT_ONCE)
_room = BoundedSemaphore(_AT_ONCE + _WAITING)


class TooBusy(RequestError):
    """As many passwords are being looked at as may be; each takes 32 MiB and a quarter of a second."""


def hashed(password: str) -> str:
    """A password as it is kept: "scrypt$15$8$3$<salt>$<hash>". Raises RequestError when it is too short, TooBusy."""
    if len(password) < SHORTEST:
        raise RequestError(f"the password has {len(password)} characters; it must have at least {SHORTEST}")
    salt = secrets.token_bytes(16)
    digest = _scrypt(password, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt${_COST}${_BLOCK}${_PARALLEL}${_text(salt)}${_text(digest)}"


def matches(password: str, kept: str | None) -> bool:
    """Return True if it is the password that was kept. Nobody's password (None) costs as much. Raises TooBusy."""
    _, cost, block, parallel, salt, digest = (kept or _NOBODYS).split("$")
    found = _scrypt(password, base64.b64decode(salt), int(cost), int(block), int(parallel))
    return compare_digest(found, base64.b64decode(digest)) and kept is not None


def is_outdated(kept: str) -> bool:
    """Return True if it was hashed at another cost than passwords are today."""
    return not kept.startswith(f"scrypt${_COST}${_BLOCK}${_PARALLEL}$")


def _scrypt(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    if not _room.acquire(blocking=False):
        raise TooBusy("too many people sign in at this moment; try again in a few seconds")
    try:
        with _working:
            text = password.encode("utf-8", "surrogatepass")
            return hashlib.scrypt(text, salt=salt, n=2**cost, r=block, p=parallel, maxmem=_MAX_MEMORY)
    finally:
        _room.release()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


_NOBODYS = f"scrypt${_COST}${_BLOCK}${_PARALLEL}${_text(bytes(16))}${_text(bytes(64))}"
