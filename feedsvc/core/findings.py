"""Every doubt the service can have, with what it means in words a reader understands.

The words are published: in event descriptions, on pages, in `feedsvc findings`. `told` is None where a doubt is of no
use to an attendee and only shown to administrators.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """`told`: the sentence for attendees, or None. `means`: the sentence for administrators."""

    means: str
    told: str | None = None


MEANINGS: dict[str, Meaning] = {
    "missing-title": Meaning("the source gives no title", "The page gives no title."),
    "missing-themes": Meaning("the source gives no theme"),
    "missing-country": Meaning("the source gives no country", "The page names no country."),
    "unknown-country": Meaning("unknown country name; kept as text", "One of the places is not known as a country."),
    "unknown-theme": Meaning("a theme that config/themes.toml does not name; it became a theme of its own"),
    "offset-ignores-dst": Meaning(
        "the stated offset is the zone's standard one while daylight saving was on; the wall clock was kept",
        "The page states the offset without daylight saving; the clock time of the place was kept.",
    ),
    "offset-mismatch": Meaning(
        "the stated offset fits no zone of the country; the country's first zone was taken",
        "The offset on the page does not fit the country; the clock time of the country was taken.",
    ),
    "missing-offset": Meaning(
        "no offset is stated; the country's first zone was taken",
        "The page gives no time zone; the clock time of the country was taken.",
    ),
    "missing-zone": Meaning("neither an offset, a zone nor a country to take one from; the listing was left out"),
    "unknown-zone": Meaning("unknown time zone; the country's or the source's zone was taken"),
    "nonexistent-time": Meaning(
        "the clock time is skipped there that day, by the change to daylight saving; the hour after was taken",
        "The clocks change that day and skip this time; the hour after was taken.",
    ),
    "end-not-given": Meaning(
        "no end is given, or the site's placeholder for none",
        "The end is not given on the page; shown as %(length)s.",
    ),
    "end-before-start": Meaning(
        "the end lies before the start and cannot be explained",
        "The end on the page lies before the start; shown as %(length)s.",
    ),
    "end-next-day": Meaning("the end was taken to be on the next day", "The end was taken to be on the next day."),
    "end-meridiem-corrected": Meaning(
        "am and pm were mixed up in the end; corrected by twelve hours",
        "The end on the page mixes up am and pm; corrected by twelve hours.",
    ),
    "duplicate": Meaning("the source lists it several times; kept once"),
    "near-duplicate": Meaning(
        "the same title is listed with other themes or times; all were kept",
        "The page lists this title more than once, with other times or themes.",
    ),
    "ids-change": Meaning("the source gave its events other ids than before; they were set aside"),
    "unreadable": Meaning("could not be read; left out, the rest went on"),
    "text-cut": Meaning("a text was longer than allowed and was cut", "A long text was cut."),
    "text-cleaned": Meaning("characters that do not belong in a text were taken out"),
    "unsafe-link": Meaning("the link is not an absolute http(s) address; left out"),
    "unwritable": Meaning("could not be written as a calendar event; left out of every feed"),
    "bad-encoding": Meaning("the bytes are not in the stated encoding; read as well as possible"),
    "rule-refused": Meaning("a recurrence rule beyond the limits; only the first event was kept"),
    "rule-cut": Meaning("a recurrence rule gives more events than allowed; the next ones were kept"),
    "postponed": Meaning(
        "the source postponed it without a new date; shown as cancelled",
        "It is postponed; a new date is not known.",
    ),
    "undated": Meaning("no date is given; left out"),
    "too-many-events": Meaning("the source has more events than allowed; the first ones were kept"),
    "nothing-listed": Meaning("the source was read and lists nothing at all; see whether its address is right"),
    "detail-failed": Meaning("the event's own page could not be read; what was known without it was used"),
    "feed-too-large": Meaning(
        "the feed is or soon becomes larger than some calendar programs read; narrower feeds exist"
    ),
}
"""Code → meaning. A code that is not here cannot be raised: tests hold every use against this table."""


END_UNKNOWN = "The end is not known; shown as %(length)s."
"""For an event without end of which no finding speaks."""


def sentences(codes: tuple[str, ...], *, ends: bool = True) -> tuple[str, ...]:
    """The sentences an attendee should read, in English, in the order of the codes; `ends`: the event has an end.

    `%(length)s` stands for the length with which an event without end is shown.
    """
    meanings = (MEANINGS[code] for code in codes)
    found = tuple(meaning.told for meaning in meanings if meaning.told is not None)
    return found if ends or any("%(length)s" in sentence for sentence in found) else (*found, END_UNKNOWN)
