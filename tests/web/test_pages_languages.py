"""The pages in three languages: every message translated, dates and names by CLDR, chosen without a cookie."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

import pytest

from feedsvc.core.model import Stated
from feedsvc.web.viewmodels.i18n import LOCALES, Words, words
from tests.web.messages import LANGUAGES, exports, messages
from tests.web.site import BASE, Site, links, listing

PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Site(
        tmp_path_factory.mktemp("languages"),
        listing(
            "Taller",
            date(2026, 5, 26),
            countries=("Spain", "Germany"),
            themes=("Civic Space",),
            start=Stated(date(2026, 5, 26), time(11), zone="Europe/Madrid"),
            end=None,
        ),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated_and_nothing_else_is_kept(language):
    found = exports(language)
    kept = {tuple(one.id) if isinstance(one.id, list | tuple) else one.id for one in found if one.id}
    assert kept == messages()
    for one in found:
        strings = [one.string] if isinstance(one.string, str) else list(one.string)
        assert all(strings), one.id
        assert not one.fuzzy


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_uses_the_values_of_its_message(language):
    for one in exports(language):
        ids = [one.id] if isinstance(one.id, str) else list(one.id)
        strings = [one.string] if isinstance(one.string, str) else list(one.string)
        wanted = set(PLACEHOLDER.findall(ids[0]))
        assert all(set(PLACEHOLDER.findall(string)) == wanted for string in strings if one.id), one.id


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("en", ("Tuesday", "May 2026", "Germany", "Civic Space", "Madrid’s")),
        ("es", ("martes", "mayo de 2026", "Alemania", "Espacio cívico", "son de Madrid")),
        ("fr", ("mardi", "mai 2026", "Allemagne", "Espace civique", "celles de Madrid")),
    ],
)
def test_a_page_speaks_the_language_that_its_address_names(site, language, facts):
    text = site.words(f"/country/de_es?lang={language}")
    for fact in facts:
        assert fact in text


@pytest.mark.parametrize(
    ("asked", "given"),
    [("es-MX,es;q=0.9,en;q=0.5", "es"), ("fr-CA", "fr"), ("de,en;q=0.5", "en"), ("ar", "en"), ("", "en"), ("*", "en")],
)
def test_a_page_speaks_the_best_language_the_browser_asks_for(site, asked, given):
    response = site.client.get("/", headers={"Accept-Language": asked})
    assert response.headers["Content-Language"] == given
    assert f'<html lang="{given}"' in response.text
    assert "Accept-Language" in response.headers["Vary"]


def test_the_address_wins_over_the_browser_and_is_carried_on(site):
    html = site.html("/?lang=fr", Accept_Language="es")
    assert '<html lang="fr"' in html
    assert "/country/de?lang=fr" in links(html)


def test_a_language_nobody_speaks_here_counts_as_not_named(site):
    assert '<html lang="es"' in site.html("/?lang=xx", Accept_Language="es")


def test_every_page_names_itself_in_the_other_languages(site):
    found = links(site.html("/country/de?at=2026-05"))
    for language in LOCALES:
        assert f"{BASE}/country/de?at=2026-05&lang={language}" in found


@pytest.mark.parametrize(
    ("zone", "cities"),
    [
        ("Europe/Kyiv", ("Kyiv", "Kiev", "Kiev")),
        ("Europe/Athens", ("Athens", "Atenas", "Athènes")),
        ("Africa/Nairobi", ("Nairobi", "Nairobi", "Nairobi")),
        ("America/Mexico_City", ("Mexico City", "Ciudad de México", "Mexico")),
        ("America/Argentina/Buenos_Aires", ("Buenos Aires",) * 3),
        ("Etc/GMT+3", ("", "", "")),
        ("UTC", ("", "", "")),
        (None, ("", "", "")),
    ],
)
def test_a_town_is_called_as_in_the_language(zone, cities):
    assert tuple(words(language).city(zone) for language in LOCALES) == cities


def test_french_signs_do_not_begin_a_line():
    """In French a space stands before these signs, and a line must not break there."""
    for one in exports("fr"):
        for string in [one.string] if isinstance(one.string, str) else one.string:
            assert not re.search(r" [:;?!»]|« ", string), string


def test_a_feed_has_one_language_whatever_is_asked(site):
    first = site.client.get("/country/de.ics")
    other = site.client.get("/country/de.ics?lang=es", headers={"Accept-Language": "es"})
    assert first.data == other.data


def test_values_in_a_message_are_escaped_and_the_message_too():
    told = words("es")
    assert str(told.gettext("Add to %(program)s", program="<b>")) == "Añadir a &lt;b&gt;"
    assert str(told.gettext("<i>not known</i>")) == "&lt;i&gt;not known&lt;/i&gt;"


@pytest.mark.parametrize(
    ("locale", "told"), [("en_GB", "14:05"), ("en_US", "2:05 PM"), ("es", "14:05"), ("fr", "14:05")]
)
def test_clocks_have_twelve_hours_where_the_language_has(monkeypatch, locale, told):
    monkeypatch.setitem(LOCALES, "en", locale)
    assert Words("en").clock(datetime(2026, 5, 26, 14, 5, tzinfo=UTC)).replace("\u202f", " ") == told
