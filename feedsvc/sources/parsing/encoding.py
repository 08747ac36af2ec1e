"""Bytes to text: the stated charset, else UTF-8, else the likeliest other. Nothing is lost silently.

The hardest case is a page in UTF-8 whose server says Latin-1: every byte is a Latin-1 character, so nothing fails. Text
in another encoding is almost never valid UTF-8 by chance, so valid UTF-8 wins over a stated one-byte encoding.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from feedsvc.core.model import Finding, Page

_META = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
_ONE_BYTE = frozenset({"iso8859-1", "iso8859-15", "cp1252", "cp1250", "cp1251", "iso8859-2", "iso8859-5", "koi8-r"})
_SURROGATE = re.compile("[\udc80-\udcff]")


def decode(page: Page) -> tuple[str, tuple[Finding, ...]]:
    """The page's text, and a finding when its bytes are not in the encoding it states (or in UTF-8)."""
    if page.content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_as(page.content, "utf-16")
    content = page.content.removeprefix(codecs.BOM_UTF8)
    meta = _META.search(content[:4096])
    stated = _known(page.charset) or _known(meta and meta[1].decode("ascii")) or "utf-8"
    if stated in _ONE_BYTE and not content.isascii():
        with suppress(UnicodeDecodeError):
            return content.decode("utf-8"), (Finding("bad-encoding", f"stated as {stated}, is utf-8"),)
    return _decode_as(content, stated)


def _decode_as(content: bytes, stated: str) -> tuple[str, tuple[Finding, ...]]:
    try:
        return content.decode(stated), ()
    except UnicodeError as error:  # some codecs raise no more than this
        at = f"byte {error.start}" if isinstance(error, UnicodeDecodeError) else "the page"
        finding = Finding("bad-encoding", f"{at} is not {stated}")
    # UTF-8 with its bad bytes replaced when most of it is UTF-8, else Windows-1252, which reads any Latin page.
    text = content.decode("utf-8", "surrogateescape")
    bad = len(_SURROGATE.findall(text))
    good = sum(1 for character in text if ord(character) > 127) - bad
    return content.decode("utf-8" if good > bad else "cp1252", "replace"), (finding,)


def _known(charset: str | None) -> str | None:
    if not charset:
        return None
    try:
        info = codecs.lookup(charset.strip("\"' "))
    except (LookupError, ValueError):
        return None
    # Some codecs are no text encodings (zip, rot13): what a page may not choose.
    return info.name if info._is_text_encoding else None
