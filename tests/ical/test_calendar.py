"""The bytes around the events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.ical.lint.check import faults
from feedsvc.ical.write.calendar import CSS_COLORS, frame, nearest_css_color
from tests.ical.samples import FACTS
from tests.ical.strict_reader import read

GOLDEN = Path(__file__).parent / "golden" / "calendar.ics"


def test_frame_is_written_as_its_golden_file() -> None:
    assert b"".join(frame(FACTS)).decode() == GOLDEN.read_bytes().decode()


def test_calendar_without_events_is_sound() -> None:
    assert faults(b"".join(frame(FACTS))) == []


def test_calendar_has_neither_uid_nor_zone_of_its_own() -> None:
    assert not {"UID", "X-WR-TIMEZONE"} & set(read(b"".join(frame(FACTS))).names())


def test_name_is_escaped_in_both_its_properties() -> None:
    calendar = read(b"".join(frame(FACTS)))
    assert calendar.raw("NAME") == calendar.raw("X-WR-CALNAME") == "Open Gov Week · Ukraine\\, Chile\\; Perú"


@pytest.mark.parametrize(
    ("interval", "written"),
    [(timedelta(hours=12), "PT12H"), (timedelta(days=1), "P1D"), (timedelta(minutes=90), "PT1H30M")],
)
def test_interval_is_a_duration_in_both_its_properties(interval: timedelta, written: str) -> None:
    lines = read(b"".join(frame(replace(FACTS, refresh_interval=interval)))).lines
    assert ("REFRESH-INTERVAL", ";VALUE=DURATION", written) in lines
    assert ("X-PUBLISHED-TTL", "", written) in lines


def test_addresses_that_are_not_known_are_left_out() -> None:
    calendar = read(b"".join(frame(replace(FACTS, url=None, source=None, description=""))))
    assert not {"URL", "SOURCE", "DESCRIPTION", "X-WR-CALDESC"} & set(calendar.names())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"color_name": "steelblue\rX-EVIL:1"}, "CSS3"),
        ({"color_name": "rebeccapurple"}, "CSS3"),
        ({"color_hex": "#4682B4\r"}, "#rrggbb"),
        ({"color_hex": "4682B4"}, "#rrggbb"),
        ({"refresh_interval": timedelta()}, "not positive"),
        ({"last_modified": datetime(2024, 5, 2)}, "no zone"),  # noqa: DTZ001
    ],
)
def test_facts_that_are_none_are_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        frame(replace(FACTS, **change))


def test_each_css_colour_is_nearest_to_itself() -> None:
    assert len(CSS_COLORS) == 147
    for name, digits in CSS_COLORS.items():
        assert CSS_COLORS[nearest_css_color(f"#{digits}")] == digits, name


@pytest.mark.parametrize(
    ("ours", "name"), [("#4682B5", "steelblue"), ("#fe0101", "red"), ("#0b0b0b", "black"), ("#1f8a4c", "seagreen")]
)
def test_colour_becomes_its_nearest_name(ours: str, name: str) -> None:
    assert nearest_css_color(ours) == name
