"""The sentence under a calendar's title: what is on now, what comes next, or that nothing does. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from feedsvc.web.viewmodels.figures import Figures
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.nearness import capital, far_distance

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
