"""The configuration in force: the file, then the sources that were added here, then the settings that were set here.

Pure: the same file, definitions and overrides give the same configuration in every process. The hardest case is an
override that the file has outgrown, such as a key of another kind: it is left out and told, and the source is read as
the file says, so that nothing set here can keep a process from starting.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from feedsvc.config.loader import Config, Source, build_source
from feedsvc.core.errors import RequestError
from feedsvc.core.secrets import masked_url

FIXED = frozenset({"id", "kind", "path", "former_ids"})
"""Keys that are never set here: they name the source for ever, or a file of this machine."""
LIVE = "live"


@dataclass(frozen=True, slots=True)
class Definition:
    """A source that was added here; see the columns of the table `definition`."""

    source_id: str
    kind: str
    address: str
    settings: Mapping[str, Any]
    name: str | None
    state: str
    proposed_by: str
    approved_by: str | None
    made_at: datetime
    removed_at: datetime | None = None
    version: int = 1

    @property
    def table(self) -> dict[str, Any]:
        """The `[[source]]` table that says the same."""
        named = {} if self.name is None else {"name": self.name}
        return {"id": self.source_id, "kind": self.kind, "url": self.address, **named, **self.settings}


@dataclass(frozen=True, slots=True)
class Override:
    """A setting that was set here; see the columns of the table `override`. `file_value`: None where it gave none."""

    source_id: str
    key: str
    value: Any
    file_value: Any
    by: str
    at: datetime
    why: str = ""
    version: int = 1


@dataclass(frozen=True, slots=True)
class Layers:
    """Everything that was set here. `version` is raised with every change of it."""

    definitions: Sequence[Definition] = ()
    overrides: Sequence[Override] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class InForce:
    """A configuration and what became of the overrides.

    `settled` are those that the file says by now, `contested` those whose setting the file changed to something else
    since, `unusable` those that are left out, each with the reason.
    """

    config: Config
    settled: tuple[Override, ...] = ()
    contested: tuple[Override, ...] = ()
    unusable: Mapping[tuple[str, str], str] = field(default_factory=dict)


def in_force(file: Config, layers: Layers) -> InForce:
    """Lay what was set here over a configuration as its files say it."""
    given = {source.id: source for source in file.sources}
    for one in sorted(layers.definitions, key=lambda definition: (definition.made_at, definition.source_id)):
        # The file has the last word: a source that it names too is read as it says.
        if one.state == LIVE and one.source_id not in given:
            source = build_source(one.table, Path(), file.kinds, f"source {one.source_id!r}", [])
            if source is not None:
                given[one.source_id] = replace(source, is_file=False)
    by_source: dict[str, list[Override]] = {}
    for override in layers.overrides:
        by_source.setdefault(override.source_id, []).append(override)
    unusable: dict[tuple[str, str], str] = {}
    settled, contested, sources = [], [], []
    for source in given.values():
        mine = by_source.get(source.id, [])
        laid = source
        for override in mine:
            now = _plain(source.table.get(override.key))
            if source.is_file and now == _plain(override.value):
                settled.append(override)
            elif source.is_file and now != _plain(override.file_value):
                contested.append(override)
            faults: list[str] = []
            tried = with_values(file, laid, {override.key: override.value}, faults)
            if tried is None:
                unusable[source.id, override.key] = "; ".join(faults)
            else:
                laid = tried
        sources.append(laid)
    config = replace(file, sources=tuple(sources), version=layers.version)
    return InForce(config, tuple(settled), tuple(contested), unusable)


def with_values(file: Config, source: Source, values: Mapping[str, Any], faults: list[str]) -> Source | None:
    """A source with other values of some keys; None as a value: as the kind has it by itself. None with faults."""
    table = {key: value for key, value in {**source.table, **values}.items() if value is not None}
    made = build_source(table, source.folder, file.kinds, f"source {source.id!r}", faults)
    return (
        None
        if made is None
        else replace(made, namesakes=source.namesakes, is_file=source.is_file, given=source.given or source)
    )


def parsed_value(file: Config, source: Source, key: str, text: str) -> Any:
    """The value that a person's text means for a key: as JSON, as TOML, as it stands, or as a list parted by commas.

    Raises RequestError, in the words of the configuration, where it means none that is allowed.
    """
    if key in FIXED:
        raise RequestError(f"{key} of source {source.id!r} cannot be set here; add another source instead")
    meant: list[Any] = []
    with suppress(ValueError):
        meant.append(json.loads(text))
    with suppress(ValueError, KeyError):
        meant.append(tomllib.loads(f"value = {text}")["value"])
    told: list[str] = []
    for value in (*meant, text, [part.strip() for part in text.split(",") if part.strip()]):
        faults: list[str] = []
        if with_values(file, source, {key: value}, faults) is not None:
            return json.loads(_plain(value))
        told = told or faults
    raise RequestError("; ".join(told))


def setting_values(config: Config, source: Source, changes: Mapping[str, str]) -> dict[str, Any]:
    """The value of each setting that a person's text means; None: taken back. Raises RequestError.

    Every value must be allowed together with all others of the source.
    """
    given = source.given or source
    here = {key: value for key, value in source.table.items() if key not in changes and given.table.get(key) != value}
    faults: list[str] = []
    laid = with_values(config, given, here, faults)
    if laid is None:
        raise RequestError("; ".join(faults))
    values: dict[str, Any] = {}
    for key, text in changes.items():
        values[key] = parsed_value(config, laid, key, text) if text else None
        laid = with_values(config, laid, {key: values[key] if text else given.table.get(key)}, faults) or laid
    return values


def changed_source(config: Config, source: Source, changes: Mapping[str, str]) -> Source:
    """A source as it would be with these settings, for what is only tried. Raises RequestError."""
    given = source.given or source
    values = setting_values(config, source, changes)
    table = {key: given.table.get(key) if value is None else value for key, value in values.items()}
    faults: list[str] = []
    made = with_values(config, source, table, faults)
    if made is None:
        raise RequestError("; ".join(faults))
    return made


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a source, for people: what the file says, what was set here, what is in force. Empty: nothing.

    A value that may hold a secret is only shown as a place.
    """

    key: str
    file: str
    here: str
    in_force: str
    override: Override | None


def settings_of(source: Source, overrides: Sequence[Override]) -> list[Setting]:
    """Every setting of a source that can be set here, but its pace."""
    here = {one.key: one for one in overrides}
    given = (source.given or source).table
    models = (source.common, source.kind)
    fields = {name: getattr(model, name) for model in models for name in type(model).model_fields}

    def text(key: str, value: Any) -> str:
        if value in (None, (), [], {}):
            return ""
        words = value if isinstance(value, str) else json.dumps(_jsonable(value), ensure_ascii=False, default=str)
        return masked_url(words) if key == "url" else words

    return [
        Setting(
            key,
            text(key, given.get(key)),
            text(key, here[key].value if key in here else None),
            text(key, value),
            here.get(key),
        )
        for key, value in fields.items()
        if key not in FIXED | {"every"}
    ]


def _jsonable(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_unset=True) if isinstance(value, BaseModel) else value


def _plain(value: Any) -> str:
    """A value as JSON; clock times, which only TOML has, as their text."""
    return json.dumps(value, default=str, sort_keys=True, ensure_ascii=False)
