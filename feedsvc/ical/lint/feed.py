"""Any calendar on earth, looked at as strictly as RFC 5545 and 7986 are and as calendar programs behave.

octets | unfolded lines | components | what is wrong with each

Reads the octets itself and shares nothing with what writes or reads calendars here. Expands no rule and resolves
nothing, so that a hostile file costs time in proportion to its length. At most MOST findings of one code are told.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from feedsvc.core.zone_names import zone_named
from feedsvc.ical.lint.octets import MAX_OCTETS
from feedsvc.ical.lint.rules import RULES, Rule
from feedsvc.ical.write.calendar import CSS_COLORS

MOST = 20
"""Findings of one code that are told; of more, how many there are."""
LARGE_BYTES, NEARLY_BYTES, MANY_EVENTS = 1_000_000, 900_000, 1_000
_LINE = re.compile(rb"([A-Za-z0-9-]+)((?:;(?:[^:\";]|\"[^\"]*\")*)*):(.*)", re.DOTALL)
_MOMENT = re.compile(r"\d{8}(T\d{6}(Z?))?")
_DURATION = re.compile(r"\+?P(?:\d+W|(?=[\dT])(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)")
_RULE_PART = re.compile(r"[A-Z]+=[^;=]+")
_ONCE = frozenset(
    (
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "DURATION",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "STATUS",
        "SEQUENCE",
        "URL",
    )
)
_HTML = re.compile(r"</?(?:p|br|a|div|span|ul|li|b|strong|em|i|table)\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at a line, counted from 1. `value` is what stands there, printable and cut."""

    line: int
    rule: Rule
    value: str = ""


@dataclass(frozen=True, slots=True)
class _Property:
    line: int
    name: str
    parameters: str
    value: str

    @property
    def zone(self) -> str | None:
        found = re.search(r';TZID="?([^";:]+)', self.parameters, re.IGNORECASE)
        return found[1] if found else None

    @property
    def is_date(self) -> bool:
        return "VALUE=DATE" in self.parameters.upper().split(";")


@dataclass(slots=True)
class _Component:
    name: str
    line: int
    properties: dict[str, _Property] = field(default_factory=dict)


Check = Callable[[_Component], Iterator[tuple[int, str, str]]]
_CHECKS: defaultdict[str, list[Check]] = defaultdict(list)
"""What is looked at when a component of this name ends; each gives lines, codes and what stands there."""


def _of(name: str) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        _CHECKS[name].append(check)
        return check

    return register


def check_feed(document: bytes) -> list[Finding]:
    """Everything that is wrong with a calendar, by line; at most MOST of a kind. Never raises."""
    if not document.lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(b"BEGIN:VCALENDAR"):
        return [Finding(1, RULES["not-a-calendar"], _shown(document[:60].decode(errors="replace")))]
    told: list[Finding] = []
    counted: Counter[str] = Counter()
    for line, code, value in (*_octets(document), *_Reader(document).findings()):
        counted[code] += 1
        if counted[code] <= MOST:
            told.append(Finding(line, RULES[code], _shown(value)))
    more = [Finding(0, RULES[code], f"{count - MOST} more of these") for code, count in counted.items() if count > MOST]
    return [*sorted(told, key=lambda one: one.line), *more]


def _octets(document: bytes) -> Iterator[tuple[int, str, str]]:
    if document.startswith(b"\xef\xbb\xbf"):
        yield 1, "byte-order-mark", ""
    if len(document) > NEARLY_BYTES:
        yield 1, "too-large" if len(document) > LARGE_BYTES else "nearly-too-large", f"{len(document)} bytes"
    lone = re.search(rb"(?<!\r)\n|\r(?!\n)", document)
    if lone or not document.endswith(b"\n"):
        yield document.count(b"\n", 0, lone.start() if lone else len(document)) + 1, "line-ends", ""
    try:
        document.decode()
    except UnicodeDecodeError as error:
        whole = re.sub(rb"\r?\n[ \t]", b"", document)
        code = "split-character" if whole.decode(errors="ignore").encode() == whole else "not-utf8"
        yield document.count(b"\n", 0, error.start) + 1, code, ""
    for number, line in enumerate(document.split(b"\n"), 1):
        bare = line.removesuffix(b"\r")
        if len(bare) > MAX_OCTETS:
            yield number, "long-line", f"{len(bare)} octets"
        if control := re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", bare):
            yield number, "control-character", repr(control[0])[2:-1]


class _Reader:
    """Reads the lines of one document, and keeps what is known of the whole calendar."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._stack: list[_Component] = []
        self._zones: set[str] = set()
        self._asked_zones: list[tuple[int, str]] = []
        self._seen: set[tuple[str, str]] = set()
        self._events = 0
        self._has_ended = False

    def findings(self) -> Iterator[tuple[int, str, str]]:
        for number, line in _unfolded(self._document):
            found = _LINE.fullmatch(line)
            if found is None:
                yield number, "no-property-name", line[:60].decode(errors="replace")
                continue
            name, parameters, value = (part.decode(errors="replace") for part in found.groups())
            yield from self._take(_Property(number, name.upper(), parameters, value))
        yield from ((one.line, "unclosed", one.name) for one in self._stack)
        yield from ((line, "zone-undefined", zone) for line, zone in self._asked_zones if zone not in self._zones)
        if not self._events:
            yield 1, "no-events", ""
        if self._events > MANY_EVENTS:
            yield 1, "many-events", f"{self._events} events"

    def _take(self, one: _Property) -> Iterator[tuple[int, str, str]]:
        if self._has_ended and not self._stack:
            yield one.line, "after-the-end", one.name
        if one.name == "BEGIN":
            self._stack.append(_Component(one.value.upper(), one.line))
        elif one.name == "END":
            yield from self._end(one)
        elif self._stack:
            component = self._stack[-1]
            if one.name in component.properties and one.name in _ONCE and component.name == "VEVENT":
                yield one.line, "duplicate-property", one.name
            component.properties.setdefault(one.name, one)
            if component.name in ("STANDARD", "DAYLIGHT") and one.name == "RDATE":
                yield one.line, "zone-with-rdate", one.value

    def _end(self, one: _Property) -> Iterator[tuple[int, str, str]]:
        depth = next((n for n in range(len(self._stack) - 1, -1, -1) if self._stack[n].name == one.value.upper()), None)
        if depth is None:
            yield one.line, "closes-nothing", one.value
            return
        yield from ((left.line, "unclosed", left.name) for left in self._stack[depth + 1 :])
        component = self._stack[depth]
        del self._stack[depth:]
        if component.name == "VEVENT":
            self._events += 1
            yield from self._event(component)
        elif component.name == "VTIMEZONE" and "TZID" in component.properties:
            self._zones.add(component.properties["TZID"].value)
        elif component.name == "VCALENDAR":
            self._has_ended = True
        for check in _CHECKS.get(component.name, ()):
            yield from check(component)

    def _event(self, event: _Component) -> Iterator[tuple[int, str, str]]:
        own = event.properties
        uid = own["UID"].value.strip() if "UID" in own else ""
        if not uid:
            yield event.line, "no-uid", ""
        else:
            identity = (uid, own["RECURRENCE-ID"].value if "RECURRENCE-ID" in own else "")
            if identity in self._seen:
                yield own["UID"].line, "duplicate-uid", uid
            self._seen.add(identity)
        for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
            if name in own:
                yield from self._moment(own[name])

    def _moment(self, one: _Property) -> Iterator[tuple[int, str, str]]:
        found = _MOMENT.fullmatch(one.value)
        if found is None or one.is_date != (found[1] is None):
            yield one.line, "bad-date", f"{one.name}{one.parameters}:{one.value}"
        elif one.zone is not None:
            self._asked_zones.append((one.line, one.zone))
            if zone_named(one.zone, int(one.value[:4])) is None or "/" not in one.zone.lstrip("/"):
                yield one.line, "zone-not-iana", one.zone
        elif found[1] is not None and not found[2]:
            yield one.line, "floating", f"{one.name}:{one.value}"


def _unfolded(document: bytes) -> Iterator[tuple[int, bytes]]:
    """Each content line with the number of its first line; blank ones at the end are left out."""
    number, held = 0, b""
    for at, line in enumerate(document.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        bare = line.removesuffix(b"\r")
        if bare[:1] in (b" ", b"\t") and held:
            held += bare[1:]
            continue
        if held:
            yield number, held
        number, held = at, bare
    if held:
        yield number, held


@_of("VCALENDAR")
def _calendar(calendar: _Component) -> Iterator[tuple[int, str, str]]:
    own = calendar.properties
    for name, code in (("VERSION", "no-version"), ("PRODID", "no-prodid")):
        if name not in own:
            yield calendar.line, code, ""
    if "NAME" not in own and "X-WR-CALNAME" not in own:
        yield calendar.line, "no-name", ""
    if "UID" in own:
        yield own["UID"].line, "calendar-uid", own["UID"].value
    if "METHOD" in own and own["METHOD"].value.upper() != "PUBLISH":
        yield own["METHOD"].line, "wrong-method", own["METHOD"].value
    if "COLOR" in own and own["COLOR"].value.lower() not in CSS_COLORS:
        yield own["COLOR"].line, "bad-color", own["COLOR"].value
    intervals = [own[name] for name in ("REFRESH-INTERVAL", "X-PUBLISHED-TTL") if name in own]
    if not intervals:
        yield calendar.line, "no-interval", ""
    for one in intervals:
        needs_type = one.name == "REFRESH-INTERVAL" and "VALUE=DURATION" not in one.parameters.upper()
        if needs_type or not _DURATION.fullmatch(one.value):
            yield one.line, "bad-interval", f"{one.name}{one.parameters}:{one.value}"


@_of("VEVENT")
def _span(event: _Component) -> Iterator[tuple[int, str, str]]:
    own = event.properties
    start, end = own.get("DTSTART"), own.get("DTEND")
    if start is None:
        yield event.line, "no-start", ""
        return
    if "DURATION" in own:
        yield own["DURATION"].line, "end-and-duration" if end else "duration", own["DURATION"].value
    elif end is None:
        yield event.line, "no-end", ""
    if end is None or not (_MOMENT.fullmatch(start.value) and _MOMENT.fullmatch(end.value)):
        return
    if (len(start.value) == 8) != (len(end.value) == 8):
        yield end.line, "mixed-types", end.value
    elif (start.parameters, start.value[-1:] == "Z") == (end.parameters, end.value[-1:] == "Z") and (
        end.value <= start.value
    ):
        yield end.line, "end-before-start", f"{start.value} to {end.value}"


@_of("VEVENT")
def _stamps(event: _Component) -> Iterator[tuple[int, str, str]]:
    own = event.properties
    if "DTSTAMP" not in own:
        yield event.line, "no-dtstamp", ""
    elif not own["DTSTAMP"].value.endswith("Z"):
        yield own["DTSTAMP"].line, "dtstamp-not-utc", own["DTSTAMP"].value
    if "LAST-MODIFIED" not in own:
        yield event.line, "no-last-modified", ""
    if "SEQUENCE" in own and not own["SEQUENCE"].value.isdecimal():
        yield own["SEQUENCE"].line, "bad-sequence", own["SEQUENCE"].value


@_of("VEVENT")
def _texts(event: _Component) -> Iterator[tuple[int, str, str]]:
    own = event.properties
    summary = own["SUMMARY"].value if "SUMMARY" in own else ""
    if not summary.strip():
        yield event.line, "no-summary", ""
    elif re.search(r"(?<!\\)(?:\\\\)*\\[nN]", summary):
        yield own["SUMMARY"].line, "break-in-summary", summary
    if "STATUS" in own:
        status = own["STATUS"].value.upper()
        if status not in ("CONFIRMED", "TENTATIVE", "CANCELLED"):
            yield own["STATUS"].line, "bad-status", own["STATUS"].value
        elif status == "CANCELLED" and "cancel" not in summary.lower():
            yield own["STATUS"].line, "cancelled-title", summary
    if "URL" in own and not own["URL"].value.lower().startswith(("http://", "https://")):
        yield own["URL"].line, "bad-link", own["URL"].value
    if "DESCRIPTION" in own and (html := _HTML.search(own["DESCRIPTION"].value)):
        yield own["DESCRIPTION"].line, "html", html[0]


@_of("VEVENT")
def _recurrence(event: _Component) -> Iterator[tuple[int, str, str]]:
    rule = event.properties.get("RRULE")
    if rule is None:
        return
    parts = rule.value.upper().strip(";").split(";")
    pairs = dict(part.split("=", 1) for part in parts if _RULE_PART.fullmatch(part))
    often = pairs.get("FREQ", "")
    known = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
    if len(pairs) != len(parts) or often not in known or not pairs.get("INTERVAL", "1").lstrip("0").isdecimal():
        yield rule.line, "bad-rule", rule.value
    elif often in known[:3]:
        yield rule.line, "endless-rule", rule.value


@_of("VALARM")
def _alarm(alarm: _Component) -> Iterator[tuple[int, str, str]]:
    yield alarm.line, "alarm", ""


def _shown(value: str) -> str:
    """Somebody else's words in a line of ours: printable, one line, not long."""
    return ascii(value[:100])[1:-1]
