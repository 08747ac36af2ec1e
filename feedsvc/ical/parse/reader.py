"""A foreign calendar read: the only place where iCalendar that others wrote is understood.

take apart by lines | find the clocks | parse each event | expand what recurs

One broken component costs one finding, never the calendar. The hardest case is one UID on several components: changes
of single occurrences belong to their series, a higher SEQUENCE replaces a lower one, and what is left are different
events of a careless exporter, which are all kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from feedsvc.core.model import EventStatus, Finding, Ledger, Present, Stated
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import clean_line, cut
from feedsvc.ical.parse.event import Moment, Parsed, parse
from feedsvc.ical.parse.lines import MAX_EVENTS, Block, scan
from feedsvc.ical.parse.series import Found, occurrences
from feedsvc.ical.parse.versions import shown
from feedsvc.ical.parse.zones import FLOATING, Zones

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ForeignEvent:
    """One event or occurrence as a foreign calendar has it. Texts are unescaped and not cleaned, "" where missing.

    `recurrence` names the occurrence: its RECURRENCE-ID in UTC (20240530T120000Z), as a date, or without a zone as
    written. `end` of an all-day event is its last day, inclusive. `line` is where it stands.
    """

    uid: str
    recurrence: str | None
    start: Stated
    end: Stated | None
    listed: str
    title: str
    description: str
    location: str
    url: str
    host: str
    status: EventStatus
    categories: tuple[str, ...]
    line: int
    findings: tuple[Finding, ...]
    join_link: str = ""
    is_private: bool = False

    @classmethod
    def of(cls, found: Found, zones: Zones, cancelled: Collection[int]) -> ForeignEvent:
        """The event of an occurrence; those of the calendars in `cancelled` (METHOD:CANCEL) do not take place."""
        parsed = found.parsed
        exact = not parsed.zone_words
        last = (
            None
            if found.end is None
            else (found.end if isinstance(found.end, datetime) or found.end <= found.start else found.end - _DAY)
        )
        start, end = _stated(found.start, exact=exact), None if last is None else _stated(last, exact=exact)
        shown = zones.default(parsed.block.calendar) if zones.times != "utc" else None
        return cls(
            uid=parsed.uid,
            recurrence=found.label,
            start=_stated(_shown_on(found.start, shown), exact=exact),
            end=None if last is None else _stated(_shown_on(last, shown), exact=exact),
            listed=when_words(start, end, parsed.zone_words or ("UTC" if _is_utc(found.start) else "")),
            title=parsed.text("SUMMARY"),
            description=parsed.text("DESCRIPTION") or parsed.text("X-ALT-DESC"),
            location=parsed.text("LOCATION"),
            url=parsed.text("URL"),
            host=_common_name(parsed.block) or (_common_name(parsed.series.block) if parsed.series else ""),
            status=EventStatus.CANCELLED if parsed.block.calendar in cancelled else parsed.status,
            categories=parsed.categories,
            line=parsed.block.line,
            findings=(*parsed.doubts, *([Finding("rule-cut")] if found.cut else [])),
            join_link=parsed.join_link,
            is_private=parsed.is_private,
        )


@dataclass(frozen=True, slots=True)
class ForeignCalendar:
    """All calendars of a file. `incomplete` says in words why it is not whole, None when it is.

    `present` are events without a readable start, and the other dates of a series whose rule is refused.
    """

    events: tuple[ForeignEvent, ...]
    findings: tuple[Finding, ...]
    incomplete: str | None
    present: tuple[Present, ...]
    ledger: Ledger


def read_calendar(
    text: str,
    zone: str | None = None,
    today: date | None = None,
    *,
    country: str | None = None,
    times: str = "stated",
    private: bool = False,
) -> ForeignCalendar:
    """Read a file of one calendar or more.

    `zone` is the IANA zone of times that state none, `country` that of the events; recurring events are expanded
    around `today`. `private`: events that are not public are kept too. Raises SourceUnreadable when the file is not a
    calendar.
    """
    scanned = scan(text)
    zones = Zones(scanned, zone, country, today.year if today else 2024, times)
    findings = [Finding("unknown-zone", cut(clean_line(name), 120)) for name in zones.unknown]
    if scanned.left_out:
        findings.append(Finding("too-many-events", f"{scanned.left_out} left out, {len(scanned.events)} read"))
    present: list[Present] = []
    groups = _groups(scanned.events, zones, present)
    every = (found for group in groups for found in occurrences(group, today, findings))
    found = list(islice(every, MAX_EVENTS))
    if beyond := sum(1 for _ in every):
        findings.append(Finding("too-many-events", f"{beyond} occurrences left out, {MAX_EVENTS} read"))
    present += (refused := _refused(found))
    published = [one for one in found if private or not one.parsed.is_private]
    if hidden := sum(one.parsed.is_private for one in found):
        findings.append(Finding("private", f"{hidden} {'shown' if private else 'left out'}"))
    left_out = scanned.left_out + beyond
    ledger = _ledger(groups, found, published, present, len(scanned.events) + len(refused), left_out)
    cancelled = {calendar for calendar, method in scanned.methods.items() if method == "CANCEL"}
    events = tuple(ForeignEvent.of(one, zones, cancelled) for one in published)
    whole = "END:VCALENDAR is missing" if not scanned.closed else None
    incomplete = whole or (f"more than {MAX_EVENTS:,} events" if left_out else None)
    return ForeignCalendar(events, tuple(findings), incomplete, tuple(present), ledger)


def _refused(found: list[Found]) -> list[Present]:
    """The other dates of each series whose rule is refused: they are there, and cannot be read."""
    series = {id(one.parsed): one.parsed for one in found if one.parsed.refused}
    return [
        Present(
            Finding("rule-refused", cut(clean_line(f"{shown(one)}: {one.refused}"), 200), one.block.line), None, uid
        )
        for one in series.values()
        if (uid := clean_line(one.uid))
    ]


def _ledger(
    groups: list[list[Parsed]],
    found: list[Found],
    published: list[Found],
    present: list[Present],
    components: int,
    left_out: int,
) -> Ledger:
    """Every component, and every occurrence of a series, by its outcome."""
    used = {id(one.parsed) for one in found}
    uids = {one.parsed.uid for one in found}
    idle = [one.uid in uids for group in groups for one in group if id(one) not in used]
    return Ledger.of(
        published,
        present,
        seen=components + len(found) - len(used) + left_out,
        parts=idle.count(True),
        outside=idle.count(False),
        omitted=left_out + len(found) - len(published),
    )


def _groups(blocks: Iterable[Block], zones: Zones, present: list[Present]) -> list[list[Parsed]]:
    """The components that share a UID, in the order of the file."""
    groups: dict[str, list[Parsed]] = {}
    for number, block in enumerate(blocks):
        parsed = parse(block, zones)
        if isinstance(parsed, Present):
            present.append(parsed)
        else:
            groups.setdefault(parsed.uid or f"\n{number}", []).append(parsed)
    return list(groups.values())


def _shown_on(moment: Moment, clock: object) -> Moment:
    """A time in UTC on the calendar's own clock, if that one is known and tells the time twice on no account."""
    if not isinstance(moment, datetime) or not _is_utc(moment) or not isinstance(clock, ZoneInfo):
        return moment
    shown = moment.astimezone(clock)
    return shown if shown.fold == 0 else moment


def _is_utc(moment: Moment) -> bool:
    clock = moment.tzinfo if isinstance(moment, datetime) else None
    return clock is UTC or getattr(clock, "key", None) in ("UTC", "Etc/UTC")


def _stated(moment: Moment, *, exact: bool) -> Stated:
    """The moment as stated. `exact`: written in UTC with a Z, not on a clock that is said to show UTC."""
    if not isinstance(moment, datetime):
        return Stated(moment)
    clock = moment.time().replace(microsecond=0, fold=0)
    if isinstance(moment.tzinfo, ZoneInfo) and not _is_utc(moment):
        return Stated(moment.date(), clock, zone=moment.tzinfo.key)
    if moment.tzinfo is FLOATING:
        return Stated(moment.date(), clock)
    zone = "UTC" if exact and _is_utc(moment) else None
    return Stated(moment.date(), clock, zone=zone, offset=moment.utcoffset())


def _common_name(block: Block) -> str:
    """The organiser's name (CN), unless it is an address: those are nobody's business."""
    organiser = block.get("ORGANIZER")
    at = organiser.parameters.upper().find(";CN=") if organiser else -1
    if organiser is None or at < 0:
        return ""
    value = organiser.parameters[at + 4 :]
    name = value[1:].partition('"')[0] if value.startswith('"') else value.partition(";")[0]
    return "" if "@" in name else name
