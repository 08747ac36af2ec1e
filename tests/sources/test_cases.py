"""Calendars that went wrong once, with what they mean; skipped where they are not at hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from feedsvc.core.model import Event, Listing, Reading
from feedsvc.core.normalise import Rules, normalise
from feedsvc.sources.base import Context, find_kinds
from feedsvc.sources.ics import Settings, read
from tests.sources.helpers import ROOT, THEMES, Pages

CASES = ROOT.parent / "shared" / "cases" / "ics"
TODAY = date(2026, 11, 25)
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not at hand")
EXPECTED = json.loads((CASES / "expected.json").read_text(encoding="utf-8")) if CASES.is_dir() else {}
NOWHERE = ("zones-slash", "zones-x-wr-slash", "floating-tzid-property")


def reading_of(name: str, **settings: object) -> Reading:
    zone, country = (None, None) if name in NOWHERE else ("Europe/Berlin", "de")
    url = "https://events.example/"
    pages = Pages({url: (CASES / f"{name}.ics").read_bytes()}, url)
    context = Context(pages, lambda _label: False, zone, TODAY, url, country=country)
    return read(Settings.model_validate(settings), context)


def events_of(name: str, **settings: object) -> list[Event]:
    nowhere = name in NOWHERE
    rules = Rules("Week", THEMES, None if nowhere else "Europe/Berlin", (), () if nowhere else ("de",))
    return sorted(normalise(reading_of(name, **settings).listings, rules).events, key=lambda event: event.span.start)


def span(event: Event) -> list[str]:
    form = "%Y-%m-%d" if event.span.all_day else "%Y-%m-%dT%H:%M:%SZ"
    assert event.span.end is not None
    return [event.span.start.strftime(form), event.span.end.strftime(form)]


def starts(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for event in events_of(name):
        found.setdefault(event.title or "", []).append(span(event)[0])
    return found


def codes(reading: Reading) -> set[str]:
    doubts = [doubt for listing in reading.listings for doubt in listing.findings]
    return {doubt.code for doubt in (*reading.findings, *doubts)}


@pytest.mark.parametrize("name", EXPECTED)
def test_calendar_means_what_is_expected(name: str) -> None:
    assert [span(event) for event in events_of(name)] == EXPECTED[name]
    assert reading_of(name).ledger.unaccounted == 0


def test_slash_before_a_zone_changes_nothing() -> None:
    assert [span(event)[0][11:16] for event in events_of("zones-slash")] == ["02:00", "16:00"]
    assert span(events_of("zones-x-wr-slash")[0])[0][11:16] == "02:00"
    assert span(events_of("floating-tzid-property")[0])[0][11:16] == "08:20"


def test_labels_are_the_zones_that_people_see() -> None:
    found = {event.title: span(event)[0][11:16] for event in events_of("zones-labels")}
    assert list(found.values()).count("10:00") == 3
    assert (found["Label Eastern"], found["Label Pacific"], found["Numbered Windows"]) == ("16:00", "19:00", "16:00")


def test_days_written_in_utc_are_days_of_the_calendar_s_clock() -> None:
    until = starts("allday-until-utc")
    assert until["Founders day"] == ["2027-04-20"]
    assert until["Open Mondays"] == ["2027-05-03", "2027-05-10", "2027-05-17", "2027-05-24"]
    assert until["Winter daily"] == [f"2027-01-{day}" for day in (18, 19, 20, 21)]
    assert until["Rule over before it begins"] == ["2027-09-01T08:00:00Z"]
    left_out = starts("allday-exdate-utc")
    assert left_out["Summer school"] == ["2027-06-01", "2027-06-03"]
    assert left_out["Winter school"] == ["2027-01-11", "2027-01-13"]
    assert left_out["Control: TZID midnight"] == ["2027-07-01", "2027-07-03"]


def test_series_that_is_over_says_so() -> None:
    assert "series-over" in codes(reading_of("r02-ended-series"))


def test_older_version_says_so() -> None:
    assert "older-version" in codes(reading_of("e04-nextcloud-dup"))


def test_series_since_the_year_one_is_expanded_within_the_window() -> None:
    found = events_of("ancient-rule")
    assert "An ordinary meeting" in {event.title for event in found}
    assert sum(event.title == "Daily since the year one" for event in found) > 500


def test_what_is_not_public_does_not_get_out() -> None:
    assert [event.title for event in events_of("classes")] == ["Class PUBLIC 0", "Class PUBLIC 1"]
    assert "private" in codes(reading_of("classes"))
    busy = events_of("classes", private="busy")
    assert [event.title for event in busy][2:] == ["Busy"] * 3
    assert [event.description for event in busy][2:] == [""] * 3
    assert len(events_of("classes", private="publish")) == 5


def test_words_are_as_meant() -> None:
    assert events_of("x10-method-cancel")[0].status == "cancelled"
    assert events_of("x05-altdesc-only")[0].description == "Only here"
    assert [event.title for event in events_of("e07-override-without-summary")] == ["Town hall", "Town hall"]
    assert [event.link for event in events_of("links")] == [
        "https://events.example/?type=event&p=12",
        "https://events.example/?type=event&p=13",
    ]


def _listings(name: str) -> tuple[Listing, ...]:
    return reading_of(name).listings


def test_one_uid_on_several_dates_is_as_many_events() -> None:
    assert (len(_listings("sameuid-1")), len(_listings("sameuid-2"))) == (4, 5)


KINDS = CASES.parent / "kinds"


def read_kind(kind: str, file: Path, settings: dict[str, object], **given: object) -> list[Event]:
    url = "https://events.example/"
    found = find_kinds()[kind]
    zone, times = given.get("zone"), str(given.get("times", "stated"))
    context = Context(
        Pages({url: file.read_bytes()}, url), lambda _label: False, zone if isinstance(zone, str) else None, TODAY, url
    )
    reading = found.read(found.settings.model_validate(settings), context)
    countries = ("us",) if given.get("country") == "us" else ()
    rules = Rules("Week", THEMES, context.zone, countries=countries, times=times)
    return list(normalise(reading.listings, rules).events)


def test_abbreviations_choose_among_the_zones_of_the_country() -> None:
    columns = {name: name for name in ("title", "time", "zone", "country")} | {"start": "day"}
    found = {event.title: event for event in read_kind("csv", KINDS / "csv-zones.csv", {"columns": columns})}
    assert {title: span(event)[0][:16] if event.span.end else f"{event.span.start:%d %H:%M}" for title, event in
            found.items()} == {
        "A": "05 19:00", "B": "06 00:00", "C": "05 16:00", "D": "05 02:00", "E": "05 05:30", "F": "05 08:00",
        "G": "05 21:00",
    }  # fmt: skip
    assert "ambiguous-zone" in found["G"].codes
    assert not {"ambiguous-zone", "unknown-zone"} & {code for title in "ABCDEF" for code in found[title].codes}


def test_offset_that_a_country_never_has_is_told_and_can_be_set_aside() -> None:
    file = KINDS / "ld-offset-winter.html"
    stated = read_kind("jsonld", file, {})
    assert all("offset-mismatch" in event.codes for event in stated)
    wall = read_kind("jsonld", file, {}, times="wall-clock")
    assert [f"{event.span.local_start:%H:%M}" for event in wall] == ["19:00", "19:00"]
    assert all("offset-mismatch" not in event.codes for event in wall)


@pytest.mark.parametrize(
    ("file", "zone", "starts"),
    [
        ("us.csv", "America/Los_Angeles", ["2027-05-19T01:00", "2027-05-18T21:00"]),
        ("us.csv", "America/Manaus", ["2027-05-18T22:00", "2027-05-18T22:00"]),
        ("default-country.csv", "America/Los_Angeles", ["2027-05-19T01:00"]),
    ],
)
def test_source_s_own_zone_wins_where_it_is_one_of_the_country(file: str, zone: str, starts: list[str]) -> None:
    columns = {"title": "name", "start": "day", "time": "from", "end_time": "to"}
    columns |= {"country": "country"} if file == "us.csv" else {}
    path = CASES.parent / "change" / "source-zone" / file
    found = read_kind("csv", path, {"columns": columns}, zone=zone, country="us" if file != "us.csv" else None)
    assert [f"{event.span.start:%Y-%m-%dT%H:%M}" for event in found] == starts
    own = [event for event in found if event.span.zone == zone]
    assert own and all("missing-offset" not in event.codes for event in own)
