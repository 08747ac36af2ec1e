"""How the code is cut, in figures: `python -m tests.shape_figures [FOLDER]` prints them, per folder and in all.

import edges       imports of one module of the package by another, for each 1,000 lines
called once        private functions that are named once beside their definition, of all functions
short of those     those of at most six lines
relative opening   public and private docstrings that begin with "What …", "Whether …", "Who …" and the like
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SHORT_LINES = 6
_RELATIVE = re.compile(r"(What|Whether|Who|Whose|Where|When|Which|How|Why|That)\b")
_PACKAGE = "feedsvc"


@dataclass
class Figures:
    """Counts over some modules."""

    lines: int = 0
    edges: int = 0
    functions: int = 0
    called_once: int = 0
    short_called_once: int = 0
    docstrings: int = 0
    relative: int = 0

    def add(self, other: Figures) -> None:
        """Add up."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def edges_per_1000_lines(self) -> float:
        """Import edges."""
        return 1000 * self.edges / max(self.lines, 1)

    def share(self, count: int, of: int) -> float:
        """A percentage."""
        return 100 * count / max(of, 1)

    def __str__(self) -> str:
        return (
            f"{self.lines:6} lines  {self.edges_per_1000_lines:5.1f} edges  "
            f"{self.share(self.called_once, self.functions):5.1f} % called once  "
            f"{self.share(self.short_called_once, self.functions):5.1f} % short  "
            f"{self.share(self.relative, self.docstrings):5.1f} % relative"
        )


def figures_of(path: Path, modules: frozenset[str]) -> Figures:
    """The figures of one module."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    found = Figures(lines=text.count("\n"), edges=len(_imported(tree, modules)))
    names = Counter(_names(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            doc = ast.get_docstring(node)
            if doc:
                found.docstrings += 1
                found.relative += bool(_RELATIVE.match(doc.strip()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.functions += 1
            is_private = node.name.startswith("_") and not node.name.startswith("__") and not node.decorator_list
            if is_private and names[node.name] == 1:
                found.called_once += 1
                found.short_called_once += (node.end_lineno or 0) - node.lineno + 1 <= SHORT_LINES
    return found


def _names(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _imported(tree: ast.Module, modules: frozenset[str]) -> set[str]:
    """The modules of the package that a module imports, by their dotted names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in modules}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & modules
            if node.module in modules and names - modules:
                found.add(node.module)
    return found


def by_folder(root: Path) -> dict[str, Figures]:
    """The figures of each folder of the package."""
    files = [file for file in sorted((root / _PACKAGE).rglob("*.py")) if "migrations/versions" not in file.as_posix()]
    dotted = {file: ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for file in files}
    modules = frozenset(dotted.values())
    found: dict[str, Figures] = {}
    for file in files:
        folder = file.relative_to(root).parent.as_posix()
        found.setdefault(folder, Figures()).add(figures_of(file, modules))
    return found


def total(root: Path) -> Figures:
    """The figures of the whole package."""
    found = Figures()
    for figures in by_folder(root).values():
        found.add(figures)
    return found


def main() -> None:
    """Print them."""
    root = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parents[1]
    for folder, figures in by_folder(root).items():
        print(f"{folder:28} {figures}")
    print(f"{'all':28} {total(root)}")


if __name__ == "__main__":
    main()
