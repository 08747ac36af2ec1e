"""Every doubt the service can have, with what it means in words a reader understands.

The words are published: in event descriptions, on pages, in `feedsvc findings`. `told` is None where a doubt is of no
use to an attendee and only shown to administrators.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from feedsvc.core.countries import zones_of
from feedsvc.core.model import Event
from feedsvc.core.timespan import clock_of


class Grade(StrEnum):
    """The weight of a doubt to somebody who wants to attend.

    NONE: nothing else was possible, or a habit of the source is known; told with the source's own wording. NOTE: it
    does not lead anybody astray. DOUBT: somebody could come at the wrong hour or on the wrong day.
    """

    NONE = "none"
    NOTE = "note"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`told`: the sentence for attendees, or None. `means`: the sentence for administrators.

    `variant` is told instead where `_varies` says so.
    """

    means: str
    told: str | None = None
    grade: Grade = Grade.NOTE
    variant: str | None = None


MEANINGS: dict[str, Meaning] = {
    "missing-title": Meaning("the source gives no title", "The source gives no title."),
    "missing-themes": Meaning("the source gives no theme"),
    "missing-country": Meaning("the source gives no country", "The source names no country."),
    "unknown-country": Meaning("unknown country name; kept as text", "One of the places is not known as a country."),
    "unknown-theme": Meaning("a theme that config/themes.toml does not name; it became a theme of its own"),
    "offset-ignores-dst": Meaning(
        "the stated offset is the zone's standard one while daylight saving was on; the wall clock was kept",
        (
            "The source states the offset without daylight saving; the clock time of the place was kept. If the "
            "offset is meant, it begins later."
        ),
        Grade.NONE,
    ),
    "offset-mismatch": Meaning(
        (
            "the stated offset fits no zone of the country that day; an exact one was kept, of a label the "
            "country's first zone taken"
        ),
        (
            "The time difference to UTC that the source states does not fit the country on that day; it may "
            "begin some hours earlier or later."
        ),
        Grade.DOUBT,
    ),
    "missing-offset": Meaning(
        "no offset is stated; the country's first zone was taken",
        (
            "The source gives no time zone, and its places have several; the first was taken, so it may begin "
            "some hours earlier or later."
        ),
        Grade.DOUBT,
        variant="The source gives no time zone; the place has only one.",
    ),
    "missing-zone": Meaning("neither an offset, a zone nor a country to take one from; the listing was left out"),
    "unknown-zone": Meaning(
        (
            "unknown time zone; the calendar's, the country's or the source's zone, or the offset beside the "
            "name, was taken"
        ),
        "The source names a time zone that is not known; it may begin some hours earlier or later.",
        Grade.DOUBT,
    ),
    "zone-by-utc": Meaning(
        "unknown time zone; the time in UTC that the source states beside it was taken",
        "The source names a time zone that is not known; the time in UTC that it states too was taken.",
        Grade.NONE,
    ),
    "nonexistent-time": Meaning(
        "the clock time is skipped there that day, by the change to daylight saving; the hour after was taken",
        ("The clocks change that day and skip this time; the hour after was taken, and the hour before may be meant."),
        Grade.DOUBT,
    ),
    "end-not-given": Meaning(
        "no end is given, or the site's placeholder for none", "The end is not given; shown as %(length)s."
    ),
    "end-before-start": Meaning(
        "the end lies before the start and cannot be explained",
        "The end lies before the start in the source; shown as %(length)s.",
        variant="The end lies before the start in the source; only the first day is shown.",
    ),
    "end-next-day": Meaning(
        "the end was taken to be on the next day",
        "The end was taken to be on the next day; the source does not say so.",
    ),
    "end-meridiem-corrected": Meaning(
        "am and pm were mixed up in the end; corrected by twelve hours",
        "The source mixes up am and pm in the end; corrected by twelve hours, it may end at another time.",
    ),
    "duplicate": Meaning("the source lists it several times; kept once"),
    "near-duplicate": Meaning(
        "the same title is listed with other themes or times; all were kept",
        "The source lists this title more than once, with other times or themes.",
    ),
    "former-id": Meaning("the configuration names the source by an id that it had before; it is the same source"),
    "ids-change": Meaning("the source gave its events other ids than before; they were set aside"),
    "unreadable": Meaning("could not be read; left out, the rest went on"),
    "text-cut": Meaning("a text was longer than allowed and was cut", "A long text was cut."),
    "text-cleaned": Meaning("characters that do not belong in a text were taken out"),
    "unsafe-link": Meaning("the link is not an absolute http(s) address; left out"),
    "unwritable": Meaning("could not be written as a calendar event; left out of every feed"),
    "bad-encoding": Meaning("the bytes are not in the stated encoding; read as well as possible"),
    "rule-refused": Meaning(
        "a recurrence rule beyond the limits; only the first event was kept",
        ("It repeats by a rule that could not be followed; only the first date is shown, and there may be others."),
        Grade.DOUBT,
    ),
    "rule-cut": Meaning(
        "a recurrence rule gives more events than allowed; the next ones were kept",
        "It takes place more often than can be shown here; later dates are left out.",
    ),
    "postponed": Meaning(
        "the source postponed it without a new date; shown as cancelled", "It is postponed; a new date is not known."
    ),
    "undated": Meaning("no date is given; left out"),
    "too-many-events": Meaning("the source has more events than allowed; the first ones were kept"),
    "detail-time-differs": Meaning(
        "the event's own page states none of the times that the list states; the own page's were taken",
        "The list and the event's own page state different times; those of its own page are shown.",
        Grade.DOUBT,
    ),
    "detail-title-differs": Meaning("the event's own page has another title than the list; the list's was taken"),
    "too-many-themes": Meaning("more themes than are kept: 12 of an event, 300 of a source; the first ones were kept"),
    "ambiguous-date": Meaning(
        "no date of the column settles which number is the day; the habit of the country was taken",
        "The source writes the date in numbers only; day and month may be the other way round.",
        Grade.DOUBT,
    ),
    "date-format": Meaning("the dates of a column are not written in the configured date_format; they were not read"),
    "unreadable-time": Meaning(
        "the time cannot be read; the event is shown without one",
        "The time that the source gives cannot be read; ask the organiser.",
        Grade.DOUBT,
    ),
    "nothing-listed": Meaning("the source was read and lists nothing at all; see whether its address is right"),
    "detail-failed": Meaning("the event's own page could not be read; what was known without it was used"),
    "ambiguous-zone": Meaning(
        "several time zones go by this name, and no country chooses among them; the likeliest was taken",
        (
            "The source names its time zone by a word that several zones share; it may begin some hours earlier "
            "or later."
        ),
        Grade.DOUBT,
    ),
    "zone-contradicted": Meaning(
        ("an offset beside the zone's name, or the file's definition of it, contradicts the name; the name was taken"),
        ("What the source says of its time zone is contradictory; it may begin an hour or more earlier or later."),
        Grade.DOUBT,
    ),
    "end-without-time": Meaning(
        "the end is a day without a time; the event ends with that day",
        "Of the end only the day is given; shown until the end of that day.",
    ),
    "improbable-length": Meaning(
        "more than 14 days with a time of day, which is a series or an exhibition; shown on its first day",
        (
            "The source lists it as lasting until %(until)s; it may be a series or an exhibition, and is shown "
            "on its first day."
        ),
        Grade.DOUBT,
    ),
    "taken-as-all-day": Meaning(
        "from midnight to midnight without saying that it is all day; taken as whole days",
        "The source gives midnight to midnight; shown as all day.",
    ),
    "dates-unreadable": Meaning(
        "a date that a series leaves out or adds could not be read",
        "A date that this series leaves out or adds could not be read; it may not take place on this day.",
        Grade.DOUBT,
    ),
    "private": Meaning(
        "the source does not call it public (CLASS); left out, or shown as busy, as the source's settings say"
    ),
    "older-version": Meaning("the source holds a newer version of the same event; the older one was left out"),
    "series-over": Meaning("a recurring event whose last date lies before the window; none of it is shown"),
    "series-ahead": Meaning("a recurring event whose first date lies after the window; none of it is shown yet"),
    "series-empty": Meaning("a recurring event of which every date is left out; none of it is shown"),
    "feed-too-large": Meaning(
        "the feed is or soon becomes larger than some calendar programs read; narrower feeds exist"
    ),
}
"""Code → meaning. A code that is not here cannot be raised: tests hold every use against this table."""


END_UNKNOWN = "The end is not known; shown as %(length)s."
"""For an event without end of which no finding speaks."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence for attendees, in English, with the code of its finding.

    `%(length)s` stands for the length with which an event without end is shown, other names for `values`.
    """

    code: str
    text: str
    grade: Grade
    values: Mapping[str, str] = field(default_factory=dict)


def sentences(event: Event) -> tuple[Sentence, ...]:
    """The sentences of an event's findings, in the order of their codes, each with its grade for this event."""
    details = {finding.code: finding.detail for finding in reversed(event.findings)}
    found = []
    for code in event.codes:
        meaning, grade, varies = MEANINGS[code], MEANINGS[code].grade, event.span.all_day
        if meaning.told is None:
            continue
        if code == "missing-offset":
            # No doubt where all clocks agree. Any other variant is for whole days, which have no length to be told.
            zones = {zone for country in event.countries for zone in zones_of(country)}
            varies = len({event.span.start.astimezone(clock_of(zone)).utcoffset() for zone in zones}) <= 1
            grade = Grade.NONE if varies else grade
        if meaning.variant is not None and varies:
            found.append(Sentence(code, meaning.variant, grade))
        else:
            values = {"until": details[code]} if "%(until)s" in meaning.told else {}
            found.append(Sentence(code, meaning.told, grade, values))
    ends = event.span.end is not None or event.span.all_day
    if not ends and not any("%(length)s" in sentence.text for sentence in found):
        found.append(Sentence("end-not-given", END_UNKNOWN, Grade.NOTE))
    return tuple(found)
