"""Finding out how an address could be read: its kind, what a refresh would make of it, and the block to configure it.

detect the candidates | try each as a source | take the first that gives events

Writes nothing. Pages are read in the same confined process as those of configured sources.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from feedsvc.config.loader import Source
from feedsvc.config.settings import SourceSettings
from feedsvc.core.errors import FetchFailed, RequestError, SourceUnreadable
from feedsvc.core.text import slugify
from feedsvc.refresh import RefreshContext, Trial, try_source
from feedsvc.refresh.context import Task
from feedsvc.refresh.page_loader import PageLoader
from feedsvc.sources.base import KindSettings, find_kinds


@dataclass(frozen=True, slots=True)
class Probe:
    """A source as it could be configured. `block` is its TOML; `passed_over` says why likelier kinds were not taken."""

    source: Source
    trial: Trial
    block: str
    passed_over: tuple[str, ...]


def probe(context: RefreshContext, url: str, *, timezone: str | None = None, country: str | None = None) -> Probe:
    """Find the kind of an address and try it.

    Raises RequestError where it is not an address, FetchFailed where it cannot be had, SourceUnreadable where no kind
    reads it.
    """
    given = {name: value for name, value in (("timezone", timezone), ("country", country)) if value}
    first = _source({"kind": "ics", "url": url, **given}, {})
    passed_over: list[str] = []
    empty: Probe | None = None
    for candidate in _candidates(context, first):
        kind, address = candidate["kind"], candidate["url"]
        source = _source({"kind": kind, "url": address, **given}, candidate["settings"])
        try:
            trial = try_source(context, source)
        except (FetchFailed, SourceUnreadable) as error:
            passed_over.append(f"{kind}: {error}")
            continue
        found = Probe(source, trial, _block(source, given, candidate["settings"]), tuple(passed_over))
        if trial.events:
            return found
        passed_over.append(f"{kind} at {address}: {trial.ledger.in_words}")
        empty = empty or found
    if empty is not None:
        return empty
    why = f": {'; '.join(passed_over)}" if passed_over else ""
    raise SourceUnreadable(f"{url}: no calendar, table or announced event found{why}"[:500])


def _candidates(context: RefreshContext, source: Source) -> list[dict[str, Any]]:
    loader = PageLoader(context, source, conditional=False)
    task = Task(source, context.themes, context.clock().date(), "detect")
    found: list[dict[str, Any]] = json.loads(context.read(task, loader))
    return found


def _source(common: dict[str, Any], own: dict[str, Any]) -> Source:
    try:
        kind: KindSettings = find_kinds()[common["kind"]].settings.model_validate(own)
        named = {"id": _id_of(common["url"]), **common}
        return Source(SourceSettings(**named), kind, Path(), table={**named, **own})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        reason = fault["msg"].removeprefix("Value error, ")
        raise RequestError(f"{'.'.join(map(str, fault['loc']))}: {reason}") from error


def _id_of(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # a broken IPv6 address
        host = ""
    return slugify(host.removeprefix("www."))[:63].strip("-") or "source"


def _block(source: Source, given: dict[str, str], own: dict[str, Any]) -> str:
    """The [[source]] table; JSON's strings are strings of TOML too."""
    common = source.common
    values = {"id": common.id, "kind": common.kind, "url": common.url, "every": "6h", **given}
    lines = ["[[source]]", *(f"{name} = {_text(value)}" for name, value in values.items())]
    lines += [f"{name} = {_text(value)}" for name, value in own.items() if not isinstance(value, dict)]
    for name, value in own.items():
        if not isinstance(value, dict):
            continue
        lines += [f"[source.{name}]", *(f"{key} = {_text(word)}" for key, word in value.items())]
    return "\n".join(lines)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
