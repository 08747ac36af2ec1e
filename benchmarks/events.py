"""The events of a store as peers are given them: a list of plain objects, in a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.stores import NOW, Deployment
from feedsvc.core.model import Record
from feedsvc.ical.write.description import Rendering, description


def write_events(deployment: Deployment, wanted: Mapping[str, Sequence[str]], file: Path) -> int:
    """Write a feed's events, in its order. Returns how many there are."""
    wired = deployment.runtime()
    try:
        with wired.store.read() as snapshot:
            events = [_event(record, wired.refresh_context.rendering) for record in snapshot.feeds.records(wanted)]
    finally:
        wired.close()
    file.write_text(json.dumps(events, ensure_ascii=False), encoding="utf-8")
    return len(events)


def _event(record: Record, rendering: Rendering) -> dict[str, Any]:
    event = record.event
    return {
        "uid": record.uid,
        "summary": event.summary,
        "description": description(record, rendering, NOW),
        "url": rendering.link(record),
        "categories": [*event.themes, *rendering.countries(record)],
        "start": _stamp(event.span.start),
        "end": _stamp(event.span.ends(rendering.default_length)),
        "created": _stamp(record.created),
        "modified": _stamp(record.modified),
        "sequence": record.sequence,
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat()
