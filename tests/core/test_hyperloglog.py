"""A sketch counts different members, forgets who they were, and joins with others in any order."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core import hyperloglog


def members(first: int, end: int) -> list[bytes]:
    return [
        blake2b(str(number).encode(), digest_size=hyperloglog.MEMBER_BYTES).digest() for number in range(first, end)
    ]


def test_few_members_are_counted_exactly() -> None:
    sketch = hyperloglog.add(b"", members(0, hyperloglog.EXACT))
    assert hyperloglog.count(sketch) == hyperloglog.EXACT
    assert hyperloglog.count(b"") == 0


@pytest.mark.parametrize("number", [129, 300, 1_000, 2_600, 5_000, 60_000])
def test_many_members_are_counted_to_a_tenth(number: int) -> None:
    sketch = hyperloglog.add(b"", members(0, number))
    assert abs(hyperloglog.count(sketch) - number) <= 0.1 * number
    assert len(sketch) == 1025


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200)), max_size=6),
    st.randoms(use_true_random=False),
)
def test_order_and_repetition_do_not_matter(ranges: list[tuple[int, int]], random: object) -> None:
    parts = [members(first, first + length) for first, length in ranges]
    one = b""
    for part in parts:
        one = hyperloglog.add(one, part)
    other = b""
    for part in [*reversed(parts), *parts]:
        other = hyperloglog.add(other, reversed(part))
    whole = hyperloglog.add(b"", (member for part in parts for member in part))
    assert hyperloglog.count(one) == hyperloglog.count(other) == hyperloglog.count(whole)


def test_hundred_and_twenty_ninth_member_never_lowers_the_count() -> None:
    sketch, counts = b"", []
    for member in members(0, 400):
        sketch = hyperloglog.add(sketch, [member])
        counts.append(hyperloglog.count(sketch))
    assert counts == sorted(counts)
