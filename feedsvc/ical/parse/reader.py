"""A foreign calendar read: the only place where iCalendar that others wrote is understood.

take apart by lines | find the clocks | parse each event | expand what recurs

One broken component costs one finding, never the calendar. The hardest case is one UID on several components: changes
of single occurrences belong to their series, a higher SEQUENCE replaces a lower one, and what is left are different
events of a careless exporter, which are all kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from feedsvc.core.model import EventStatus, Finding, Ledger, Present, Stated
from feedsvc.core.recurrence import MAX_OCCURRENCES, window
from feedsvc.core.stated_time import when_words
from feedsvc.core.text import clean_line, cut
from feedsvc.ical.parse.event import Moment, Parsed, parse
from feedsvc.ical.parse.lines import MAX_EVENTS, Block, scan
from feedsvc.ical.parse.series import Found, as_day, expand, recurs, why_refused
from feedsvc.ical.parse.zones import FLOATING, Zones

_STATES = {"CANCELLED": EventStatus.CANCELLED, "TENTATIVE": EventStatus.TENTATIVE}
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


@dataclass(frozen=True, slots=True)
class ForeignCalendar:
    """All calendars of a file. `incomplete` says in words why it is not whole, None when it is.

    `present` are events without a readable start.
    """

    events: tuple[ForeignEvent, ...]
    findings: tuple[Finding, ...]
    incomplete: str | None
    present: tuple[Present, ...]
    ledger: Ledger


def read_calendar(text: str, zone: str | None = None, today: date | None = None) -> ForeignCalendar:
    """Read a file of one calendar or more.

    `zone` is the IANA zone of times that state none; recurring events are expanded around `today`. Raises
    SourceUnreadable when the file is not a calendar.
    """
    scanned = scan(text)
    zones = Zones(scanned, zone)
    findings = [Finding("unknown-zone", cut(clean_line(name), 120)) for name in zones.unknown]
    if scanned.left_out:
        findings.append(Finding("too-many-events", f"{scanned.left_out} left out, {len(scanned.events)} read"))
    present: list[Present] = []
    groups = _groups(scanned.events, zones, present)
    occurrences = (found for group in groups for found in _group(group, today, findings))
    found = list(islice(occurrences, MAX_EVENTS))
    beyond = sum(1 for _ in occurrences)
    if beyond:
        findings.append(Finding("too-many-events", f"{beyond} occurrences left out, {MAX_EVENTS} read"))
    incomplete = None if scanned.closed else "END:VCALENDAR is missing"
    used = {id(one.parsed) for one in found}
    uids = {one.parsed.uid for one in found}
    idle = [one.uid in uids for group in groups for one in group if id(one) not in used]
    ledger = Ledger.of(
        found,
        present,
        seen=len(scanned.events) + len(found) - len(used) + scanned.left_out + beyond,
        parts=idle.count(True),
        outside=idle.count(False),
        omitted=scanned.left_out + beyond,
    )
    events = tuple(_foreign(one, zones) for one in found)
    return ForeignCalendar(events, tuple(findings), incomplete, tuple(present), ledger)


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


def _group(group: list[Parsed], today: date | None, findings: list[Finding]) -> Iterator[Found]:
    if len(group) == 1 and group[0].recurrence is None and not recurs(group[0]):
        yield Found(group[0], group[0].start, group[0].end)
        return
    masters = _newest([one for one in group if one.recurrence is None])
    changes = _newest([one for one in group if one.recurrence is not None])
    series = next((one for one in masters if recurs(one)), masters[0] if masters and changes else None)
    if series is not None:
        yield from _series(series, changes, today, findings)
    else:
        yield from (Found(one, one.start, one.end, one.recurrence) for one in changes)
    for one in masters:
        if one is not series:
            yield Found(one, one.start, one.end)


def _newest(members: list[Parsed]) -> list[Parsed]:
    """Of each occurrence, the components with the highest SEQUENCE, each once."""
    highest: dict[Moment | None, int] = {}
    for one in members:
        highest[one.recurrence] = max(one.sequence, highest.get(one.recurrence, 0))
    newest = [one for one in members if one.sequence == highest[one.recurrence]]
    return list({tuple(one.block.properties): one for one in newest}.values())


def _series(series: Parsed, changes: list[Parsed], today: date | None, findings: list[Finding]) -> Iterator[Found]:
    days = window(today, as_day(series.start))
    reason = why_refused(series, days)
    if reason is None:
        try:
            found = expand(series, changes, days)
        except ValueError as error:
            reason = str(error)
        else:
            if len(found) > MAX_OCCURRENCES:
                detail = f"{cut(clean_line(series.text('SUMMARY')), 80)}: {len(found)}, {MAX_OCCURRENCES} kept"
                findings.append(Finding("rule-cut", detail, series.block.line))
            yield from _those_that_count(found, days.now)
            return
    series.doubts.append(Finding("rule-refused", cut(clean_line(reason), 200)))
    yield Found(series, series.start, series.end, series.start)
    yield from (Found(one, one.start, one.end, one.recurrence) for one in changes if one.recurrence != series.start)


def _those_that_count(found: list[Found], now: date) -> list[Found]:
    """Of too many occurrences, in order: the next ones, and as many of the last ones before as there is room for."""
    past = sum(as_day(one.start) < now for one in found)
    first = min(past, max(0, len(found) - MAX_OCCURRENCES))
    return found[first : first + MAX_OCCURRENCES]


def _foreign(found: Found, zones: Zones) -> ForeignEvent:
    parsed = found.parsed
    start, end = _stated(found.start), None if found.end is None else _stated(_inclusive(found.end, found.start))
    shown = zones.default(parsed.block.calendar)
    return ForeignEvent(
        uid=parsed.uid,
        recurrence=None if found.name is None else _name(found.name),
        start=_stated(_shown_on(found.start, shown)),
        end=None if found.end is None else _stated(_shown_on(_inclusive(found.end, found.start), shown)),
        listed=when_words(start, end, parsed.zone_words or ("UTC" if _is_utc(found.start) else "")),
        title=parsed.text("SUMMARY"),
        description=parsed.text("DESCRIPTION"),
        location=parsed.text("LOCATION"),
        url=parsed.text("URL"),
        host=_common_name(parsed.block),
        status=_STATES.get(parsed.text("STATUS").strip().upper(), EventStatus.CONFIRMED),
        categories=_categories(parsed),
        line=parsed.block.line,
        findings=tuple(parsed.doubts),
    )


def _inclusive(end: Moment, start: Moment) -> Moment:
    """The last day of an all-day event; the end of any other. What ends before it begins is left to be judged."""
    return end if isinstance(end, datetime) or end <= start else end - _DAY


def _shown_on(moment: Moment, clock: object) -> Moment:
    """A time in UTC on the calendar's own clock, if that one is known and tells the time twice on no account."""
    if not isinstance(moment, datetime) or not _is_utc(moment) or not isinstance(clock, ZoneInfo):
        return moment
    shown = moment.astimezone(clock)
    return shown if shown.fold == 0 else moment


def _is_utc(moment: Moment) -> bool:
    clock = moment.tzinfo if isinstance(moment, datetime) else None
    return clock is UTC or getattr(clock, "key", None) in ("UTC", "Etc/UTC")


def _stated(moment: Moment) -> Stated:
    if not isinstance(moment, datetime):
        return Stated(moment)
    clock = moment.time().replace(microsecond=0, fold=0)
    if isinstance(moment.tzinfo, ZoneInfo) and not _is_utc(moment):
        return Stated(moment.date(), clock, zone=moment.tzinfo.key)
    if moment.tzinfo is FLOATING:
        return Stated(moment.date(), clock)
    return Stated(moment.date(), clock, offset=moment.utcoffset())


def _name(moment: Moment) -> str:
    if not isinstance(moment, datetime):
        return f"{moment:%Y%m%d}"
    if moment.tzinfo is FLOATING:
        return f"{moment:%Y%m%dT%H%M%S}"
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _categories(parsed: Parsed) -> tuple[str, ...]:
    names = (clean_line(name) for name in parsed.texts("CATEGORIES"))
    return tuple(dict.fromkeys(name for name in names if name))


def _common_name(block: Block) -> str:
    """The organiser's name (CN), unless it is an address: those are nobody's business."""
    organiser = block.get("ORGANIZER")
    at = organiser.parameters.upper().find(";CN=") if organiser else -1
    if organiser is None or at < 0:
        return ""
    value = organiser.parameters[at + 4 :]
    name = value[1:].partition('"')[0] if value.startswith('"') else value.partition(";")[0]
    return "" if "@" in name else name
