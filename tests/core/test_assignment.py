"""The pairing with the best total, compared with every pairing there is."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.core.assignment import EXACT_UP_TO, Scores, best_pairs

GRIDS = st.integers(1, 5).flatmap(
    lambda rows: st.integers(1, 5).flatmap(
        lambda columns: st.lists(
            st.lists(st.integers(0, 9), min_size=columns, max_size=columns), min_size=rows, max_size=rows
        )
    )
)


def best_total(grid: list[list[int]]) -> int:
    """By trying every pairing."""
    size = max(len(grid), len(grid[0]))
    padded = [[*row, *[0] * (size - len(row))] for row in grid] + [[0] * size] * (size - len(grid))
    return max(sum(padded[row][order[row]] for row in range(size)) for order in permutations(range(size)))


@given(GRIDS)
@settings(max_examples=200, deadline=None)
def test_no_other_pairing_has_a_higher_total(grid: list[list[int]]) -> None:
    scores: Scores = {
        (f"l{row}", f"r{column}"): float(score)
        for row, line in enumerate(grid)
        for column, score in enumerate(line)
        if score
    }
    pairs = best_pairs(scores)
    assert len(set(pairs.values())) == len(pairs)
    assert all(pair in scores for pair in pairs.items())
    assert sum(scores[pair] for pair in pairs.items()) == best_total(grid)


def test_a_large_group_is_paired_best_first() -> None:
    count = EXACT_UP_TO + 1
    scores = {(f"l{one}", f"r{other}"): 2.0 if one == other else 1.0 for one in range(count) for other in range(count)}
    assert best_pairs(scores) == {f"l{one}": f"r{one}" for one in range(count)}


def test_nothing_has_no_pairs() -> None:
    assert best_pairs({}) == {}
