"""No text of a source becomes a line, a property or a broken octet; every text comes back as it was cleaned."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedsvc.core.text import clean_line, clean_text
from feedsvc.ical.lint.check import faults
from feedsvc.ical.write.calendar import frame
from feedsvc.ical.write.description import description
from feedsvc.ical.write.event import vevent
from tests.ical.read_back import read_events
from tests.ical.samples import FACTS, NOW, RENDERING, record
from tests.ical.strict_reader import read

INJECTIONS = [
    "A\r\nATTENDEE:mailto:evil@x",
    "A\rATTENDEE:mailto:evil@x",
    "A\nATTENDEE:mailto:evil@x",
    "A\x00B\x08C",
    "A\u2028B\x85C\x0bD",
    "A\ud800B",
    "A\u2029ATTENDEE:mailto:evil@x",
    "A\x1cATTENDEE:mailto:evil@x",
    "A\nEND:VEVENT\nBEGIN:VALARM\nEND:VALARM\nBEGIN:VEVENT",
    "A\\nATTENDEE:mailto:evil@x",
    "\\N\\n\\,\\;\\\\",
    "A\r\n ATTENDEE:mailto:evil@x",
]
LINES = ("summary", "location", "listed", "host", "event_type", "title")
FIELDS = (*LINES, "description", "themes", "countries", "places", "link")
ANY_TEXT = st.one_of(
    st.text(st.characters()),
    st.lists(
        st.sampled_from(
            [*INJECTIONS, "\\N", "\\", ",", ";", ":", '"', "%2C", "\t", "\n\n", "\ud83d", "\u202e", "é", "e\u0301"]
        )
        | st.sampled_from(["😀", "👩‍👩‍👧", "한", "\ufeff", "\ufffe", "^n", "x" * 73, "é" * 37, "😀" * 19])
    ).map("".join),
    st.integers(60, 80).flatmap(
        lambda n: st.sampled_from(["é", "😀", "\\", ",", "한"]).map(lambda c: "x" * n + c * 40)
    ),
)


def put(field: str, text: str) -> dict[str, Any]:
    return {field: (text,) if field in ("themes", "countries", "places") else text}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", INJECTIONS, ids=ascii)
def test_injected_text_adds_no_line_and_no_property(field: str, text: str) -> None:
    plain = read(vevent(record(**put(field, "A")), RENDERING, NOW))
    hostile = read(vevent(record(**put(field, text)), RENDERING, NOW))
    assert hostile.names() == plain.names()
    assert hostile.children == []


@given(st.dictionaries(st.sampled_from(FIELDS), ANY_TEXT))
def test_any_texts_come_back_as_cleaned_from_sound_octets(texts: dict[str, str]) -> None:
    changes = {name: value for field, text in texts.items() for name, value in put(field, text).items()}
    hostile = record(**changes)
    fragment = vevent(hostile, RENDERING, NOW)
    assert max(map(len, fragment.split(b"\r\n"))) <= 75
    event = read(fragment)
    assert event.children == []
    assert set(event.names().values()) == {1}
    assert event.text("SUMMARY") == clean_line(hostile.event.summary)
    assert event.text("DESCRIPTION") == description(hostile, RENDERING, NOW)
    assert clean_text(hostile.event.description) in event.text("DESCRIPTION")
    if clean_line(hostile.event.location):
        assert event.text("LOCATION") == clean_line(hostile.event.location)
    names = [clean_line(name) for name in (*hostile.event.themes, *RENDERING.countries(hostile))]
    if any(names):
        assert Counter(event.texts("CATEGORIES")) == Counter({name: 1 for name in names if name})


@given(
    st.lists(
        st.fixed_dictionaries({"summary": ANY_TEXT, "description": ANY_TEXT, "themes": st.tuples(ANY_TEXT)}), max_size=3
    )
)
@example([{"summary": "C:\\Nord", "description": "\\\\n", "themes": ("\\N,;",)}])
def test_library_and_strict_reader_read_a_joined_feed_alike(changes: list[dict[str, Any]]) -> None:
    records = [record(record_uid=f"{n}@x", **change) for n, change in enumerate(changes)]
    head, foot = frame(FACTS)
    document = head + b"".join(vevent(each, RENDERING, NOW) for each in records) + foot
    assert faults(document) == []
    ours, theirs = read(document).children, read_events(document)
    assert [event.text("SUMMARY") for event in ours] == [event.summary for event in theirs]
    assert [event.text("DESCRIPTION") for event in ours] == [event.description for event in theirs]
    assert [tuple(event.texts("CATEGORIES")) for event in ours] == [event.categories for event in theirs]


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_name_and_description_of_a_calendar_stays_in_its_property(name: str, told: str, url: str) -> None:
    head, foot = frame(replace(FACTS, name=name, description=told, url=url))
    assert faults(head + foot) == []
    calendar = read(head + foot)
    assert calendar.text("NAME") == calendar.text("X-WR-CALNAME") == clean_line(name)
    expected = Counter(read(b"".join(frame(FACTS))).names())
    assert calendar.names() - expected == Counter()
