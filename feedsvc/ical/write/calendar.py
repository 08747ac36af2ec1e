"""The bytes around the joined fragments of a feed: everything of a VCALENDAR but its events.

No UID here (vdirsyncer takes the first UID line for the whole file's and keeps one event of all), and no time zone:
all times are in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from feedsvc.core.text import clean_line, clean_text, safe_url
from feedsvc.ical.write.content_lines import content_line, duration, escaped

__all__ = ["PRODID", "CalendarFacts", "frame", "nearest_css_color"]

PRODID = "-//feedsvc//Calendar feeds//EN"
_OPENING = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n".encode()
_FOOT = b"END:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class CalendarFacts:
    """The properties of a feed itself.

    `url` is the address of its page, `source` its own; None where no public address is configured. `last_modified`
    is aware. `color_name` is a CSS3 name (`nearest_css_color` gives one), `color_hex` of the form #rrggbb.
    """

    name: str
    description: str
    url: str | None
    source: str | None
    last_modified: datetime
    refresh_interval: timedelta
    color_name: str
    color_hex: str


def frame(calendar: CalendarFacts) -> tuple[bytes, bytes]:
    """Head and foot (RFC 5545 §3.6, RFC 7986 §5). Raises ValueError on a colour, moment or interval that is none."""
    rgb(calendar.color_hex)
    if calendar.color_name not in CSS_COLORS:
        raise ValueError(f"colour {calendar.color_name!r} is not a CSS3 name; nearest_css_color gives one")
    if calendar.last_modified.utcoffset() is None:
        raise ValueError(f"last_modified {calendar.last_modified.isoformat()} has no zone")
    if calendar.refresh_interval <= timedelta():
        raise ValueError(f"refresh_interval {calendar.refresh_interval} is not positive")
    properties = [("NAME", name := escaped(clean_line(calendar.name))), ("X-WR-CALNAME", name)]
    if told := escaped(clean_text(calendar.description)):
        properties += [("DESCRIPTION", told), ("X-WR-CALDESC", told)]
    if url := safe_url(calendar.url):
        properties.append(("URL", url))
    if source := safe_url(calendar.source):
        properties.append(("SOURCE;VALUE=URI", source))
    interval = duration(calendar.refresh_interval)
    properties += [
        ("LAST-MODIFIED", f"{calendar.last_modified.astimezone(UTC):%Y%m%dT%H%M%SZ}"),
        ("REFRESH-INTERVAL;VALUE=DURATION", interval),
        ("X-PUBLISHED-TTL", interval),
        ("COLOR", calendar.color_name),
        ("X-APPLE-CALENDAR-COLOR", calendar.color_hex.upper()),
    ]
    return b"".join((_OPENING, *(content_line(*named) for named in properties))), _FOOT


def alone(vevents: Iterable[bytes]) -> bytes:
    """Events to add to a calendar, without the properties of a feed: with those, programs make a new calendar of it."""
    return b"".join((_OPENING, *vevents, _FOOT))


_TABLE = """
    aliceblue=f0f8ff antiquewhite=faebd7 aqua=00ffff aquamarine=7fffd4 azure=f0ffff beige=f5f5dc bisque=ffe4c4
    black=000000 blanchedalmond=ffebcd blue=0000ff blueviolet=8a2be2 brown=a52a2a burlywood=deb887
    cadetblue=5f9ea0 chartreuse=7fff00 chocolate=d2691e coral=ff7f50 cornflowerblue=6495ed cornsilk=fff8dc
    crimson=dc143c cyan=00ffff darkblue=00008b darkcyan=008b8b darkgoldenrod=b8860b darkgray=a9a9a9
    darkgreen=006400 darkgrey=a9a9a9 darkkhaki=bdb76b darkmagenta=8b008b darkolivegreen=556b2f darkorange=ff8c00
    darkorchid=9932cc darkred=8b0000 darksalmon=e9967a darkseagreen=8fbc8f darkslateblue=483d8b
    darkslategray=2f4f4f darkslategrey=2f4f4f darkturquoise=00ced1 darkviolet=9400d3 deeppink=ff1493
    deepskyblue=00bfff dimgray=696969 dimgrey=696969 dodgerblue=1e90ff firebrick=b22222 floralwhite=fffaf0
    forestgreen=228b22 fuchsia=ff00ff gainsboro=dcdcdc ghostwhite=f8f8ff gold=ffd700 goldenrod=daa520
    gray=808080 green=008000 greenyellow=adff2f grey=808080 honeydew=f0fff0 hotpink=ff69b4 indianred=cd5c5c
    indigo=4b0082 ivory=fffff0 khaki=f0e68c lavender=e6e6fa lavenderblush=fff0f5 lawngreen=7cfc00
    lemonchiffon=fffacd lightblue=add8e6 lightcoral=f08080 lightcyan=e0ffff lightgoldenrodyellow=fafad2
    lightgray=d3d3d3 lightgreen=90ee90 lightgrey=d3d3d3 lightpink=ffb6c1 lightsalmon=ffa07a lightseagreen=20b2aa
    lightskyblue=87cefa lightslategray=778899 lightslategrey=778899 lightsteelblue=b0c4de lightyellow=ffffe0
    lime=00ff00 limegreen=32cd32 linen=faf0e6 magenta=ff00ff maroon=800000 mediumaquamarine=66cdaa
    mediumblue=0000cd mediumorchid=ba55d3 mediumpurple=9370db mediumseagreen=3cb371 mediumslateblue=7b68ee
    mediumspringgreen=00fa9a mediumturquoise=48d1cc mediumvioletred=c71585 midnightblue=191970 mintcream=f5fffa
    mistyrose=ffe4e1 moccasin=ffe4b5 navajowhite=ffdead navy=000080 oldlace=fdf5e6 olive=808000 olivedrab=6b8e23
    orange=ffa500 orangered=ff4500 orchid=da70d6 palegoldenrod=eee8aa palegreen=98fb98 paleturquoise=afeeee
    palevioletred=db7093 papayawhip=ffefd5 peachpuff=ffdab9 peru=cd853f pink=ffc0cb plum=dda0dd
    powderblue=b0e0e6 purple=800080 red=ff0000 rosybrown=bc8f8f royalblue=4169e1 saddlebrown=8b4513
    salmon=fa8072 sandybrown=f4a460 seagreen=2e8b57 seashell=fff5ee sienna=a0522d silver=c0c0c0 skyblue=87ceeb
    slateblue=6a5acd slategray=708090 slategrey=708090 snow=fffafa springgreen=00ff7f steelblue=4682b4
    tan=d2b48c teal=008080 thistle=d8bfd8 tomato=ff6347 turquoise=40e0d0 violet=ee82ee wheat=f5deb3 white=ffffff
    whitesmoke=f5f5f5 yellow=ffff00 yellowgreen=9acd32
"""

CSS_COLORS: dict[str, str] = dict(pair.split("=") for pair in _TABLE.split())
"""Name → six hex digits, lower case."""


@lru_cache(maxsize=256)
def nearest_css_color(hex_color: str) -> str:
    """The CSS3 colour name that looks most like `#rrggbb`. Raises ValueError when it is not of that form."""
    wanted = rgb(hex_color)

    def distance(name: str) -> float:
        # The eye sees green best, and red the better the more of it there is.
        one = rgb(f"#{CSS_COLORS[name]}")
        redness = (one[0] + wanted[0]) / 2
        red, green, blue = ((a - b) ** 2 for a, b in zip(one, wanted, strict=True))
        return (2 + redness / 256) * red + 4 * green + (2 + (255 - redness) / 256) * blue

    return min(CSS_COLORS, key=distance)


def rgb(hex_color: str) -> tuple[int, int, int]:
    """Red, green and blue of `#rrggbb`, each 0 to 255. Raises ValueError when it is not of that form."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", hex_color):
        raise ValueError(f"colour {hex_color!r} is not of the form #rrggbb")
    return int(hex_color[1:3], 16), int(hex_color[3:5], 16), int(hex_color[5:7], 16)
