"""Slugs are free of the service's own words whatever a bundle is called, and secrets stay out of logs."""

from __future__ import annotations

from itertools import count, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.slugs import RESERVED, SLUG, has_address, secret_hash, slugs, without_secrets


def digits() -> str:
    return f"{next(_numbers):06x}"


_numbers = count()


@given(st.text(max_size=120))
def test_every_name_gives_proper_slugs_without_end(name: str) -> None:
    found = list(islice(slugs(name, digits), 15))
    assert len(set(found)) == 15
    assert all(SLUG.fullmatch(slug) and slug not in RESERVED for slug in found)


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_word_of_the_service_is_never_given(word: str) -> None:
    assert next(slugs(word.upper(), digits)) == f"{word}-2"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Exception on /bundle/lunch/edit/abc-DEF_1 [GET]", "Exception on /bundle/lunch/edit/… [GET]"),
        ('"POST /bundle/lunch/edit/abc/renew?lang=es" 200', '"POST /bundle/lunch/edit/…/renew?lang=es" 200'),
        ("//x/bundle/a/edit/s //x/bundle/b/edit/t", "//x/bundle/a/edit/… //x/bundle/b/edit/…"),
        ("/bundle/edit and /country/cl", "/bundle/edit and /country/cl"),
    ],
)
def test_a_line_of_the_log_has_no_secret(line: str, shown: str) -> None:
    assert without_secrets(line) == shown


def test_secrets_that_are_no_text_have_a_hash_too() -> None:
    assert secret_hash("\udcff") != secret_hash("a")
    assert len(secret_hash("")) == 32


@pytest.mark.parametrize(("name", "found"), [("Visit http://a.example", True), ("www.a.example", True), ("WWW", False),
                                             ("Café 12:30 // room 4", False)])  # fmt: skip
def test_a_web_address_in_a_name_is_noticed(name: str, found: bool) -> None:
    assert has_address(name) is found


def test_a_long_name_has_room_for_what_tells_it_apart() -> None:
    name = "word-" * 40
    found = list(islice(slugs(name, lambda: "4f0a91"), 10))
    assert [one.rpartition("-")[2] for one in found[1:]] == [*"23456789", "4f0a91"]
    assert len({len(one) for one in found[1:9]}) == 1
    assert all(SLUG.fullmatch(one) and "--" not in one for one in found)
    assert max(map(len, found)) == len(found[9])
