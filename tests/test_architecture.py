"""The shape of the code, held by reading it: sizes, docstrings, imports at the top, one door per effect.

Which part may import which stands in pyproject.toml as import contracts. Every rule has a breach beside it that it
must find, so a rule that fell asleep is noticed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
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
    assert " kept, 7 broken" in done.stdout, done.stdout
    assert "newcomer" in done.stdout, "a part that has no layer was not found"
