"""iCalendar of other people: lenient reading into listings."""
