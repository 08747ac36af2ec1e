"""This program as a whole: the fingerprint of everything by which it reads and writes events, and its place among the
programs that wrote a store.

The fingerprint is derived from what is in force, from the source code to the time zone data, so that nobody has to
remember to raise a number. The hardest case is time zone data that is replaced on the disk while a process works: the
process goes on with what it has loaded, so its fingerprint does too.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import tzdata

import feedsvc
from feedsvc.core import serialize
from feedsvc.core.dimensions import Regions, Themes
from feedsvc.core.errors import ProgramTooOld
from feedsvc.feeds.build import SiteFacts
from feedsvc.store.editions import Writer
from feedsvc.store.store import Store

PACKAGES = ("core", "feeds", "ical", "sources")
"""The code that reads, normalises and writes."""
LIBRARIES = ("icalendar", "recurring-ical-events", "babel", "tzdata")
"""The libraries whose code or data decides what is read and written."""
_RELEASE = re.compile(r"\d{4}[a-z]+")


def fingerprint(site: SiteFacts, themes: Themes, regions: Regions, zones: str) -> str:
    """The fingerprint of everything that shapes events and feeds, besides a source's own settings."""
    parts = [(one.name, sorted(one.countries), one.cldr, sorted(one.names.items())) for one in regions.all]
    return serialize.digest(f"{_own_code()}{libraries()}{zones}{site!r}{themes.all!r}{parts!r}")


def code_digest(root: Traversable) -> str:
    """The fingerprint of the source code of `PACKAGES` below a folder, whatever its version is called."""
    texts = (f"{name}\n{text}" for package in PACKAGES for name, text in _sources(root / package, package))
    return serialize.digest("\n".join(texts))


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _sources(entry, f"{path}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{path}/{entry.name}", entry.read_text(encoding="utf-8")


@cache
def _own_code() -> str:
    return code_digest(files(feedsvc))


@cache
def libraries() -> str:
    """The versions of `LIBRARIES`."""
    return " ".join(f"{name} {version(name)}" for name in LIBRARIES)


@cache
def zones_in_use() -> str:
    """The release of the time zone data that this process works with ("2025b"), as it was when first asked for."""
    return zones_on_disk()


def zones_on_disk() -> str:
    """The release of the time zone data a process that starts now would have: the system's, else the package's."""
    for folder in zoneinfo.TZPATH:
        with suppress(OSError), (Path(folder) / "tzdata.zi").open(encoding="ascii", errors="replace") as file:
            found = _RELEASE.search(file.readline())
            return found[0] if found else "unknown"
    return str(tzdata.IANA_VERSION)


def writer() -> Writer:
    """This process as a writer of stores."""
    return Writer(feedsvc.__version__, zones_in_use())


def take_over(store: Store, own: Writer, *, allow_older: bool = False) -> None:
    """Note that this process writes the store. Raises ProgramTooOld where a higher version or zone data wrote it.

    `allow_older` lowers the mark to this process.
    """
    with store.read() as snapshot:
        last = snapshot.provenance.last_writer()
    if not allow_older:
        refuse_older(last, own)
    if last != own:
        with store.write() as snapshot:
            snapshot.provenance.put_last_writer(own)


def refuse_older(last: Writer | None, own: Writer) -> None:
    """Raise ProgramTooOld where the store was written by a higher version or zone data than a process has."""
    lacks = lacking(last, own)
    if lacks is not None:
        raise ProgramTooOld(f"the store was written {lacks}; update this program, or go back with --allow-older")


def lacking(last: Writer | None, own: Writer) -> str | None:
    """Return what a process lacks that wrote the store, in words; None where it is as new."""
    if last is None:
        return None
    if _order(last.version) > _order(own.version):
        return f"by feedsvc {last.version}, newer than this {own.version}"
    if _is_release(last.zones) and _is_release(own.zones) and last.zones > own.zones:
        return f"with time zone data {last.zones}, newer than the {own.zones} of this process"
    return None


def _order(version_text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version_text))


def _is_release(zones: str) -> bool:
    return _RELEASE.fullmatch(zones) is not None
