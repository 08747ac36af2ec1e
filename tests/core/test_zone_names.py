"""Time zones by every name they go by: each is the right clock, or is told as a doubt; none is wrong in silence."""

from __future__ import annotations

from datetime import UTC, date, time
from importlib.resources import files
from pathlib import Path

import pytest
from babel.core import get_global

from feedsvc.core.model import Stated
from feedsvc.core.zone_names import clock_in, zone_named
from feedsvc.core.zones import ZoneChoice, instant, resolve_zone

LABELS = [
    line.split("\t") for line in (Path(__file__).parent / "zone_labels.tsv").read_text(encoding="utf-8").splitlines()
]
DAYS = (date(2027, 1, 15), date(2027, 7, 15))
DOUBTFUL = {
    *("CST", "PST", "EST", "EDT", "ET", "IST", "BST", "EEST", "CEST", "MEZ", "AEST", "Customized Time Zone"),
    *("Middle-earth", "Atlantis/Center", "(UTC+05:00) Berlin", "(UTC+06:00) Astana"),
}
"""Names of several clocks, of none, and with an offset that is none of theirs."""


def chosen(name: str, day: date) -> ZoneChoice | None:
    return resolve_zone(Stated(day, time(12), zone=name), (), None)


def is_right(choice: ZoneChoice, zone: str, day: date) -> bool:
    right = resolve_zone(Stated(day, time(12), zone=zone), (), None)
    assert right is not None
    stated = Stated(day, time(12))
    return instant(stated, choice)[0].astimezone(UTC) == instant(stated, right)[0].astimezone(UTC)


@pytest.mark.parametrize(("name", "zone"), LABELS)
def test_no_name_is_wrong_in_silence(name: str, zone: str) -> None:
    for day in DAYS:
        choice = chosen(name, day)
        told = choice is None or choice.doubt is not None
        assert told or (choice is not None and is_right(choice, zone, day)), (name, day, choice)


@pytest.mark.parametrize(("name", "zone"), [row for row in LABELS if row[0] not in DOUBTFUL])
def test_name_that_means_one_clock_is_known(name: str, zone: str) -> None:
    for day in DAYS:
        choice = chosen(name, day)
        assert choice is not None
        assert (choice.doubt, is_right(choice, zone, day)) == (None, True), (name, day, choice)


def test_every_windows_id_is_its_zone_by_its_standard_and_its_daylight_name() -> None:
    for name, zone in get_global("windows_zone_mapping").items():
        for spelling in (name, name.upper(), f"{name} 1", name.replace("Standard Time", "Daylight Time")):
            choice = chosen(spelling, DAYS[1])
            assert choice is not None, spelling
            assert choice.doubt is None and is_right(choice, zone, DAYS[1]), spelling


def test_every_iana_name_is_itself_with_or_without_a_slash() -> None:
    names = [name for name in (files("tzdata") / "zones").read_text("utf-8").split() if "/" in name]
    assert len(names) > 400
    for name in names:
        for spelling in (name, f"/{name}", name.lower(), f"/vendor.example/20270101_1/{name}"):
            found = zone_named(spelling, 2027)
            assert found is not None, spelling
            assert clock_in(found.zones[0], 2027) == clock_in(name, 2027), spelling


@pytest.mark.parametrize("name", ["", "  ", '""', "x" * 10_000, "(" * 5_000, "UTC+99", "UTC+5:99", "\\,\\;", "12", "-"])
def test_nonsense_is_unknown_and_costs_nothing(name: str) -> None:
    found = zone_named(name, 2027)
    assert found is None or not found.zones
