"""QR codes that open a page of this service. Pure: an address in, a picture out."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

import segno

_QUIET_ZONE = 4
_PNG_SCALE = 16
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
"""Extension → content type."""


@lru_cache(maxsize=256)
def qr(url: str, extension: str) -> bytes:
    """The code of an address as SVG or PNG, dark on white with the quiet zone that scanners need."""
    code = segno.make(url, error="m", micro=False)
    picture = BytesIO()
    if extension == "svg":
        code.save(picture, kind="svg", border=_QUIET_ZONE, light="#fff", xmldecl=False, omitsize=True, nl=False)
    else:
        code.save(picture, kind="png", border=_QUIET_ZONE, scale=_PNG_SCALE)
    return picture.getvalue()
