"""What a user would write: a Flask view that builds the calendar at each request, from events already in memory.

EVENTS names the file that they are read from once, at the start.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from builder import INSTANTS
from calendar_icalendar import make
from flask import Flask, Response

EVENTS = json.loads(Path(os.environ["EVENTS"]).read_text(encoding="utf-8"))
for event in EVENTS:
    event.update({name: datetime.fromisoformat(event[name]) for name in INSTANTS})
application = Flask(__name__)


@application.get("/calendar.ics")
def calendar() -> Response:
    """The calendar, made now."""
    return Response(make(EVENTS).to_ical(), content_type="text/calendar; charset=utf-8")
