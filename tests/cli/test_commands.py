"""The commands as people type them: what they print, and how they end."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from feedsvc.cli.main import run

ROOT = Path(__file__).parents[2]
FIELDS = [
    "uid", "title", "summary", "themes", "countries", "listed", "local_start", "zone", "start_utc", "end_utc",
    "all_day", "status", "sequence", "copies", "findings", "source", "source_url",
]  # fmt: skip


@dataclass
class Done:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """Runs feedsvc over one data folder, in this process: starting Python anew would be most of the time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "FEEDSVC_CONFIG": str(ROOT / "config" / "feedsvc.toml"),
            "FEEDSVC_DATA_DIR": str(folder / "var"),
        }

    def run(self, *words: str, **environment: str) -> Done:
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        code = 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["feedsvc", *words])
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            for name, value in (self.environment | environment).items():
                patch.setenv(name, value)
            try:
                run()
            except SystemExit as stop:
                code = int(stop.code or 0)
        return Done(code, *(_written(stream) for stream in (out, err)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A data folder into which the sample was read once."""
    shell = Shell(tmp_path_factory.mktemp("cli"))
    done = shell.run("refresh")
    assert done.returncode == 0, done.stderr
    assert "70 new" in done.stdout
    return shell


def test_events_as_json_have_every_field_of_the_design(shell: Shell) -> None:
    events = json.loads(shell.run("events", "--format", "json").stdout)
    assert len(events) == 70
    assert list(events[0]) == FIELDS


def test_events_can_be_chosen_by_country_and_theme(shell: Shell) -> None:
    chosen = shell.run("events", "--country", "UA", "--theme", "civic-space", "--format", "json")
    assert {event["summary"] for event in json.loads(chosen.stdout)} == {
        "Forum Overcoming challenges: civil society in times of martial law",
        "Round table Civic education in conditions of security challenges and threats",
    }


def test_events_table_ends_with_the_count(shell: Shell) -> None:
    assert shell.run("events", "--country", "ua").stdout.rstrip().endswith("6 events")


def test_one_event_is_not_called_events(shell: Shell) -> None:
    assert shell.run("events", "--country", "pe").stdout.endswith("\n1 event\n")


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("events",), "0 events\n"),
        (("events", "--format", "json"), "[]\n"),
        (("findings",), "0 findings\n"),
        (("feed", "all.ics"), "END:VCALENDAR\r\n"),
    ],
)
def test_store_that_read_nothing_is_told_beside_what_was_asked_for(
    words: tuple[str, ...], printed: str, tmp_path: Path
) -> None:
    done = Shell(tmp_path).run(*words)
    assert done.returncode == 0
    assert done.stdout.endswith(printed)
    assert done.stdout == printed or words[0] == "feed"
    assert done.stderr == "feedsvc: no source was read yet; read them with: feedsvc refresh\n"


def test_wrong_request_is_one_line_also_where_nothing_was_read(tmp_path: Path) -> None:
    done = Shell(tmp_path).run("feed", "country/zz.ics")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_findings_are_listed_with_their_meaning(shell: Shell) -> None:
    printed = shell.run("findings").stdout
    assert "end-not-given" in printed
    assert "placeholder" in printed
    assert {row["code"] for row in json.loads(shell.run("findings", "--format", "json").stdout)} >= {"missing-title"}


def test_feed_prints_the_bytes_and_writes_them_to_a_file(shell: Shell) -> None:
    printed = shell.run("feed", "country/ua.ics")
    assert printed.stdout.count("BEGIN:VEVENT") == 6
    target = shell.folder / "ua.ics"
    assert shell.run("feed", "/country/UA.ics", "-o", str(target)).returncode == 0
    assert target.read_bytes().decode() == printed.stdout


def test_feed_that_cannot_be_written_leaves_no_half_a_calendar(shell: Shell) -> None:
    nowhere = shell.folder / "none" / "ua.ics"
    done = shell.run("feed", "country/ua.ics", "-o", str(nowhere))
    assert (done.returncode, done.stdout) == (2, "")
    assert "No such file or directory; choose another file" in done.stderr
    assert not list(shell.folder.glob("**/*.part"))


def test_large_feed_is_named_with_its_size(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedsvc.feeds.exports.NOTABLE_BYTES", 40_000)
    printed = shell.run("findings").stdout
    assert "/year/2024.ics: 4" in printed
    assert "feed-too-large: the feed is or soon becomes larger" in printed
    found = [row for row in json.loads(shell.run("findings", "--format", "json").stdout) if not row["source_id"]]
    assert [(row["code"], row["uid"], row["detail"].partition(":")[0], row["task"]) for row in found] == [
        ("feed-too-large", None, "/year/2024.ics", False),
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("feed", "country/xx.ics"), "'xx' is an unknown country"),
        (("feed", "country/ua"), "missing format"),
        (("feed", "planet/mars.ics"), "is not a way to choose events"),
        (("refresh", "nowhere"), "source 'nowhere' is not configured; there are: open-gov-week-2024"),
        (("--config", "/none/feedsvc.toml", "events"), "no such file"),
        (("serve", "--bind", "8000"), "not a HOST:PORT address"),
    ],
)
def test_wrong_request_is_one_line_and_exit_code_2(shell: Shell, words: tuple[str, ...], told: str) -> None:
    done = shell.run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert told in done.stderr


def test_refresh_that_fails_is_exit_code_1_and_keeps_the_events(shell: Shell) -> None:
    folder = shell.folder / "broken"
    folder.mkdir()
    sources = folder / "sources.toml"
    sources.write_text('[[source]]\nid = "open-gov-week-2024"\nkind = "opengovweek"\npath = "none.txt"\n')
    done = shell.run("refresh", FEEDSVC_SOURCES=str(sources))
    assert done.returncode == 1
    assert "none.txt" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert shell.run("feed", "country/ua.ics").stdout.count("BEGIN:VEVENT") == 6


def test_check_config_says_that_it_is_right(shell: Shell) -> None:
    done = shell.run("check-config")
    assert done.returncode == 0
    assert "right; 1 source, 13 themes" in done.stdout


def test_render_writes_what_other_settings_shape(shell: Shell) -> None:
    moved = {"FEEDSVC_BASE_URL": "https://elsewhere.example.org"}
    assert "70 events looked at, 70 of them changed" in shell.run("render", **moved).stdout
    assert "0 events looked at" in shell.run("render", **moved).stdout
    assert shell.run("feed", "all.ics", **moved).stdout.count("URL:https://elsewhere.example.org/event/") == 70
    shell.run("render")


@pytest.mark.parametrize(
    "words", [("refresh",), ("render",), ("holds", "apply", "open-gov-week-2024"), ("up",), ("worker",)]
)
def test_store_of_a_newer_program_is_not_written(
    shell: Shell, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.__version__", "999.0")
    assert shell.run("render").returncode == 0
    monkeypatch.undo()
    done = shell.run(*words)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.count("\n") == 1
    assert "the store was written by feedsvc 999.0, newer than this" in done.stderr
    assert shell.run("feed", "all.ics").stdout.count("BEGIN:VEVENT") == 70
    assert shell.run("render", "--allow-older").returncode == 0
    assert shell.run("refresh").returncode == 0


def test_a_source_of_the_file_is_renamed_and_removed_there(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    name = "open-gov-week-2024"
    done = shell.run("sources", "rename", name, "week")
    assert (done.returncode, done.stdout) == (2, f'id = "week"\nformer_ids = ["{name}"]\n')
    assert done.stderr.count("\n") == 1
    assert "sources.toml" in done.stderr
    done = shell.run("sources", "remove", name, "--strike-out")
    assert (done.returncode, done.stdout) == (2, f'[[source]]\nid = "{name}"\n')
    assert done.stderr.count("\n") == 1


def test_a_removed_source_is_shown_struck_out_restored_and_renamed(tmp_path: Path) -> None:
    shell, empty = Shell(tmp_path), tmp_path / "sources.toml"
    assert shell.run("refresh").returncode == 0
    empty.write_text("")
    removed = {"FEEDSVC_SOURCES": str(empty)}
    name = "open-gov-week-2024"
    assert "removed: " in shell.run("sources", "show", name, **removed).stdout
    assert "--strike-out ends them" in shell.run("sources", "remove", name, **removed).stdout
    assert "0 coming events struck out" in shell.run("sources", "remove", name, "--strike-out", **removed).stdout
    assert shell.run("sources", "restore", name, **removed).returncode == 0
    assert shell.run("sources", "rename", name, "week", **removed).returncode == 0
    assert "week" in shell.run("sources", "list", **removed).stdout
    done = shell.run("sources", "restore", "nobody", **removed)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_settings_are_set_tried_and_taken_back_by_command(shell: Shell) -> None:
    source = "open-gov-week-2024"
    tried = shell.run("sources", "set", source, "times=utc", "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "changed" in tried.stdout
    done = shell.run("sources", "set", source, "times=utc", "name=The week")
    assert done.stdout == f"{source}: times utc\n{source}: name The week\n"
    assert "times utc" in shell.run("log").stdout
    assert shell.run("sources", "set", source, "times=", "name=").returncode == 0
    refused = shell.run("sources", "set", source, "times=sometimes")
    assert refused.returncode == 2
    assert "times: 'sometimes': should be 'stated', 'wall-clock' or 'utc'" in refused.stderr
    assert shell.run("sources", "set", source, "times").returncode == 2
