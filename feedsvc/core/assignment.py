"""The pairing with the best total: who belongs to whom, where several could belong to several. Pure.

Exact for small groups (the Hungarian method); in larger ones the best pair goes first, then the best of what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

EXACT_UP_TO = 60
"""Members of the larger side up to which the best total is found; the effort grows with their third power."""

Scores = Mapping[tuple[str, str], float]
"""(left, right) → likeness above 0; a pair without a score is impossible."""


def best_pairs(scores: Scores) -> dict[str, str]:
    """Left → right, each at most once, with the highest total likeness. Equal totals are decided by name."""
    pairs: dict[str, str] = {}
    for part in _parts(scores):
        lefts, rights = (sorted({pair[side] for pair in part}) for side in (0, 1))
        is_small = max(len(lefts), len(rights)) <= EXACT_UP_TO
        if is_small:
            pairs.update(_exact(lefts, rights, scores))
            continue
        taken: set[str] = set()
        for left, right in sorted(part, key=lambda pair: (-scores[pair], pair)):
            if left not in pairs and right not in taken:
                pairs[left] = right
                taken.add(right)
    return pairs


def _parts(scores: Scores) -> Iterable[list[tuple[str, str]]]:
    """The pairs in groups that have nobody in common."""
    leader: dict[tuple[int, str], tuple[int, str]] = {}

    def find(one: tuple[int, str]) -> tuple[int, str]:
        while leader.setdefault(one, one) != one:
            leader[one] = leader[leader[one]]
            one = leader[one]
        return one

    for left, right in scores:
        leader[find((0, left))] = find((1, right))
    parts: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for pair in sorted(scores):
        parts.setdefault(find((0, pair[0])), []).append(pair)
    return parts.values()


def _exact(lefts: list[str], rights: list[str], scores: Scores) -> dict[str, str]:
    """The Hungarian method (Kuhn 1955) with potentials, on a matrix whose columns are at least as many as its rows."""
    turned = len(lefts) > len(rights)
    rows, columns = (rights, lefts) if turned else (lefts, rights)
    costs = [[-scores.get((other, one) if turned else (one, other), 0.0) for other in columns] for one in rows]
    table = _Table(costs, [0.0] * len(rows), [0.0] * (len(columns) + 1), [-1] * (len(columns) + 1))
    for row in range(len(rows)):
        table.place(row)
    made = ((rows[row], columns[at]) for at, row in enumerate(table.owner[:-1]) if row >= 0)
    oriented = ((right, left) if turned else (left, right) for left, right in made)
    return {left: right for left, right in oriented if (left, right) in scores}


@dataclass(slots=True)
class _Table:
    """Costs by row and column, the prices so far, and the row that owns each column; the last column is nobody's."""

    costs: list[list[float]]
    row_price: list[float]
    column_price: list[float]
    owner: list[int]

    def place(self, row: int) -> None:
        """Give a row a column, so that the total of all rows placed so far is the lowest."""
        outside = len(self.owner) - 1
        self.owner[outside], at = row, outside
        came_from = [outside] * len(self.owner)
        slack, open_columns = [float("inf")] * outside, set(range(outside))
        reached = [outside]
        while self.owner[at] >= 0:
            owner = self.owner[at]
            for column in open_columns:
                found = self.costs[owner][column] - self.row_price[owner] - self.column_price[column]
                if found < slack[column]:
                    slack[column], came_from[column] = found, at
            following = min(open_columns, key=lambda column: (slack[column], column))
            step = slack[following]
            for column in reached:
                self.row_price[self.owner[column]] += step
                self.column_price[column] -= step
            for column in open_columns:
                slack[column] -= step
            open_columns.remove(following)
            reached.append(following)
            at = following
        while at != outside:
            self.owner[at], at = self.owner[came_from[at]], came_from[at]
        self.owner[outside] = -1
