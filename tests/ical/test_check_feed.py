"""Any calendar under the linter: each rule finds its fault at its line, and a sound calendar has none."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.ical.lint.feed import MOST, check_feed
from feedsvc.ical.lint.rules import ERROR, NOTE, RULES, WARNING
from tests.cli.test_commands import Shell
from tests.sample import ROOT

EVENT = """BEGIN:VEVENT
UID:one@example.org
DTSTAMP:20270101T000000Z
LAST-MODIFIED:20270101T000000Z
DTSTART:20270304T120000Z
DTEND:20270304T130000Z
SUMMARY:Open day
END:VEVENT
"""
SOUND = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//Calendar//EN
NAME:Open days
REFRESH-INTERVAL;VALUE=DURATION:PT12H
X-PUBLISHED-TTL:PT12H
{EVENT}END:VCALENDAR
"""
ZONE = "BEGIN:VTIMEZONE\nTZID:Europe/Kyiv\nBEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD\nEND:VTIMEZONE\n"


def written(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def changed(old: str, new: str) -> bytes:
    assert old in SOUND
    return written(SOUND.replace(old, new))


FAULTS: list[tuple[str, int, bytes]] = [
    ("not-a-calendar", 1, b"<!doctype html><title>Log in</title>"),
    ("not-a-calendar", 1, b""),
    ("byte-order-mark", 1, b"\xef\xbb\xbf" + written(SOUND)),
    ("not-utf8", 13, changed("SUMMARY:Open day", "SUMMARY:Offenes H@us").replace(b"@us", b"\xe4us")),
    ("split-character", 13, changed("SUMMARY:Open day", "SUMMARY:Día").replace(b"\xc3\xad", b"\xc3\r\n \xad")),
    ("control-character", 13, changed("Open day", "Open\x08day")),
    ("no-property-name", 14, changed("SUMMARY:Open day\n", "SUMMARY:Open\nday for all\n")),
    ("line-ends", 1, SOUND.encode()),
    ("long-line", 13, changed("Open day", "x" * 70)),
    ("unclosed", 7, changed("END:VEVENT\n", "")),
    ("unclosed", 1, changed("END:VCALENDAR\n", "")),
    ("closes-nothing", 14, changed("END:VEVENT\n", "END:VTODO\nEND:VEVENT\n")),
    ("after-the-end", 16, written(SOUND + SOUND)),
    ("no-version", 1, changed("VERSION:2.0\n", "")),
    ("no-prodid", 1, changed("PRODID:-//example.org//Calendar//EN\n", "")),
    ("wrong-method", 2, changed("VERSION", "METHOD:REQUEST\nVERSION")),
    ("calendar-uid", 2, changed("VERSION", "UID:x\nVERSION")),
    ("no-name", 1, changed("NAME:Open days\n", "")),
    ("no-interval", 1, changed("REFRESH-INTERVAL;VALUE=DURATION:PT12H\nX-PUBLISHED-TTL:PT12H\n", "")),
    ("bad-interval", 5, changed("REFRESH-INTERVAL;VALUE=DURATION:PT12H", "REFRESH-INTERVAL:12H")),
    ("bad-color", 2, changed("VERSION", "COLOR:#ff0000\nVERSION")),
    ("no-events", 1, changed(EVENT, "")),
    ("too-large", 1, written(SOUND.replace(EVENT, EVENT + "X-FILL:1234567890\n" * 60_000))),
    ("nearly-too-large", 1, written(SOUND.replace(EVENT, EVENT + "X-FILL:1234567890\n" * 48_500))),
    ("many-events", 1, written(SOUND.replace(EVENT, "".join(EVENT.replace("one@", f"{n}@") for n in range(1_001))))),
    ("no-uid", 7, changed("UID:one@example.org\n", "")),
    ("duplicate-uid", 16, written(SOUND.replace(EVENT, EVENT + EVENT))),
    ("no-dtstamp", 7, changed("DTSTAMP:20270101T000000Z\n", "")),
    ("dtstamp-not-utc", 9, changed("DTSTAMP:20270101T000000Z", "DTSTAMP:20270101T000000")),
    ("no-start", 7, changed("DTSTART:20270304T120000Z\n", "")),
    ("bad-date", 11, changed("DTSTART:20270304T120000Z", "DTSTART:4 March 2027")),
    ("bad-date", 11, changed("DTSTART:20270304T120000Z", "DTSTART;VALUE=DATE:20270304T120000Z")),
    ("mixed-types", 12, changed("DTSTART:20270304T120000Z", "DTSTART;VALUE=DATE:20270304")),
    ("end-before-start", 12, changed("DTEND:20270304T130000Z", "DTEND:20270304T120000Z")),
    ("end-and-duration", 13, changed("SUMMARY", "DURATION:PT1H\nSUMMARY")),
    ("duration", 12, changed("DTEND:20270304T130000Z", "DURATION:PT1H")),
    ("no-end", 7, changed("DTEND:20270304T130000Z\n", "")),
    ("floating", 11, changed("DTSTART:20270304T120000Z", "DTSTART:20270304T120000")),
    ("zone-undefined", 11, changed("DTSTART:20270304T120000Z", "DTSTART;TZID=Europe/Kyiv:20270304T120000")),
    ("zone-not-iana", 11, changed("DTSTART:20270304T120000Z", "DTSTART;TZID=FLE Standard Time:20270304T120000")),
    ("zone-with-rdate", 11, changed(EVENT, ZONE.replace("END:STA", "RDATE:20270101T000000\nEND:STA") + EVENT)),
    ("bad-status", 13, changed("SUMMARY", "STATUS:CANCELED\nSUMMARY")),
    ("cancelled-title", 13, changed("SUMMARY", "STATUS:CANCELLED\nSUMMARY")),
    ("no-summary", 7, changed("SUMMARY:Open day\n", "")),
    ("break-in-summary", 13, changed("Open day", "Open\\nday")),
    ("duplicate-property", 14, changed("SUMMARY:Open day\n", "SUMMARY:Open day\nSUMMARY:Another\n")),
    ("bad-rule", 13, changed("SUMMARY", "RRULE:FREQ=OFTEN\nSUMMARY")),
    ("bad-rule", 13, changed("SUMMARY", "RRULE:FREQ=DAILY;INTERVAL=0\nSUMMARY")),
    ("endless-rule", 13, changed("SUMMARY", "RRULE:FREQ=SECONDLY\nSUMMARY")),
    ("bad-link", 13, changed("SUMMARY", "URL:javascript:alert(1)\nSUMMARY")),
    ("html", 13, changed("SUMMARY", "DESCRIPTION:<b>Bring</b> a friend\nSUMMARY")),
    ("bad-sequence", 13, changed("SUMMARY", "SEQUENCE:two\nSUMMARY")),
    ("no-last-modified", 7, changed("LAST-MODIFIED:20270101T000000Z\n", "")),
    ("alarm", 13, changed("SUMMARY", "BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\nSUMMARY")),
]


def codes(document: bytes) -> set[tuple[str, int]]:
    return {(one.rule.code, one.line) for one in check_feed(document)}


def test_a_sound_calendar_has_no_finding() -> None:
    assert check_feed(written(SOUND)) == []
    with_zone = changed("DTSTART:20270304T120000Z\nDTEND:20270304T130000Z", "DTSTART;TZID=Europe/Kyiv:20270304T120000")
    assert codes(with_zone.replace(b"BEGIN:VEVENT", written(ZONE) + b"BEGIN:VEVENT")) == {("no-end", 13)}


@pytest.mark.parametrize(
    ("code", "line", "document"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_fault_is_found_at_its_line(code: str, line: int, document: bytes) -> None:
    assert (code, line) in codes(document)


def test_each_rule_is_tried_and_says_what_to_do() -> None:
    assert {code for code, _, _ in FAULTS} == set(RULES)
    assert {rule.weight for rule in RULES.values()} == {ERROR, WARNING, NOTE}
    assert all(rule.programs and rule.remedy for rule in RULES.values())
    page = (ROOT / "docs/commands.md").read_text()
    assert [code for code, rule in RULES.items() if f"| `{code}` | {rule.weight} | {rule.means} |" not in page] == []


@given(st.binary(max_size=400))
def test_anything_is_looked_at_without_a_fault_of_our_own(garbage: bytes) -> None:
    for document in (garbage, b"BEGIN:VCALENDAR\r\n" + garbage, written(SOUND)[:200] + garbage):
        assert all(one.value.isprintable() and len(one.value) <= 500 for one in check_feed(document))


def test_of_many_alike_some_are_told_and_the_rest_counted() -> None:
    found = check_feed(written(SOUND.replace(EVENT, EVENT.replace("UID:one@example.org\n", "") * 1_000)))
    alike = [one for one in found if one.rule.code == "no-uid"]
    assert len(alike) == MOST + 1
    assert alike[-1].value == f"{1_000 - MOST} more of these"


def test_own_feeds_pass_and_the_exit_code_is_for_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell(tmp_path)
    for name, document in (
        ("sound", written(SOUND)),
        ("warned", SOUND.encode()),
        ("faulty", changed("VERSION:2.0\n", "")),
    ):
        (tmp_path / f"{name}.ics").write_bytes(document)
    assert shell.run("check-feed", str(tmp_path / "sound.ics")).returncode == 0
    assert shell.run("check-feed", str(tmp_path / "warned.ics")).returncode == 0
    assert shell.run("check-feed", "--strict", str(tmp_path / "warned.ics")).returncode == 1
    done = shell.run("check-feed", "--format", "json", str(tmp_path / "faulty.ics"))
    assert done.returncode == 1
    (found,) = json.loads(done.stdout)
    assert (found["line"], found["code"], found["weight"]) == (1, "no-version", "error")
    assert shell.run("check-feed", str(tmp_path / "missing.ics")).returncode == 2
    assert shell.run("check-feed", "http://127.0.0.1:9/x.ics").returncode == 1
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written(SOUND))))
    assert shell.run("check-feed", "-").stdout == "0 errors, 0 warnings, 0 notes\n"
    shell.run("refresh")
    assert shell.run("feed", "/all.ics", "-o", str(tmp_path / "own.ics")).returncode == 0
    own = shell.run("check-feed", "--strict", str(tmp_path / "own.ics"))
    assert own.returncode == 0, own.stdout
