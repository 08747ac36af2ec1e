"""The badge of a calendar, as SVG, 36 high: "Chile in your calendar | 45 events". Pure.

Its text is as wide as estimated, whatever font draws it, so nothing is cut off in a mail or on a page of others.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

HEIGHT = 36
SIZE = 15
PAD = 12
_NARROW, _WIDE = "ijltfrI.,:;'|!·- ", "mwMW@%"


def width_of(text: str, size: float) -> float:
    """About how wide a text is in a bold sans of a size, in the unit of the size."""
    return (
        sum(0.32 if one in _NARROW else 0.86 if one in _WIDE else 0.64 if one.isupper() else 0.56 for one in text)
        * size
    )


def badge(words: str, count: str, color: str) -> str:
    """The badge; `color` is #rrggbb."""
    left, right = width_of(words, SIZE), width_of(count, SIZE)
    first, whole = left + 2 * PAD, left + right + 4 * PAD
    font = f'font-family="Segoe UI,Roboto,Helvetica,Arial,sans-serif" font-size="{SIZE}" font-weight="600"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:.0f}" height="{HEIGHT}" '
        f'viewBox="0 0 {whole:.0f} {HEIGHT}" role="img" aria-label={quoteattr(f"{words}: {count}")}>'
        f'<rect x=".5" y=".5" width="{whole - 1:.1f}" height="{HEIGHT - 1}" rx="4" fill="#fff" stroke="{color}"/>'
        f'<path d="M4 0H{first:.1f}V{HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z" fill="{color}"/>'
        f'<g {font}><text x="{PAD}" y="23" textLength="{left:.1f}" fill="#fff">{escape(words)}</text>'
        f'<text x="{first + PAD:.1f}" y="23" textLength="{right:.1f}" fill="#1c2226">{escape(count)}</text></g></svg>\n'
    )
