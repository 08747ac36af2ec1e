"""The part that all builders share: for each line on standard input, build the calendar once and tell what it cost.

    python build_<library>.py EVENTS.json

Events are objects: uid, summary, description, url, categories, start, end, created, modified (ISO 8601, UTC),
sequence. Every library is given the same ones, and writes the properties it can.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

INSTANTS = ("start", "end", "created", "modified")


def run(make: Callable[[list[dict[str, Any]]], Any], write: Callable[[Any], bytes]) -> None:
    """Answer each line with the processor seconds of making the calendar and of writing it as bytes."""
    events = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for event in events:
        event.update({name: datetime.fromisoformat(event[name]) for name in INSTANTS})
    for _ in sys.stdin:
        began = time.process_time()
        calendar = make(events)
        made = time.process_time()
        body = write(calendar)
        done = time.process_time()
        found = body.count(b"BEGIN:VEVENT")
        print(json.dumps({"make": made - began, "write": done - made, "bytes": len(body), "events": found}), flush=True)
