"""The shape of the code, held by reading it: sizes, docstrings, imports at the top, one door per effect.

Which part may import which stands in pyproject.toml as import contracts. A rule is a function from a module to the
faults it finds; every rule has a breach beside it that it must find, so a rule that fell asleep is noticed.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_MODULE_LINES = 250
MAX_FUNCTION_LINES = 40
MIGRATIONS = "feedsvc/store/migrations/versions/"
"""Written once, mostly by a generator, never changed: the rules of shape do not hold there."""

CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {
        f"{clock}{unit}" for clock in ("time", "monotonic", "perf_counter", "process_time") for unit in ("", "_ns")
    }
    | {"gmtime", "localtime"},
}
NETWORK = ("socket", "ssl", "urllib3", "requests", "http.client", "urllib.request", "socketserver", "ftplib", "smtplib")
DOORS = {
    ("icalendar", "recurring_ical_events"): ("feedsvc/ical/",),
    ("sqlalchemy", "alembic", "sqlite3", "psycopg"): ("feedsvc/store/",),
    ("flask", "werkzeug", "jinja2"): ("feedsvc/app.py", "feedsvc/web/", "feedsvc/admin/"),
    NETWORK: ("feedsvc/fetch.py", "feedsvc/fetch/"),
}
WRONG_TYPE = "text/" + "icalendar"


@dataclass(frozen=True)
class Module:
    """A Python file, by its path from the root."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    def is_in(self, *places: str) -> bool:
        return self.path.startswith(places)


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


Rule = Callable[[Module], Iterator[str]]


def module_is_short(module: Module) -> Iterator[str]:
    lines = module.text.count("\n")
    if lines > MAX_MODULE_LINES:
        yield f"{lines} lines; at most {MAX_MODULE_LINES}"


def functions_are_short(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > MAX_FUNCTION_LINES and not module.is_in(MIGRATIONS):
                yield f"line {node.lineno}: {node.name} has {lines} lines; at most {MAX_FUNCTION_LINES}"


def module_says_what_it_is(module: Module) -> Iterator[str]:
    if not ast.get_docstring(module.tree) and module.path != "wsgi.py":
        yield "no docstring"


def imports_stand_at_the_top(module: Module) -> Iterator[str]:
    top = True
    for node in module.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            if not top:
                yield f"line {node.lineno}: an import after other code"
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            top = False
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    yield f"line {inner.lineno}: an import inside of other code"


def only_bootstrap_reads_the_clock(module: Module) -> Iterator[str]:
    if not module.is_in("feedsvc/") or module.path == "feedsvc/bootstrap.py":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS.get(_last_name(node.value), ()):
            yield f"line {node.lineno}: {_last_name(node.value)}.{node.attr}; be handed `now`, or `monotonic`"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            taken = [alias.name for alias in node.names if alias.name in CLOCKS["time"]]
            yield from (f"line {node.lineno}: from time import {name}" for name in taken)


def only_config_reads_the_environment(module: Module) -> Iterator[str]:
    if not module.is_in("feedsvc/") or module.path == "feedsvc/config.py":
        return
    for node in ast.walk(module.tree):
        name = node.attr if isinstance(node, ast.Attribute) and _last_name(node.value) == "os" else None
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            name = next((alias.name for alias in node.names if alias.name in _ENVIRONMENT), None)
        if name in _ENVIRONMENT:
            yield f"line {getattr(node, 'lineno', 0)}: os.{name}; make it a setting"


_ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def no_datetime_is_naive(module: Module) -> Iterator[str]:
    if not module.is_in("feedsvc/"):
        return
    compared = {
        operand for node in ast.walk(module.tree) if isinstance(node, ast.Compare) for operand in _operands(node)
    }
    for node in ast.walk(module.tree):
        # Two wall clocks may be compared without their zones; what is not kept can not be mistaken for an instant.
        if isinstance(node, ast.Call) and node not in compared and _makes_a_naive_datetime(node):
            yield f"line {node.lineno}: {ast.unparse(node)[:60]} is naive; give it a zone"


def _operands(node: ast.Compare) -> list[ast.expr]:
    return [node.left, *node.comparators]


def _makes_a_naive_datetime(call: ast.Call) -> bool:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    name = _last_name(call.func)
    if name == "datetime":
        return len(call.args) < 8 and "tzinfo" not in keywords and bool(call.args)
    if name == "fromtimestamp":
        return len(call.args) < 2 and "tz" not in keywords
    without = isinstance(keywords.get("tzinfo"), ast.Constant)
    return name in ("utcfromtimestamp", "utcnow") or (name == "replace" and without)


def effects_go_through_their_door(module: Module) -> Iterator[str]:
    if not module.is_in("feedsvc/"):
        return
    for line, imported in _imports(module.tree):
        for libraries, doors in DOORS.items():
            if not module.is_in(*doors) and any(f"{imported}.".startswith(f"{library}.") for library in libraries):
                yield f"line {line}: imports {imported}; the door to it is {', '.join(doors)}"


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def calendars_have_the_right_type(module: Module) -> Iterator[str]:
    if WRONG_TYPE in module.text:
        yield f"{WRONG_TYPE} is no media type; RFC 5545 registers text/calendar"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


BREACHES: dict[Rule, str] = {
    module_is_short: '"""Long."""\n' + "\n" * MAX_MODULE_LINES,
    functions_are_short: '"""Long."""\n\n\ndef long():\n' + "    print()\n" * MAX_FUNCTION_LINES,
    module_says_what_it_is: "x = 1\n",
    imports_stand_at_the_top: '"""Late."""\n\n\ndef late():\n    import json\n',
    only_bootstrap_reads_the_clock: '"""Clock."""\nimport time\n\nstarted = time.monotonic()\n',
    only_config_reads_the_environment: '"""Environment."""\nimport os\n\nhome = os.environ["HOME"]\n',
    no_datetime_is_naive: '"""Naive."""\nfrom datetime import datetime\n\nday = datetime(2024, 5, 30)\n',
    effects_go_through_their_door: '"""Door."""\nfrom http.client import HTTPConnection\n',
    calendars_have_the_right_type: f'"""Type."""\nTYPE = "{WRONG_TYPE}"\n',
}


def modules() -> list[Module]:
    """Every Python file of the project, the tests among them."""
    tops = [ROOT / top for top in ("feedsvc", "tests", "benchmarks")]
    files = [ROOT / "wsgi.py", *(file for top in tops for file in top.rglob("*.py"))]
    return [Module(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(files)]


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
    assert list(only_bootstrap_reads_the_clock(Module("feedsvc/worker.py", text)))
    assert not list(only_bootstrap_reads_the_clock(Module("feedsvc/bootstrap.py", text)))


@pytest.mark.parametrize(
    "text",
    ["datetime.fromtimestamp(0)\n", "moment.replace(tzinfo=None)\n", "datetime.datetime(2024, 1, 1, 12)\n"],
)
def test_a_naive_datetime_is_found_however_it_is_made(text: str) -> None:
    assert list(no_datetime_is_naive(Module("feedsvc/core/planted.py", text)))


PLANTED = {
    "core/planted.py": "import socket\n",
    "feeds/planted.py": "import feedsvc.web.http\nimport icalendar\n",
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
