"""HTML to text: what a reader would see, whatever the markup does."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.core.html_text import entities_to_text, html_to_text
from feedsvc.core.text import clean_text

PIECES = st.sampled_from((
    "<p>", "</p>", "<li>", "<br>", "<a href='https://x.org/a'>", "<a href=javascript:x>", "</a>", "<script>",
    "</script>", "<template>", "</template>", "<!--", "-->", "<", ">", '"', "'", "=", "&amp;", "&lt;b&gt;", "&#8217;",
    "word", " ", "\n", "\x00",
))  # fmt: skip

HOSTILE = (
    "<div>", "<b><p>", "<a href='", "<a href=http://x.y>", "<!--", "<a ", "<p x=\"'>", "</scrip", "<li>", "<template>",
    "&#", "<", "<script></scrip", "<a/ ", "< ", "<object><a href=http://x.y>z",
)  # fmt: skip


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>Three</p>", "One\n\nTwo\nThree"),
        ("<div><div>a</div></div><div></div><div>b</div>", "a\nb"),
        ("<p>List:</p><ul><li>one<li><p>two</p></li></ul>", "List:\n\n- one\n- two"),
        ("Caf&eacute; &amp; <b>t</b>ea", "Café & tea"),
        ("<p>It&amp;#8217;s</p>", "It&#8217;s"),
        ("a<script>if (a<b) alert('</p>')</script>b<style>p{}</style><template><p>c</p></template>d", "abd"),
        ("a<!-- <p>hidden</p> -->b<?php x ?><!doctype html>c", "abc"),
        ("1 < 2 and <b>3 > 2</b>", "1 < 2 and 3 > 2"),
        ("<p>line\nbroken   here</p><pre>kept\nlines</pre>", "line broken here\n\nkept\nlines"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("<P CLASS=x data-a='>'>shown</P>", "shown"),
    ],
)
def test_html_becomes_what_a_reader_sees(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<a href='https://x.org/a?b=1&amp;c=2'>here</a>.", "here (https://x.org/a?b=1&c=2)."),
        ("<a href=https://www.x.org/>x.org</a>", "x.org"),
        ('<a href="https://x.org">https://x.org/</a>', "https://x.org/"),
        ('<a href=" java\tscript:alert(1)">here</a>', "here"),
        ('<a href="mailto:a@x.org">write</a>', "write"),
        ('<a href="/relative">here</a>', "here"),
        ('<a href="https://x.org/join"><img src=x></a>', "https://x.org/join"),
        ("<a class=b title=\"href='https://evil.org'\">here</a>", "here"),
        ('<a href="https://x.org/1">one<a href="https://x.org/2">two', "one (https://x.org/1)two (https://x.org/2)"),
    ],
)
def test_a_link_tells_its_address_when_it_is_safe_and_says_more(html: str, text: str) -> None:
    assert html_to_text(html) == text


def test_a_text_without_tags_keeps_its_lines() -> None:
    assert html_to_text("One\nTwo & 3 < 4\n\nFour") == "One\nTwo & 3 < 4\n\nFour"
    assert html_to_text("It&#8217;s\nhere") == "It’s\nhere"


def test_a_title_with_entities_is_one_clean_line() -> None:
    assert entities_to_text("L&#8217;été &amp;\n<b>&#0;&#x202e;co") == "L’été & \ufffdco"


@settings(max_examples=300)
@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join))
def test_any_html_gives_a_clean_text_without_unsafe_links(html: str) -> None:
    text = html_to_text(html)
    assert text == clean_text(text)
    assert "(javascript" not in text


@pytest.mark.slow
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_html_costs_no_more_than_its_length(piece: str) -> None:
    started = process_time()
    html_to_text(piece * 100_000)
    assert process_time() - started < 6


def test_elements_nested_200_000_deep_are_read() -> None:
    assert html_to_text("<div>" * 200_000 + "deep" + "</div>" * 200_000) == "deep"


@pytest.mark.parametrize(
    ("title", "line"),
    [
        ("<b>Town</b> hall", "Town hall"),
        ("Town&nbsp;hall<br/>tonight", "Town hall tonight"),
        ("a < b and c > d", "a < b and c > d"),
        ("Rust <T> for all", "Rust <T> for all"),
    ],
)
def test_title_has_no_tags_that_set_a_text(title: str, line: str) -> None:
    assert entities_to_text(title) == line
