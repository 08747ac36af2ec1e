"""What a user would pick instead. Each peer has its own virtual environment, made when it is first needed, of exactly
the versions in `requirements/<name>.txt`. The files beside this one run there, so they import nothing from here.

The hardest case is a peer that cannot be installed: it is told apart from one that was left out, with the reason.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent.parent / "var" / "benchmarks" / "peers"
INSTALL_SECONDS = 180
PEERS = {
    "flask-icalendar": ("flask", "icalendar", "granian"),
    "django-ical": ("django", "django-ical", "icalendar", "granian"),
    "radicale": ("radicale", "vobject"),
    "open-web-calendar": ("open-web-calendar", "flask", "icalendar", "gunicorn"),
    "ics": ("ics",),
    "ical": ("ical",),
    "vobject": ("vobject",),
}
"""Name → the packages whose versions are told."""


class PeerMissing(Exception):
    """A peer cannot be measured; says why in one line."""


@dataclass(frozen=True, slots=True)
class Peer:
    """An installed peer. `python` is that of its environment."""

    name: str
    python: Path

    def tool(self, name: str) -> Path:
        """A command of its environment."""
        return self.python.parent / name


@cache
def install(name: str) -> Peer:
    """The peer with its environment, made if need be. Raises PeerMissing."""
    requirements = HERE / "requirements" / f"{name}.txt"
    folder = ENVIRONMENTS / name
    stamp = folder / "requirements.txt"
    python = folder / "bin" / "python"
    if not stamp.is_file() or stamp.read_bytes() != requirements.read_bytes():
        uv = Path(sys.executable).parent / "uv"
        if not uv.is_file():
            raise PeerMissing(
                f"{name} is not installed: there is no uv beside {sys.executable}; start with ./run bench"
            )
        _run(name, [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder])
        _run(name, [uv, "pip", "install", "--quiet", "--python", python, "--requirement", requirements])
        stamp.write_bytes(requirements.read_bytes())
    return Peer(name, python)


def versions(name: str) -> str:
    """What a peer is made of, in words: "flask 3.1.3, icalendar 7.3.0, granian 2.8.7"."""
    pinned = pins(name)
    return ", ".join(f"{package} {pinned[package]}" for package in PEERS[name])


@cache
def pins(name: str) -> dict[str, str]:
    """Package → version, as pinned for a peer."""
    text = (HERE / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(line.split("==") for line in text.split() if "==" in line)


def _run(name: str, command: list[str | Path]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or [f"exit code {error.returncode}"])[-1]
        raise PeerMissing(f"{name} could not be installed: {reason[:160]}") from error
    except subprocess.TimeoutExpired as error:
        raise PeerMissing(f"{name} was not installed within {INSTALL_SECONDS} s") from error
