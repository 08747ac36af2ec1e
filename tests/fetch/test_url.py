"""An address is taken apart once, and one that two readers could read differently is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.core.errors import FetchFailed
from feedsvc.fetch.url import parse_target, shown

READ = [
    ("https://example.org", "https://example.org/"),
    ("HTTPS://Example.ORG:443/A?b=C#d", "https://example.org/A?b=C"),
    ("webcal://example.org/a.ics", "https://example.org/a.ics"),
    ("http://example.org:8080/ä/%C3%A4/%zz?q=a+b&f[x]=1", "http://example.org:8080/%C3%A4/%C3%A4/%zz?q=a+b&f[x]=1"),
    ("http://[2606:4700::1111]:8080/", "http://[2606:4700::1111]:8080/"),
    ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ("https://пример.example/", "https://xn--e1afmkfd.example/"),
    ("https://a_b.example./x", "https://a_b.example./x"),
    ("http://example.org?x", "http://example.org/?x"),
]


@pytest.mark.parametrize(("url", "canonical"), READ)
def test_an_address_is_read_into_one_spelling(url: str, canonical: str) -> None:
    assert parse_target(url).url == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "data:text/plain,x",
        "javascript:alert(1)",
        " http://example.org/",
        "http://example.org/ ",
        "http://exam\tple.org/",
        "ht\ntp://example.org/",
        "http://example.org/\r\nX: y",
        "http://example.org\\@evil.example/",
        "http:\\\\example.org/",
        "http://example.org/\x00",
        "http://example.org/\u2028",
        "http://example.org/\u200b",
        "http://example.org/\ud800",
        "http://me@example.org/",
        "http://me:secret@example.org/",
        "http://@example.org/",
        "http://example.org:/@evil.example:99999/x".replace(":/@", ":99999/@"),
        "http://example.org:x/",
        "http://example.org:-1/",
        "http://[fe80::1%25lo]/",
        "http://[fe80::1%lo]/",
        "http://exa%6dple.org/",
        "http://[::1",
        "http://::1/",
        "http:///path",
        "http://a..b/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 130 + "example/",
        "http://exa mple.org/",
        "http://ex<ample.org/",
        "http://straße.example/",
        "http://example.org℀.example/",
        "http://example.org/" + "a" * 8_000,
    ],
)
def test_an_address_that_is_none_or_could_be_two_is_refused(url: str) -> None:
    with pytest.raises(FetchFailed) as caught:
        parse_target(url)
    assert caught.value.refused
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@given(
    st.text(max_size=80)
    | st.text(max_size=40).map("http://example.org/{}".format)
    | st.text(max_size=40).map("http://{}/".format)
)
def test_any_text_is_read_or_refused_and_what_is_read_is_plain_ascii(text: str) -> None:
    try:
        target = parse_target(text)
    except FetchFailed:
        return
    assert all("!" <= character <= "~" for character in target.host + target.path)
    assert parse_target(target.url) == target


SHOWN = [
    ("https://example.org/a?token=hush#part", "https://example.org/a?…"),
    ("https://me:hush@example.org/a", "https://example.org/a"),
    ("https:me:hush@example.org", "https:example.org"),
    ("https://example.org/ical/0123456789abcdef0123456789abcdef/x", "https://example.org/ical/01234567…/x"),
    ("https://example.org/a\r\nb", "https://example.org/a b"),
]


@pytest.mark.parametrize(("url", "text"), SHOWN)
def test_messages_show_an_address_without_its_secrets_on_one_line(url: str, text: str) -> None:
    assert shown(url) == text
