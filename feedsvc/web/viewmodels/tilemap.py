"""A map of the world on which every country is one equal square, so that small ones can be seen and pressed.

Each picture below is a part of the world; its first line says at which column and row of the whole it begins. A
country keeps its neighbours where a grid allows it. Territories that are not drawn are in the list beside the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

COLUMNS = 30
ROWS = 17
_EMPTY = ".."

_PICTURES = {
    "Americas": """ 1 1
        .. .. .. .. .. gl ..
        ca .. .. .. .. .. ..
        us .. .. .. .. .. ..
        mx .. .. bs .. .. ..
        gt bz cu ht do kn ag
        sv hn .. jm pr dm lc
        .. ni .. .. .. vc bb
        .. cr pa .. .. gd tt
        .. .. co ve gy sr ..
        .. .. ec pe br .. ..
        .. .. .. bo py .. ..
        .. .. .. cl ar uy ..""",
    "Europe": """ 10 1
        .. .. .. .. no se fi .. .. ..
        is .. .. .. .. .. ee .. .. ..
        .. ie gb .. dk .. lv ru .. ..
        .. .. .. nl de pl lt by .. ..
        .. .. be lu .. cz sk ua .. ..
        .. .. fr ch li at hu ro md ..
        pt es ad mc it si hr rs bg ..
        .. .. .. va sm ba me xk mk ..
        .. .. .. .. mt .. al gr .. cy""",
    "Africa": """ 8 10
        .. .. .. ma dz tn ly eg .. .. .. .. ..
        .. .. eh mr ml ne td sd er dj .. .. ..
        cv sn gm gn bf bj ng cf ss et so .. ..
        .. gw sl ci gh tg cm cd ug ke .. .. ..
        .. .. lr .. st gq ga cg rw tz .. sc ..
        .. .. .. .. .. .. ao zm bi mw .. km ..
        .. .. .. .. .. .. na bw zw mz .. mg ..
        .. .. .. .. .. .. .. za ls sz .. .. mu""",
    "Asia": """ 19 6
        .. .. .. .. .. kz .. mn .. .. ..
        .. .. ge az tm uz kg cn kp .. jp
        .. tr am ir af tj .. .. kr .. ..
        .. sy iq kw pk np bt mo hk tw ..
        lb jo sa bh qa in bd mm la vn ..
        il ps ye om ae lk .. th kh .. ph
        .. .. .. .. mv .. .. my sg bn ..
        .. .. .. .. .. .. .. .. id tl ..""",
    "Oceania": """ 27 13
        .. .. pw fm
        .. pg nr mh
        .. sb tv ki
        au vu fj ws
        .. .. nz to""",
}


@dataclass(frozen=True, slots=True)
class Square:
    """Position of a country: column and row of the whole map, counted from 1."""

    country: str
    column: int
    row: int


@lru_cache(maxsize=1)
def regions() -> tuple[tuple[str, tuple[Square, ...]], ...]:
    """The parts of the world with their squares, row by row."""
    return tuple((name, tuple(_squares(picture))) for name, picture in _PICTURES.items())


def _squares(picture: str) -> list[Square]:
    first, *lines = picture.splitlines()
    column, row = (int(part) for part in first.split())
    return [
        Square(country, column + x, row + y)
        for y, line in enumerate(lines)
        for x, country in enumerate(line.split())
        if country != _EMPTY
    ]
