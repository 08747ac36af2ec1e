"""From the start page to a calendar, an event and a page of their own, in each language, with and without scripts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.browser.chromium import expect
from tests.browser.test_choosing import tile


@dataclass(frozen=True)
class Said:
    """What the pages say in a language."""

    country: str
    span: str
    button: str
    cancelled: str
    moved: str
    no_end: str
    place: str
    single: str
    save: str


SAID = {
    "en": Said("Kenya", "26 May 2026 · 2 events", "Add to Google Calendar", "Cancelled", "Moved on", "end not given",
               "in Kyiv", "File (.ics)", "Save the choice"),
    "es": Said("Kenia", "26 de mayo de 2026 · 2 eventos", "Añadir a Google Calendar", "Cancelado", "Reprogramado",
               "sin hora de fin", "en Kiev", "Archivo (.ics)", "Guardar la selección"),
    "fr": Said("Kenya", "26 mai 2026 · 2 événements", "Ajouter à Google Agenda", "Annulé", "Déplacé",
               "fin non indiquée", "à Kiev", "Fichier (.ics)", "Enregistrer le choix"),
}  # fmt: skip


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("language", SAID)
def test_a_feed_is_chosen_read_and_subscribed_to(site, open_page, language, scripts):
    said = SAID[language]
    page = open_page(f"{site.url}/?lang={language}", java_script_enabled=scripts)
    tile(page, "KE").click()
    expect(page).to_have_url(f"{site.url}/country/ke?lang={language}")
    expect(page.get_by_role("heading", level=1)).to_have_text(said.country)
    expect(page.locator(".span")).to_have_text(said.span)
    if scripts:
        expect(page.locator(".ways-first .way:visible")).to_have_text(said.button)
    expect(page.locator(".days")).to_contain_text(said.cancelled)
    expect(page.locator(".days")).to_contain_text(said.no_end)


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("language", SAID)
def test_an_event_is_read_and_added(site, open_page, language, scripts):
    said = SAID[language]
    page = open_page(f"{site.url}/country/ua?lang={language}", java_script_enabled=scripts)
    page.locator(".row-event h4 a").click()
    expect(page.locator("article")).to_contain_text(said.moved)
    expect(page.locator(".one-when s")).to_have_text("14:00")
    expect(page.locator(".one-when")).to_contain_text(said.place)
    with page.expect_download() as download:
        page.locator(".three").get_by_role("link", name=said.single).click()
    assert "Kyiv talk" in download.value.path().read_text(encoding="utf-8")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("language", SAID)
def test_a_choice_is_saved(site, open_page, language, scripts):
    page = open_page(f"{site.url}/country/ke?lang={language}", java_script_enabled=scripts)
    page.locator(".adding summary").first.click()
    page.locator(".add a[href^='/bundle/new']").click()
    expect(page.locator("input[value=ke]")).to_be_checked()
    page.locator("#name").fill(f"{language} {scripts}")
    page.get_by_role("button", name=SAID[language].save).click()
    expect(page.locator("#page-url")).to_have_value(f"{site.url}/bundle/{language}-{str(scripts).lower()}")
    expect(page.locator("html")).to_have_attribute("lang", language)
