"""What strangers write is shown as they wrote it, and never becomes markup, an address or code (threats 26, 27, 28)."""

from __future__ import annotations

from datetime import date, timedelta
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest

from feedsvc.core.text import slugify
from tests.web.site import Site, json_ld, listing

TEXTS = (
    "<script>window.__xss=1</script>",
    '"><img src=x onerror=window.__xss=1>',
    "' onmouseover='window.__xss=1",
    "</script><script>window.__xss=1</script>",
    "</title><svg/onload=window.__xss=1>",
    "</textarea></style><iframe srcdoc='<script>window.__xss=1</script>'>",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "%(site)s %s %d 100 %",
    "<!--<![CDATA[<a href=javascript:window.__xss=1>x</a>",
    "&lt;script&gt;window.__xss=1&lt;/script&gt;",
    "javascript:window.__xss=1",
    "]]>\u2028</script>\u2029<b>x",
)
LINKS = (
    "javascript:window.__xss=1",
    " java\tscript:window.__xss=1",
    "\x01javascript:window.__xss=1",
    "data:text/html,<script>window.__xss=1</script>",
    "vbscript:msgbox(1)",
    "//evil.example/x",
    "http:\\\\evil.example",
    "https://user:pass@evil.example/",
    'https://ok.example/"onmouseover="window.__xss=1',
)
SCHEMES = {"", "http", "https", "mailto", "webcal"}


class Elements(HTMLParser):
    """Every element of a page with its attributes, and what stands in its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    """No code but ours, no handler, no address with a scheme that runs."""
    for tag, attributes in Elements(html).found:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc", "formaction")]
        for name in ("href", "src", "action"):
            assert urlsplit(attributes.get(name) or "").scheme in SCHEMES, attributes
        if tag == "script":
            own = (attributes.get("src") or "").startswith(("/static/", "/zones.js"))
            assert own or attributes.get("type") == "application/ld+json", attributes
        assert tag not in ("base", "object", "embed", "img") or (attributes.get("src") or "").startswith("/qr/")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    texts = [
        listing(
            text,
            date(2026, 5, 25),
            themes=(text,),
            countries=("Chile", text),
            location=text,
            host=text,
            description=f"{text}\n\n{text}",
            event_type=text,
            listed=text,
        )
        for text in TEXTS
    ]
    links = [listing(f"Link {n}", date(2026, 5, 26), link=link) for n, link in enumerate(LINKS)]
    return Site(tmp_path_factory.mktemp("hostile"), *texts, *links, FEEDSVC_SITE__NAME='O"pen <Gov> & Week')


def _paths(site: Site) -> list[str]:
    with site.runtime.store.read() as snapshot:
        events = [f"/event/{record.id}" for record in snapshot.events.all()]
    themes = [f"/theme/{slugify(text)}" for text in TEXTS]
    feeds = ["/", "/all", "/country/cl", "/country/de", *themes]
    return [*feeds, *(f"/poster{path}" for path in feeds[1:]), *events, "/nowhere", "/sitemap.xml"]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_no_text_of_a_source_becomes_markup_on_any_page(site, language):
    for path in _paths(site):
        response = site.client.get(path, query_string={"lang": language})
        assert response.status_code in (200, 404), (path, response.status_code)
        assert_harmless(response.text)


def test_hostile_texts_are_shown_as_they_were_written(site):
    words = site.words("/country/cl")
    for text in TEXTS:
        assert " ".join(text.split()) in words


@pytest.mark.parametrize("text", [*TEXTS, *LINKS])
def test_nothing_in_the_address_becomes_markup(site, text):
    for path in (
        f"/?q={quote(text)}",
        f"/country/cl?q={quote(text)}&lang={quote(text)}&year={quote(text)}&at={quote(text)}",
        f"/{quote(text, safe='')}",
        f"/event/{quote(text, safe='')}",
        f"/country/{quote(text, safe='')}",
    ):
        response = site.client.get(path)
        assert response.status_code in (200, 303, 308, 404, 400), (path, response.status_code)
        if response.mimetype == "text/html":
            assert_harmless(response.text)
        if response.status_code == 308:
            assert response.headers["Location"].startswith("/")
            assert not response.headers["Location"].startswith("//")


def test_linked_data_holds_the_texts_and_nothing_ends_it_early(site):
    for text in TEXTS:
        with site.runtime.store.read() as snapshot:
            found = [one for one in snapshot.events.all() if one.event.summary == " ".join(text.split())]
        html = site.html(f"/event/{found[0].id}")
        assert json_ld(html)["name"] == found[0].event.summary
        assert html.count("</script>") == html.count("<script")


def test_a_theme_that_tries_to_be_css_is_only_a_class(tmp_path):
    site = Site(tmp_path, listing("x", themes=("red}body{display:none} .t-x",)))
    assert "display:none" not in site.html("/").replace("&#", "").split("<main")[0]
    assert "{" not in slugify("red}body{display:none} .t-x")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Forwarded-Proto": "evil.example"},
        {"X-Original-URL": "/evil.example"},
        {"X-Forwarded-Prefix": "/evil.example"},
    ],
)
def test_a_page_depends_on_its_address_and_language_alone(site, headers):
    usual = site.client.get("/country/cl")
    poisoned = site.client.get("/country/cl", headers=headers)
    assert poisoned.data == usual.data
    assert "evil.example" not in str(poisoned.headers)


@pytest.mark.parametrize("query", ["utm=evil", "at=2026-99-99evil", "year=evil", "lang=evil", "q=", "feed=evil&feed=2"])
def test_what_the_address_says_beyond_what_is_read_reaches_nobody_else(site, query):
    usual = site.client.get("/country/cl")
    site.now += timedelta(minutes=2)
    first = site.client.get(f"/country/cl?{query}")
    then = site.client.get("/country/cl")
    assert "evil" not in first.text.partition("<main")[0]
    assert then.data == first.data
    assert then.data.partition(b"Why is my")[0] == usual.data.partition(b"Why is my")[0]


def test_a_foreign_host_is_repeated_nowhere(site):
    response = site.client.get("/country/cl", headers={"Host": "evil.example"})
    assert "evil.example" not in response.text
    assert "evil.example" not in str(response.headers)
