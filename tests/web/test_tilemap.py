"""The tile map: complete, without collisions, and recognisable; each part as narrow as a phone needs."""

from __future__ import annotations

from pathlib import Path

from feedsvc.core import countries
from feedsvc.web.viewmodels.tilemap import COLUMNS, ROWS, parts
from tests.sample import configured

AT = {
    square.country: (part.column + square.column - 1, part.row + square.row - 1)
    for part in parts()
    for square in part.squares
}


def test_every_square_is_a_country_of_its_own():
    assert all(countries.is_country(code) for code in AT)
    assert len(AT) == sum(len(part.squares) for part in parts()) == 202


def test_no_two_countries_share_a_square():
    assert len(set(AT.values())) == len(AT)


def test_all_squares_lie_on_the_grid_and_no_part_is_wider_than_eight():
    assert {column for column, _row in AT.values()} <= set(range(1, COLUMNS + 1))
    assert max(row for _column, row in AT.values()) == ROWS
    assert max(part.columns for part in parts()) == 8
    for part in parts():
        assert {square.column for square in part.squares} <= set(range(1, part.columns + 1))
        assert {square.row for square in part.squares} <= set(range(1, part.rows + 1))


def test_what_is_not_drawn_is_a_territory():
    """The only codes without a square are those of islands and outposts that belong to another country."""
    left = sorted(set(countries.countries()) - set(AT))
    assert " ".join(left) == (
        "ai aq as aw ax bl bm bq bv cc ck cw cx fk fo gf gg gi gp gs gu hm im io je ky mf mp mq ms nc nf nu pf pm pn "
        "re sh sj sx tc tf tk um vg vi wf yt"
    )


def test_each_country_lies_in_a_part_of_its_region():
    """The regions of the configuration are those that the map is labelled with."""
    drawn = {square.country: part.regions for part in parts() for square in part.squares}
    regions = configured(Path("unused")).regions
    assert all(regions.of([code])[0].slug in slugs for code, slugs in drawn.items())


def test_neighbours_lie_as_on_a_globe():
    west_of = [("us", "ie"), ("pt", "es"), ("es", "it"), ("sn", "ng"), ("tr", "ir"), ("in", "mm"), ("cn", "jp")]
    north_of = [("ca", "us"), ("us", "mx"), ("co", "pe"), ("no", "it"), ("it", "tn"), ("ng", "za"), ("cn", "au")]
    assert all(AT[west][0] < AT[east][0] for west, east in west_of)
    assert all(AT[north][1] < AT[south][1] for north, south in north_of)
