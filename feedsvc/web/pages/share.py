"""Contents of a calendar's share page: link, badge, button, agenda for a site, QR code, poster, who fetches it.

Programs by day over a month, as curves and a table. Numbers are programs, never people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape

from feedsvc.core.user_agents import FAMILIES, Family, family_named
from feedsvc.services.bundles import NamedFeed
from feedsvc.services.subscribers import day_of
from feedsvc.store.counts import DayCount
from feedsvc.web.embed.routes import Look, embed_code, embed_path
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.i18n import LOCALES, Words, words

BUTTON = "background:{color};color:#fff;padding:12px 20px;border-radius:6px;font-weight:600;text-decoration:none"


@dataclass(frozen=True, slots=True)
class SharePage:
    """Everything the template needs. `sentences` are (language, sentence); codes are HTML to copy."""

    path: str
    name: str
    address: str
    sentences: tuple[tuple[str, str], ...]
    badge: str
    badge_code: str
    button_words: str
    button_code: str
    embed: str
    embed_code: str
    usual: dict[str, str | int]
    fetches: Fetches


def share_page(builder: PageBuilder, named: NamedFeed, told: Words, now: datetime) -> SharePage:
    """The share page of a feed or bundle."""
    path, address = named.path, builder.addresses.absolute(named.path)
    name = named.title if named.is_bundle else builder.name(named.spec, told)
    embed = embed_path(path, Look(lang=told.language))
    alternative = told.text("%(name)s in your calendar", name=name)
    button = told.text("Add %(name)s to my calendar", name=name)
    badge = f"{path}/badge.svg" + ("" if told.language == "en" else f"?lang={told.language}")
    style = BUTTON.format(color=builder.site.color)
    with builder.runtime.store.read() as snapshot:
        counted = snapshot.counts.of(path, day_of(now) - DAYS)
    return SharePage(
        path=path,
        name=name,
        address=address,
        sentences=tuple((code, sentence(builder, named, words(code))) for code in LOCALES),
        badge=badge,
        badge_code=(
            f'<a href="{escape(address)}"><img src="{escape(builder.addresses.absolute(badge))}" '
            f'height="36" alt="{escape(alternative)}"></a>'
        ),
        button_words=button,
        button_code=f'<a href="{escape(address)}#subscribe" style="{style}">{escape(button)}</a>',
        embed=embed,
        embed_code=embed_code(builder.addresses.absolute(embed), f"{builder.site.name} · {name}"),
        usual=asdict(Look()),
        fetches=fetches(counted, told, now),
    )


def sentence(builder: PageBuilder, named: NamedFeed, told: Words) -> str:
    """A sentence for a mail or a post, with the address."""
    values = {"site": builder.site.name, "address": builder.addresses.absolute(named.path)}
    if not named.spec.wanted and not named.is_bundle:
        return told.text("Every event of %(site)s, in your own calendar: %(address)s", **values)
    name = named.title if named.is_bundle else builder.name(named.spec, told)
    return told.text("Every event of %(site)s in %(name)s, in your own calendar: %(address)s", name=name, **values)


DAYS = 30
WIDTH, HEIGHT = 600, 100
SMALL_WIDTH, SMALL_HEIGHT = 100, 24
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Program:
    """A program with its curve (points of an SVG polyline), or, if it fetches `for_many`, when it last did."""

    name: str
    for_many: bool
    fetched: str
    points: str
    last_7_days: int
    last_30_days: int


@dataclass(frozen=True, slots=True)
class Fetches:
    """The month in one sentence, the curve of all programs that fetch for one person, and each program."""

    sentence: str
    points: str
    area: str
    last: int
    last_y: float
    top: int
    days: tuple[str, str, str]
    programs: tuple[Program, ...]


def fetches(rows: Iterable[DayCount], words: Words, now: datetime) -> Fetches:
    """From the days and families that the store counted."""
    last = day_of(now) - 1
    days = range(last - DAYS + 1, last + 1)
    by_family: defaultdict[Family, dict[int, DayCount]] = defaultdict(dict)
    for row in rows:
        by_family[family_named(row.family)][row.day] = row
    own = {family: found for family, found in by_family.items() if not family.for_many}
    totals = [sum(found[day].fetchers for found in own.values() if day in found) for day in days]
    top = _round_up(max(totals, default=0))
    points = curve(totals, WIDTH, HEIGHT, top)
    return Fetches(
        sentence=_sentence(totals, words),
        points=points,
        area=f"0,{HEIGHT} {points} {WIDTH},{HEIGHT}",
        last=totals[-1],
        last_y=round(HEIGHT - HEIGHT * totals[-1] / top, 1),
        top=top,
        days=tuple(
            words.skeleton("MMMd", datetime.combine(_EPOCH + timedelta(days=day), datetime.min.time(), UTC))
            for day in (days[0], days[DAYS // 2], days[-1])
        ),  # type: ignore[arg-type]
        programs=tuple(
            _program(family, by_family[family], days, words, now) for family in FAMILIES if family in by_family
        ),
    )


def curve(values: list[int], width: int, height: int, top: int) -> str:
    """The points of a polyline through the values, from left to right."""
    step = width / max(1, len(values) - 1)
    return " ".join(f"{n * step:.1f},{height - height * value / top:.1f}" for n, value in enumerate(values))


def _program(family: Family, found: Mapping[int, DayCount], days: range, words: Words, now: datetime) -> Program:
    values = [found[day].fetchers if day in found else 0 for day in days]
    everything = [row.fetchers for row in found.values()]
    week = [row.fetchers for day, row in found.items() if day > days[-1] - 6]
    return Program(
        name=words.text(family.name),
        for_many=family.for_many,
        fetched=words.ago(now - max(row.fetched_at for row in found.values())),
        points=curve(values, SMALL_WIDTH, SMALL_HEIGHT, max(values) or 1),
        last_7_days=max(week, default=0),
        last_30_days=max(everything),
    )


def _sentence(totals: list[int], words: Words) -> str:
    yesterday, before = totals[-1], totals[0]
    if not any(totals):
        return words.text("No calendar program has fetched it in the last 30 days.")
    told = words.plural(
        "%(count)s program fetched this calendar yesterday",
        "%(count)s programs fetched this calendar yesterday",
        yesterday,
    )
    if before and yesterday >= 2 * before:
        times = words.spelled(yesterday // before)
        return words.text("%(told)s, %(times)s times as many as a month ago.", told=told, times=times)
    return words.text("%(told)s; a month ago it was %(before)s.", told=told, before=words.number(before))


def _round_up(value: int) -> int:
    """The least of 4, 8, 20, 40, 80, 200, 400 … that is not less."""
    step = 1
    while True:
        for top in (4, 8, 20):
            if top * step >= value:
                return top * step
        step *= 10
