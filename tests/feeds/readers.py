"""Readers of the formats, none of them ours: what a program that fetches a feed finds in it."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

from icalendar import Calendar

ATOM = "{http://www.w3.org/2005/Atom}"


def ics(body: bytes) -> list[tuple[str, str]]:
    """(uid, summary) of each event, in order."""
    return [(str(event["UID"]), str(event["SUMMARY"])) for event in Calendar.from_ical(body).walk("VEVENT")]


def jcal(body: bytes) -> list[tuple[str, str]]:
    events = [{name: values[0] for name, _, _, *values in one[1]} for one in json.loads(body)[2]]
    return [(event["uid"], event["summary"]) for event in events]


def json_feed(body: bytes) -> list[tuple[str, str]]:
    return [(event["uid"], event["summary"]) for event in json.loads(body)["events"]]


def csv_table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def csv_rows(body: bytes) -> list[tuple[str, str]]:
    return [(row["uid"], row["summary"]) for row in csv_table(body)]


def atom_entries(body: bytes) -> list[ET.Element]:
    return ET.fromstring(body).findall(f"{ATOM}entry")


def atom(body: bytes) -> list[tuple[str, str]]:
    """The ids are those of the UIDs, without their domain."""
    return [(_text(entry, "id").removeprefix("urn:uuid:"), _text(entry, "title")) for entry in atom_entries(body)]


def _text(entry: ET.Element, name: str) -> str:
    found = entry.findtext(f"{ATOM}{name}")
    assert found is not None
    return found


READERS: dict[str, Callable[[bytes], list[tuple[str, str]]]] = {
    "ics": ics,
    "jcal": jcal,
    "json": json_feed,
    "csv": csv_rows,
    "atom": atom,
}
MEDIA_TYPES = {
    "ics": "text/calendar; charset=utf-8",
    "jcal": "application/calendar+json; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "atom": "application/atom+xml; charset=utf-8",
}
BY_CHANGE = frozenset({"atom"})
"""Formats that are not in the order of start, because they tell what is new."""


def ids(found: list[tuple[str, str]]) -> list[str]:
    """The events' ids, as far as all formats tell them."""
    return [uid.partition("@")[0] for uid, _summary in found]


def whole_jcal(body: bytes) -> Any:
    """The calendar as icalendar would write it from the bytes of the iCalendar feed."""
    return Calendar.from_ical(body).to_jcal()


def printable(body: bytes) -> str:
    """The text of a document; fails where a control character or a stray line end is in it."""
    text = body.decode("utf-8-sig")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]|\r(?!\n)", text)
    return text
