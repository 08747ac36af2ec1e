"""Drawing the picture that a shared link shows: a large date, a title, a line or two. Pure: words in, PNG bytes out.

The font comes with a package (Source Sans, which has Latin, Greek and Cyrillic letters), so the picture is the same on
every machine. The hardest case is a title in letters the font lacks: boxes instead of letters would tell nothing, so
who calls asks `can_draw` first and has other words ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from unicodedata import category

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 1200, 630
PAPER, INK, QUIET = "#fbfaf7", "#1c2226", "#5b646b"
MAX_TITLE = 300
"""Characters of a title that are drawn at all."""

_LEFT, _TOP, _EDGE, _BAND = 72, 64, 72, 24
_MAP_LEFT, _MAP_TOP, _STEP = 616, 160, 20.6  # the map of 25 columns and 19 rows
_WASH = "#e9e6dd"
_BODY = 340  # where title and lines begin, right of the date
_TITLE_SIZES = ((84, 3), (68, 4), (56, 5))
"""Sizes in pixels and how many lines of each there is room for; the first that holds the whole title is taken."""
_COLORS = 64

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class Picture:
    """Contents of a picture. `day` is a large figure over `month`; both may be empty. `colors` (#rrggbb) fill the band.

    `mark` stands before the title in `mark_color`, for example "Cancelled". `squares` draw a map of the world at the
    right: column and row from 0, and how it is lit: 0 not, 1 softly, 2 larger and in the brand's colour.
    """

    site_name: str
    title: str
    lines: tuple[str, ...]
    day: str
    month: str
    host: str
    brand: str
    colors: tuple[str, ...]
    mark: str = ""
    mark_color: str = "#9b2c1f"
    squares: tuple[tuple[int, int, int], ...] = ()


def draw(picture: Picture) -> bytes:
    """The picture as PNG, 1200 × 630 as Open Graph wants it."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    # A stripe at the left edge, shared by the colours.
    colors = picture.colors or (picture.brand,)
    share = HEIGHT / len(colors)
    for number, color in enumerate(colors):
        pen.rectangle((0, round(number * share), _BAND, round((number + 1) * share)), color)
    host, small = drawable(picture.host), _font("Semibold", 30)
    pen.text((WIDTH - _EDGE, _TOP), host, picture.brand, small, anchor="rs")
    room = WIDTH - _EDGE - _LEFT - round(small.getlength(host)) - 40
    name = wrapped(drawable(picture.site_name), _font("Bold", 36), max(room, 40), 1)[0]
    pen.text((_LEFT, _TOP), name, INK, _font("Bold", 36), anchor="ls")
    pen.rectangle((_LEFT, _TOP + 24, WIDTH - _EDGE, _TOP + 27), INK)
    left = _LEFT
    if picture.day:
        left = _BODY
        pen.text((_LEFT - 6, 270), picture.day, INK, _font("Bold", 190), anchor="ls")
        for number, line in enumerate(picture.month.split("\n")):
            pen.text((_LEFT, 322 + 42 * number), line, QUIET, _font("Regular", 36), anchor="ls")
    _draw_words(pen, picture, left, WIDTH - _EDGE if not picture.squares else _MAP_LEFT - 24)
    # The large ones lie over their neighbours.
    for column, row, lit in sorted(picture.squares, key=lambda one: one[2]):
        grown = _STEP * (0.82 if lit < 2 else 0.82 * 1.9)
        x, y = (start + (at + 0.41) * _STEP - grown / 2 for start, at in ((_MAP_LEFT, column), (_MAP_TOP, row)))
        color = (_WASH, _mixed(picture.brand), picture.brand)[lit]
        pen.rounded_rectangle((x, y, x + grown, y + grown), 3, color)
    png = BytesIO()
    few = image.quantize(_COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(png, "PNG", compress_level=6)
    return png.getvalue()


def _mixed(brand: str) -> str:
    """A third of the colour on paper."""
    parts = zip((brand[at : at + 2] for at in (1, 3, 5)), (PAPER[at : at + 2] for at in (1, 3, 5)), strict=True)
    return "#" + "".join(f"{round(int(one, 16) * 0.34 + int(paper, 16) * 0.66):02x}" for one, paper in parts)


def _draw_words(pen: ImageDraw.ImageDraw, picture: Picture, left: int, right: int) -> None:
    y = 130.0
    if picture.mark:
        pen.text((left, y + 30), picture.mark, picture.mark_color, _font("Bold", 36), anchor="ls")
        y += 44
    size, lines = _fitted(picture.title, right - left)
    for line in lines:
        y += size * 1.12
        pen.text((left, y), line, INK, _font("Semibold", size), anchor="ls")
    y += 12
    for line in picture.lines:
        y += 52
        cut = wrapped(drawable(line), _font("Regular", 36), right - left, 1)[0]
        pen.text((left, y), cut, QUIET, _font("Regular", 36), anchor="ls")


def _fitted(title: str, width: int) -> tuple[int, list[str]]:
    """The size at which a title fits, and its lines; at the smallest size the rest becomes "…"."""
    text = drawable(title[:MAX_TITLE])
    for size, room in _TITLE_SIZES:
        lines = wrapped(text, _font("Semibold", size), width, room)
        if not lines[-1].endswith("…") or text.endswith("…"):
            break
    return size, lines


def wrapped(text: str, font: Font, width: int, most: int) -> list[str]:
    """The text in at most `most` lines of `width` pixels, broken between words, or within a word that is longer."""
    lines: list[str] = []
    rest = text.split(" ")
    while rest and len(lines) < most:
        line = rest.pop(0)
        if font.getlength(line) > width:
            fits = next(length for length in range(len(line) - 1, -1, -1) if font.getlength(line[:length]) <= width)
            rest.insert(0, line[max(1, fits) :])
            line = line[: max(1, fits)]
        while rest and font.getlength(f"{line} {rest[0]}") <= width:
            line = f"{line} {rest.pop(0)}"
        lines.append(line)
    if rest:
        last = lines[-1]
        while last and font.getlength(f"{last}…") > width:
            last = last[:-1]
        lines[-1] = f"{last.rstrip()}…"
    return lines or [""]


def can_draw(text: str) -> bool:
    """Return True if the font has every letter and digit of a text. Signs it lacks, such as emoji, can be left out."""
    return all(_has(character) for character in text[:MAX_TITLE] if category(character)[0] in "LN")


def drawable(text: str) -> str:
    """The text without what the font lacks."""
    return " ".join("".join(character for character in text if _has(character)).split())


@lru_cache(maxsize=8192)
def _has(character: str) -> bool:
    """Return True if the font has a glyph of its own for a character."""
    if character == " ":
        return True
    font = _font("Regular", 24)
    return category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn") and bytes(font.getmask(character)) != _missing()


@lru_cache(maxsize=1)
def _missing() -> bytes:
    """Bitmap that the font draws for a missing character."""
    return bytes(_font("Regular", 24).getmask("\ue000"))


@lru_cache(maxsize=16)
def _font(weight: str, size: int) -> Font:
    data = files("font_source_sans_pro") / "files" / f"SourceSansPro-{weight}.ttf"
    return ImageFont.truetype(BytesIO(data.read_bytes()), size, layout_engine=ImageFont.Layout.BASIC)
