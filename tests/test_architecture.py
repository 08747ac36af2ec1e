"""The shape of the code, held by reading it: sizes, docstrings, imports at the top, one door per effect.

Which part may import which stands in pyproject.toml as import contracts. Every rule has a breach beside it that it
must find, so a rule that fell asleep is noticed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests import code_rules as rules
from tests.code_rules import ROOT, Module, Rule, modules

BREACHES: dict[Rule, str] = {
    rules.module_is_short: '"""Long."""\n' + "\n" * rules.MAX_MODULE_LINES,
    rules.functions_are_short: '"""Long."""\n\n\ndef long():\n' + "    print()\n" * rules.MAX_FUNCTION_LINES,
    rules.module_says_what_it_is: "x = 1\n",
    rules.imports_stand_at_the_top: '"""Late."""\n\n\ndef late():\n    import json\n',
    rules.only_bootstrap_reads_the_clock: '"""Clock."""\nimport time\n\nstarted = time.monotonic()\n',
    rules.only_config_reads_the_environment: '"""Environment."""\nimport os\n\nhome = os.environ["HOME"]\n',
    rules.no_datetime_is_naive: '"""Naive."""\nfrom datetime import datetime\n\nday = datetime(2024, 5, 30)\n',
    rules.effects_go_through_their_door: '"""Door."""\nfrom http.client import HTTPConnection\n',
    rules.names_are_the_fields_terms: '"""Coined."""\n\n\ndef make_desk():\n    pass\n',
    rules.english_is_idiomatic: '"""A folder that can not be read."""\n',
    rules.calendars_have_the_right_type: f'"""Type."""\nTYPE = "{rules.WRONG_TYPE}"\n',
}


@pytest.mark.parametrize("rule", BREACHES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    found = [f"{module.path}: {fault}" for module in modules() for fault in rule(module)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("rule", BREACHES, ids=lambda rule: rule.__name__)
def test_the_rule_finds_a_breach(rule: Rule) -> None:
    assert list(rule(Module("feedsvc/core/planted.py", BREACHES[rule])))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nnow = datetime.now()\n",
        "import datetime\nnow = datetime.datetime.utcnow()\n",
        "from datetime import date\nday = date.today()\n",
        "import time\nhand_on(time.time)\n",
        "from time import perf_counter\n",
    ],
)
def test_a_clock_is_found_however_it_is_read(text: str) -> None:
    assert list(rules.only_bootstrap_reads_the_clock(Module("feedsvc/worker.py", text)))
    assert not list(rules.only_bootstrap_reads_the_clock(Module("feedsvc/bootstrap.py", text)))


@pytest.mark.parametrize(
    "text",
    ["datetime.fromtimestamp(0)\n", "moment.replace(tzinfo=None)\n", "datetime.datetime(2024, 1, 1, 12)\n"],
)
def test_a_naive_datetime_is_found_however_it_is_made(text: str) -> None:
    assert list(rules.no_datetime_is_naive(Module("feedsvc/core/planted.py", text)))


PLANTED = {
    "core/planted.py": "import socket\n",
    "feeds/planted.py": "import feedsvc.web.http.answers\nimport icalendar\n",
    "web/planted.py": "import sqlalchemy\nimport urllib3\nimport rich\n",
    "store/planted.py": "import flask\n",
    "newcomer.py": "",
}


def test_import_contracts_find_planted_breaches(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "feedsvc", tmp_path / "feedsvc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, text in PLANTED.items():
        (tmp_path / "feedsvc" / name).write_text(f'"""Planted."""\n{text}', encoding="utf-8")
    command = "import sys; sys.path[0] = ''; from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert " kept, 8 broken" in done.stdout, done.stdout
    assert "newcomer" in done.stdout, "a part that has no layer was not found"


def _layers(name: str) -> list[list[str]]:
    """The layers of an import contract, top to bottom, each in the order of the alphabet."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [one for one in settings["tool"]["importlinter"]["contracts"] if one["name"].startswith(name)]
    return [sorted(re.findall(r"\w+", layer)) for layer in contract["layers"]]


def _drawn(heading: str) -> list[list[str]]:
    """The layers that docs/architecture.md draws below a heading: the words before the wide gap of each line."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition(f"## {heading}")[2]
    lines = text.split("```")[1].strip().splitlines()
    return [sorted(re.split(r" · ", re.split(r"\s{2,}", line)[0])) for line in lines]


@pytest.mark.parametrize(
    ("heading", "contract", "folder"),
    [("Layers", "Imports point down; parts", "feedsvc"), ("Within web", "Within web", "feedsvc/web")],
)
def test_layers_of_the_page_are_those_of_the_contract_and_the_folders(heading: str, contract: str, folder: str) -> None:
    assert _drawn(heading) == _layers(contract)
    parts = {one.stem for one in (ROOT / folder).iterdir() if one.suffix == ".py" or any(one.glob("*.py"))}
    drawn = {part for layer in _drawn(heading) for part in layer}
    not_yet = {"admin", "logs"}
    assert parts - {"__init__", "__main__", "__pycache__", "defaults"} <= drawn <= parts | not_yet


def test_no_imports_go_in_a_circle() -> None:
    """Imports inside functions count as well."""
    dotted = {
        module.path: module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for module in modules()
    }
    package = {name for path, name in dotted.items() if path.startswith("feedsvc/")}
    graph = {
        dotted[module.path]: {
            found
            for _line, name in rules.imports(module.tree)
            for found in (name, name.rpartition(".")[0])
            if found in package and found != dotted[module.path]
        }
        for module in modules()
        if module.path.startswith("feedsvc/")
    }
    assert tuple(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    "file", ["README.md", "CONTRIBUTING.md", "SECURITY.md", *sorted(ROOT.glob("docs/*.md"))], ids=str
)
def test_docs_are_in_idiomatic_english(file: str | Path) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    found = [f"{number}: {line}" for number, line in enumerate(lines, 1) if rules.UNIDIOMATIC.search(line)]
    assert not found, "\n".join(found)
