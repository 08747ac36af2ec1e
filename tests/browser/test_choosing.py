"""Choosing, searching, reading: with a mouse, with the keyboard alone, without JavaScript."""

from __future__ import annotations

import re

import pytest

from tests.browser.chromium import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def tile(page, code):
    """A country's square where it is shown."""
    return page.locator(f".tiles a[aria-label^='{code},']:visible")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_press_on_the_map_chooses_and_a_second_one_takes_back(site, open_page, scripts):
    page = open_page(site.url, java_script_enabled=scripts)
    tile(page, "KE").click()
    expect(page).to_have_url(f"{site.url}/country/ke")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kenya")
    expect(page.locator(".days")).to_contain_text("Called off")
    expect(page.locator(".days")).not_to_contain_text("Three capitals")
    page.locator(".adding summary").first.click()
    tile(page, "AR").click()
    expect(page).to_have_url(f"{site.url}/country/ar_ke#add")
    expect(page.locator(".add")).to_be_visible()
    tile(page, "KE").click()
    expect(page).to_have_url(f"{site.url}/country/ar#add")
    page.get_by_role("link", name="Take back Argentina").click()
    expect(page).to_have_url(f"{site.url}/all")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_theme_narrows_and_the_counts_follow(site, open_page, scripts):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=scripts)
    page.locator(".adding summary").first.click()
    page.locator(".add .themes").get_by_role("link", name="Justice").click()
    expect(page).to_have_url(f"{site.url}/country/ke/theme/justice#add")
    expect(page.locator(".row-event")).to_have_count(1)
    expect(page.locator(".span")).to_contain_text("1 event")


def test_the_field_completes_names_and_leads_to_the_calendar(site, open_page):
    page = open_page(site.url)
    field = page.get_by_role("combobox")
    field.fill("ken")
    chosen = page.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("Kenya")
    expect(page.get_by_role("option").filter(has_text="Africa")).to_have_count(1)
    expect(page.locator(".field-note")).to_have_text("2 suggestions")
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.press("ArrowDown")
    field.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ke")


def test_a_name_in_another_language_and_a_country_without_events_are_found_too(site, open_page):
    page = open_page(site.url)
    page.get_by_role("combobox").fill("alemania")
    expect(page.get_by_role("option", selected=True)).to_have_text(re.compile(r"Germany\s*country\s*0"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Germany")
    expect(page.locator(".lead").first).to_contain_text("Nothing is listed for Germany so far.")


def test_in_a_calendar_the_field_adds_to_the_choice(site, open_page):
    page = open_page(f"{site.url}/country/ke")
    page.locator(".adding summary").first.click()
    page.get_by_role("combobox").fill("ukr")
    expect(page.get_by_role("option", selected=True).first).to_contain_text("Ukraine")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ke_ua#add")
    expect(page.locator(".add")).to_be_visible()
    page.goto(f"{site.url}/all")
    page.locator(".adding summary").first.click()
    page.get_by_role("combobox").fill("ukr")
    expect(page.get_by_role("option", selected=True).first).to_contain_text("Ukraine")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ua")


def test_without_scripts_a_name_leads_straight_to_its_calendar(site, open_page):
    page = open_page(site.url, java_script_enabled=False)
    page.get_by_label("Whose events do you want?").fill("kenya")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(f"{site.url}/country/ke")


@pytest.mark.parametrize(
    ("zone", "language", "guess"),
    [
        ("Africa/Nairobi", "en-GB", "Your device’s clock is set to Nairobi Kenya 2 events, 26 May"),
        ("Asia/Calcutta", "en-GB", "Your device’s clock is set to Kolkata India no event yet"),
        ("UTC", "fr-FR", "La langue de votre appareil est celle de France France 1 événement"),
    ],
)
def test_the_device_s_own_country_is_guessed_on_the_device(site, open_page, zone, language, guess):
    page = open_page(site.url, timezone_id=zone, locale=language)
    block = page.locator("country-guess a")
    assert " ".join(block.inner_text().split()).startswith(guess)
    block.click()
    expect(page).to_have_url(re.compile("/country/(ke|in|fr)$"))


@pytest.mark.parametrize("scripts", [True, False])
def test_search_finds_without_accents(site, open_page, scripts):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=scripts)
    page.get_by_role("searchbox").fill("dia PRESUPUESTO")
    page.get_by_role("button", name="Search").click()
    found = page.locator(".found-event h3 a")
    expect(found).to_have_text("Día abierto del presupuesto")
    expect(found).to_be_in_viewport()


def test_search_offers_the_calendar_before_its_events(site, open_page):
    page = open_page(f"{site.url}/?q=kenya")
    page.get_by_role("link", name="Subscribe: Kenya").click()
    expect(page).to_have_url(f"{site.url}/country/ke#subscribe")


@pytest.mark.parametrize("way", [{}, PHONE], ids=["desktop", "phone"])
def test_another_year_is_shown_where_the_reader_looks(site, open_page, way):
    page = open_page(f"{site.url}/all", **way)
    page.get_by_role("link", name="2025", exact=True).click()
    expect(page.locator("#day-2025-05-27")).to_be_in_viewport()
    expect(page.locator(".row-event h4 a")).to_have_text("Last year")


@pytest.mark.parametrize("scripts", [True, False])
def test_the_language_changes_and_stays(site, open_page, scripts):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=scripts)
    page.locator(".top").get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kenia")
    page.locator(".row-event h4 a").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_a_day_of_the_strip_leads_to_its_events(site, open_page):
    page = open_page(f"{site.url}/all")
    page.locator(".strip a", has_text="28").click()
    expect(page.locator("#day-2026-05-28")).to_be_in_viewport()
    expect(page.locator(".strip [aria-current]")).to_contain_text("28")


def test_times_stand_in_the_place_s_clock_or_in_the_reader_s(site, open_page):
    page = open_page(f"{site.url}/country/ua")
    row = page.locator(".days .row-event")
    expect(page.locator(".clock-told")).to_have_text("All times are Kyiv’s. Your clock, Paris, is 1 hour behind.")
    expect(row.locator(".beside .other")).to_have_text("15:00 yours")
    page.get_by_role("button", name="My time").click()
    expect(row.locator(".start")).to_have_text("15:00")
    expect(row.locator(".beside .other")).to_have_text("Kyiv 16:00")
    page.reload()
    expect(page.get_by_role("button", name="My time")).to_have_attribute("aria-pressed", "true")
    page.get_by_text("Another clock").first.click()
    page.get_by_label("Another clock").select_option("Pacific/Kiritimati")
    expect(page.locator("#day-2026-05-28 .start")).to_have_text("03:00")
    page.get_by_role("button", name="Kyiv’s time").click()
    expect(page.locator("#day-2026-05-27 .row-event .start")).to_have_text("16:00")


def test_a_reader_at_the_place_is_not_told_the_time_twice(site, open_page):
    page = open_page(f"{site.url}/country/ua", timezone_id="Europe/Kyiv")
    expect(page.locator(".clock-told")).to_have_text("All times are Kyiv’s, which is your clock too.")
    expect(page.locator(".row-event .beside .other")).to_have_text("")
    expect(page.locator(".pair")).to_be_hidden()


def test_on_a_phone_a_part_of_the_world_opens_over_the_whole_width(site, open_page):
    page = open_page(site.url, **PHONE)
    expect(page.locator(".world")).to_be_hidden()
    page.locator(".parts summary", has_text="Africa").tap()
    page.locator(".parts summary", has_text="Europe").tap()
    expect(page.locator("#part-africa")).to_be_hidden()
    box = tile(page, "MT").bounding_box()
    assert min(box["width"], box["height"]) >= 42
    tile(page, "UA").tap()
    expect(page).to_have_url(f"{site.url}/country/ua")


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_on_a_phone_subscribing_is_at_hand_when_the_large_button_is_gone(site, open_page, language):
    page = open_page(f"{site.url}/all?lang={language}", **PHONE)
    hand = page.locator(".hand")
    first = page.locator(".ways-first .way:visible")
    expect(first).to_be_in_viewport()
    expect(hand).to_be_hidden()
    page.locator(".row-event").last.scroll_into_view_if_needed()
    expect(hand).to_be_in_viewport()
    hand.locator(".way").tap()
    expect(first).to_be_in_viewport()


def test_with_the_keyboard_alone_a_country_and_a_theme_are_chosen(site, open_page):
    page = open_page(site.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip").first).to_be_focused()
    reach(page, page.get_by_role("combobox"), most=8)
    page.keyboard.type("kenya")
    expect(page.get_by_role("option", selected=True)).to_contain_text("Kenya")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ke")
    reach(page, page.locator(".adding summary").first)
    page.keyboard.press("Enter")
    reach(page, page.locator(".add .themes").get_by_role("link", name="Justice"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ke/theme/justice#add")


def test_the_keyboard_also_walks_the_busy_squares_of_the_map(site, open_page):
    page = open_page(site.url)
    reach(page, tile(page, "KE"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ke")


def reach(page, target, most=150):
    """Press Tab until the target has the focus."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} cannot be reached by Tab")
