"""The text of a PDF as Chromium writes it: the letters of its pages, by the tables of its fonts, without spaces.

Chromium names a font's glyphs by number and adds to each font a table from numbers to letters (ToUnicode, PDF 1.7
§9.10.3); that is all of PDF that is read here.
"""

from __future__ import annotations

import re
import unicodedata
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def plain(text: str) -> str:
    """The text without what printing does not keep: spaces."""
    return re.sub(r"\s+", "", text)


def printed(pdf: bytes) -> str:
    """Every letter that the file prints, in order, without spaces."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = _fonts(objects)
    pages = [content for body in objects.values() if b"Tf" in (content := _content(body))]
    # NFKC takes ligatures apart.
    return plain(unicodedata.normalize("NFKC", "".join(_letters(content, fonts) for content in pages)))


def _content(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    if stream is None:
        return b""
    # Compressed bytes may end like a line, or hold the word that ends them: only the length tells where they end.
    length = re.search(rb"/Length (\d+)(?! \d+ R)\b", body[: stream.start()])
    content = body[stream.start(1) :][: int(length[1])] if length else stream[1]
    return zlib.decompress(content) if b"FlateDecode" in body else content


def _fonts(objects: dict[int, bytes]) -> dict[bytes, dict[int, str]]:
    """The name of each font in pages → its letters by number."""
    found = {}
    for body in objects.values():
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", body):
            table = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(number)])
            if table:
                found[name] = _table(_content(objects[int(table[1])]))
    return found


def _table(cmap: bytes) -> dict[int, str]:
    letters: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            letters[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for first, last, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            for n in range(int(last, 16) - int(first, 16) + 1):
                letters[int(first, 16) + n] = chr(int(text, 16) + n)
    return letters


def _letters(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    table: dict[int, str] = {}
    text = []
    for font, shown in re.findall(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>", content):
        if font:
            table = fonts.get(font, {})
        else:
            codes = [int(shown[at : at + 4], 16) for at in range(0, len(shown), 4)]
            text.append("".join(table.get(code, "") for code in codes))
    return "".join(text)
