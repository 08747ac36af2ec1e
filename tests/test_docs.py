"""The documentation is asserted: whoever adds a setting, a command, a kind, a format, a dimension, a finding or a
metric has to say in docs/ what it is, or this turns red. Each line is looked for where a reader would look for it.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
import typer
from pydantic import BaseModel

from feedsvc.cli.main import app
from feedsvc.config.loader import _SHORT
from feedsvc.config.settings import Settings, SourceSettings, ThemeSettings
from feedsvc.core.dimensions import Regions, Themes, dimensions
from feedsvc.core.findings import MEANINGS
from feedsvc.feeds.feed import formats
from feedsvc.sources.base import find_kinds

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
KIND_OWN = [(name, key) for name, kind in find_kinds().items() for key in kind.settings.model_fields]


@cache
def page(name: str) -> str:
    """The text of docs/<name>, empty while there is none."""
    file = DOCS / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def section(name: str, heading: str) -> str:
    """What stands under a heading that contains these words, up to the next heading of that depth or above."""
    found = re.search(
        rf"^(#+) [^\n]*{re.escape(heading)}[^\n]*\n(.*?)(?=^#{{1,2}} |\Z)", page(name), re.MULTILINE | re.DOTALL
    )
    return found[2] if found else ""


def rows(text: str, first: str) -> list[str]:
    """The rows of tables whose first cell begins with this, in code or not."""
    return [line for line in text.splitlines() if line.startswith((f"| `{first}`", f"| {first} "))]


def settings_keys() -> Iterator[tuple[str, str]]:
    """(section, key) of feedsvc.toml."""
    for name, field in Settings.model_fields.items():
        assert isinstance(field.annotation, type)
        assert issubclass(field.annotation, BaseModel)
        yield from ((name, key) for key in field.annotation.model_fields)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name: "refresh", "sources list"."""

    def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            for child in inner.values():
                yield from walk(child, f"{name} {child.name}".strip())

    yield from walk(typer.main.get_command(app), "")


def metric_names() -> list[str]:
    """Names of metrics as they stand in the code."""
    files = [*(ROOT / "feedsvc").glob("metrics.py"), *(ROOT / "feedsvc").glob("metrics/*.py")]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return sorted(text for text in texts if re.fullmatch(r"feedsvc_[a-z0-9_]+", text))


@pytest.mark.parametrize(("name", "key"), list(settings_keys()), ids=str)
def test_every_setting_is_explained_with_its_default(name: str, key: str) -> None:
    found = rows(section("configuration.md", f"[{name}]"), key)
    assert found, f"docs/configuration.md says nothing of [{name}] {key}"
    with (ROOT / "config" / "feedsvc.toml").open("rb") as file:
        default = tomllib.load(file).get(name, {})
    assert key in default, f"config/feedsvc.toml does not show [{name}] {key} with its default"
    shown = default[key]
    text = str(shown).lower() if isinstance(shown, bool | int) else shown if isinstance(shown, str) else None
    assert text is None or f"`{text}`" in found[0] or not text, f"docs/configuration.md: {key}: the default is {text!r}"


@pytest.mark.parametrize("key", list(SourceSettings.model_fields))
def test_every_key_of_a_source_is_explained(key: str) -> None:
    assert rows(section("configuration.md", "[[source]]"), key), (
        f"docs/configuration.md says nothing of [[source]] {key}"
    )


@pytest.mark.parametrize("key", list(ThemeSettings.model_fields))
def test_every_key_of_a_theme_is_explained(key: str) -> None:
    assert rows(section("configuration.md", "[[theme]]"), key), f"docs/configuration.md says nothing of [[theme]] {key}"


@pytest.mark.parametrize("variable", list(_SHORT))
def test_every_short_variable_is_explained(variable: str) -> None:
    assert rows(page("configuration.md"), variable), f"docs/configuration.md says nothing of {variable}"


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda part: part if isinstance(part, str) else "")
def test_every_command_and_option_is_explained(name: str, command: click.Command) -> None:
    text = section("commands.md", f"`feedsvc {name}")
    assert text, f"docs/commands.md has no heading for `feedsvc {name}`"
    for parameter in command.params:
        told = [option for option in parameter.opts if option.startswith("--") and option != "--help"]
        assert all(f"`{option}" in text for option in told), f"docs/commands.md: feedsvc {name}: nothing on {told}"


@pytest.mark.parametrize("kind", list(find_kinds()))
def test_every_kind_of_source_is_explained(kind: str) -> None:
    assert f"`{kind}`" in page("sources.md"), f"docs/sources.md says nothing of the kind `{kind}`"


@pytest.mark.parametrize(("kind", "key"), KIND_OWN)
def test_every_key_of_a_kind_is_explained(kind: str, key: str) -> None:
    assert f"`{key}`" in page("sources.md"), f"docs/sources.md says nothing of the key `{key}` of kind `{kind}`"


@pytest.mark.parametrize("extension", list(formats()))
def test_every_format_is_explained(extension: str) -> None:
    assert f"`.{extension}`" in page("formats.md"), f"docs/formats.md says nothing of .{extension}"


@pytest.mark.parametrize("name", [dimension.name for dimension in dimensions(Themes(()), Regions(()))])
def test_every_dimension_is_explained(name: str) -> None:
    assert rows(page("architecture.md"), name), f"docs/architecture.md says nothing of the dimension {name}"


@pytest.mark.parametrize("code", list(MEANINGS))
def test_every_finding_is_explained_in_the_words_of_the_program(code: str) -> None:
    found = rows(page("findings.md"), code)
    assert found, f"docs/findings.md says nothing of {code}"
    assert MEANINGS[code].means in found[0], f"docs/findings.md: {code} means: {MEANINGS[code].means}"
    assert (MEANINGS[code].variant or "") in found[0]
    assert (MEANINGS[code].told or "") in found[0], f"docs/findings.md: {code}: attendees read: {MEANINGS[code].told}"


def test_every_metric_is_explained() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in DOCS.rglob("*.md"))
    missing = [name for name in metric_names() if f"`{name}" not in text]
    assert not missing, f"no page of docs/ explains {', '.join(missing)}"


def links() -> Iterator[tuple[Path, str]]:
    """Every link of the documentation to a file beside it."""
    for file in [ROOT / "README.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            if "://" not in target:
                yield file, target


def test_every_link_to_a_file_leads_somewhere() -> None:
    dead = [f"{file.relative_to(ROOT)}: {target}" for file, target in links() if not (file.parent / target).exists()]
    assert not dead, "\n".join(dead)


def test_a_missing_line_is_found() -> None:
    assert not rows(page("findings.md"), "no-such-finding")
    assert not section("commands.md", "`feedsvc no-such-command")
    assert not section("configuration.md", "[no-such-section]")
