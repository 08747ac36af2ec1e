"""Writing iCalendar: events to VEVENT bytes, calendars around them, jCal."""
