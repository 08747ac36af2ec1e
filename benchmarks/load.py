"""The same request again and again, on some connections, for some seconds: by wrk where it is installed, else by a
small loader of our own, which is slower and so needs longer for the same number of requests.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.http_client import connect, request_bytes
from benchmarks.processes import HOST

ROOT = Path(__file__).parent.parent
_REQUESTS = re.compile(r"(\d+) requests in")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)")
_SOCKETS = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")


@dataclass(frozen=True, slots=True)
class Load:
    """A request to be repeated."""

    port: int
    path: str
    headers: Mapping[str, str]
    connections: int = 16
    seconds: float = 2.0


def loader() -> str:
    """The program that sends the requests."""
    return "wrk" if shutil.which("wrk") else "own loader (wrk is not installed; on Debian: apt install wrk)"


def send(load: Load) -> int:
    """Repeat the request. Returns the number of answers. Raises RuntimeError when one was an error."""
    return _wrk(load) if shutil.which("wrk") and load.seconds >= 1 else _own(load)


def _wrk(load: Load) -> int:
    headers = [part for name, value in load.headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{load.seconds:.0f}s", *headers]
    command.append(f"http://{HOST}:{load.port}{load.path}")
    out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=load.seconds + 30).stdout
    done = _REQUESTS.search(out)
    bad = _BAD.search(out)
    # Reads fail where a server closes each connection after its answer; those answers were counted.
    lost = _SOCKETS.search(out)
    if done is None or bad or (lost and (int(lost[1]) or int(lost[4]))):
        raise RuntimeError(f"{load.path} at port {load.port}: {' '.join(out.split())[-200:]}")
    return int(done[1])


def _own(load: Load) -> int:
    arguments = [str(load.port), load.path, str(load.connections), str(load.seconds)]
    arguments += [part for pair in load.headers.items() for part in pair]
    command = [sys.executable, "-m", "benchmarks.load", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=load.seconds + 60, cwd=ROOT)
    return int(done.stdout)


async def _repeat(load: Load) -> int:
    until = time.monotonic() + load.seconds
    request = request_bytes(load.path, load.headers, keep=True)
    counts = await asyncio.gather(*(_one(load.port, request, until) for _ in range(load.connections)))
    return sum(counts)


async def _one(port: int, request: bytes, until: float) -> int:
    connection = await connect(port)
    count = 0
    while time.monotonic() < until:
        try:
            status = await connection.ask(request)
        except ConnectionError:
            connection = await connect(port)
            continue
        if status not in (200, 304):
            raise RuntimeError(f"answered {status}")
        count += 1
    connection.close()
    return count


def _main() -> None:
    port, path, connections, seconds, *headers = sys.argv[1:]
    pairs = dict(zip(headers[::2], headers[1::2], strict=True))
    print(asyncio.run(_repeat(Load(int(port), path, pairs, int(connections), float(seconds)))))


if __name__ == "__main__":
    _main()
