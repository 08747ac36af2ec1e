"""Choosing, searching, reading: with a mouse, with the keyboard alone, without JavaScript."""

from __future__ import annotations

import re

import pytest

from tests.browser.chromium import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def tile(page, code):
    return page.locator(".map a", has_text=re.compile(rf"^{code}$"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_press_on_the_map_chooses_and_a_second_one_takes_back(site, open_page, scripts):
    page = open_page(site.url, java_script_enabled=scripts)
    tile(page, "KE").click()
    expect(page).to_have_url(f"{site.url}/country/ke")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kenya")
    expect(page.locator(".days")).to_contain_text("Called off")
    expect(page.locator(".days")).not_to_contain_text("Three capitals")
    tile(page, "AR").click()
    expect(page).to_have_url(f"{site.url}/country/ar_ke")
    tile(page, "KE").click()
    expect(page).to_have_url(f"{site.url}/country/ar")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_theme_narrows_and_the_counts_follow(site, open_page, scripts):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=scripts)
    page.locator(".choose-theme").get_by_role("link", name="Justice").click()
    expect(page).to_have_url(f"{site.url}/country/ke/theme/justice")
    expect(page.locator(".event")).to_have_count(1)
    expect(page.locator(".lead .gist")).to_contain_text("1 event")


@pytest.mark.parametrize("scripts", [True, False])
def test_search_finds_without_accents(site, open_page, scripts):
    page = open_page(site.url, java_script_enabled=scripts)
    page.get_by_role("searchbox").fill("dia PRESUPUESTO")
    page.get_by_role("button", name="Search").click()
    found = page.locator(".event h4 a")
    expect(found).to_have_text("Día abierto del presupuesto")
    expect(found).to_be_in_viewport()


@pytest.mark.parametrize("way", [{}, PHONE], ids=["desktop", "phone"])
def test_another_year_is_shown_where_the_reader_looks(site, open_page, way):
    page = open_page(f"{site.url}/all", **way)
    page.get_by_role("navigation", name="Years").get_by_role("link", name="2025").click()
    expect(page.get_by_role("heading", name="2025", exact=True)).to_be_in_viewport()
    expect(page.locator(".event h4 a")).to_have_text("Last year")
    page.get_by_role("link", name="Coming", exact=True).click()
    expect(page.get_by_role("heading", name="Coming events")).to_be_in_viewport()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_language_changes_and_stays(site, open_page, scripts):
    page = open_page(f"{site.url}/country/ke", java_script_enabled=scripts)
    page.get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kenia")
    page.locator(".event h4 a").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_a_day_of_the_month_grid_leads_to_its_events(site, open_page):
    page = open_page(f"{site.url}/all")
    page.locator(".month").get_by_role("link", name="28 May 2026").click()
    expect(page.locator("#day-2026-05-28")).to_be_in_viewport()


def test_the_reader_s_own_time_stands_under_the_local_one_and_can_be_changed(site, open_page):
    page = open_page(f"{site.url}/country/ua")
    row = page.locator(".event .time")
    expect(row).to_contain_text("Kyiv time")
    expect(row.locator(".yours")).to_have_text("15:00 your time")
    page.get_by_label("Your time is that of").focus()
    page.get_by_label("Your time is that of").select_option("Asia/Tokyo")
    expect(row.locator(".yours")).to_have_text("22:00 your time")
    page.get_by_label("Your time is that of").select_option("Pacific/Kiritimati")
    expect(row.locator(".yours")).to_contain_text("Thu")
    page.reload()
    expect(page.get_by_label("Your time is that of")).to_have_value("Pacific/Kiritimati")


def test_a_reader_at_the_place_is_not_told_the_time_twice(site, open_page):
    page = open_page(f"{site.url}/country/ua", timezone_id="Europe/Kyiv")
    expect(page.locator(".event .yours")).to_have_text("")


def test_on_a_phone_the_choice_folds_into_one_line_at_the_thumb(site, open_page):
    page = open_page(f"{site.url}/country/ke", **PHONE)
    fold = page.locator(".fold")
    expect(fold).to_have_text(re.compile(r"^Kenya · 2 events"))
    expect(fold).to_be_in_viewport()
    expect(page.locator(".map")).to_be_hidden()
    fold.tap()
    expect(page.locator(".map")).to_be_visible()
    tile(page, "UA").tap()
    expect(page).to_have_url(f"{site.url}/country/ke_ua")
    assert tile(page, "LU").bounding_box() is None


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_on_a_phone_the_button_comes_to_the_thumb_when_the_large_one_is_gone(site, open_page, language):
    page = open_page(f"{site.url}/all?lang={language}", **PHONE)
    at_the_thumb = page.locator(".dock .way")
    expect(page.locator(".ways .way").first).to_be_in_viewport()
    expect(at_the_thumb).to_be_hidden()
    page.locator(".days .event").first.scroll_into_view_if_needed()
    expect(at_the_thumb).to_be_in_viewport()
    assert at_the_thumb.bounding_box()["height"] < 48, "its word is broken into two lines"
    at_the_thumb.tap()
    expect(page.locator(".ways .way").first).to_be_in_viewport()


def test_small_countries_are_as_large_as_a_finger_needs(site, open_page):
    page = open_page(f"{site.url}/country/ke#choose", **PHONE)
    for code in ("LU", "MT", "SC", "TV"):
        box = tile(page, code).bounding_box()
        assert box["width"] >= 24
        assert box["height"] >= 24


def test_with_the_keyboard_alone_a_country_and_a_theme_are_chosen(site, open_page):
    page = open_page(site.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    reach(page, page.locator(".as-list summary"))
    page.keyboard.press("Enter")
    reach(page, page.locator(".as-list .options").get_by_role("link", name="Kenya"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ke")
    reach(page, page.locator(".choose-theme").get_by_role("link", name="Justice"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.url}/country/ke/theme/justice")


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
