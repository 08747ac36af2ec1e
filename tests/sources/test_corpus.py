"""One synthetic calendar for each exporter's habit, and what it means.

`WRITE_GOLDEN=1` writes `corpus/expected.json`, to be read before it is kept.
"""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feedsvc.core.model import Event
from feedsvc.core.normalise import Rules, normalise
from feedsvc.sources.base import Context
from feedsvc.sources.ics import Settings, read
from tests.sources.helpers import THEMES, Pages

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path.stem for path in CORPUS.glob("*.ics"))
URL = "https://events.example/"
COUNTRY = "de"


def meaning(name: str) -> dict[str, Any]:
    text = (CORPUS / f"{name}.ics").read_text(encoding="utf-8").replace("\n", "\r\n").encode()
    context = Context(Pages({URL: text}, URL), lambda _label: False, None, date(2027, 5, 1), URL, country=COUNTRY)
    reading = read(Settings(), context)
    assert reading.ledger.unaccounted == 0
    assert reading.incomplete is None
    found = normalise(reading.listings, Rules("Town", THEMES, countries=(COUNTRY,)))
    ordered = sorted(found.events, key=lambda event: (event.span.start, event.title or ""))
    return {
        "ledger": reading.ledger.in_words,
        "findings": [f"{finding.code}: {finding.detail}" for finding in (*reading.findings, *found.rejected)],
        "events": [_shown(event) for event in ordered],
    }


def _shown(event: Event) -> dict[str, Any]:
    span = event.span
    form = "%Y-%m-%d" if span.all_day else "%Y-%m-%dT%H:%M:%SZ"
    values = {
        "title": event.title,
        "start": span.start.strftime(form),
        "end": span.end.strftime(form) if span.end else None,
        "zone": span.zone,
        "status": "" if event.status == "confirmed" else event.status.value,
        "description": event.description,
        "location": event.location,
        "link": event.link,
        "join_link": event.join_link,
        "doubts": [code for code in event.codes if code != "missing-themes"],
    }
    return {name: value for name, value in values.items() if value}


@pytest.mark.parametrize("name", FILES)
def test_calendar_of_an_exporter_means_what_is_expected(name: str) -> None:
    expected = CORPUS / "expected.json"
    known = json.loads(expected.read_text(encoding="utf-8")) if expected.is_file() else {}
    found = meaning(name)
    if os.environ.get("WRITE_GOLDEN"):
        known[name] = found
        expected.write_text(json.dumps(known, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    assert found == known[name]


def test_every_exporter_has_a_calendar() -> None:
    assert set(FILES) == set(json.loads((CORPUS / "expected.json").read_text(encoding="utf-8")))
