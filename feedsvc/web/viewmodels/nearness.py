"""Distances in time as people say them: tomorrow, in 3 days, in 40 min, in 14 weeks. Pure; given the moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from feedsvc.core.model import Record
from feedsvc.core.timespan import DAY
from feedsvc.web.viewmodels.i18n import Words

DAYS_NAMED = 6
"""Up to so many days ahead a distance is given in days beside a date."""
WEEKS_FROM_DAYS = 21


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def day_word(day: date, today: date, words: Words) -> str:
    """ "today", "tomorrow", "yesterday", or empty."""
    named = {0: words.text("today"), 1: words.text("tomorrow"), -1: words.text("yesterday")}
    return named.get((day - today).days, "")


def day_distance(day: date, today: date, words: Words, most: int = DAYS_NAMED) -> str:
    """ "today", "in 3 days", up to `most` days ahead; empty for other days."""
    days = (day - today).days
    if word := day_word(day, today, words):
        return word
    return words.plural("in %(count)s day", "in %(count)s days", days) if 1 < days <= most else ""


def far_distance(day: date, today: date, words: Words) -> str:
    """ "tomorrow", "in 3 days", "in 14 weeks"; empty for days before yesterday."""
    days = (day - today).days
    if word := day_word(day, today, words):
        return word
    if days >= WEEKS_FROM_DAYS:
        return words.plural("in %(count)s week", "in %(count)s weeks", round(days / 7))
    return words.plural("in %(count)s day", "in %(count)s days", days) if days > 0 else ""


def moment_distance(record: Record, now: datetime, default_length: timedelta, words: Words) -> str:
    """ "now", "in 40 min", "in 3 h" for a timed event of the next 24 hours; empty for others."""
    span = record.event.span
    if span.all_day:
        return ""
    if span.start <= now < span.ends(default_length):
        return words.text("now")
    if not now < span.start < now + DAY:
        return ""
    minutes = -(-int((span.start - now).total_seconds()) // 60)
    if minutes < 60:
        return words.text("in %(minutes)s min", minutes=minutes)
    return words.text("in %(hours)s h", hours=round(minutes / 60))
