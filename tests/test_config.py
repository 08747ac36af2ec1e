"""The configuration: read once, every fault at once, the environment over the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.config.loader import Config, load
from feedsvc.core.errors import ConfigError
from feedsvc.sources.base import find_kinds

Write = Callable[..., Path]
KINDS = {name: kind.settings for name, kind in find_kinds().items()}
SOURCE = '[[source]]\nid = "a"\nkind = "opengovweek"\npath = "a.txt"\n'
THEME = '[[theme]]\nname = "Civic Space"\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def files(main: str = "", sources: str = SOURCE, themes: str = THEME) -> Path:
        (tmp_path / "feedsvc.toml").write_text(main, encoding="utf-8")
        (tmp_path / "sources.toml").write_text(sources, encoding="utf-8")
        (tmp_path / "themes.toml").write_text(themes, encoding="utf-8")
        return tmp_path / "feedsvc.toml"

    return files


def read(file: Path, **environment: str) -> Config:
    return load(KINDS, file, environment)


def faults(file: Path, **environment: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(file, **environment)
    return caught.value.faults


def test_empty_file_gives_the_defaults(write: Write) -> None:
    config = read(write())
    assert config.settings.server.bind == "127.0.0.1:8000"
    assert config.database_url.startswith("sqlite:///")
    assert [source.id for source in config.sources] == ["a"]


def test_defaults_that_came_along_are_right() -> None:
    config = load(KINDS, Path("config/feedsvc.toml"), {})
    assert config.settings == type(config.settings)()


def test_all_faults_of_all_files_are_reported_together(write: Write) -> None:
    found = faults(
        write(
            '[site]\nnam = "x"\ncolor = "blue"\n[server]\nworkers = 0\n[bogus]\na = 1\n',
            '[[source]]\nid = "A b"\nkind = "opengovweek"\npath = "x"\n'
            '[[source]]\nid = "b"\nkind = "nope"\npath = "x"\n',
            '[[theme]]\nname = "A"\n[[theme]]\nname = "a"\n',
        )
    )
    words = ("site.nam: unknown key", "site.color: 'blue'", "server.workers: 0", "bogus: unknown key", "id: 'A b'",
             "kind: 'nope' is none of", "the address of two themes")  # fmt: skip
    assert [word for word in words if not any(word in fault for fault in found)] == []


@pytest.mark.parametrize(
    ("sources", "fault"),
    [
        (SOURCE.replace('path = "a.txt"', ""), "must have either a path or a url"),
        (SOURCE + 'url = "https://example.org/"\n', "must have either a path or a url"),
        (SOURCE.replace('path = "a.txt"', 'url = "file:///etc/passwd"'), "not an http, https or webcal address"),
        (SOURCE + 'every = "soon"\n', "every: 'soon': not a span of time"),
        (SOURCE + 'every = "10s"\n', "is not between 1min and 30d"),
        (SOURCE + 'timezone = "Mars/Olympus"\n', "not an IANA time zone"),
        (SOURCE + 'country = "zz"\n', "not an ISO 3166 country code"),
        (SOURCE + 'pth = "x"\n', "pth: unknown key; there are absent, accept_incomplete, "),
        (SOURCE + SOURCE, "id: duplicate 'a'"),
        (
            SOURCE + 'former_ids = ["c"]\n' + SOURCE.replace('"a"', '"b"') + 'former_ids = ["c"]\n',
            "'c' is a former id of two sources",
        ),
        ("[source]\nid = 1\n", "is written [[source]], with two brackets"),
        ("source = [1, 2]\n", "is written [[source]], with two brackets"),
        (SOURCE.replace("a.txt", "a\\u0000"), "holds a line break or another control character"),
        (SOURCE + 'themes = "Budget"\n', "themes: 'Budget': should be a list"),
        (SOURCE.replace('path = "a.txt"', 'url = "http://[::1"'), "url: not an http, https or webcal address"),
        ("sauce = 1\n", "sauce: unknown key"),
        ("[[source", "invalid TOML"),
    ],
)
def test_wrong_source_is_one_clear_line(write: Write, sources: str, fault: str) -> None:
    found = faults(write("", sources))
    assert any(fault in line for line in found), found
    assert all("\n" not in line for line in found)


def test_no_fault_hides_another(write: Write) -> None:
    found = faults(write('[files]\nsources = "other.toml"\n[server]\nworkers = 0\n'))
    assert any("other.toml: no such file" in line for line in found)
    found = faults(write("", SOURCE + "every = 1\n" + SOURCE, THEME + 'color = "red"\n' + THEME))
    words = ("every: 1: not a span", "id: duplicate 'a'", "color: 'red'", "is the address of two themes")
    assert [word for word in words if not any(word in line for line in found)] == []


@pytest.mark.parametrize(
    ("main", "fault"),
    [
        ("site = 3\n", "site: 3: should be a table"),
        ('[feeds]\nrefresh_interval = "0s"\n', "feeds.refresh_interval: '0s': is not between 1min and 30d"),
        ('[feeds]\nmax_age = "99999d"\n', "feeds.max_age: '99999d': is not between 0s and 30d"),
        ('[site]\nname = "a\\nb"\n', "site.name: 'a\\nb': holds a line break"),
        ('[site]\nbase_url = "http://h:99999/"\n', "site.base_url: not an address"),
        ('[site]\nbase_url = "http://h/a b?c"\n', "site.base_url: not an address"),
        ('[store]\ndatabase_url = "sqlite:///"\n', "store.database_url: names no file"),
        ("[fetch]\nallow = 5\n", 'fetch.allow: 5: should be a list, such as ["a", "b"]'),
        (f'[site]\nname = "{"x" * 1000}"\n', "…: should have at most 80 characters"),
    ],
)
def test_wrong_setting_is_one_short_line(write: Write, main: str, fault: str) -> None:
    found = faults(write(main), FEEDSVC_SITE__COLOR="#123456")
    assert len(found) == 1
    assert fault in found[0]
    assert len(found[0].removeprefix(str(write().parent))) < 200


def test_keys_that_are_allowed_are_those_of_the_table(write: Write) -> None:
    table = '[[source]]\nid = "t"\nkind = "csv"\npath = "x"\n[source.columns]\ntitle = "a"\nstart = "b"\nfoo = "x"\n'
    (told,) = faults(write("", table))
    assert "columns.foo: unknown key; there are country, " in told
    assert "every" not in told


def test_missing_file_is_one_fault_not_three(tmp_path: Path) -> None:
    assert len(faults(tmp_path / "none.toml")) == 1


def test_environment_wins_over_the_file(write: Write) -> None:
    file = write("[server]\nworkers = 2\n")
    assert read(file, FEEDSVC_SERVER__WORKERS="3").settings.server.workers == 3
    assert read(file, FEEDSVC_BASE_URL="https://c.example/").settings.site.base_url == "https://c.example"
    for address in ("c.example", "ftp://c.example", "https://", "https://köln.example", "https://a@c.example"):
        assert "https://calendars.example.org" in faults(file, FEEDSVC_BASE_URL=address)[0]
    assert read(file, FEEDSVC_DATA_DIR="/srv/x").database_url == "sqlite:////srv/x/feedsvc.sqlite"


def test_fault_in_the_environment_names_the_variable(write: Write) -> None:
    found = faults(write(), FEEDSVC_SERVER__WORKERS="many", FEEDSVC_FOO="1")
    assert any(line.startswith("environment: FEEDSVC_SERVER__WORKERS: 'many'") for line in found)
    assert any("FEEDSVC_FOO: unknown setting" in line for line in found)


def test_database_password_is_never_repeated(write: Write) -> None:
    found = faults(write(), FEEDSVC_DATABASE_URL="mysql://user:hunter2@db/x")
    assert found
    assert "hunter2" not in "".join(found)
    both = SOURCE + 'url = "https://user:hunter2@example.org/"\n'
    assert "hunter2" not in "".join(faults(write("", both)))
    config = read(write(), FEEDSVC_DATABASE_URL="postgresql+psycopg://user:hunter2@db/x")
    assert "hunter2" not in repr(config)


def test_sources_path_is_relative_to_its_file(write: Write, tmp_path: Path) -> None:
    assert read(write()).sources[0].path == tmp_path / "a.txt"


def test_a_zone_is_kept_in_its_own_spelling(write: Write) -> None:
    (source,) = read(write("", SOURCE + 'timezone = "europe/kyiv"\n')).sources
    assert source.common.timezone == "Europe/Kyiv"


def test_theme_is_found_by_synonyms_and_former_slugs(write: Write) -> None:
    themes = read(
        write("", SOURCE, '[[theme]]\nname = "Gender & Inclusion"\nsynonyms = ["Género"]\nformer_slugs = ["gender"]\n')
    ).themes
    found = themes.named("genero")
    assert found is not None
    assert found.slug == themes.canonical_slug("gender") == "gender-and-inclusion"


EU = '[[region]]\nname = "European Union"\ncldr = "EU"\ncountries = ["fr", "de"]\nformer_slugs = ["eu"]\n'


def with_regions(file: Path, regions: str) -> Path:
    (file.parent / "regions.toml").write_text(regions, encoding="utf-8")
    return file


def test_regions_are_read_from_their_file(write: Write) -> None:
    regions = read(with_regions(write(), EU)).regions
    assert [region.slug for region in regions.of(["fr"])] == ["european-union"]


def test_configuration_from_before_there_were_regions_has_the_usual_ones(write: Write) -> None:
    assert len(read(write()).regions.all) == 6
    assert faults(write('[files]\nregions = "none.toml"\n'))[0].endswith("name another with --config FILE")


@pytest.mark.parametrize(
    ("regions", "told"),
    [
        (EU.replace('"fr"', '"FR"'), "FR: not ISO 3166 country codes in lower case"),
        (EU.replace('"EU"', '"EX"'), "not a territory of CLDR"),
        (EU + '[[region]]\nname = "EU"\ncountries = ["fr"]\n', "'eu' is the address of two regions; rename one"),
        (EU.replace("countries", "nations"), "nations"),
    ],
)
def test_wrong_region_is_a_fault(write: Write, regions: str, told: str) -> None:
    assert told in " ".join(faults(with_regions(write(), regions)))


def test_a_public_address_with_a_path_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="must not have a path"):
        read(None, FEEDSVC_BASE_URL="https://example.org/calendars")


def test_address_of_the_store_may_be_a_file_that_systemd_hands_over(write: Write, tmp_path: Path) -> None:
    file, secret = write(), "postgresql+psycopg://feedsvc:secret@db/feedsvc"
    assert read(file, CREDENTIALS_DIRECTORY=str(tmp_path)).database_url.startswith("sqlite:///")
    (tmp_path / "database_url").write_text(f"{secret}\n", encoding="utf-8")
    assert read(file, CREDENTIALS_DIRECTORY=str(tmp_path)).database_url == secret
    other = read(file, CREDENTIALS_DIRECTORY=str(tmp_path), FEEDSVC_DATABASE_URL="sqlite:////srv/x.sqlite")
    assert other.database_url == "sqlite:////srv/x.sqlite"


def test_faulty_address_in_a_credential_is_not_repeated(write: Write, tmp_path: Path) -> None:
    (tmp_path / "database_url").write_text("mysql://user:secret@db", encoding="utf-8")
    (fault,) = faults(write(), CREDENTIALS_DIRECTORY=str(tmp_path))
    assert "secret" not in fault
