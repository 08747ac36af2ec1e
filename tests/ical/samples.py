"""Records and facts for the tests of `ical`: plain ones, to be changed where a test needs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feedsvc.core.model import Event, Finding, Record
from feedsvc.core.timespan import Timespan
from feedsvc.ical.write.calendar import CalendarFacts
from feedsvc.ical.write.description import Rendering

NAMES = {"ua": "Ukraine", "ar": "Argentina", "am": "Armenia", "uy": "Uruguay", "other": "Other"}
NOW = datetime(2024, 5, 20, 12, tzinfo=UTC)
RENDERING = Rendering("https://feeds.example", timedelta(hours=1), lambda code: NAMES.get(code, code))
FACTS = CalendarFacts(
    name="Open Gov Week · Ukraine, Chile; Perú",
    description="Events of Open Gov Week,\nkept right by themselves.",
    url="https://feeds.example/country/cl_ua",
    source="https://feeds.example/country/cl_ua.ics",
    last_modified=datetime(2024, 5, 2, 10, 30, tzinfo=UTC),
    refresh_interval=timedelta(hours=12),
    color_name="steelblue",
    color_hex="#4682b4",
)


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 5, day, hour, minute, tzinfo=UTC)


KYIV = Timespan.timed(utc(30, 12), utc(30, 14), "Europe/Kyiv")
EVENT = Event(
    identity="x",
    title="Open data for towns",
    summary="Open data for towns",
    themes=("Civic Space", "Gender & Inclusion"),
    countries=("ua",),
    places=(),
    span=KYIV,
    listed="Ukraine — May 30, 2024 @ 3:00pm - 5:00pm GMT+02:00",
    link="https://listing.example/events/open-data?a=1,2;b=3",
    findings=(Finding("offset-ignores-dst", "GMT+02:00"),),
)
RECORD = Record(
    uid="2f1c9d5e-0000-5000-8000-000000000001@feeds.example",
    source_id="sample",
    event=EVENT,
    sequence=0,
    created=datetime(2024, 5, 1, 8, tzinfo=UTC),
    modified=datetime(2024, 5, 2, 10, 30, tzinfo=UTC),
)


def record(**changes: Any) -> Record:
    """The sample record; changes of the event by its field names, of the record by `record_<name>`."""
    own = {name.removeprefix("record_"): value for name, value in changes.items() if name.startswith("record_")}
    inner = {name: value for name, value in changes.items() if not name.startswith("record_")}
    return replace(RECORD, event=replace(EVENT, **inner), **own)
