"""A calendar's poster: one A4 sheet as a drawing in millimetres, so that every printer makes one sheet of it.

From the top: site and span, the name as wide as the sheet, the days as columns, the count beside the map, the QR code
where a hand reaches. Nothing is clipped: each text is set to the width it was given, and what does not fit is left
out, first the bars, then the map.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedsvc.services.bundles import NamedFeed
from feedsvc.web.images.badge import width_of
from feedsvc.web.pages.feed import PageBuilder
from feedsvc.web.viewmodels.figures import Figures, busiest
from feedsvc.web.viewmodels.i18n import Words
from feedsvc.web.viewmodels.tilemap import COLUMNS, parts

PT = 0.3528
"""Millimetres of a point."""
LEFT, WIDTH, TOP, BOTTOM = 14.0, 182.0, 14.0, 283.0
NAME_MOST, NAME_BROKEN, NAME_LINES = 226 * PT, 80 * PT, 3
BAR_MOST = 10.0
MAP_WIDTH, QR_SIZE = 80.0, 63.0
LIT = 1.9


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: its baseline, size and width in millimetres; `kind` is the class of its style."""

    x: float
    y: float
    size: float
    text: str
    kind: str
    width: float
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in millimetres; `kind` is the class of its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Poster:
    """Everything the template needs."""

    path: str
    title: str
    texts: tuple[Text, ...]
    boxes: tuple[Box, ...]
    qr: str
    qr_y: float


def poster(builder: PageBuilder, named: NamedFeed, words: Words, now: datetime) -> Poster:
    """The poster of a feed; a bundle's shows the bundle's name."""
    figures = builder.figures(named.spec, now)
    name = named.title if named.is_bundle else builder.name(named.spec, words)
    sheet = _Sheet(words)
    span = figures.span
    sheet.head(builder.site.name, words.span(span.first, span.last) if span else "")
    sheet.name(name)
    with_bars = sheet.room(QR_SIZE + 6 + MAP_WIDTH * 0.76) > 43
    sheet.days(figures, with_bars=with_bars)
    chosen = frozenset(named.spec.by_dimension.get("country", ()))
    busy = frozenset(
        builder.figures(named.spec if not chosen else named.spec.without_group("country"), now).counts(
            builder.dimensions["country"]
        )
    )
    sheet.count(figures, chosen, busy)
    sheet.foot(builder.addresses.absolute(named.path).partition("://")[2])
    return Poster(
        named.path, named.title, tuple(sheet.texts), tuple(sheet.boxes), f"/qr{named.path}.svg", BOTTOM - QR_SIZE
    )


class _Sheet:
    """A sheet that is filled from the top; `y` is how far."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.texts: list[Text] = []
        self.boxes: list[Box] = []
        self.y = TOP

    def room(self, reserved: float) -> float:
        """Millimetres left above what is reserved at the foot."""
        return BOTTOM - reserved - self.y

    def write(
        self, x: float, y: float, size: float, text: str, kind: str, most: float = WIDTH, anchor: str = "start"
    ) -> None:
        """A line of text, made smaller where it would be wider than `most`."""
        width = width_of(text, size)
        if width > most:
            size, width = size * most / width, most
        self.texts.append(Text(x, y, size, text, kind, width, anchor))

    def rule(self, y: float) -> None:
        """A thick line over the whole width."""
        self.boxes.append(Box(LEFT, y, WIDTH, 0.7, "ink"))

    def head(self, site: str, span: str) -> None:
        """Site and span, 24 pt."""
        self.write(LEFT, self.y + 7, 24 * PT, site, "bold", WIDTH * 0.48)
        self.write(LEFT + WIDTH, self.y + 7, 24 * PT, span, "bold figures brand", WIDTH * 0.48, "end")
        self.y += 10.5
        self.rule(self.y)
        self.y += 4

    def name(self, name: str) -> None:
        """The name, as wide as the sheet; long ones in up to three lines."""
        size = min(NAME_MOST, WIDTH / width_of(name, 1))
        lines = [name]
        if size < NAME_BROKEN:
            lines = broken(name, NAME_LINES)
            size = min(NAME_BROKEN, WIDTH / max(width_of(line, 1) for line in lines))
        for line in lines:
            self.y += size * (0.8 if line is lines[0] else 1.02)
            self.write(LEFT, self.y, size, line, "bold")
        self.y += size * 0.22 + 4
        self.rule(self.y)
        self.y += 2

    def days(self, figures: Figures, *, with_bars: bool) -> None:
        """The days as columns."""
        days = busiest(figures)
        most = max((figures.by_day.get(day, 0) for day in days), default=0)
        column = WIDTH / 7
        for n, day in enumerate(days):
            x, count = LEFT + n * column, figures.by_day.get(day, 0)
            if n:
                self.boxes.append(Box(x - 2.5, self.y + 1, 0.2, 40 if with_bars else 30, "line"))
            self.write(x, self.y + 6, 17 * PT, self.words.short_weekday(day), "figures", column - 3)
            self.write(x, self.y + 21, 46 * PT, str(day.day), "bold figures", column - 3)
            bar = BAR_MOST * count / most if with_bars and most else 0
            if bar:
                self.boxes.append(Box(x, self.y + 23 + BAR_MOST - bar, column - 5, bar, "brand"))
            told = self.words.plural("%(count)s event", "%(count)s events", count)
            self.write(x, self.y + (39 if with_bars else 28), 15 * PT, told, "figures", column - 3.5)
        if days:
            self.y += 43 if with_bars else 32

    def count(self, figures: Figures, chosen: frozenset[str], busy: frozenset[str]) -> None:
        """The count in words beside the map; without the map where there is no room for it."""
        height = MAP_WIDTH * 0.76
        with_map = self.room(QR_SIZE + 4) >= height
        counted = figures.span.events if figures.span and not figures.past else 0
        told = (
            self.words.plural(
                "%(count)s event, in your own calendar", "%(count)s events, in your own calendar", counted
            )
            if counted
            else self.words.text("Every event, in your own calendar")
        )
        lines = broken(told, 3 if with_map else 2)
        middle = self.y + self.room(QR_SIZE + 4) / 2 - len(lines) * 34 * PT * 0.55
        for n, line in enumerate(lines):
            self.write(
                LEFT,
                middle + (n + 0.85) * 34 * PT * 1.08,
                34 * PT,
                line,
                "bold",
                WIDTH - MAP_WIDTH - 12 if with_map else WIDTH,
            )
        if with_map:
            self._map(self.y + max(0.0, (self.room(QR_SIZE + 4) - height) / 2), chosen, busy)
        self.rule(BOTTOM - QR_SIZE - 5)

    def _map(self, top: float, chosen: frozenset[str], busy: frozenset[str]) -> None:
        step, left = MAP_WIDTH / COLUMNS, LEFT + WIDTH - MAP_WIDTH
        lit = []
        for part in parts():
            for square in part.squares:
                x, y = left + (part.column + square.column - 2) * step, top + (part.row + square.row - 2) * step
                kind = "soft" if square.country in busy else "wash"
                self.boxes.append(Box(x, y, step * 0.82, step * 0.82, kind))
                if square.country in chosen:
                    grown = step * 0.82 * LIT
                    lit.append(Box(x - (grown - step * 0.82) / 2, y - (grown - step * 0.82) / 2, grown, grown, "brand"))
        self.boxes += lit

    def foot(self, address: str) -> None:
        """Beside the QR code what to do with it, and the address."""
        x, most = LEFT + QR_SIZE + 12, WIDTH - QR_SIZE - 12
        told = self.words.text(
            "Point your phone’s camera here and press one button. When an event moves, it moves in your calendar."
        )
        size = 21 * PT
        lines = broken(told, max(1, round(width_of(told, size) / most + 0.6)))
        y = BOTTOM - 3 - 14 - (len(lines) - 1) * size * 1.3
        if y > BOTTOM - QR_SIZE:
            for n, line in enumerate(lines):
                self.write(x, y + n * size * 1.3, size, line, "plain", most)
        self.write(x, BOTTOM - 3, 21 * PT, address, "bold figures brand", most)


def broken(text: str, most: int) -> list[str]:
    """The text in at most `most` lines of about the same width, broken at spaces."""
    words = text.split(" ")
    goal = width_of(text, 1) / most
    lines = [words[0]]
    for word in words[1:]:
        fits = width_of(f"{lines[-1]} {word}", 1) <= goal * 1.12
        if fits or len(lines) == most:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines
