"""Texts as they come from strangers, made safe to write anywhere: into one line of a feed, a page, an address.

The hardest cases are characters that nobody sees: a line separator that ends a property, an override that turns a
title around, a thousand accents on one letter. What scripts and emoji need stays: joiners, direction marks, variation
selectors.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv6Address
from unicodedata import category, combining, normalize
from urllib.parse import SplitResult, quote, urlsplit

MAX_URL = 2048
"""Characters in the longest address that is kept."""

_MAX_SLUG = 63
_MAX_MARKS = 30  # on one letter, as in the stream-safe format of UAX #15 §13

# Controls, bidi embeddings, overrides and isolates, interlinear marks, the byte order mark, surrogates, noncharacters.
_UNWANTED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff\ud800-\udfff\ufdd0-\ufdef"
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
    + "]"
)
_SPACES = re.compile(r"\s+")
_LINE_BREAK = re.compile(r"\r\n|[\r\v\f\x85\u2028]")
_SPACES_IN_LINE = re.compile(r"[^\S\n]+")
_BREAK_WITH_SPACES = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
_FLAG_HALVES = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_MARKS_MAYBE = re.compile(rf"[^\w\s]{{{_MAX_MARKS + 1},}}")


def clean_line(text: str) -> str:
    """One line of NFC text without control characters; each run of white space is one space. Idempotent."""
    if _is_plain(text):
        return _composed(text).strip(" ")
    return _SPACES.sub(" ", _composed(_UNWANTED.sub("", text))).strip(" ")


def clean_text(text: str) -> str:
    """Like `clean_line`, but lines stay: they end in "\\n", with at most one blank line between them. Idempotent."""
    if _is_plain(text):
        return _composed(text).strip(" ")
    lines = _LINE_BREAK.sub("\n", _composed(_UNWANTED.sub("", text))).replace("\u2029", "\n\n")
    lines = _BREAK_WITH_SPACES.sub("\n", _SPACES_IN_LINE.sub(" ", lines))
    return _BLANK_LINES.sub("\n\n", lines).strip(" \n")


def shows_nothing(text: str) -> bool:
    """Return True if a reader sees nothing of it: empty, or made of joiners, marks and blank letters alone."""
    return all(category(one) in {"Cf", "Zs", "Mn", "Me"} or one in _BLANK_LETTERS for one in text)


def _is_plain(text: str) -> bool:
    """Return True if it has no white space but single spaces, and nothing unwanted: most texts, and told fast."""
    return text.isprintable() and "  " not in text


def _composed(text: str) -> str:
    if text.isascii():
        return text
    # Sorting n marks on one letter costs n² steps, so they are cut before; composing may give new ones, so again after.
    return _fewer_marks(normalize("NFC", _fewer_marks(text)))


def _fewer_marks(text: str) -> str:
    return _MARKS_MAYBE.sub(_first_marks, text)


def _first_marks(match: re.Match[str]) -> str:
    kept, run = [], 0
    for character in match[0]:
        run = run + 1 if combining(character) else 0
        if run <= _MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def cut(text: str, max_characters: int) -> str:
    """The text if it is at most that long, else its beginning with "…" at the end. Splits no visible character."""
    if len(text) <= max_characters:
        return text
    if max_characters < 1:
        return ""
    end = max_characters - 1
    while end > 0 and _joined(text, end):
        end -= 1
    return text[:end].rstrip() + "…"


def _joined(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if after.isascii():
        return False
    if before == "\u200d" or after == "\u200d" or category(after).startswith("M"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":  # skin tones, flags of regions
        return True
    return after in _FLAG_HALVES and (at - len(text[:at].rstrip(_FLAG_HALVES))) % 2 == 1


_UNDECOMPOSED = dict(zip("øłđħŧıæœþð", ("o", "l", "d", "h", "t", "i", "ae", "oe", "th", "d"), strict=True))
# Apostrophes that are letters or signs to Unicode: Ukrainian, Hawaiian and Uzbek names, primes, Hebrew geresh.
_QUOTES = frozenset("'\"`\u02b9\u02ba\u02bb\u02bc\u02bd\u2032\u2035\u05f3\u05f4\u201a\u201e\u301d\u301e\u301f")
_DASHES = frozenset("\u2212\u2043\u02d7\ufe63")


class _Folding(dict[int, str]):
    """Character → its folded form, worked out when first met. Bounded: a text of all of Unicode cannot fill memory."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = category(character)
        if character in _DASHES or kind == "Pd":
            folded = "-"
        elif character in _QUOTES or kind in {"Pi", "Pf", "Mn", "Me", "Cf"} or combining(character):
            folded = ""
        else:
            folded = _UNDECOMPOSED.get(character, character)
        if len(self) < 5000:
            self[code] = folded
        return folded


_FOLDING = _Folding()
_MAX_KNOWN = 500  # characters of a text whose folding is remembered: a refresh asks for each title several times
_ASCII_QUOTES = str.maketrans("", "", "'\"`")
_SPACE_AT_PUNCTUATION = re.compile(r" (?=[,;:.!?()\[\]/|-])|(?<=[,;:.!?()\[\]/|-]) ")
_DASH_RUN = re.compile(r"-{2,}")


def fold(text: str) -> str:
    """The part that two spellings of one title share: for comparing, never for showing. Idempotent.

    Case, accents, quotes, the kind of dash and the spaces around punctuation do not count.
    """
    return _fold_known(text) if len(text) <= _MAX_KNOWN else _fold(text)


def _fold(text: str) -> str:
    line = clean_line(text)
    if line.isascii():
        folded = line.lower().translate(_ASCII_QUOTES)
    else:
        folded = normalize("NFKD", line.replace("´", "'")).casefold().translate(_FOLDING)
    return _DASH_RUN.sub("-", _SPACE_AT_PUNCTUATION.sub("", " ".join(folded.split())))


_fold_known = lru_cache(maxsize=16384)(_fold)

_NO_SLUG = re.compile(r"[^a-z0-9]+")


def slugify(name: str) -> str:
    """A name as a part of an address: 1 to 63 of [a-z0-9-], no dash at either end. Idempotent.

    Names mostly in other letters than a to z become "x-" and eight hexadecimal digits; so do names without any letter
    or digit. What is too long is cut and gets such digits at its end, so that two long names do not meet.
    """
    folded = fold(name.replace("&", " and "))
    slug = _NO_SLUG.sub("-", folded).strip("-")
    lost = sum(1 for character in folded if not character.isascii() and character.isalpha())
    kept = sum(1 for character in slug if character.isalpha())
    if not slug or lost > kept:
        return f"x-{_digits(folded)}"
    if len(slug) > _MAX_SLUG:
        return f"{slug[: _MAX_SLUG - 9].rstrip('-')}-{_digits(folded)}"
    return slug


def _digits(folded: str) -> str:
    return sha256(folded.encode()).hexdigest()[:8]


_NOT_IN_URL = re.compile(rf"[\t\n\v\f\r\x85\u2028\u2029\\]|{_UNWANTED.pattern}")
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?")
_IPV6_HOST = re.compile(r"\[([0-9A-Fa-f:.]+)\](:[0-9]*)?")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_PATH_CHARACTERS = "/%:@!$&'()*+,;=~"
_TRACKING = re.compile(r"(utm_[^=]*|fbclid|gclid)(=|$)", re.IGNORECASE)


def safe_url(text: str | None) -> str | None:
    """An absolute http or https address in ASCII (RFC 3986), or None where the text is none. Idempotent.

    Hosts in other scripts are written by IDNA, other characters percent-encoded. None also for an address with a user
    name, a control character or a backslash, and for one longer than 2,048 characters.
    """
    text = (text or "").strip(" \t\r\n")
    if not text or len(text) > MAX_URL or _NOT_IN_URL.search(text):
        return None
    try:
        parts = urlsplit(text)
        authority = _authority(parts)
    except ValueError:  # a bad port, a broken IPv6 address, a host that IDNA refuses
        return None
    if parts.scheme not in {"http", "https"} or authority is None:
        return None
    query = f"?{_escaped(parts.query, '/?')}" if parts.query else ""
    fragment = f"#{_escaped(parts.fragment, '/?')}" if parts.fragment else ""
    url = f"{parts.scheme}://{authority}{_escaped(parts.path)}{query}{fragment}"
    return url if len(url) <= MAX_URL else None


def _authority(parts: SplitResult) -> str | None:
    if not parts.hostname or "@" in parts.netloc:
        return None
    port = "" if parts.port is None else f":{parts.port}"
    if "[" in parts.netloc:
        whole = _IPV6_HOST.fullmatch(parts.netloc)
        return f"[{IPv6Address(whole[1]).compressed}]{port}" if whole else None
    host = parts.hostname.encode("idna").decode("ascii").lower()
    # IDNA turns an ellipsis inside a label into three dots: such a host has empty labels, and no resolver knows it.
    return f"{host}{port}" if _HOST_NAME.fullmatch(host) and ".." not in host else None


def _escaped(part: str, also: str = "") -> str:
    whole = _ESCAPE.sub(lambda match: match[0].upper() if match[1] else "%25", part)
    return quote(whole, safe=_PATH_CHARACTERS + also)


def canonical_url(url: str) -> str:
    """An address reduced to what it identifies: equal for two spellings of one page. Idempotent.

    Not for fetching: http becomes https, "www.", default ports, fragment, tracking parameters and the last slash go,
    and the parameters are sorted. Any other text comes back as one clean line.
    """
    safe = safe_url(url)
    if safe is None:
        return clean_line(url)
    parts = urlsplit(safe)
    host, colon, port = parts.netloc, "", ""
    if parts.port is not None:
        host, colon, port = parts.netloc.rpartition(":")
    host = host.rstrip(".")
    while host.startswith("www.") and host.count(".") > 1:
        host = host.removeprefix("www.")
    address = host if port in {"", "80", "443"} else f"{host}{colon}{port}"
    kept = sorted(item for item in parts.query.split("&") if item and not _TRACKING.match(item))
    return f"https://{address}{parts.path.rstrip('/')}" + (f"?{'&'.join(kept)}" if kept else "")
