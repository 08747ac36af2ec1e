"""Counting different things without keeping a list of them: a *sketch* takes short hashes and tells how many.

Up to 128 members it is the sorted list of them, and exact. Beyond, it is a table of 1,024 bytes as HyperLogLog has
it (Flajolet et al. 2007): right to about 3 %, however many there are. Two sketches of two processes become one, in any
order, and the same member counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

MEMBER_BYTES = 6
"""A member is the beginning of a hash, evenly spread."""
EXACT = 128
"""Members that are listed one by one; beyond that the list would be larger than the table."""

_LIST, _TABLE = b"l", b"t"
_INDEX_BITS = 10
_REGISTERS = 1 << _INDEX_BITS
_REST_BITS = 8 * MEMBER_BYTES - _INDEX_BITS
_BIAS = 0.7213 / (1 + 1.079 / _REGISTERS)


def add(sketch: bytes, members: Iterable[bytes]) -> bytes:
    """The sketch with more members; `b""` is the sketch of nothing."""
    kind, content = sketch[:1] or _LIST, sketch[1:]
    if kind == _TABLE:
        return _TABLE + _filled(bytearray(content), members)
    listed = {content[at : at + MEMBER_BYTES] for at in range(0, len(content), MEMBER_BYTES)} | set(members)
    if len(listed) > EXACT:
        return _TABLE + _filled(bytearray(_REGISTERS), listed)
    return _LIST + b"".join(sorted(listed))


def count(sketch: bytes) -> int:
    """The number of different members it was given: exact up to EXACT, then about."""
    kind, content = sketch[:1], sketch[1:]
    if kind != _TABLE:
        return len(content) // MEMBER_BYTES
    empty = content.count(0)
    estimate = _BIAS * _REGISTERS**2 / sum(2.0**-rank for rank in content)
    if estimate <= 2.5 * _REGISTERS and empty:
        estimate = _REGISTERS * log(_REGISTERS / empty)
    return max(EXACT + 1, round(estimate))


def _filled(table: bytearray, members: Iterable[bytes]) -> bytes:
    """Each register holds the longest run of leading zeros, plus one, of the members that fall to it."""
    for member in members:
        number = int.from_bytes(member, "big")
        rank = _REST_BITS + 1 - (number >> _INDEX_BITS).bit_length()
        index = number & (_REGISTERS - 1)
        if rank > table[index]:
            table[index] = rank
    return bytes(table)
