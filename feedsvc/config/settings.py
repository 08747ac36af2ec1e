"""The shape of the configuration: every key, its unit, its default, what is allowed."""

from __future__ import annotations

from datetime import time, timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from feedsvc.config.types import Color, Link, Names, Section, Span, Text, between, has_host
from feedsvc.core import countries
from feedsvc.core.ip_ranges import parse_allow
from feedsvc.core.text import safe_url


class Site(Section):
    """[site]: how the service names itself."""

    name: Text = Field("Open Gov Week", min_length=1, max_length=80)
    base_url: str | None = None
    uid_domain: str = Field("feedsvc.invalid", pattern=r"^[a-z0-9](?:[a-z0-9.-]{0,200}[a-z0-9])?$")
    color: Color = "#0b5d5e"
    merge: bool = True
    run_by: str = Field("", max_length=120)
    contact: str = Field("", pattern=r"^$|^[^\s@:]+@[^\s@]+$|^https://\S+$", max_length=200)
    security_contact: str = Field("", pattern=r"^$|^(mailto:[^\s@]+@[^\s@]+|https://\S+)$", max_length=200)

    @field_validator("base_url")
    @classmethod
    def _public_address(cls, value: str | None) -> str | None:
        if not value:
            return None
        # In ASCII, as clients send it in the Host header.
        address = safe_url(value)
        if address is None or not value.isascii() or "?" in value or "#" in value:
            raise ValueError('not an address; write for example "https://calendars.example.org"')
        if urlsplit(address).path.strip("/"):
            raise ValueError('must not have a path; write for example "https://calendars.example.org"')
        return address.rstrip("/")


class Files(Section):
    """[files]: the other files, relative to this one."""

    sources: Text = "sources.toml"
    themes: Text = "themes.toml"
    regions: Text = "regions.toml"


class StoreSettings(Section):
    """[store]: where events are kept."""

    data_dir: Text = "var"
    database_url: SecretStr | None = None
    prepare: bool = True

    @field_validator("database_url")
    @classmethod
    def _supported(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not value.get_secret_value().startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("begins with neither sqlite:/// nor postgresql+psycopg://")
        if value.get_secret_value() == "sqlite:///":
            raise ValueError("names no file; write for example sqlite:////srv/feedsvc/feedsvc.sqlite")
        return value


class FeedSettings(Section):
    """[feeds]: what is in a feed and how often programs should look."""

    default_length: Span = timedelta(hours=1)
    refresh_interval: Span = timedelta(hours=12)
    max_age: Span = timedelta(minutes=5)
    urgent_max_age: Span = timedelta(minutes=1)
    fill_bytes: int = Field(700_000, ge=0, le=800_000)

    @field_validator("default_length", "refresh_interval")
    @classmethod
    def _sensible(cls, value: timedelta) -> timedelta:
        return between(value, "1min", "30d")

    @field_validator("max_age", "urgent_max_age")
    @classmethod
    def _not_for_ever(cls, value: timedelta) -> timedelta:
        return between(value, "0s", "30d")


class Server(Section):
    """[server]: the web processes."""

    bind: str = "127.0.0.1:8000"
    workers: int = Field(1, ge=1, le=64)
    cache_bytes: int = Field(64_000_000, ge=1_000_000, le=1_000_000_000_000)
    trusted_proxies: int = Field(0, ge=0, le=8)
    watchdog: Span = timedelta(seconds=30)
    hosts: Names = ()
    operator_bind: str | None = None

    @field_validator("watchdog")
    @classmethod
    def _long_enough(cls, value: timedelta) -> timedelta:
        return between(value, "5s", "1h")

    @field_validator("bind", "operator_bind")
    @classmethod
    def _host_and_port(cls, value: str | None) -> str | None:
        if not value:
            return None
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError('not HOST:PORT; write for example "127.0.0.1:8000"')
        return value


class Log(Section):
    """[log]: what the processes say of their work."""

    format: Literal["text", "json"] = "text"
    access: bool = False


class Embed(Section):
    """[embed]: the agenda in other people's pages."""

    frame_ancestors: str = Field(
        "*", pattern=r"^(\*|'self'|'none'|https?://[A-Za-z0-9*.:-]+)( https?://[A-Za-z0-9*.:-]+)*$"
    )


class SubscribeLinks(Section):
    """[subscribe]: links that put a feed into a calendar; {address}, {webcal} and {name} stand for the feed's own."""

    google: Link = "https://calendar.google.com/calendar/r?cid={webcal}"
    google_by_address: Link = "https://calendar.google.com/calendar/u/0/r/settings/addbyurl"
    outlook: Link = "https://outlook.live.com/calendar/0/addfromweb?url={address}&name={name}"
    office365: Link = "https://outlook.office.com/calendar/0/addfromweb?url={address}&name={name}"


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
            raise ValueError("lease and watchdog must be at least twice as long as tick")
        return self


class Admin(Section):
    """[admin]: administration in the browser."""

    enabled: bool = True
    user_header: str = Field("", pattern=r"^$|^[A-Za-z][A-Za-z0-9-]{0,60}$")
    proxies: Names = ()

    @field_validator("proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ip_network(network)
            except ValueError:
                raise ValueError(f"{network!r} is not a network (example: 10.0.0.0/24)") from None
        return value

    @model_validator(mode="after")
    def _header_needs_a_proxy(self) -> Admin:
        if self.user_header and not self.proxies:
            raise ValueError("user_header needs proxies: the networks whose word counts, or anybody could be anybody")
        return self


class Publish(Section):
    """[publish]: feeds as files, for nginx, a CDN or a bucket."""

    target: str = ""


class Settings(Section):
    """feedsvc.toml as a whole."""

    site: Site = Site()
    files: Files = Files()
    store: StoreSettings = StoreSettings()
    feeds: FeedSettings = FeedSettings()
    server: Server = Server()
    fetch: FetchSettings = FetchSettings()
    worker: WorkerSettings = WorkerSettings()
    embed: Embed = Embed()
    subscribe: SubscribeLinks = SubscribeLinks()
    log: Log = Log()
    bundles: Bundles = Bundles()
    admin: Admin = Admin()
    publish: Publish = Publish()


class ThemeSettings(Section):
    """One [[theme]] of themes.toml."""

    name: Text = Field(min_length=1, max_length=80)
    synonyms: tuple[str, ...] = ()
    former_slugs: tuple[str, ...] = ()
    color: Color = "#51606f"


class RegionSettings(Section):
    """One [[region]] of regions.toml."""

    name: Text = Field(min_length=1, max_length=80)
    cldr: str | None = None
    names: dict[str, Text] = Field(default_factory=dict)
    countries: tuple[str, ...] = Field(min_length=1)
    former_slugs: tuple[str, ...] = ()

    @field_validator("cldr")
    @classmethod
    def _territory(cls, value: str | None) -> str | None:
        if value is not None and countries.territory_name(value) is None:
            raise ValueError('not a territory of CLDR; write for example "150", or give names')
        return value

    @field_validator("countries")
    @classmethod
    def _countries(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [code for code in value if code == countries.OTHER or not countries.is_country(code)]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not ISO 3166 country codes in lower case")
        return value


SOURCE_ID = r"^[a-z0-9][a-z0-9-]{0,62}$"


class SourceSettings(Section):
    """One [[source]] of sources.toml: what every kind has. The kind adds keys of its own."""

    id: str = Field(pattern=SOURCE_ID)
    former_ids: tuple[Annotated[str, Field(pattern=SOURCE_ID)], ...] = ()
    kind: str
    name: Text | None = Field(None, min_length=1, max_length=80)
    path: Text | None = None
    url: str | None = None
    every: Span = timedelta(hours=6)
    promise: Span | None = None
    user_agent: str | None = Field(None, pattern=r"^[!-~](?:[ -~]{0,298}[!-~])?$")
    timezone: str | None = None
    times: Literal["stated", "wall-clock", "utc"] = "stated"
    no_end_times: tuple[time, ...] | None = None
    country: str | None = None
    hosts: bool = True
    descriptions: bool = True
    themes: tuple[str, ...] = ()
    themes_only: bool = False
    include: tuple[Text, ...] = ()
    exclude: tuple[Text, ...] = ()
    accept_incomplete: tuple[Annotated[str, Field(min_length=4)], ...] = ()
    absent: Literal["cancel", "until-last", "keep"] | None = None
    map: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @field_validator("promise")
    @classmethod
    def _promise(cls, value: timedelta | None) -> timedelta | None:
        return None if value is None else between(value, "1h", "400d")

    @field_validator("every")
    @classmethod
    def _pace(cls, value: timedelta) -> timedelta:
        return between(value, "1min", "30d")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        known = None if value is None else countries.zone_for(value)
        if value is not None and known is None:
            raise ValueError('not an IANA time zone; write for example "Europe/Kyiv"')
        return known

    @field_validator("country")
    @classmethod
    def _country(cls, value: str | None) -> str | None:
        if value is not None and not countries.is_country(value):
            raise ValueError('not an ISO 3166 country code; write for example "de"')
        return value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not has_host(value):
            raise ValueError("not an http, https or webcal address")
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
            raise ValueError("must have either a path or a url")
        return self
