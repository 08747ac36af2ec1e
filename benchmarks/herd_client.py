"""Subscribers, in a process of their own: each comes at its time, asks for one feed on a new connection, and leaves.

    python -m benchmarks.herd_client PLAN.json

The plan: {"port", "arrivals": [[seconds, path, ETag or null]]}. Prints {"milliseconds": [...], "statuses": {...}}.
What is measured begins when a subscriber was to come, not when this process got round to it, so a server that makes
others wait is not let off. A connection that failed counts as status 0.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

from benchmarks.http_client import connect, request_bytes

FAILED = 0
HEADERS = {"User-Agent": "herd/1", "Accept": "text/calendar", "Accept-Encoding": "gzip"}
_LEAD_SECONDS = 0.5


async def herd(port: int, arrivals: list[tuple[float, str, str | None]]) -> tuple[list[float], Counter[int]]:
    """Let them come. Returns the milliseconds each waited, and how often each status came."""
    loop = asyncio.get_running_loop()
    begin = loop.time() + _LEAD_SECONDS
    waited: list[float] = []
    statuses: Counter[int] = Counter()

    async def subscriber(at: float, path: str, etag: str | None) -> None:
        status = await _ask(port, path, etag)
        waited.append((loop.time() - begin - at) * 1000)
        statuses[status] += 1

    coming = []
    for at, path, etag in arrivals:
        await asyncio.sleep(max(begin + at - loop.time(), 0))
        coming.append(asyncio.create_task(subscriber(at, path, etag)))
    await asyncio.gather(*coming)
    return waited, statuses


async def _ask(port: int, path: str, etag: str | None) -> int:
    headers = HEADERS if etag is None else {**HEADERS, "If-None-Match": etag}
    try:
        connection = await connect(port)
    except OSError:
        return FAILED
    try:
        return await connection.ask(request_bytes(path, headers, keep=False))
    except (OSError, TimeoutError):
        return FAILED
    finally:
        connection.close()


def main(plan: str) -> None:
    """Run a plan."""
    value = json.loads(Path(plan).read_text(encoding="utf-8"))
    waited, statuses = asyncio.run(herd(value["port"], value["arrivals"]))
    print(json.dumps({"milliseconds": waited, "statuses": statuses}))


if __name__ == "__main__":
    main(*sys.argv[1:])
