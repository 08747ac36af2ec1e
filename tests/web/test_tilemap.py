"""The tile map: complete, without collisions, and recognisable."""

from __future__ import annotations

from feedsvc.core import countries
from feedsvc.web.viewmodels.tilemap import COLUMNS, ROWS, regions

SQUARES = [square for _name, squares in regions() for square in squares]
AT = {square.country: square for square in SQUARES}


def test_every_square_is_a_country_of_its_own():
    assert all(countries.is_country(square.country) for square in SQUARES)
    assert len(AT) == len(SQUARES) >= 195


def test_no_two_countries_share_a_square():
    assert len({(square.column, square.row) for square in SQUARES}) == len(SQUARES)


def test_all_squares_lie_on_the_grid():
    assert {square.column for square in SQUARES} <= set(range(1, COLUMNS + 1))
    assert max(square.row for square in SQUARES) == ROWS
    assert max(square.column for square in SQUARES) == COLUMNS


def test_what_is_not_drawn_is_a_territory():
    """The only codes without a square are those of islands and outposts that belong to another country."""
    left = sorted(set(countries.countries()) - set(AT))
    assert " ".join(left) == (
        "ai aq as aw ax bl bm bq bv cc ck cw cx fk fo gf gg gi gp gs gu hm im io je ky mf mp mq ms nc nf nu pf pm pn "
        "re sh sj sx tc tf tk um vg vi wf yt"
    )


def test_neighbours_lie_as_on_a_globe():
    west_of = [("us", "ie"), ("pt", "es"), ("es", "it"), ("sn", "ng"), ("tr", "ir"), ("in", "mm"), ("cn", "jp")]
    north_of = [("ca", "us"), ("us", "mx"), ("co", "pe"), ("no", "it"), ("it", "tn"), ("ng", "za"), ("cn", "au")]
    assert all(AT[west].column < AT[east].column for west, east in west_of)
    assert all(AT[north].row < AT[south].row for north, south in north_of)
