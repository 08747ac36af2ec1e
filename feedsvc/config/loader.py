"""Reading the configuration: once, into a frozen object. The only place that looks at the environment.

find the files | read TOML | lay the environment over it | validate | report every fault together
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from feedsvc.config.errors import tables, validated
from feedsvc.config.settings import Files, RegionSettings, Settings, SourceSettings, ThemeSettings
from feedsvc.core.dimensions import Region, Regions, Theme, Themes
from feedsvc.core.errors import ConfigError
from feedsvc.core.text import slugify

_DEFAULTS = (Path(__file__).parent.parent / "defaults", Path(__file__).parent.parent.parent / "config")
_SHORT = {
    "FEEDSVC_SOURCES": ("files", "sources"),
    "FEEDSVC_DATA_DIR": ("store", "data_dir"),
    "FEEDSVC_DATABASE_URL": ("store", "database_url"),
    "FEEDSVC_BASE_URL": ("site", "base_url"),
}
_NOT_SETTINGS = frozenset({"FEEDSVC_CONFIG", "FEEDSVC_VENV", "FEEDSVC_REQUIRE"})


@dataclass(frozen=True, slots=True)
class Source:
    """A source as configured: what every source has, and the settings of its kind.

    `namesakes` are the ids under which it is configured once more, which are former ids of it.
    `table` are the values that were given, as written. `is_file` tells a source of the file from one that was added
    here. `given` is the source without what was set here; None where nothing was.
    """

    common: SourceSettings
    kind: BaseModel
    folder: Path
    namesakes: tuple[str, ...] = ()
    table: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    is_file: bool = True
    given: Source | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        """Its permanent id."""
        return self.common.id

    @property
    def no_end_times(self) -> tuple[time, ...]:
        """Clock times that mean "no end given": as configured, else as its kind writes it."""
        configured = self.common.no_end_times
        return getattr(self.kind, "no_end_given", ()) if configured is None else configured

    @property
    def path(self) -> Path | None:
        """The file it is read from, absolute; None when it has an address."""
        return None if self.common.path is None else (self.folder / self.common.path).resolve()


@dataclass(frozen=True, slots=True)
class Config:
    """Everything configured, valid as a whole. `file` is where it was read from.

    `kinds` are the settings of each kind of source. `version` is that of what was set here; 0: as the files say.
    """

    file: Path
    settings: Settings
    sources: tuple[Source, ...]
    themes: Themes
    regions: Regions
    kinds: Mapping[str, type[BaseModel]] = field(default_factory=dict, compare=False, repr=False)
    version: int = 0

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
        """The source with this id, now or formerly."""
        own = (source for source in self.sources if source.id == source_id)
        return next(own, None) or next((one for one in self.sources if source_id in one.common.former_ids), None)


def load(
    kinds: Mapping[str, type[BaseModel]], file: Path | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """Read and validate everything. `kinds` are the settings of each kind of source, by name.

    The file is the one that is named, else FEEDSVC_CONFIG, else ./config/feedsvc.toml, else the defaults.
    Raises ConfigError with every fault found.
    """
    environment = os.environ if environment is None else environment
    faults: list[str] = []
    main = file or Path(environment.get("FEEDSVC_CONFIG") or "config/feedsvc.toml")
    if file is None and not environment.get("FEEDSVC_CONFIG") and not main.is_file():
        # The defaults that came along.
        main = next((path for folder in _DEFAULTS if (path := folder / main.name).is_file()), main)
    raw = _toml(main, faults)
    if faults:
        raise ConfigError(faults)
    if (address := _credential(environment, faults)) is not None:
        environment = {**environment, "FEEDSVC_DATABASE_URL": address}
    origins = _overlay(raw, environment, faults)
    settings = validated(Settings, raw, str(main), faults, origins=origins)
    # The other files are looked at as well where this one has faults, unless their names are among these.
    with suppress(ValidationError):
        files = settings.files if settings is not None else Files.model_validate(raw.get("files", {}))
        sources = _sources(main.parent / files.sources, kinds, faults)
        themes = _themes(main.parent / files.themes, faults)
        regions = _regions(main, files, faults)
    if faults or settings is None:
        raise ConfigError(faults)
    return Config(main, settings, sources, themes, regions, kinds)


def _credential(environment: Mapping[str, str], faults: list[str]) -> str | None:
    """The store's address from a file that systemd hands over (LoadCredential=database_url:…); None without one.

    FEEDSVC_DATABASE_URL wins over it.
    """
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder or environment.get("FEEDSVC_DATABASE_URL"):
        return None
    file = Path(folder) / "database_url"
    try:
        return file.read_text(encoding="utf-8").strip() if file.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{file}: cannot be read: {error}")
        return None


def notify_socket() -> str:
    """The socket at which systemd, or `up`, wants to hear that this process is well (sd_notify(3)); "" without one."""
    return os.environ.get("NOTIFY_SOCKET", "")


def environment_with(**more: str) -> dict[str, str]:
    """The environment of a process that this one starts."""
    return {**os.environ, **more}


def hand_down(config: Config, bind: str, **more: str) -> None:
    """Tell the processes that this one starts which configuration it was given, where it listens, and more."""
    os.environ.update({"FEEDSVC_CONFIG": str(config.file.absolute()), "FEEDSVC_SERVER__BIND": bind, **more})
    # glibc gives threads up to eight heaps for each processor; what one has set free, the others do not get.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")


def _toml(file: Path, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(f"{file}: no such file; name another with --config FILE")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(f"{file}: cannot be read: {error}")
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{file}: invalid TOML: {error}")
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
            faults.append(f"environment: {name}: unknown setting; there are {known} and FEEDSVC_<SECTION>__<KEY>")
            continue
        table = raw.setdefault(target[0], {})
        if not isinstance(table, dict):
            continue  # A fault of the file, and told as such.
        is_sources = target == ("files", "sources")
        table[target[1]] = str(Path(environment[name]).absolute()) if is_sources else environment[name]
        origins[target] = name
    return origins


def _sources(file: Path, kinds: Mapping[str, type[BaseModel]], faults: list[str]) -> tuple[Source, ...]:
    found: list[Source] = []
    named: set[str] = set()
    for number, table in enumerate(tables(_toml(file, faults), "source", file, faults), 1):
        where = f"{file}: source {table.get('id', number)!r}"
        if (name := str(table.get("id"))) in named and "id" in table:
            faults.append(f"{where}: id: duplicate {name!r}; an id names one source")
        named.add(name)
        source = build_source(table, file.parent, kinds, where, faults)
        if source is not None:
            found.append(source)
            if source.path is not None and source.path.is_dir():
                faults.append(f"{where}: path: {source.path} is a folder; name a file")
    former = Counter(name for source in found for name in set(source.common.former_ids))
    faults.extend(f"{file}: former_ids: {name!r} is a former id of two sources" for name in former if former[name] > 1)
    return one_of_each(found)


def one_of_each(sources: Collection[Source]) -> tuple[Source, ...]:
    """Leave out what is configured under a former id of another source: it means that one."""
    kept = {source.id: source for source in sources}
    for source in sources:
        for name in source.common.former_ids:
            if name != source.id and name in kept and source.id in kept:
                del kept[name]
                kept[source.id] = replace(kept[source.id], namesakes=(*kept[source.id].namesakes, name))
    return tuple(kept.values())


def build_source(
    table: Mapping[str, Any], folder: Path, kinds: Mapping[str, type[BaseModel]], where: str, faults: list[str]
) -> Source | None:
    """The source that a table describes; None, with faults that begin with `where`, where it describes none."""
    common = validated(
        SourceSettings,
        {key: value for key, value in table.items() if key in SourceSettings.model_fields},
        where,
        faults,
    )
    kind = kinds.get(str(table.get("kind")))
    if kind is None:
        if isinstance(table.get("kind"), str):
            faults.append(f"{where}: kind: {table['kind']!r} is none of {', '.join(sorted(kinds))}")
        return None
    own_keys = {key: value for key, value in table.items() if key not in SourceSettings.model_fields}
    own = validated(kind, own_keys, where, faults, siblings=tuple(SourceSettings.model_fields))
    return None if common is None or own is None else Source(common, own, folder, table=table)


def _themes(file: Path, faults: list[str]) -> Themes:
    themes: list[Theme] = []
    named: set[str] = set()
    for number, table in enumerate(tables(_toml(file, faults), "theme", file, faults), 1):
        where = f"{file}: theme {table.get('name', number)!r}"
        settings = validated(ThemeSettings, table, where, faults)
        if (slug := slugify(str(table.get("name")))) in named and "name" in table:
            faults.append(f"{where}: name: {slug!r} is the address of two themes; rename one")
        named.add(slug)
        if settings is not None:
            themes.append(Theme(settings.name, settings.synonyms, settings.former_slugs, settings.color))
    return Themes(themes)


def _regions(main: Path, files: Files, faults: list[str]) -> Regions:
    file = main.parent / files.regions
    if not file.exists() and "regions" not in files.model_fields_set:
        # A configuration that was written before there were regions takes the defaults.
        file = next((path for folder in _DEFAULTS if (path := folder / files.regions).is_file()), file)
    regions: list[Region] = []
    taken: dict[str, str] = {}
    for number, table in enumerate(tables(_toml(file, faults), "region", file, faults), 1):
        where = f"{file}: region {table.get('name', number)!r}"
        settings = validated(RegionSettings, table, where, faults)
        if settings is None:
            continue
        region = Region(
            settings.name, frozenset(settings.countries), settings.cldr, settings.names, settings.former_slugs
        )
        twice = [slug for slug in (region.slug, *region.former_slugs) if taken.setdefault(slug, where) != where]
        faults.extend(f"{where}: {slug!r} is the address of two regions; rename one" for slug in twice)
        regions.append(region)
    return Regions(regions)
