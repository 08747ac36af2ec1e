"""Rows of an agenda: an event on one of its days, with its marks, in words. Pure: records and words in, values out.

The hardest case is an event of several days: it has a row on each of them that says which day it is, and the last one
when it ends. One past midnight has a row on its first day and says on which day it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from feedsvc.core.countries import zones_of
from feedsvc.core.findings import Grade, sentences
from feedsvc.core.model import Record
from feedsvc.core.timespan import clock_of
from feedsvc.web.viewmodels.agenda import EventView, event_view
from feedsvc.web.viewmodels.figures import Item, shown_until
from feedsvc.web.viewmodels.i18n import Words, moment_distance

MOVED_DAYS = 14
"""How long an event that moved says so in lists."""
THEMES_SHOWN = 2
LEAST_DIFFERENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Row:
    """An event on a day. `number` of `days` where it lasts several; `ends` names the day a night ends on.

    `soon` is "now", "in 40 min" or empty; `rule` says how often a series comes; `second` is the line under the title,
    without what a script adds; `was` is the old time of an event that moved of late.
    """

    view: EventView
    start: str
    end: str
    ends: str
    number: int
    days: int
    until: str
    soon: str
    is_now: bool
    is_over: bool
    is_tentative: bool
    was: str
    rule: str
    second: str
    lang: str | None
    doubts: tuple[str, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes rows. `countries_first`: rows name their countries, because several are chosen."""

    words: Words
    now: datetime
    default_length: timedelta
    countries_first: bool

    def row(self, item: Item, record: Record, day: date) -> Row:
        """The row of an event on one of its days."""
        words, span = self.words, record.event.span
        view = event_view(record, words, self.default_length)
        last, number = shown_until(record), (day - span.first_day).days + 1
        days = (last - span.first_day).days + 1
        overnight = not span.all_day and days == 1 and span.last_day > span.first_day
        end = span.local_end
        soon = moment_distance(record, self.now, self.default_length, words)
        is_now = span.start <= self.now < span.ends(self.default_length)
        return Row(
            view=view,
            start="" if span.all_day else words.clock(span.local_start),
            end="" if span.all_day or end is None else words.clock(end),
            ends=words.text("ends %(day)s", day=words.short_weekday(span.last_day)) if overnight else "",
            number=number,
            days=days,
            until=words.text("until %(day)s", day=words.day_name(last)) if days > 1 and number in (1, days - 1) else "",
            soon=soon if day == span.local(self.now).date() or is_now else "",
            is_now=is_now and not view.cancelled,
            is_over=span.ends(self.default_length) <= self.now,
            is_tentative=view.tentative,
            was=view.was
            if (record.moved_at is not None and self.now - record.moved_at <= timedelta(days=MOVED_DAYS))
            and not view.cancelled
            else "",
            rule=rule_words(item, words),
            second=self._second(view, record, item),
            lang=view.lang,
            doubts=doubts(record, words, self.default_length),
            offset=span.offset_minutes,
        )

    def _second(self, view: EventView, record: Record, item: Item) -> str:
        words = self.words
        parts = [rule_words(item, words), words.text("end not given") if record.event.span.end is None else ""]
        if self.countries_first:
            parts.append(words.listed([country.label for country in view.countries]))
        themes = [theme.label for theme in view.themes]
        told = ", ".join(themes[:THEMES_SHOWN])
        if len(themes) > THEMES_SHOWN:
            told = words.text("%(themes)s and %(count)s more", themes=told, count=len(themes) - THEMES_SHOWN)
        return " · ".join(part for part in (*parts, *view.places, view.location, told) if part)


def doubts(record: Record, words: Words, default_length: timedelta) -> tuple[str, ...]:
    """The sentences for a row: only where somebody could come at the wrong hour or day.

    That a place of several clocks was given none is told in a row only where several countries are named: within one
    country the first clock is by far the likeliest.
    """
    shown = words.duration(default_length)
    told = [
        words.text(one.text, length=shown, **one.values)
        for one in sentences(record.event)
        if one.grade is Grade.DOUBT and one.code != "missing-offset"
    ]
    other = other_clock(record, words)
    return (*told, other) if other else tuple(told)


def other_clock(record: Record, words: Words) -> str:
    """What else the time of an event of several countries may mean, where no clock was stated; empty for others."""
    event, span = record.event, record.event.span
    if len(event.countries) < 2 or span.all_day or "missing-offset" not in event.codes or span.zone is None:
        return ""
    for code in event.countries[1:]:
        zones = zones_of(code)
        other = span.local_start.replace(tzinfo=clock_of(zones[0])) if zones else span.local_start
        if abs(other - span.local_start) >= LEAST_DIFFERENCE:
            return words.text(
                "May be another clock: %(count)s countries are named. If %(city)s was meant, it begins at %(time)s.",
                count=words.spelled(len(event.countries)),
                city=words.city(zones[0]),
                time=words.clock(span.local(other)),
            )
    return ""


def rule_words(item: Item, words: Words, *, lower: bool = True) -> str:
    """ "every Tuesday", "every day", "12 dates"; empty for a single event."""
    if item.rule == "weekly":
        day = item.next.event.span.first_day
        weekday = words.weekday(day)
        return (
            words.text("every %(weekday)s", weekday=weekday)
            if lower
            else words.text("Every %(weekday)s", weekday=weekday)
        )
    if item.rule == "daily":
        return words.text("every day") if lower else words.text("Every day")
    if item.rule:
        return words.plural("%(count)s date", "%(count)s dates", len(item.records))
    return ""
