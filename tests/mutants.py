"""Change the code a little, again and again, and see whether a test notices: `./run mutants [PATH]`.

PATH is a folder or a module of the package; without it, core, refresh, store and feeds are tried, which takes hours.
Each part is tried with the tests of its own folder. What no test noticed is printed; docs/testing.md says what the last
run found. Works on a copy of the tree, so nothing here changes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PARTS = ("core", "refresh", "store", "feeds")
_COPIED = ("feedsvc", "tests", "config", "docs", "pyproject.toml", "wsgi.py", "README.md", "CHANGELOG.md")
_MUTMUT_COMMAND = (sys.executable, "-m", "mutmut")
_MUTMUT = """
[tool.mutmut]
source_paths = ["feedsvc"]
only_mutate = [{only!r}]
do_not_mutate = ["feedsvc/store/migrations/*"]
also_copy = ["config", "docs", "wsgi.py", "README.md", "CHANGELOG.md"]
pytest_add_cli_args = ["-q", "-m", "not slow and not browser and not nginx and not postgres", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = [{tests!r}]
"""


def main(arguments: list[str]) -> int:
    """Try one path or all parts; 1 where a change survived that nobody noticed."""
    paths = [Path(argument) for argument in arguments] or [Path("feedsvc") / part for part in PARTS]
    return max([_tried(path) for path in paths], default=0)


def _tried(path: Path) -> int:
    part = path.parts[1]
    only = path.as_posix() if path.suffix == ".py" else f"{path.as_posix()}/*"
    with TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        for one in _COPIED:
            copy = shutil.copytree if (ROOT / one).is_dir() else shutil.copy
            copy(ROOT / one, folder / one)
        with (folder / "pyproject.toml").open("a", encoding="utf-8") as settings:
            settings.write(_MUTMUT.format(only=only, tests=f"tests/{part}").replace("'", '"'))
        log = folder / "mutmut.log"
        with log.open("wb") as file:
            done = subprocess.run(
                [*_MUTMUT_COMMAND, "run"], cwd=folder, check=False, stdout=file, stderr=file
            ).returncode
        if done:
            sys.stdout.write(log.read_text(encoding="utf-8", errors="replace")[-3_000:])
            return 2
        survivors = [line.split(":")[0].strip() for line in _said(folder, "results").splitlines() if "survived" in line]
        sys.stdout.write(f"\n{path}: {len(survivors)} changes that no test noticed\n")
        for name in survivors:
            sys.stdout.write(f"\n{_said(folder, 'show', name)}")
    return int(bool(survivors))


def _said(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        [*_MUTMUT_COMMAND, *arguments], cwd=folder, check=False, capture_output=True, text=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
