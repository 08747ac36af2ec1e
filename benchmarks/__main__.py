"""`./run bench`: run the suites, print their tables, keep them as JSON in benchmarks/results.

    ./run bench                     every suite
    ./run bench serve build         some of them
    ./run bench report --into docs/performance.md     the kept results, as the documentation shows them

The exit code is 0 when everything was measured, whether or not the goals are met, and 1 when a suite could not run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.machine import about
from benchmarks.report import as_document, as_text, put_between_marks, read_json, write_json
from benchmarks.result import Table
from benchmarks.suites import build, growth, herd, memory, pages, reading, refresh, serve

RESULTS = Path(__file__).parent / "results"
SUITES: dict[str, Callable[[Bench], tuple[Table, ...]]] = {
    "serve": serve.run,
    "build": build.run,
    "reading": reading.run,
    "refresh": refresh.run,
    "growth": growth.run,
    "pages": pages.run,
    "memory": memory.run,
    "herd": herd.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for. Returns the exit code."""
    asked = _parser().parse_args(arguments)
    if asked.suites == ["report"]:
        return _report(asked.results, asked.date, asked.into)
    names = asked.suites or list(SUITES)
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"{unknown[0]!r} is not a suite (known: {', '.join(SUITES)}, report)", file=sys.stderr)
        return 2
    print("\n".join(f"{name}: {words}" for name, words in about(asked.date).items()), end="\n\n", flush=True)
    failed = False
    with tempfile.TemporaryDirectory(prefix="feedsvc-bench-") as scratch:
        bench = Bench(Path(scratch), asked.rounds, asked.tiny, not asked.no_peers)
        for name in names:
            failed |= not _run(name, bench, asked.results, asked.date)
    return int(failed)


def _run(name: str, bench: Bench, results: Path, date: str | None) -> bool:
    print(f"{name} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        tables = SUITES[name](bench)
    except Exception as error:
        # One suite that breaks must not cost the others their figures.
        print(f"{name} could not be measured: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return False
    write_json(results / f"{name}.json", name, tables, about(date))
    print("\n\n".join(as_text(table) for table in tables), flush=True)
    print(f"\n{name}: {time.monotonic() - began:.0f} s\n", file=sys.stderr, flush=True)
    return True


def _report(results: Path, date: str | None, into: Path | None) -> int:
    kept = [results / f"{name}.json" for name in SUITES if (results / f"{name}.json").is_file()]
    if not kept:
        print(f"{results}: nothing is kept there; run ./run bench first", file=sys.stderr)
        return 1
    text = as_document({file.stem: read_json(file) for file in kept}, date)
    if into is None:
        print(text)
    else:
        put_between_marks(into, text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure, beside what a user would pick instead.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"{', '.join(SUITES)}; or report; all if none")
    parser.add_argument("--rounds", type=int, default=5, help="samples of each figure, taken in turn (default 5)")
    parser.add_argument("--date", help="the day to be told with the results, YYYY-MM-DD")
    parser.add_argument("--into", type=Path, metavar="FILE", help="report: put it between the marks of this file")
    parser.add_argument("--no-peers", action="store_true", help="install no peers; their lines say so")
    parser.add_argument("--tiny", action="store_true", help="try everything in a small size; the figures mean nothing")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where the JSON goes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
