"""The examples in docs/deploy are those of this program: its commands, its port, its folder, its tables."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import typer

from feedsvc.cli.main import app
from feedsvc.store import schema

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def started(unit: Path) -> list[str]:
    """What a unit starts, without the program."""
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit, encoding="utf-8")
    program, *arguments = shlex.split(parser["Service"]["ExecStart"])
    assert program.endswith("/feedsvc")
    return arguments


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_starts_a_command_with_options_that_it_has(unit: Path) -> None:
    name, *arguments = started(unit)
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    command.make_context(name, arguments, resilient_parsing=False)


def test_nginx_asks_where_the_web_processes_listen_and_serves_what_is_published() -> None:
    bind = started(DEPLOY / "feedsvc-web.service")[2]
    assert f"server {bind};" in NGINX
    assert f"root {started(DEPLOY / 'feedsvc-publish.service')[1]};" in NGINX


def test_grants_name_the_tables_that_visitors_write() -> None:
    text = (DEPLOY / "roles.sql").read_text(encoding="utf-8")
    named = re.search(r"GRANT INSERT, UPDATE, DELETE ON ([a-z_, ]+) TO", text)
    assert named is not None
    written = {table.name for table in (schema.bundle, schema.bundle_change, schema.calendar_fetch, schema.daily_key)}
    assert set(named[1].split(", ")) == written


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_reads_the_unit(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text(encoding="utf-8").replace("/opt/feedsvc/bin/feedsvc", "/bin/true")
    copy = tmp_path / unit.name
    copy.write_text(text, encoding="utf-8")
    done = subprocess.run(["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False)
    told = [line for line in done.stderr.splitlines() if unit.name in line and "User" not in line]
    assert told == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_is_hardened(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=19", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_unit_bounds_what_it_takes_and_lets_secrets_be_files(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    for key in ("MemoryMax", "TasksMax", "LimitNOFILE", "SystemCallFilter", "CapabilityBoundingSet", "IPAddressDeny"):
        assert f"\n{key}=" in text, key
    assert "LoadCredential=database_url:" in text
    if "Type=notify" in text:
        for line in ("Restart=always", "RestartPreventExitStatus=2 78", "WatchdogSec=60", "TimeoutStartSec=infinity"):
            assert f"\n{line}\n" in text, line
