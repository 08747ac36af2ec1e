"""The rules of `feedsvc check-feed`: each fault with its weight, what programs do with it, and the way out.

*error*: a program drops the event, the day or the feed. *warning*: programs disagree, or some shows it wrong. *note*:
it works, and could be better. What programs do was read in their sources and measured with fourteen parsers.
"""

# ruff: noqa: E501 - a table with a rule a line

from __future__ import annotations

from dataclasses import dataclass

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault: its code and weight, what it is, what programs do with it, the way out."""

    code: str
    weight: str
    means: str
    programs: str
    remedy: str


_TABLE = """
not-a-calendar|error|not an iCalendar file|Every program refuses it; Evolution empties the calendar|Serve the calendar itself, not a page about it or a login form; the file begins with BEGIN:VCALENDAR
byte-order-mark|error|a byte order mark before BEGIN:VCALENDAR|Several libraries refuse the feed|Write UTF-8 without a byte order mark
not-utf8|error|not UTF-8|Several libraries refuse the feed, others show wrong letters|Write UTF-8 (RFC 5545 3.1.4)
split-character|error|a fold splits a character|Google drops the whole feed; some libraries refuse it|Fold between characters, not between bytes
control-character|error|a control character|Several libraries refuse the feed|Take it out; only TAB is allowed in a text
no-property-name|error|a line without a property name before a colon|Thunderbird and many libraries refuse the feed|Write a line break within a text as \\n, and fold long lines with CRLF and a space
line-ends|warning|lines do not end with CRLF|Most programs tolerate it|End each line with CRLF (RFC 5545 3.1)
long-line|warning|a line of more than 75 octets|Most programs tolerate it; some gateways cut it|Fold it with CRLF and a space (RFC 5545 3.1)
unclosed|error|a component is never closed|Many libraries refuse the feed, others see no event at all and delete what they had|End each BEGIN with its END; serve no file that was cut off
closes-nothing|error|an END without its BEGIN|Many libraries refuse the feed|Take it out, or write the BEGIN
after-the-end|warning|something after END:VCALENDAR|Google and Outlook read the first calendar only|One calendar a file
no-version|error|no VERSION|Android and KDE refuse the feed|Write VERSION:2.0 right after BEGIN:VCALENDAR
no-prodid|warning|no PRODID|Some libraries refuse the feed|Write PRODID, such as PRODID:-//example.org//Calendar//EN
wrong-method|warning|a METHOD other than PUBLISH|Outlook takes the feed for an invitation|Write METHOD:PUBLISH, or none
calendar-uid|warning|the calendar itself has a UID|vdirsyncer then keeps one event of all|Leave the UID of the calendar out
no-name|note|no name|Google, Outlook and Apple show the address instead|Write NAME and X-WR-CALNAME
no-interval|note|no refresh interval|Programs then ask when they like|Write REFRESH-INTERVAL;VALUE=DURATION:PT12H and X-PUBLISHED-TTL:PT12H
bad-interval|error|a refresh interval that is not a duration|Some libraries refuse the feed|Write REFRESH-INTERVAL;VALUE=DURATION:PT12H
bad-color|warning|COLOR is not a CSS3 name|Programs ignore it|Write a name such as teal (RFC 7986 5.9)
no-events|warning|no event in it|Programs delete every event they had from this address|If that is meant, fine; else serve the last good file instead
too-large|error|more than 1 MB|Google silently loses events|Split the calendar, or leave old events out
nearly-too-large|warning|more than 900 KB|Google silently loses events above 1 MB|Split the calendar, or leave old events out
many-events|warning|more than 1,000 events|Google is reported to lose events of such feeds|Split the calendar, or leave old events out
no-uid|error|no UID|Programs invent one, and show a new event at each fetch|Give each event a UID once, and keep it for ever
duplicate-uid|error|another event has the same UID|Programs keep one of them without a word|Give each event its own UID; changed occurrences have RECURRENCE-ID
no-dtstamp|warning|no DTSTAMP|Most programs tolerate it|Write when the event was last changed, in UTC
dtstamp-not-utc|warning|DTSTAMP is not in UTC|Most programs tolerate it|Write it with a Z at its end (RFC 5545 3.8.7.2)
no-start|error|no DTSTART|Programs drop the event|Write when it begins
bad-date|error|neither a date nor a time|Programs drop the event or refuse the feed|Write 20270304T120000Z, or ;VALUE=DATE:20270304 for a whole day
mixed-types|error|one of DTSTART and DTEND is a date, the other a time|Programs disagree, some refuse the feed|Write both as dates or both as times
end-before-start|error|DTEND is not after DTSTART|Apple discards the event, one library refuses the whole feed|Write the true end, or none; the end of whole days is the day after the last
end-and-duration|error|both DTEND and DURATION|Some libraries refuse the feed|Write DTEND alone
duration|note|DURATION instead of DTEND|Programs disagree by an hour where clocks change|Write DTEND
no-end|note|no end|Each program takes a length of its own|Write DTEND
floating|warning|a time without a zone|Outlook refuses it or takes its own zone; each reader sees another time|Write UTC with a Z at its end, or a TZID with its VTIMEZONE
zone-undefined|error|a TZID without its VTIMEZONE|Outlook takes the time as floating, Thunderbird too where it does not know the name|Write UTC, or add the VTIMEZONE
zone-not-iana|warning|a TZID that is not an IANA name|Some programs take UTC instead|Write UTC, or an IANA name such as Europe/Kyiv
zone-with-rdate|warning|a VTIMEZONE with RDATE|Outlook and ical.js show summer events an hour off|Write it with two RRULE observances, or write UTC
bad-status|error|an unknown STATUS|Some libraries refuse the feed|Write CONFIRMED, TENTATIVE or CANCELLED, with two L
cancelled-title|note|a cancelled event whose title does not say so|Outlook and Android show it as if it took place|Begin the title with [Cancelled]
no-summary|warning|no SUMMARY|Programs show an event without a name|Write a title
break-in-summary|warning|a line break in SUMMARY|calcurse drops the event; others show one line|Write the title on one line
duplicate-property|error|a property that may occur once occurs twice|Programs take the first or the last|Keep one of them
bad-rule|error|a recurrence rule that is not one|Programs show the event once, or drop it|Write RRULE with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY (RFC 5545 3.3.10)
endless-rule|warning|a rule by the second, minute or hour|Programs hang, or drop the event|Write FREQ=DAILY or longer
bad-link|warning|URL is not an http(s) address|Programs ignore it, or warn of it|Write an address that begins with https://
html|note|HTML in DESCRIPTION|Google renders it, Apple and Thunderbird show the tags|Write plain text with bare addresses
bad-sequence|warning|SEQUENCE is not a number|Programs may ignore later changes|Write a number that rises with each change of the time
no-last-modified|note|no LAST-MODIFIED|ICSx5 then ignores changes of the event|Write when the event was last changed, in UTC
alarm|note|an alarm in the feed|Google and Nextcloud ignore it; people have their own|Leave VALARM out of feeds that others subscribe to
"""

RULES: dict[str, Rule] = {
    code: Rule(code, weight, means, programs, remedy)
    for code, weight, means, programs, remedy in (line.split("|") for line in _TABLE.strip().splitlines())
}
