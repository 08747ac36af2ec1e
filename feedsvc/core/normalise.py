"""From listings to events: what a source says becomes what it means. Pure; the rules are those of the design.

listing | countries | themes | title | zone | start and end | merge duplicates | mark near-duplicates | identity
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

from feedsvc.core import zones
from feedsvc.core.countries import OTHER, country_code, country_name, is_country
from feedsvc.core.dimensions import Themes
from feedsvc.core.identity import identified, merged, native_identity
from feedsvc.core.model import Event, EventStatus, Finding, Ledger, Listing, Present, Reading, Stated
from feedsvc.core.status import without_cancellation
from feedsvc.core.text import clean_line, clean_text, cut, fold, safe_url, shows_nothing
from feedsvc.core.timespan import DAY, Timespan

MAX_TITLE, MAX_LINE, MAX_DESCRIPTION = 500, 500, 20_000
"""Characters; what is longer is cut, with a finding."""
MAX_THEMES, MAX_SOURCE_THEMES = 12, 300
"""Themes of one event, and of all events of a source, that are kept."""
_WORD_GAP = re.compile(r"[\W_]+")
EVENING = time(17)
LONGEST_NIGHT = timedelta(hours=8)
LONGEST_SLIP = timedelta(hours=4)
HALF_DAY = timedelta(hours=12)
PROBABLE_LENGTH = timedelta(days=14)
"""What lasts longer and has a time of day is a series, or an exhibition with opening hours."""
YEARS = range(1900, 2201)
"""Years in which events can be; others are slips, and the first and last that exist have no neighbours."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that normalising needs to know of a source.

    `name` is used in the title of an event without one. `placeholders` are clock times that mean "no end given".
    `countries` and `theme_names` are given to listings that name none; `renames` maps a source's own category (folded)
    to theme names or country codes. `times` says what the source's times are worth (`zones.valued`); without `hosts` or
    `descriptions` these are left out. Listings whose title and categories hold no word of `include`, or one of
    `exclude`, are left out; with `themes_only` so is a theme that the configuration does not name.
    """

    name: str
    themes: Themes
    default_zone: str | None = None
    placeholders: Collection[time] = ()
    countries: tuple[str, ...] = ()
    theme_names: tuple[str, ...] = ()
    renames: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    themes_only: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    times: str = "stated"
    hosts: bool = True
    descriptions: bool = True


@dataclass(frozen=True, slots=True)
class Normalised:
    """`present` are the listings that could not become events: without a zone, or in no year that a calendar holds."""

    events: tuple[Event, ...]
    present: tuple[Present, ...]
    omitted: int = 0
    findings: tuple[Finding, ...] = ()

    def ledger(self, reading: Reading) -> Ledger:
        """The ledger of a reading with these events: copies are parts of one, and some cannot become events."""
        kept = reading.counted
        known = [one.has_identity for one in self.present]
        return replace(
            kept,
            events=len(self.events),
            omitted=kept.omitted + self.omitted,
            parts=kept.parts + sum(event.copies - 1 for event in self.events),
            unreadable=kept.unreadable + known.count(True),
            unidentified=kept.unidentified + known.count(False),
        )

    @property
    def rejected(self) -> tuple[Finding, ...]:
        """The reasons why they could not."""
        return tuple(one.finding for one in self.present)


def normalise(listings: Iterable[Listing], rules: Rules) -> Normalised:
    """Turn what a source says into what it means. The same listings give the same events, in the same order."""
    events: list[Event] = []
    present: list[Present] = []
    omitted = 0
    for listing in listings:
        # The filters look for whole words of the title or the categories, whatever their case.
        texts = (listing.title or "", *listing.themes) if rules.include or rules.exclude else ()
        said = [f" {_WORD_GAP.sub(' ', fold(text))} " for text in texts]
        if (rules.include and not _has_any(said, rules.include)) or _has_any(said, rules.exclude):
            omitted += 1
            continue
        outcome = _event(listing, rules)
        if isinstance(outcome, Event):
            events.append(outcome)
        else:
            present.append(Present(outcome, listing.title, listing.native_id, listing.link))
    kept, findings = _bounded_themes(merged(events), rules)
    return Normalised(tuple(identified(kept)), tuple(present), omitted, findings)


def _has_any(said: Iterable[str], words: Iterable[str]) -> bool:
    return any(f" {_WORD_GAP.sub(' ', fold(word)).strip()} " in text for word in words for text in said)


def _bounded_themes(events: Iterable[Event], rules: Rules) -> tuple[list[Event], tuple[Finding, ...]]:
    """The events with at most MAX_THEMES of their own themes, and MAX_SOURCE_THEMES of all."""
    known: dict[str, None] = {}
    lost: dict[str, None] = {}
    kept: list[Event] = []
    for event in events:
        names = []
        for name in event.themes[:MAX_THEMES]:
            if name in known or len(known) < MAX_SOURCE_THEMES or rules.themes.named(name) is not None:
                known[name] = None
                names.append(name)
            else:
                lost[name] = None
        doubts = event.findings
        if len(event.themes) > MAX_THEMES:
            doubts = (*doubts, Finding("too-many-themes", f"{len(event.themes)}, {MAX_THEMES} kept"))
        is_same = len(names) == len(event.themes)
        kept.append(event if is_same else replace(event, themes=tuple(names), findings=doubts))
    detail = f"{len(lost)} left out, {MAX_SOURCE_THEMES} kept"
    return kept, (Finding("too-many-themes", detail),) if lost else ()


def _event(listing: Listing, rules: Rules) -> Event | Finding:
    doubts = list(listing.findings)
    if not all(stated is None or stated.date.year in YEARS for stated in (listing.start, listing.end)):
        detail = clean_line(f"{listing.title or 'an event'}: {listing.listed or listing.start.date}")
        return Finding("unreadable", cut(detail, MAX_LINE), listing.line)
    codes, unknown = _countries(listing, rules, doubts)
    try:
        span = _span(listing, codes, rules, doubts)
    except OverflowError:
        # The first and the last day of the calendar exist in some zones only.
        return Finding("unreadable", f"{listing.start.date} lies beyond what a calendar can hold", listing.line)
    if span is None:
        detail = clean_line(f"{listing.title or 'an event'}: {listing.listed}")
        return Finding("missing-zone", cut(detail, MAX_LINE), listing.line)
    stated_title, cancelled = without_cancellation(listing.title or "")
    written = _line(stated_title, MAX_TITLE, doubts)
    title = None if shows_nothing(written) else written
    if title is None:
        doubts.append(Finding("missing-title"))
    return Event(
        identity=native_identity(listing),
        title=title,
        summary=title or untitled(rules.name, codes, unknown),
        themes=_themes(listing, rules, doubts),
        countries=codes,
        places=unknown,
        span=span,
        listed=_line(listing.listed, MAX_LINE, doubts),
        description=_limited(clean_text(listing.description), MAX_DESCRIPTION, doubts) if rules.descriptions else "",
        location=_line(listing.location, MAX_LINE, doubts),
        host=_line(listing.host, MAX_LINE, doubts) if rules.hosts else "",
        event_type=_line(listing.event_type, MAX_LINE, doubts),
        link=_link(listing.link, doubts),
        status=EventStatus.CANCELLED if cancelled else listing.status,
        findings=tuple(replace(doubt, line=listing.line) if doubt.line is None else doubt for doubt in doubts),
        join_link=safe_url(listing.join_link),
    )


def _countries(listing: Listing, rules: Rules, doubts: list[Finding]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Known codes in the listing's order, each once, and the names nobody knows."""
    codes: dict[str, None] = {}
    unknown: dict[str, None] = {}
    by_category = (name for name in _renamed(listing.themes, rules) if _is_code(name)) if rules.renames else ()
    for name in (*_renamed(listing.countries, rules), *by_category):
        code = name if _is_code(name) else country_code(name)
        if code is not None:
            codes[code] = None
        elif label := clean_line(name):
            unknown[cut(label, MAX_LINE)] = None
    if not codes and not unknown:
        codes = dict.fromkeys(rules.countries)
    if not codes and not unknown:
        doubts.append(Finding("missing-country"))
    doubts.extend(Finding("unknown-country", name) for name in unknown)
    return tuple(codes), tuple(unknown)


def _themes(listing: Listing, rules: Rules, doubts: list[Finding]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for label in _renamed(listing.themes, rules):
        if rules.renames and _is_code(label):
            continue
        theme = rules.themes.named(label)
        if theme is not None:
            names[theme.name] = None
        elif not rules.themes_only and (name := cut(clean_line(label), 80)):
            names[name] = None
            doubts.append(Finding("unknown-theme", name))
    if not names:
        names = dict.fromkeys(rules.theme_names)
    if not names:
        doubts.append(Finding("missing-themes"))
    return tuple(names)


def _is_code(name: str) -> bool:
    return len(name) == 2 and is_country(name)


def _renamed(labels: Iterable[str], rules: Rules) -> Iterable[str]:
    for label in labels:
        yield from rules.renames.get(fold(label), (label,)) if rules.renames else (label,)


def _span(listing: Listing, codes: tuple[str, ...], rules: Rules, doubts: list[Finding]) -> Timespan | None:
    start, end = listing.start, listing.end
    if start.time is None:
        last = end.date if end is not None else start.date
        if last < start.date:
            doubts.append(Finding("end-before-start", f"{start.date} to {last}"))
        return Timespan.of_days(start.date, max(last, start.date))
    start, end = _valued(start, codes, rules), end and _valued(end, codes, rules)
    if rules.default_zone and codes == rules.countries and start.zone is None and start.offset is None:
        # The source's own zone says more than the country it gives to events that name none.
        start = replace(start, zone=rules.default_zone)
    placement = zones.resolve_zone(start, codes, rules.default_zone)
    if placement is None:
        return None
    begins, skipped = zones.instant(start, placement)
    ends = None
    if end is not None:
        own_clock = end.zone is not None or (end.offset is not None and not end.standard_label)
        end_clock = (zones.resolve_zone(end, codes, rules.default_zone) if own_clock else None) or placement
        after = end
        if end.time is None:
            after = replace(end, date=end.date + DAY, time=time())
            doubts.append(Finding("end-without-time", f"{end.date}"))
        ends = zones.instant(after, end_clock)[0].astimezone(placement.tz)
    ends, end_doubt = resolve_end(begins, ends, rules.placeholders)
    doubts.extend(doubt for doubt in (skipped, end_doubt) if doubt is not None)
    if placement.doubt is not None:
        doubts.append(Finding(placement.doubt, listing.listed))
    return Timespan.timed(begins, ends, placement.zone)


def _valued(stated: Stated, codes: tuple[str, ...], rules: Rules) -> Stated:
    return zones.at_home(zones.valued(stated, rules.times), codes, rules.default_zone)


def resolve_end(
    start: datetime, end: datetime | None, placeholders: Collection[time]
) -> tuple[datetime | None, Finding | None]:
    """Decide the end of a timed event. Both are aware and on the same clock, so differences are wall-clock ones.

    An end at or before the start is never blindly rolled to the next day: in every known case that is wrong. The
    hardest case is an end that the site's form made up (5:30am is the epoch in India): a placeholder.

    Which one comes first is asked of the instants: in the hour that a clock shows twice it may show an end before the
    start. Returns the end, None when it cannot be known, and the doubt, if any.
    """
    if end is None:
        return None, Finding("end-not-given")
    if end.astimezone(UTC) > start.astimezone(UTC):
        if end - start <= PROBABLE_LENGTH:
            return end, None
        # Shown on the first day, until the clock time of the end, or for an hour.
        closing = datetime.combine(start.date(), end.time(), end.tzinfo)
        shown = closing if closing > start else start + timedelta(hours=1)
        return shown, Finding("improbable-length", f"{end:%Y-%m-%d %H:%M}")
    stated = f"{start:%H:%M} to {end:%H:%M}"
    if end.date() == start.date():
        if end.time() in placeholders:
            return None, Finding("end-not-given", stated)
        if start.time() >= EVENING and end + DAY - start <= LONGEST_NIGHT:
            return end + DAY, Finding("end-next-day", stated)
        if start < end + HALF_DAY <= start + LONGEST_SLIP:
            return end + HALF_DAY, Finding("end-meridiem-corrected", stated)
    return None, Finding("end-before-start", stated)


def _line(text: str, most: int, doubts: list[Finding]) -> str:
    return _limited(clean_line(text), most, doubts)


def _limited(text: str, most: int, doubts: list[Finding]) -> str:
    if len(text) <= most:
        return text
    doubts.append(Finding("text-cut", f"{len(text)} characters, {most} kept: {text[:60]}"))
    return cut(text, most)


def _link(link: str | None, doubts: list[Finding]) -> str | None:
    if not link:
        return None
    safe = safe_url(link)
    if safe is None:
        doubts.append(Finding("unsafe-link", cut(clean_line(link), 120)))
    return safe


def untitled(name: str, codes: tuple[str, ...], unknown: tuple[str, ...] = ()) -> str:
    """The name of an event without a title: "Open Gov Week event in Argentina, Armenia and Uruguay"."""
    names = [country_name(code) for code in codes if code != OTHER] + list(unknown)
    if not names:
        return f"{name} event"
    listed = ", ".join(names[:-1])
    return f"{name} event in {listed} and {names[-1]}" if listed else f"{name} event in {names[-1]}"
