"""A map of the world on which every country is one equal square, so that small ones can be seen and pressed.

The drawing is cut into five parts of at most eight columns, so that a phone shows one of them over its whole width. A
country keeps its neighbours where a grid allows it. Territories that are not drawn are in the list beside the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

COLUMNS = 25
ROWS = 19
_EMPTY = ".."
_DRAWING = """
    .. .. .. .. .. .. .. .. .. .. .. no se fi .. .. .. .. .. .. .. .. .. .. ..
    .. .. .. .. .. .. .. .. is .. .. .. .. ee ru .. .. .. .. .. .. .. .. .. ..
    .. .. .. .. .. gl .. .. ie gb .. dk .. lv by .. .. .. .. .. kz mn .. .. ..
    ca .. .. .. .. .. .. .. .. .. nl de pl lt ua .. .. ge az tm uz kg cn kp jp
    us .. .. .. .. .. .. .. .. be lu li cz sk md .. .. tr am ir af tj .. kr ..
    mx .. .. bs .. .. .. .. .. fr ch at hu .. ro .. .. lb sy iq pk np bt mo tw
    gt bz cu ht do kn ag .. pt es mc it si hr rs bg .. il jo kw in bd mm hk ..
    sv hn .. jm pr dm lc .. .. ad va sm ba me xk mk .. ps sa bh qa lk th la vn
    .. ni .. .. .. vc bb .. .. .. mt .. .. al gr cy .. .. ye om ae mv my kh ph
    .. cr pa .. .. gd tt .. .. .. .. .. .. .. .. .. .. .. .. .. .. .. sg bn ..
    .. .. co ve gy sr .. .. .. ma dz tn ly eg .. .. .. .. .. .. .. .. .. id tl
    .. .. ec pe br .. .. .. eh mr ml ne td sd er .. .. .. .. .. .. .. .. .. ..
    .. .. .. bo py .. .. .. cv sn gm bf ng cf et dj .. .. .. .. .. .. .. .. ..
    .. .. .. cl ar uy .. .. gw gn ci gh bj cm ss so .. .. .. .. .. .. .. pw fm
    .. .. .. .. .. .. .. .. .. sl lr tg .. gq ug ke .. .. .. .. .. .. pg nr mh
    .. .. .. .. .. .. .. .. .. .. st ga cg cd rw tz .. .. .. .. .. .. sb tv ki
    .. .. .. .. .. .. .. .. .. .. .. ao zm bi mw sc .. .. .. .. .. au vu fj ws
    .. .. .. .. .. .. .. .. .. .. na bw zw mz km mg .. .. .. .. .. .. .. nz to
    .. .. .. .. .. .. .. .. .. .. .. .. za ls sz mu .. .. .. .. .. .. .. .. ..
"""


@dataclass(frozen=True, slots=True)
class Square:
    """Position of a country: column and row of its part, counted from 1."""

    country: str
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the world. `column` and `row` are its first ones on the whole map, `columns` and `rows` its size.

    `regions` are the slugs of the regions that are usually configured for it.
    """

    key: str
    column: int
    row: int
    columns: int
    rows: int
    regions: tuple[str, ...]
    squares: tuple[Square, ...]


_PARTS = (
    ("africa", 9, 11, 8, 9, ("africa",)),
    ("americas", 1, 3, 7, 12, ("latin-america", "northern-america")),
    ("asia", 18, 3, 8, 9, ("asia",)),
    ("europe", 9, 1, 8, 9, ("europe",)),
    ("oceania", 22, 14, 4, 5, ("oceania",)),
)


@lru_cache(maxsize=1)
def parts() -> tuple[Part, ...]:
    """The parts of the world with their squares, row by row."""
    drawn = [
        (code, x, y)
        for y, line in enumerate(_DRAWING.strip().splitlines(), 1)
        for x, code in enumerate(line.split(), 1)
        if code != _EMPTY
    ]
    return tuple(
        Part(
            key=key,
            column=left,
            row=top,
            columns=columns,
            rows=rows,
            regions=regions,
            squares=tuple(
                Square(code, x - left + 1, y - top + 1)
                for code, x, y in drawn
                if left <= x < left + columns and top <= y < top + rows
            ),
        )
        for key, left, top, columns, rows, regions in _PARTS
    )
