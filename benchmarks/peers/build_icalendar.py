"""Building with `icalendar`."""

from __future__ import annotations

from builder import run
from calendar_icalendar import make

if __name__ == "__main__":
    run(make, lambda calendar: calendar.to_ical())
