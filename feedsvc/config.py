"""Reading the configuration: once, into a frozen object. The only place that looks at the environment.

find the files | read TOML | lay the environment over it | validate | report every fault together

A fault reads: file, key, value, what is allowed.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from feedsvc.core.dimensions import Theme, Themes
from feedsvc.core.errors import ConfigError
from feedsvc.settings import Settings, SourceSettings, ThemeSettings

Model = TypeVar("Model", bound=BaseModel)
_DEFAULTS = (Path(__file__).parent / "defaults", Path(__file__).parent.parent / "config")
_SHORT = {
    "FEEDSVC_SOURCES": ("files", "sources"),
    "FEEDSVC_DATA_DIR": ("store", "data_dir"),
    "FEEDSVC_DATABASE_URL": ("store", "database_url"),
    "FEEDSVC_BASE_URL": ("site", "base_url"),
}
_NOT_SETTINGS = frozenset({"FEEDSVC_CONFIG", "FEEDSVC_VENV", "FEEDSVC_REQUIRE"})


@dataclass(frozen=True, slots=True)
class Source:
    """A source as configured: what every source has, and the settings of its kind."""

    common: SourceSettings
    kind: BaseModel
    folder: Path

    @property
    def id(self) -> str:
        """Its permanent id."""
        return self.common.id

    @property
    def path(self) -> Path | None:
        """The file it is read from, absolute; None when it has an address."""
        return None if self.common.path is None else (self.folder / self.common.path).resolve()


@dataclass(frozen=True, slots=True)
class Config:
    """Everything configured, valid as a whole. `file` is where it was read from."""

    file: Path
    settings: Settings
    sources: tuple[Source, ...]
    themes: Themes

    @property
    def data_dir(self) -> Path:
        """The folder for the embedded store and everything else that is written."""
        return Path(self.settings.store.data_dir).absolute()

    @property
    def database_url(self) -> str:
        """The store's address: the configured one, or a SQLite file in the data folder."""
        configured = self.settings.store.database_url
        return configured.get_secret_value() if configured else f"sqlite:///{self.data_dir / 'feedsvc.sqlite'}"

    def source(self, source_id: str) -> Source | None:
        """The source with this id."""
        return next((source for source in self.sources if source.id == source_id), None)


def load(
    kinds: Mapping[str, type[BaseModel]], file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """Read and validate everything. `kinds` are the settings of each kind of source, by name.

    Raises ConfigError with every fault found.
    """
    environment = os.environ if environment is None else environment
    faults: list[str] = []
    main = _find(file, environment)
    raw = _toml(main, faults)
    if faults:
        raise ConfigError(faults)
    origins = _overlay(raw, environment, faults)
    settings = _validated(Settings, raw, str(main), faults, origins=origins) or Settings()
    folder = main.parent
    sources_file = folder / settings.files.sources
    themes_file = folder / settings.files.themes
    sources = _sources(sources_file, kinds, faults)
    themes = _themes(themes_file, faults)
    if faults:
        raise ConfigError(faults)
    return Config(main, settings, sources, themes)


def hand_down(config: Config, bind: str, **more: str) -> None:
    """Tell the processes that this one starts which configuration it was given, where it listens, and more."""
    os.environ.update({"FEEDSVC_CONFIG": str(config.file.absolute()), "FEEDSVC_SERVER__BIND": bind, **more})


def _find(file: Path | None, environment: Mapping[str, str]) -> Path:
    """The file that was named, else FEEDSVC_CONFIG, else ./config/feedsvc.toml, else the defaults that came along."""
    named = file or (Path(environment["FEEDSVC_CONFIG"]) if environment.get("FEEDSVC_CONFIG") else None)
    if named is not None:
        return named
    here = Path("config/feedsvc.toml")
    return next((path for path in (here, *(folder / "feedsvc.toml" for folder in _DEFAULTS)) if path.is_file()), here)


def _toml(file: Path, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(f"{file}: there is no such file; name another with --config FILE")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{file}: can not be read: {error}")
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{file}: is no TOML: {error}")
    return {}


def _overlay(raw: dict[str, Any], environment: Mapping[str, str], faults: list[str]) -> dict[tuple[str, ...], str]:
    """Lay FEEDSVC_… over what the file says. The values of a list are separated by commas.

    Returns the variable that each overlaid key came from.
    """
    origins: dict[tuple[str, ...], str] = {}
    for name in sorted(environment):
        if not name.startswith("FEEDSVC_") or name in _NOT_SETTINGS or not environment[name]:
            continue
        section, _, key = name.removeprefix("FEEDSVC_").lower().partition("__")
        target = _SHORT.get(name) or ((section, key) if key else None)
        if target is None:
            known = ", ".join((*_SHORT, "FEEDSVC_CONFIG"))
            faults.append(f"environment: {name}: is no setting; there are {known} and FEEDSVC_<SECTION>__<KEY>")
            continue
        raw.setdefault(target[0], {})[target[1]] = environment[name]
        origins[target] = name
        if target == ("files", "sources"):
            raw["files"]["sources"] = str(Path(environment[name]).absolute())
    return origins


def _sources(file: Path, kinds: Mapping[str, type[BaseModel]], faults: list[str]) -> tuple[Source, ...]:
    raw = _toml(file, faults)
    _unknown_keys(raw, "source", file, faults)
    found: dict[str, Source] = {}
    for number, table in enumerate(raw.get("source", ()), 1):
        where = f"{file}: source {table.get('id', number)!r}"
        common_keys = {key: value for key, value in table.items() if key in SourceSettings.model_fields}
        common = _validated(SourceSettings, common_keys, where, faults)
        kind = kinds.get(str(table.get("kind")))
        if kind is None:
            faults.append(f"{where}: kind: {table.get('kind')!r} is none of {', '.join(sorted(kinds))}")
            continue
        own_keys = {key: value for key, value in table.items() if key not in SourceSettings.model_fields}
        own = _validated(kind, own_keys, where, faults, siblings=tuple(SourceSettings.model_fields))
        if common is None or own is None:
            continue
        if common.id in found:
            faults.append(f"{where}: id: {common.id!r} stands twice; an id names one source")
        found[common.id] = Source(common, own, file.parent)
        _missing_file(found[common.id], where, faults)
    return tuple(found.values())


def _missing_file(source: Source, where: str, faults: list[str]) -> None:
    if source.path is not None and source.path.is_dir():
        faults.append(f"{where}: path: {source.path} is a folder; name a file")


def _themes(file: Path, faults: list[str]) -> Themes:
    raw = _toml(file, faults)
    _unknown_keys(raw, "theme", file, faults)
    themes: dict[str, Theme] = {}
    for number, table in enumerate(raw.get("theme", ()), 1):
        where = f"{file}: theme {table.get('name', number)!r}"
        settings = _validated(ThemeSettings, table, where, faults)
        if settings is None:
            continue
        theme = Theme(settings.name, settings.synonyms, settings.former_slugs, settings.color)
        if theme.slug in themes:
            faults.append(f"{where}: name: {theme.slug!r} is the address of two themes; rename one")
        themes[theme.slug] = theme
    return Themes(themes.values())


def _unknown_keys(raw: dict[str, Any], table: str, file: Path, faults: list[str]) -> None:
    faults.extend(f"{file}: {key}: is no key; this file holds [[{table}]] tables" for key in raw if key != table)
    if not isinstance(raw.get(table, []), list):
        faults.append(f"{file}: {table}: is written [[{table}]], with two brackets")
        raw[table] = []


def _validated(
    model: type[Model],
    raw: Mapping[str, Any],
    where: str,
    faults: list[str],
    *,
    origins: Mapping[tuple[str, ...], str] | None = None,
    siblings: tuple[str, ...] = (),
) -> Model | None:
    """The validated model, or None with a fault for each thing that is wrong. `siblings` are keys allowed elsewhere."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            location = tuple(str(part) for part in fault["loc"])
            origin = (origins or {}).get(location[:2])
            place = f"environment: {origin}" if origin else f"{where}: {'.'.join(location) or 'as a whole'}"
            faults.append(f"{place}: {_what(model, fault, location, siblings)}")
        return None


def _what(model: type[BaseModel], fault: ErrorDetails, location: tuple[str, ...], siblings: tuple[str, ...]) -> str:
    if fault["type"] == "extra_forbidden":
        return f"is no key; there are {', '.join(sorted({*_keys(model, location), *siblings}))}"
    if fault["type"] == "missing":
        return "is missing"
    message = fault["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
    if fault["type"] == "string_pattern_mismatch":
        message = f"does not have the form {fault['ctx']['pattern']}"
    # An address may hold a password; it is never repeated.
    return message if location[-1:] and "url" in location[-1] else f"{fault['input']!r}: {message}"


def _keys(model: type[BaseModel], location: tuple[str, ...]) -> list[str]:
    """The keys that are known beside an unknown one."""
    for part in location[:-1]:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            break
        model = annotation
    return list(model.model_fields)
