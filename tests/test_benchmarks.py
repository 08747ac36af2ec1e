"""The measurements can be made: every suite runs in a tiny size, and what makes figures honest holds. No figure is
asserted, since a test machine is busy with other tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import SUITES, main
from benchmarks.cpu import cpu_seconds, interleaved, tree
from benchmarks.events import write_events
from benchmarks.joining import TARGET_FEED, Joiner
from benchmarks.listing import page_text, spread_counts
from benchmarks.report import as_markdown, as_text
from benchmarks.result import Goal, Line, Table
from benchmarks.stores import make_large_deployment

pytestmark = pytest.mark.slow

STARTS_SERVERS = {"serve", "memory", "herd"}
"""These take most of a minute on two cores; where everything is required they run."""


@pytest.mark.parametrize("suite", SUITES)
def test_suite_runs_in_a_tiny_size_and_keeps_its_results(
    suite: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if suite in STARTS_SERVERS and not os.environ.get("FEEDSVC_REQUIRE"):
        pytest.skip("takes long; run where FEEDSVC_REQUIRE is set")
    arguments = [suite, "--tiny", "--no-peers", "--rounds", "1", "--results", str(tmp_path)]
    assert main(arguments) == 0, capsys.readouterr().err
    kept = json.loads((tmp_path / f"{suite}.json").read_text(encoding="utf-8"))
    assert all(table["title"] in capsys.readouterr().out for table in kept["tables"][:1])
    measured = [line for table in kept["tables"] for line in table["lines"]]
    assert measured
    assert all(line["figure"] or line["note"] or 0 in line["ours"] + line["theirs"] for line in measured), (
        "a line has neither a figure nor a reason"
    )


def test_unknown_suite_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert capsys.readouterr().err.startswith("'speed' is not a suite (known: serve, build")


def test_ratio_is_made_round_by_round() -> None:
    line = Line("", "µs", (1.0, 10.0, 2.0), "peer", (2.0, 20.0, 4.0), times_less=True, goal=Goal(2, at_least=True))
    assert line.figure == (2.0, 2.0, 2.0)
    assert line.is_met


def test_what_could_not_be_measured_meets_no_goal_and_says_why() -> None:
    line = Line("30 events", "µs", (1.0,), "nginx", (), goal=Goal(2.5), note="nginx is not installed")
    assert line.is_met is False
    for shown in (as_text(Table("Serving", (line,))), as_markdown(Table("Serving", (line,)))):
        assert "not measured" in shown
        assert "30 events: nginx is not installed." in shown


def test_contestants_take_turns_in_both_directions() -> None:
    order: list[str] = []
    interleaved({name: lambda name=name: order.append(name) or 0.0 for name in "abc"}, 2)  # type: ignore[misc]
    assert "".join(order) == "abccba"


def test_processor_time_of_a_child_that_ended_counts() -> None:
    burn = "import time\nwhile time.process_time() < 0.5: pass\nprint('done', flush=True)\n"
    script = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\ninput()\n"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"done\n"
        while len(tree(parent.pid)) > 1:
            pass
        assert cpu_seconds(parent.pid) >= 0.3
        parent.stdin.close()


def test_page_of_another_variant_differs_in_one_percent_of_its_events() -> None:
    counts = spread_counts(1000)
    before, after = (page_text(counts, variant).splitlines() for variant in (1, 2))
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 10


def test_large_store_is_as_sound_as_one_made_by_a_refresh(tmp_path: Path) -> None:
    deployment = make_large_deployment(tmp_path, 300, 40)
    assert write_events(deployment, TARGET_FEED, tmp_path / "events.json") == 40
    joiner = Joiner(deployment, {})
    try:
        lines = joiner.build("ics").body.splitlines()
    finally:
        joiner.close()
    assert len({line for line in lines if line.startswith(b"UID:")}) == 300, "a copied event kept its template's UID"
    starts = [line for line in lines if line.startswith(b"DTSTART:")]
    assert starts == sorted(starts), "a copied event stands where another day's would"
