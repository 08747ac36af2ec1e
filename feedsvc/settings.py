"""The shape of the configuration: every key, its unit, its default, what is allowed."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

from feedsvc.core import places
from feedsvc.core.addresses import parse_allow

_SPAN = re.compile(r"(\d{1,6})\s*(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def _to_span(value: Any) -> Any:
    """A span of time such as "90 s", "15 min", "6h", "1d"."""
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(str(value).strip())
    if found is None:
        raise ValueError('is no span of time; write for example "15min", "6h" or "1d"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _to_list(value: Any) -> Any:
    """A list, or, from the environment, its items separated by commas."""
    return tuple(item.strip() for item in value.split(",") if item.strip()) if isinstance(value, str) else value


Span = Annotated[timedelta, BeforeValidator(_to_span)]
Names = Annotated[tuple[str, ...], BeforeValidator(_to_list)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Section(BaseModel):
    """A table of the configuration; unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Section):
    """[site]: how the service names itself."""

    name: str = Field("Open Gov Week", min_length=1, max_length=80)
    base_url: str | None = None
    uid_domain: str = Field("feedsvc.invalid", pattern=r"^[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?$")
    color: Color = "#0b5d5e"
    security_contact: str = Field("", pattern=r"^$|^(mailto:[^\s@]+@[^\s@]+|https://\S+)$", max_length=200)

    @field_validator("base_url")
    @classmethod
    def _public_address(cls, value: str | None) -> str | None:
        if not value:
            return None
        # In ASCII, as clients send it in the Host header.
        if not re.fullmatch(r"https?://[!$-;=A-~]+", value) or not urlsplit(value).hostname:
            raise ValueError('is no address; write for example "https://calendars.example.org"')
        return value.rstrip("/")


class Files(Section):
    """[files]: the other files, relative to this one."""

    sources: str = "sources.toml"
    themes: str = "themes.toml"


class StorePlace(Section):
    """[store]: where events are kept."""

    data_dir: str = "var"
    database_url: SecretStr | None = None
    prepare: bool = True

    @field_validator("database_url")
    @classmethod
    def _supported(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("begins with neither sqlite:/// nor postgresql+psycopg://")
        return value


class FeedSettings(Section):
    """[feeds]: what is in a feed and how often programs should look."""

    default_length: Span = timedelta(hours=1)
    refresh_interval: Span = timedelta(hours=12)
    max_age: Span = timedelta(minutes=5)


class Server(Section):
    """[server]: the web processes."""

    bind: str = "127.0.0.1:8000"
    workers: int = Field(1, ge=1, le=64)
    cache_bytes: int = Field(64_000_000, ge=1_000_000, le=1_000_000_000_000)
    trusted_proxies: int = Field(0, ge=0, le=8)
    hosts: Names = ()

    @field_validator("bind")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError('is no HOST:PORT; write for example "127.0.0.1:8000"')
        return value


class Embed(Section):
    """[embed]: the agenda in other people's pages."""

    frame_ancestors: str = Field(
        "*", pattern=r"^(\*|'self'|'none'|https?://[A-Za-z0-9*.:-]+)( https?://[A-Za-z0-9*.:-]+)*$"
    )


class Bundles(Section):
    """[bundles]: feeds that visitors save under a name."""

    enabled: bool = True
    per_hour: int = Field(20, ge=1, le=100_000)
    at_most: int = Field(20_000, ge=1, le=10_000_000)


class FetchSettings(Section):
    """[fetch]: how pages of sources are fetched."""

    allow: Names = ()
    contact: str = Field("", max_length=200, pattern=r"^[ -~]*$")
    gap: Span = timedelta(seconds=1)

    @field_validator("allow")
    @classmethod
    def _places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            parse_allow(entry)
        return value


class WorkerSettings(Section):
    """[worker]: the process that refreshes sources when they are due."""

    parallel: int = Field(8, ge=1, le=64)
    tick: Span = timedelta(seconds=5)
    lease: Span = timedelta(seconds=60)
    watchdog: Span = timedelta(seconds=90)

    @model_validator(mode="after")
    def _in_order(self) -> WorkerSettings:
        if self.tick < timedelta(seconds=1):
            raise ValueError("tick is less than 1s")
        if self.lease < 2 * self.tick or self.watchdog < 2 * self.tick:
            raise ValueError("lease and watchdog have to be at least twice as long as tick")
        return self


class Publish(Section):
    """[publish]: feeds as files, for nginx, a CDN or a bucket."""

    target: str = ""


class Settings(Section):
    """feedsvc.toml as a whole."""

    site: Site = Site()
    files: Files = Files()
    store: StorePlace = StorePlace()
    feeds: FeedSettings = FeedSettings()
    server: Server = Server()
    fetch: FetchSettings = FetchSettings()
    worker: WorkerSettings = WorkerSettings()
    embed: Embed = Embed()
    bundles: Bundles = Bundles()
    publish: Publish = Publish()


class ThemeSettings(Section):
    """One [[theme]] of themes.toml."""

    name: str = Field(min_length=1, max_length=80)
    synonyms: tuple[str, ...] = ()
    former_slugs: tuple[str, ...] = ()
    color: Color = "#51606f"


class SourceSettings(Section):
    """One [[source]] of sources.toml: what every kind has. The kind adds keys of its own."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    kind: str
    name: str | None = Field(None, min_length=1, max_length=80)
    path: str | None = None
    url: str | None = None
    every: Span = timedelta(hours=6)
    timezone: str | None = None
    no_end_times: tuple[time, ...] = ()
    country: str | None = None
    themes: tuple[str, ...] = ()
    map: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("every")
    @classmethod
    def _pace(cls, value: timedelta) -> timedelta:
        if not timedelta(minutes=1) <= value <= timedelta(days=30):
            raise ValueError("is not between 1min and 30d")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        known = None if value is None else places.zone_for(value)
        if value is not None and known is None:
            raise ValueError('is no IANA time zone; write for example "Europe/Kyiv"')
        return known

    @field_validator("country")
    @classmethod
    def _country(cls, value: str | None) -> str | None:
        if value is not None and not places.is_country(value):
            raise ValueError('is no ISO 3166 country code; write for example "de"')
        return value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and (
            urlsplit(value).scheme not in ("http", "https", "webcal") or not urlsplit(value).hostname
        ):
            raise ValueError("is no http, https or webcal address")
        return value

    @field_validator("map", mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: (names,) if isinstance(names, str) else names for key, names in value.items()}

    @model_validator(mode="after")
    def _one_place(self) -> SourceSettings:
        if (self.path is None) == (self.url is None):
            raise ValueError("has to have either a path or an url")
        return self
