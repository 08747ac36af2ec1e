"""The contract of every kind of source. It finds the kinds by itself; each has a folder of samples.

A sample is `source.toml` (the address, the settings, which file is which page, what poisons one entry) and
`expected.json`, what must come of it. `WRITE_GOLDEN=1 ./run test tests/sources/test_kinds.py` writes the
latter anew, to be read before it is kept.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from feedsvc.config.loader import load
from feedsvc.core import serialize
from feedsvc.core.errors import FetchFailed, SourceUnreadable
from feedsvc.core.findings import MEANINGS
from feedsvc.core.model import Reading
from feedsvc.core.normalise import Rules, normalise
from feedsvc.core.text import fold
from feedsvc.sources.base import SourceKind, find_kinds
from tests.sources.helpers import ROOT, THEMES, context, events, finding_line, shown

SAMPLES = Path(__file__).parent / "samples"
KINDS = find_kinds()
LOGIN = (
    b"<!doctype html><html><head><title>Log in</title></head><body><form>"
    b"<input name=user><input type=password></form></body></html>"
)
GARBAGE = {
    "nothing": b"",
    "spaces": b" \r\n\r\n",
    "NUL bytes": bytes(1000),
    "every byte": bytes(range(256)) * 8,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
    "a login page": LOGIN,
    "empty JSON": b"{}",
    "an empty list": b"[]",
    "null": b"null",
    "a number": b"1e999",
    "an error in JSON": b'{"code":"rest_no_route","message":"No route","data":{"status":404}}',
    "brackets": b"[" * 50_000,
    "braces": b'{"a":' * 50_000,
    "tags": b"<div>" * 20_000,
    "quotes": b'"' * 9_999,
    "calendar without an end": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:x",
    "deep calendar": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nBEGIN:VALARM\r\nBEGIN:X\r\n" * 1000,
    "one long line": b"a" * 300_000,
    "lone surrogates": b"\xed\xa0\x80" * 100,
    "UTF-16": "Open Gov Week Events\n".encode("utf-16"),
}


@dataclass(frozen=True)
class Sample:
    """A kind's sample, as its folder describes it."""

    kind: SourceKind
    folder: Path
    told: dict[str, Any]

    @property
    def pages(self) -> dict[str, bytes]:
        return {url: (self.folder / name).read_bytes() for url, name in self.told["pages"].items()}

    @property
    def main_page(self) -> str:
        return str(self.told.get("main_page") or self.told["url"])

    def read(self, changed: bytes | None = None) -> Reading:
        pages = self.pages | ({self.main_page: changed} if changed is not None else {})
        settings = self.kind.settings.model_validate(self.told.get("settings", {}))
        told = self.told
        given = context(pages, url=told["url"], zone=told.get("zone"), today=told.get("today"))
        reading: Reading = self.kind.read(settings, given)
        return reading

    @property
    def rules(self) -> Rules:
        country = self.told.get("country")
        renames = {fold(label): tuple(names) for label, names in self.told.get("map", {}).items()}
        return Rules("Open Gov Week", THEMES, self.told.get("zone"), (), (country,) if country else (), (), renames)


@pytest.fixture(params=sorted(KINDS))
def sample(request: pytest.FixtureRequest) -> Sample:
    folder = SAMPLES / request.param
    assert (folder / "source.toml").is_file(), f"the kind {request.param!r} has no sample: write {folder}/source.toml"
    return Sample(KINDS[request.param], folder, tomllib.loads((folder / "source.toml").read_text(encoding="utf-8")))


def plain(reading: Reading, rules: Rules) -> dict[str, Any]:
    return {
        "incomplete": reading.incomplete,
        "findings": [finding_line(finding) for finding in reading.doubts],
        "listings": [shown(listing) for listing in reading.listings],
        "rejected": [finding_line(finding) for finding in normalise(reading.listings, rules).rejected],
        "events": events(reading.listings, rules),
    }


def test_sample_gives_what_is_expected(sample: Sample) -> None:
    found = plain(sample.read(), sample.rules)
    golden = sample.folder / "expected.json"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert found == json.loads(golden.read_text(encoding="utf-8"))


def test_same_page_gives_the_same_reading(sample: Sample) -> None:
    assert serialize.reading_text(sample.read()) == serialize.reading_text(sample.read())


def test_every_finding_has_a_meaning(sample: Sample) -> None:
    reading = sample.read()
    codes = {doubt.code for doubt in reading.doubts}
    codes |= {doubt.code for listing in reading.listings for doubt in listing.findings}
    assert codes <= set(MEANINGS)


def test_listings_say_when_in_words(sample: Sample) -> None:
    assert all(str(listing.start.date.day) in listing.listed for listing in sample.read().listings)


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_refused_or_gives_nothing(sample: Sample, garbage: bytes) -> None:
    try:
        reading = sample.read(garbage)
    except (SourceUnreadable, FetchFailed) as error:
        assert len(str(error)) < 500
        return
    assert not reading.listings or len(sample.pages) > 1
    assert reading.incomplete is not None, "garbage passed for a whole source"


def test_login_page_is_never_an_empty_source(sample: Sample) -> None:
    try:
        assert sample.read(LOGIN).incomplete is not None
    except SourceUnreadable as error:
        assert "\n" not in str(error)


def test_truncated_page_never_passes_for_the_whole_one(sample: Sample) -> None:
    page = sample.pages[sample.main_page]
    whole = sample.read()
    for at in range(len(page) // 40, len(page.rstrip()) - 1, max(1, len(page) // 40)):
        try:
            reading = sample.read(page[:at])
        except SourceUnreadable:
            continue
        lost = len(reading.listings) < len(whole.listings)
        # A table of lines has no end mark: a cut between two rows cannot be seen.
        assert reading.incomplete or not lost or not sample.told.get("end_mark", True), page[at - 80 : at]


@pytest.mark.parametrize("change", ["dropped", "doubled", "flipped"])
def test_damaged_bytes_raise_nothing_but_source_unreadable(sample: Sample, change: str) -> None:
    page = sample.pages[sample.main_page]
    for at in range(0, len(page), max(1, len(page) // 60)):
        part = {
            "dropped": b"",
            "doubled": page[at : at + 9] * 2,
            "flipped": bytes(255 - one for one in page[at : at + 3]),
        }
        damaged = page[:at] + part[change] + page[at + (9 if change != "flipped" else 3) :]
        try:
            sample.read(damaged)
        except SourceUnreadable:
            continue


def test_poisoned_entry_costs_only_itself(sample: Sample) -> None:
    poison = sample.told["poison"]
    page = sample.pages[sample.main_page].decode()
    assert page.count(poison["find"]) == 1, "the poison must hit one entry"
    whole, rest = sample.read(), sample.read(page.replace(poison["find"], poison["replace"]).encode())
    assert len(rest.listings) == len(whole.listings) - poison["loses"]
    kept = {(listing.title, listing.listed) for listing in whole.listings}
    lost = kept - {(listing.title, listing.listed) for listing in rest.listings}
    assert len(lost) == 1
    assert len(rest.doubts) == len(whole.doubts) + 1


def test_settings_refuse_unknown_keys(sample: Sample) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        sample.kind.settings.model_validate({**sample.told.get("settings", {}), "colour": "blue"})


def test_settings_are_frozen_and_pass_as_json(sample: Sample) -> None:
    settings = sample.kind.settings.model_validate(sample.told.get("settings", {}))
    assert sample.kind.settings.model_validate(settings.model_dump(mode="json")) == settings
    assert sample.kind.settings.model_config["frozen"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_kind_is_documented_with_every_setting_and_has_an_example(kind: str) -> None:
    page = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    assert f"\n## {kind}\n" in page, f"docs/sources.md has no section {kind!r}"
    section = page.partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
    assert f'kind = "{kind}"' in section
    missing = [name for name in KINDS[kind].settings.model_fields if f"`{name}`" not in section]
    assert not missing
    examples = (ROOT / "config/sources.toml").read_text(encoding="utf-8")
    assert f'kind = "{kind}"' in examples, "config/sources.toml has no example of it"


def test_examples_in_the_configuration_are_right(tmp_path: Path) -> None:
    text = (ROOT / "config/sources.toml").read_text(encoding="utf-8").partition("# Examples of every kind")[2]
    example = re.compile(r'# (?=\[|[a-z_]+ += |"[^"]+" = )')
    lines = [example.sub("", line) for line in text.splitlines() if example.match(line)]
    sources = tmp_path / "sources.toml"
    sources.write_text("\n".join(lines), encoding="utf-8")
    given = {"FEEDSVC_SOURCES": str(sources)}
    config = load({name: kind.settings for name, kind in KINDS.items()}, ROOT / "config/feedsvc.toml", given)
    assert {source.common.kind for source in config.sources} == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_example_in_the_documentation_is_right(kind: str, tmp_path: Path) -> None:
    page = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    example = page.partition(f"\n## {kind}\n")[2].partition("```toml\n")[2].partition("```")[0]
    sources = tmp_path / "sources.toml"
    sources.write_text(example, encoding="utf-8")
    given = {"FEEDSVC_SOURCES": str(sources)}
    config = load({name: one.settings for name, one in KINDS.items()}, ROOT / "config/feedsvc.toml", given)
    assert [source.common.kind for source in config.sources] == [kind]


def test_no_sample_is_left_of_a_kind_that_is_gone() -> None:
    assert {folder.name for folder in SAMPLES.iterdir()} == set(KINDS)


def test_samples_hold_nobody_s_address() -> None:
    for file in SAMPLES.rglob("*.*"):
        words = file.read_text(encoding="utf-8", errors="replace").split()
        assert not [word for word in words if "@" in word and "." in word and not word.count(".example")], file
