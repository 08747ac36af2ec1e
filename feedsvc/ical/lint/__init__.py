"""The iCalendar linter: what is wrong with a calendar, told by RFC 5545 and by what programs do."""
