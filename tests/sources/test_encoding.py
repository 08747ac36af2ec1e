"""Bytes to text: what a page states, what it is, and that nothing is lost silently."""

from __future__ import annotations

import pytest

from feedsvc.core.model import Page
from feedsvc.sources.parsing.encoding import decode

WORDS = "Öffentlichkeit über Київ"


def read(content: bytes, charset: str | None = None) -> tuple[str, list[str]]:
    text, findings = decode(Page("https://events.example/", content, "", charset))
    return text, [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("content", "charset"),
    [
        (WORDS.encode(), None),
        (WORDS.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + WORDS.encode(), None),
        (WORDS.encode("utf-16"), None),
        (WORDS.encode("utf-16"), "utf-8"),
        (WORDS.encode(), "no-such-charset"),
        (WORDS.encode(), "rot13"),
    ],
)
def test_text_is_read_as_it_was_written(content: bytes, charset: str | None) -> None:
    assert read(content, charset) == (WORDS, [])


def test_stated_encoding_is_believed() -> None:
    assert read("Київ".encode("cp1251"), "windows-1251") == ("Київ", [])
    page = b'<meta charset="windows-1251">' + "Київ".encode("cp1251")
    assert read(page) == ('<meta charset="windows-1251">Київ', [])


def test_utf_8_under_a_wrong_name_is_utf_8_with_a_finding() -> None:
    assert read(WORDS.encode(), "iso-8859-1") == (WORDS, ["bad-encoding"])


def test_text_that_is_not_in_the_stated_encoding_is_read_as_well_as_possible() -> None:
    assert read("Österreich".encode("cp1252"), "utf-8") == ("Österreich", ["bad-encoding"])
    damaged = (WORDS * 3).encode() + b"\xff"
    assert read(damaged) == (WORDS * 3 + "\ufffd", ["bad-encoding"])


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "utf-7", "unicode_escape"])
def test_a_stated_encoding_that_nobody_means_costs_nothing(charset: str) -> None:
    text, _ = read(WORDS.encode() + b"\\ud800", charset)
    assert isinstance(text, str)


def test_text_cut_inside_of_a_utf_16_character_is_a_finding() -> None:
    text, codes = read(WORDS.encode("utf-16")[:-1])
    assert codes == ["bad-encoding"]
    assert isinstance(text, str)
