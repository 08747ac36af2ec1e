"""The rules of shape: each a function from a module to the faults it finds. `tests/test_architecture.py` runs them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 40
MIGRATIONS = "feedsvc/store/migrations/versions/"
"""Written once, mostly by a generator, never changed: the rules of shape do not hold there."""

_TIMERS = ("time", "monotonic", "perf_counter", "process_time")
CLOCKS = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {*_TIMERS, *(f"{timer}_ns" for timer in _TIMERS), "gmtime", "localtime"},
}
NETWORK = ("socket", "ssl", "urllib3", "requests", "http.client", "urllib.request", "socketserver", "ftplib", "smtplib")
DOORS = {
    ("icalendar", "recurring_ical_events"): ("feedsvc/ical/",),
    ("sqlalchemy", "alembic", "sqlite3", "psycopg"): ("feedsvc/store/",),
    ("flask", "werkzeug", "jinja2"): ("feedsvc/app.py", "feedsvc/web/", "feedsvc/admin/"),
    NETWORK: ("feedsvc/fetch/", "feedsvc/cli/server.py"),
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
    if not module.is_in("feedsvc/") or module.path == "feedsvc/config/loader.py":
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
    comparisons = [node for node in ast.walk(module.tree) if isinstance(node, ast.Compare)]
    compared = {operand for node in comparisons for operand in (node.left, *node.comparators)}
    for node in ast.walk(module.tree):
        # Two wall clocks may be compared without their zones; what is not kept cannot be mistaken for an instant.
        if isinstance(node, ast.Call) and node not in compared and _makes_a_naive_datetime(node):
            yield f"line {node.lineno}: {ast.unparse(node)[:60]} is naive; give it a zone"


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
    for line, imported in imports(module.tree):
        for libraries, doors in DOORS.items():
            if not module.is_in(*doors) and any(f"{imported}.".startswith(f"{documents}.") for documents in libraries):
                yield f"line {line}: imports {imported}; the door to it is {', '.join(doors)}"


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def calendars_have_the_right_type(module: Module) -> Iterator[str]:
    if WRONG_TYPE in module.text:
        yield f"{WRONG_TYPE} is no media type; RFC 5545 registers text/calendar"


COINED = frozenset(
    {
        *("almanac", "codec", "crew", "desk", "furnish", "heard", "lookout", "polite", "rehearse", "savedfeeds"),
        *("sharekit", "shelf", "steering", "supply", "surroundings", "tally", "tongue", "verdict", "wish"),
    }
)
"""Words that nobody of the field searches for: DocumentCache, not Library; RefreshContext, not Desk."""
UNIDIOMATIC = re.compile(
    r"\bcan not\b|: is no |(?<!there )\bare no (?!longer|more|others)"
    r"|\bis no (?:address|calendar|directory|file|place|media|option|setting|HOST|TOML|IANA|ISO|http)"
    r"|\bstands twice\b|\banew\b|\bwhoever\b",
    re.IGNORECASE,
)
"""How no native maintainer writes: "cannot", "not an address", "duplicate", "again"."""
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def names_are_the_fields_terms(module: Module) -> Iterator[str]:
    if coined := COINED & set(re.findall(r"[a-z]+", module.path)):
        yield f"the file's name has {', '.join(sorted(coined))}"
    for node in ast.walk(module.tree):
        name = _name_given(node)
        if name and not name.startswith("test_") and (coined := COINED & {w.lower() for w in _WORD.findall(name)}):
            yield f"line {getattr(node, 'lineno', 0)}: {name} has {', '.join(sorted(coined))}"


def _name_given(node: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else node.arg if isinstance(node, ast.arg) else ""


def english_is_idiomatic(module: Module) -> Iterator[str]:
    """Messages and docstrings; tests may quote what others say."""
    # Comments of columns are those of the migrations, which never change.
    if not module.is_in("feedsvc/") or module.is_in(MIGRATIONS, "feedsvc/store/schema.py"):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for found in UNIDIOMATIC.finditer(node.value):
                yield f"line {node.lineno}: {found[0]!r} in {node.value.strip()[:80]!r}"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def modules() -> list[Module]:
    """Every Python file of the project, the tests among them."""
    tops = [ROOT / top for top in ("feedsvc", "tests", "benchmarks")]
    files = [ROOT / "wsgi.py", *(file for top in tops for file in top.rglob("*.py"))]
    return [Module(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")) for file in sorted(files)]
