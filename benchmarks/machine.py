"""The machine that the figures were measured on: processors, memory, kernel, and all versions."""

from __future__ import annotations

import platform
import re
import shutil
import sqlite3
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers import PEERS, versions

OWN = ("flask", "granian", "icalendar", "sqlalchemy")


def about(date: str | None) -> dict[str, str]:
    """Heading → words. `date` is given by the caller."""
    told = {
        "machine": f"{_processor()}, {_cores()} cores, {_memory()} GB, {platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "ours": ", ".join(f"{name} {version(name)}" for name in OWN),
        "peers": "; ".join([_nginx(), *(versions(name) for name in PEERS)]),
    }
    return {"date": date, **told} if date else told


def _processor() -> str:
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else platform.machine()


def _cores() -> int:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").count("processor\t")


def _memory() -> int:
    kilobytes = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    return round(int(kilobytes) * 1024 / 1e9)


def _nginx() -> str:
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return "nginx is not installed"
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=False).stderr
    return said.strip().rpartition(": ")[2].replace("/", " ")
