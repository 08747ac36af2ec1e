"""The colours of the configuration as a stylesheet: the service's own and one for each theme, for paper and for dark.

A configured colour may be too pale to read or too dark to see; it is made darker or lighter until it keeps the contrast
that WCAG 2.2 §1.4.3 asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from colorsys import hls_to_rgb, rgb_to_hls

PAPER = "#fbfaf7"
NIGHT = "#15191c"
READABLE = 4.6
"""Contrast against the page: a little more than 4.5, because colours are rounded."""
BRIGHT = 7.0
"""Contrast in the dark, where the least that is allowed looks dull."""
CALM = 0.5
"""Saturation of a colour that had to be made lighter: what is deep on paper would glare in the dark."""
STEPS = 40

Color = tuple[float, float, float]


def stylesheet(brand: str, colors: Mapping[str, str]) -> str:
    """CSS for the service's colour and for the themes' colours, by slug."""
    rows = [(":root", "brand", brand), *((f".t-{slug}", "t", color) for slug, color in sorted(colors.items()))]
    day = _rules(rows, PAPER)
    night = _rules(rows, NIGHT, BRIGHT)
    return f"{day}@media (prefers-color-scheme:dark){{{night}}}\n"


def _rules(rows: Iterable[tuple[str, str, str]], background: str, ratio: float = READABLE) -> str:
    return "".join(f"{selector}{{--{name}:{readable(color, background, ratio)}}}" for selector, name, color in rows)


def readable(color: str, background: str, ratio: float = READABLE) -> str:
    """The colour as #rrggbb, made darker or lighter until its contrast against the background is at least `ratio`."""
    hue, lightness, saturation = rgb_to_hls(*_parse(color))
    ground_is_light = _luminance(_parse(background)) > 0.4
    if contrast(color, background) >= ratio:
        return color
    calm = saturation if ground_is_light else min(saturation, CALM)
    goal = 0.0 if ground_is_light else 1.0
    shades = (lightness + (goal - lightness) * step / STEPS for step in range(1, STEPS + 1))
    found = ("#" + "".join(f"{round(part * 255):02x}" for part in hls_to_rgb(hue, shade, calm)) for shade in shades)
    return next(shade for shade in found if contrast(shade, background) >= ratio)


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(_parse(one)), _luminance(_parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _parse(color: str) -> Color:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(color: Color) -> float:
    red, green, blue = (float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4) for part in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
