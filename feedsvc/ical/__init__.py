"""iCalendar (RFC 5545, 7986): an event to VEVENT bytes, the frame around them, the check, the reader.

The only importer of `icalendar`. Knows no store, no network and no clock: `now` is passed in.
"""
