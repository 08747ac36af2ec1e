"""The days of an agenda that a page shows, the strip of days above them, what lies before and after, and the sentence
that leads to it: what is on now, what comes next, or that nothing does. Pure.

A page is filled with whole days until the next one would make it more than 60 rows; it has at least one day. The
hardest case is a day with more rows than a page may have: it is cut at a clock time and goes on there, or, where
more than a page begin at one time, after a number of rows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from feedsvc.core.model import Record
from feedsvc.core.text import clean_line
from feedsvc.web.viewmodels.figures import Figures, Item, shown_until
from feedsvc.web.viewmodels.i18n import Words, capital, day_distance, far_distance
from feedsvc.web.viewmodels.rows import Row, RowMaker, rule_words

FULL_ROWS = 60
MAX_ROWS = 120
USUAL_DAYS = 3
"""Days of a week with events, below which the strip shows the next dates instead of a week."""
AT = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)[:.]?(\d\d)|~(\d{1,6}))?)?)?")
"""A year, month or day; of a day the clock time from which it goes on, or the number of its rows that are left out."""

Happening = tuple[Item, Record]


@dataclass(frozen=True, slots=True)
class DayGroup:
    """A day of the agenda. `near` is Today, Tomorrow, in 3 days; `later` continues it where it was cut."""

    day: date
    events: int
    near: str
    several: tuple[Row, ...]
    earlier: tuple[Row, ...]
    rows: tuple[Row, ...]
    later: str = ""

    @property
    def anchor(self) -> str:
        """The day's id on its page."""
        return f"day-{self.day.isoformat()}"


@dataclass(frozen=True, slots=True)
class StripDay:
    """A day of the strip. `at` leads there, empty for a day without events; `month` is named where it changes."""

    day: date
    events: int
    here: bool
    is_today: bool
    month: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A day before or after the page: a link to it with its count."""

    at: str
    day: date
    events: int


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A series above the strip: its rule and next date in words, beside a row of its next occurrence."""

    row: Row
    rule: str
    next: str


@dataclass(frozen=True, slots=True)
class AgendaPage:
    """Everything that the agenda's template needs. `heading` is the span of the strip in words."""

    heading: str
    days: tuple[DayGroup, ...]
    strip: tuple[StripDay, ...]
    series: tuple[SeriesRow, ...]
    before: Step | None
    after: Step | None
    week_before: str
    week_after: str
    last_day: date | None
    zones: tuple[str, ...]
    cities: tuple[str, ...]
    rows: int
    is_as_listed: bool = False


def agenda_page(figures: Figures, at: str, maker: RowMaker, *, with_series: bool = True) -> AgendaPage:
    """The agenda that begins at `at` ("2027-03-04", "2027-03", "2027-03-04T14:00"), else at the main span."""
    on = _by_day(figures)
    drawn = list(figures.drawn)
    today = figures.now.date()
    series = tuple(_series_row(item, maker) for item in figures.items if item.rule) if with_series else ()
    if not drawn:
        return AgendaPage("", (), (), series, None, None, "", "", None, (), (), 0)
    shown = days_shown(figures, at)
    first = shown[0]
    groups = tuple(
        _group(day, figures.by_day[day], on.get(day, []), maker, today, at if day == first else "") for day in shown
    )
    strip = _strip(shown[0], drawn, figures.by_day, set(shown), today, maker.words)
    before = [day for day in drawn if day < shown[0]]
    after = [day for day in drawn if day > shown[-1]]
    listed = {day.day for day in strip}
    rows = [row for group in groups for row in (*group.several, *group.earlier, *group.rows)]
    return AgendaPage(
        heading=maker.words.span(strip[0].day, strip[-1].day),
        days=groups,
        strip=strip,
        series=series,
        before=_step(before[-1], figures.by_day) if before else None,
        after=_step(after[0], figures.by_day) if after else None,
        week_before=next((day.isoformat() for day in reversed(before) if day not in listed), ""),
        week_after=next((day.isoformat() for day in after if day not in listed), ""),
        last_day=drawn[-1],
        zones=tuple(sorted({row.view.when.zone for row in rows if row.view.when.zone})),
        cities=tuple(sorted({row.view.when.place for row in rows if row.view.when.place})),
        rows=len(rows),
        is_as_listed=any("missing-offset" in row.view.record.event.codes for row in rows),
    )


def days_shown(figures: Figures, at: str) -> list[date]:
    """The days that the agenda beginning at `at` shows; `figures` have some."""
    drawn, shown, rows = list(figures.drawn), list[date](), 0
    for day in drawn[drawn.index(_begin(at, drawn, figures, figures.now.date())) :]:
        rows += figures.by_day[day]
        if shown and (rows > FULL_ROWS or rows_left_out(at)):
            break
        shown.append(day)
    return shown


def rows_left_out(at: str) -> int:
    """The number of rows of the first day that earlier pages showed."""
    asked = AT.fullmatch(at)
    return int(asked[6] or 0) if asked else 0


def _by_day(figures: Figures) -> Mapping[date, list[Happening]]:
    found: defaultdict[date, list[Happening]] = defaultdict(list)
    for item in figures.items:
        for record in item.records:
            for day in figures.days_on(record):
                found[day].append((item, record))
    return found


def _begin(at: str, drawn: list[date], figures: Figures, today: date) -> date:
    """The first day to show."""
    asked = AT.fullmatch(at)
    if asked:
        year, month, day = (int(part or 1) for part in asked.groups()[:3])
        return next((one for one in drawn if one >= date(year, month, day)), drawn[-1])
    span = figures.span
    wanted = drawn[0] if span is None else span.first
    if not figures.past and span and span.first <= today <= span.last:
        wanted = today
    return next((one for one in drawn if one >= wanted), drawn[0])


def _group(day: date, events: int, happening: list[Happening], maker: RowMaker, today: date, at: str) -> DayGroup:
    held, later = _held(day, events, sorted(happening, key=lambda one: _order(one[1])), at)
    several = tuple(maker.row(item, record, day) for item, record in held if _lasts_days(record))
    timed = [maker.row(item, record, day) for item, record in held if not _lasts_days(record)]
    is_today = day == today
    earlier = tuple(row for row in timed if is_today and row.is_over)
    return DayGroup(
        day=day,
        events=events,
        near=capital(day_distance(day, today, maker.words)),
        several=several,
        earlier=earlier if len(earlier) < len(timed) else (),
        rows=tuple(row for row in timed if row not in earlier) if len(earlier) < len(timed) else tuple(timed),
        later=later,
    )


def _held(day: date, events: int, ordered: list[Happening], at: str) -> tuple[list[Happening], str]:
    """The part of a day that a page holds, and the address at which it goes on; empty at its end.

    Of a day with very many events only those are handed over that follow the rows left out.
    """
    skip, asked = rows_left_out(at), AT.fullmatch(at)
    if len(ordered) >= events:
        ordered = ordered[skip:]
    clock = time(int(asked[4]), int(asked[5])) if asked and asked[4] and at.startswith(day.isoformat()) else time()
    held = [one for one in ordered if _lasts_days(one[1]) or _clock(one[1]) >= clock]
    if len(held) <= MAX_ROWS:
        is_cut = len(ordered) == MAX_ROWS and skip + MAX_ROWS < events
        return held, f"{day.isoformat()}~{skip + MAX_ROWS}" if is_cut else ""
    cut = _clock(held[MAX_ROWS][1])
    before = [one for one in held if _lasts_days(one[1]) or _clock(one[1]) < cut]
    if not skip and len(before) <= MAX_ROWS and not all(_lasts_days(one[1]) for one in before):
        return before, f"{day.isoformat()}T{cut:%H:%M}"
    return held[:MAX_ROWS], f"{day.isoformat()}~{skip + ordered.index(held[MAX_ROWS])}"


def _order(record: Record) -> tuple[bool, time, str, str]:
    span = record.event.span
    return not span.all_day, span.local_start.time(), record.event.summary, record.uid


def _clock(record: Record) -> time:
    return record.event.span.local_start.time()


def _lasts_days(record: Record) -> bool:
    return record.event.span.all_day or shown_until(record) > record.event.span.first_day


def _strip(
    first: date, drawn: list[date], by_day: Mapping[date, int], shown: set[date], today: date, words: Words
) -> tuple[StripDay, ...]:
    """The week of the first day; of a calendar with events on few days its next dates."""
    monday = first - timedelta(days=(first.weekday() - words.locale.first_week_day) % 7)
    week = [monday + timedelta(days=n) for n in range(7)]
    if sum(day in drawn for day in week) < USUAL_DAYS:
        at = drawn.index(first)
        week = drawn[max(0, min(at, len(drawn) - 7)) :][:7]
    return tuple(
        StripDay(
            day=day,
            events=by_day.get(day, 0),
            here=day in shown,
            is_today=day == today,
            month=words.skeleton("MMM", day) if before is None or before.month != day.month else "",
        )
        for before, day in zip([None, *week], week, strict=False)
    )


def _step(day: date, by_day: Mapping[date, int]) -> Step:
    return Step(day.isoformat(), day, by_day[day])


def _series_row(item: Item, maker: RowMaker) -> SeriesRow:
    words, day = maker.words, item.next.event.span.first_day
    near = day_distance(day, item.next.event.span.local(maker.now).date(), words)
    told = words.text("Next on %(day)s", day=words.day_name(day))
    return SeriesRow(
        row=maker.row(item, item.next, day),
        rule=rule_words(item, words, lower=False),
        next=", ".join(part for part in (told, near) if part),
    )


MAX_QUERY = 100


@dataclass(frozen=True, slots=True)
class AgendaQuery:
    """`at` is "2027", "2027-03", "2027-03-04", "2027-03-04T14:00", "2027-03-04~120" or empty; `query` is words."""

    at: str = ""
    query: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> AgendaQuery:
        """From the address; `year` is an older name of `at`."""
        asked = next((arguments[name] for name in ("year", "at") if _is_possible(arguments.get(name, ""))), "")
        return cls(asked, clean_line(arguments.get("q", ""))[:MAX_QUERY])


def _is_possible(text: str) -> bool:
    found = AT.fullmatch(text)
    if found is None:
        return False
    year, month, day, hour, minute, _skip = (int(part) if part else None for part in found.groups())
    try:
        date(year or 0, month or 1, day or 1)
        time(hour or 0, minute or 0)
    except ValueError:
        return False
    return True


NOTHING_LISTED = (
    "Nothing is listed for %(name)s so far. Subscribe all the same: the first event comes to your calendar by itself."
)
LAST_DAY = (
    "Nothing is coming at the moment; this is the last day there was. Subscribe, and the next one comes by itself."
)
LAST_DAYS = (
    "Nothing is coming at the moment; these are the last days there were. Subscribe, and the next one comes by itself."
)


@dataclass(frozen=True, slots=True)
class Lead:
    """`text` leads to the event `title` at `path`, `after` follows it; `more` leads to today's other events at `at`."""

    text: str = ""
    title: str = ""
    path: str = ""
    after: str = ""
    more: str = ""
    at: str = ""
    is_now: bool = False


def lead(figures: Figures, words: Words, default_length: timedelta, name: str) -> Lead:
    """The first sentence that fits."""
    if figures.span is None:
        return Lead(text=words.text(NOTHING_LISTED, name=name))
    if figures.past:
        return Lead(text=words.text(LAST_DAY if figures.span.first == figures.span.last else LAST_DAYS))
    return _on_now(figures, words, default_length) or _next(figures, words)


def _on_now(figures: Figures, words: Words, default_length: timedelta) -> Lead | None:
    now = figures.now
    running = [
        record
        for item in figures.items
        for record in item.records
        if not record.event.span.all_day and record.event.span.start <= now < record.event.span.ends(default_length)
    ]
    if not running:
        return None
    record = running[-1]
    span, today = record.event.span, record.event.span.local(now).date()
    others = figures.by_day.get(today, 1) - 1
    until = words.clock(span.local(span.ends(default_length)))
    return Lead(
        text=words.text("On now:"),
        title=record.event.summary,
        path=f"/event/{record.id}",
        after=words.text("until %(time)s", time=until),
        more=words.plural("%(word)s more today", "%(word)s more today", others, word=capital(words.spelled(others)))
        if others > 0
        else "",
        at=today.isoformat(),
        is_now=True,
    )


def _next(figures: Figures, words: Words) -> Lead:
    record, span = figures.items[0].next, figures.span
    own = record.event.span
    today, day = own.local(figures.now).date(), own.first_day
    is_early = span is not None and day < span.first
    soon, named = far_distance(day, today, words), words.day_name(day)
    if own.all_day:
        text = words.text("The next is %(soon)s, %(day)s:", soon=soon, day=named)
        if is_early:
            text = words.text("The first is %(soon)s, %(day)s:", soon=soon, day=named)
    else:
        clock = words.clock(own.local_start)
        text = words.text("The next is %(soon)s, %(day)s at %(time)s:", soon=soon, day=named, time=clock)
        if is_early:
            text = words.text("The first is %(soon)s, %(day)s at %(time)s:", soon=soon, day=named, time=clock)
    after = ""
    if is_early and span is not None:
        after = words.text("The week itself begins %(soon)s.", soon=far_distance(span.first, today, words))
    return Lead(text=text, title=record.event.summary, path=f"/event/{record.id}", after=after)
