"""The commands about sources and holds, as people type them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.test_commands import Shell
from tests.quick import prepared_folder
from tests.refresh.world import ROOT

pytestmark = pytest.mark.slow

SAMPLE = (ROOT / "config/samples/open-gov-week-2024.txt").read_text(encoding="utf-8")
LATER = SAMPLE.replace(", 2024 @", ", 2099 @")
HALF = "Learn more\n".join(LATER.split("Learn more\n")[:30]) + "Learn more\n"


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source whose events lie far ahead, and a store that has read it."""
    folder = tmp_path_factory.mktemp("week")
    prepared_folder(folder / "var")
    says(Shell(folder), LATER)
    text = '[[source]]\nid = "week"\nkind = "opengovweek"\npath = "page.txt"\nno_end_times = ["05:30"]\n'
    (folder / "sources.toml").write_text(text, encoding="utf-8")
    done = Shell(folder).run("refresh", FEEDSVC_SOURCES=str(folder / "sources.toml"))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def shell(tmp_path: Path, read_once: Path) -> Shell:
    """The source and the store, to be played with."""
    folder = Path(shutil.copytree(read_once, tmp_path / "own"))
    shell = Shell(folder)
    shell.environment["FEEDSVC_SOURCES"] = str(folder / "sources.toml")
    return shell


def says(shell: Shell, page: str) -> None:
    (shell.folder / "page.txt").write_text(page, encoding="utf-8")


def test_sources_list_shows_how_each_one_is_doing(shell: Shell) -> None:
    done = shell.run("sources", "list", COLUMNS="200")
    assert all(word in done.stdout for word in ("week", "good", "70"))
    says(shell, "nothing")
    assert shell.run("refresh").returncode == 1
    done = shell.run("sources", "list", COLUMNS="200")
    assert "failing" in done.stdout
    assert "not an Open Gov Week listing" in done.stdout


def test_source_that_was_taken_out_of_the_configuration_is_not_hidden(shell: Shell) -> None:
    file = shell.folder / "sources.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('"week"', '"other"'), encoding="utf-8")
    rows = [line.split()[:3] for line in shell.run("sources", "list").stdout.splitlines()]
    assert rows == [["source", "state", "events"], ["other", "new", "0"], ["week", "removed", "70"]]


def test_sources_show_tells_pace_and_history(shell: Shell) -> None:
    shell.run("sources", "set", "week", "every=15min")
    done = shell.run("sources", "show", "week", COLUMNS="200")
    assert "15min, set by hand; configured: 6h" in done.stdout
    assert "70 new" in done.stdout
    shell.run("sources", "set", "week", "every=")
    assert "set by hand" not in shell.run("sources", "show", "week").stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("sources", "set", "week", "every=often"), "not a span of time"),
        (("sources", "set", "week", "every=5s"), "is not between 1min and 30d"),
        (("sources", "set", "week", "kind=ics"), "cannot be set here"),
        (("sources", "show", "weak"), "source 'weak' is not configured; there are: week"),
        (("sources", "pause", "weak"), "source 'weak' is not configured"),
        (("holds", "apply", "week"), "nothing of source 'week' is held"),
        (("holds", "show", "week"), "nothing of source 'week' is held"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(shell: Shell, words: tuple[str, ...], reason: str) -> None:
    done = shell.run(*words)
    assert done.returncode == 2
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_sources_test_reads_without_writing(shell: Shell) -> None:
    says(shell, HALF)
    done = shell.run("sources", "test", "week", COLUMNS="200")
    assert "30 seen: 28 events, 2 parts of an event" in done.stdout
    assert "events: offset-ignores-dst:" in done.stdout
    assert "70" in shell.run("sources", "list", COLUMNS="200").stdout


def test_paused_source_is_only_read_when_it_is_named(shell: Shell) -> None:
    assert shell.run("sources", "pause", "week", "--why", "they move").returncode == 0
    assert "they move" in shell.run("sources", "list", COLUMNS="200").stdout
    assert "paused" in shell.run("refresh").stdout
    assert "unchanged" in shell.run("refresh", "week").stdout
    assert "due now" in shell.run("sources", "resume", "week").stdout


def test_dry_run_shows_each_change_field_by_field_and_changes_nothing(shell: Shell) -> None:
    says(shell, LATER.replace("Diia. State services", "Diia. State services, anew").replace("Diálogos", "Dialogos"))
    done = shell.run("refresh", "--dry-run")
    assert done.returncode == 0
    assert "title: Diia. State services → Diia. State services, anew" in done.stdout
    assert "changed: 2" in done.stdout
    assert "unchanged: 68" in done.stdout
    assert "2 changed" in shell.run("refresh").stdout


def test_dry_run_tells_what_would_be_held_and_calls_fields_by_their_names(shell: Shell) -> None:
    says(shell, HALF.replace("@ 6:00pm", "@ 6:05pm"))
    done = shell.run("refresh", "--dry-run")
    assert done.returncode == 0
    assert "dry-run: would be held: 42 of 70 coming events are no longer listed" in done.stdout
    assert "      when: 2099-" in done.stdout
    assert "0 held" in shell.run("holds", "list").stdout


def test_each_row_of_a_table_is_one_line_in_a_pipe(shell: Shell) -> None:
    says(shell, "nothing")
    shell.run("refresh")
    lines = shell.run("sources", "list").stdout.splitlines()
    assert len(lines) == 2
    assert lines[1].endswith("look at the address in a browser")


def test_holds_are_listed_shown_and_applied(shell: Shell) -> None:
    says(shell, HALF)
    done = shell.run("refresh")
    assert done.returncode == 1
    assert "held" in done.stdout
    assert "1 held" in shell.run("holds", "list", COLUMNS="200").stdout
    shown = shell.run("holds", "show", "week").stdout
    assert shown.count("no longer listed\n") == 43
    assert "; said once, " in shown
    assert "If this is right: feedsvc holds apply 1\n" in shown
    assert "feedsvc holds show 1" in shell.run("sources", "show", "week").stdout
    assert shell.run("holds", "apply", "week").returncode == 0
    assert "0 held" in shell.run("holds", "list").stdout
    assert "unchanged" in shell.run("refresh").stdout


def test_rejected_hold_stays_rejected_until_somebody_insists(shell: Shell) -> None:
    says(shell, HALF)
    shell.run("refresh")
    assert shell.run("holds", "reject", "week").returncode == 0
    done = shell.run("refresh")
    assert done.returncode == 0
    assert "0 held" in shell.run("holds", "list").stdout
    assert "kept by cli:" in shell.run("holds", "show", "1").stdout
    assert shell.run("refresh", "week", "--allow-shrink").returncode == 0
