"""Somebody who asks for one odd combination after the other, as fast as they are answered, in a process of its own;
and beside it a subscriber of ordinary feeds, who must not notice.

    python -m benchmarks.odd_client PLAN.json

The plan: {"port", "seconds", "odd": [paths], "ordinary": [paths]}. Prints {"asked", "statuses", "milliseconds": those
of the ordinary feeds, "ordinary": their statuses}.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from benchmarks.herd_client import FAILED, HEADERS
from benchmarks.http_client import Connection, connect, request_bytes

CONNECTIONS = 32
_EVERY_SECONDS = 0.05


class Asker:
    """Asks over and over until its time is up."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port = port
        self._until = asyncio.get_running_loop().time() + seconds
        self.odd: Counter[int] = Counter()
        self.ordinary: Counter[int] = Counter()
        self.waited: list[float] = []

    @property
    def _is_over(self) -> bool:
        return asyncio.get_running_loop().time() >= self._until

    async def ask_odd(self, paths: Iterator[str]) -> None:
        """Ask for one path after the other on one connection."""
        connection = await connect(self._port)
        for path in paths:
            if self._is_over:
                break
            connection = await self._ask(connection, path, self.odd)
        connection.close()

    async def ask_ordinary(self, paths: list[str], others: asyncio.Future[list[None]]) -> None:
        """Ask now and then on one connection, and remember how long each took, until the others have ended."""
        loop = asyncio.get_running_loop()
        connection = await connect(self._port)
        for path in cycle(paths):
            if others.done():
                break
            began = loop.time()
            connection = await self._ask(connection, path, self.ordinary)
            self.waited.append((loop.time() - began) * 1000)
            await asyncio.sleep(_EVERY_SECONDS)
        connection.close()

    async def _ask(self, connection: Connection, path: str, statuses: Counter[int]) -> Connection:
        try:
            statuses[await connection.ask(request_bytes(path, HEADERS, keep=True))] += 1
        except (OSError, TimeoutError):
            statuses[FAILED] += 1
            connection.close()
            return await connect(self._port)
        return connection


async def ask_all(port: int, seconds: float, odd: list[str], ordinary: list[str]) -> Asker:
    """Both at once."""
    asker = Asker(port, seconds)
    paths = iter(odd)
    others = asyncio.gather(*(asker.ask_odd(paths) for _ in range(CONNECTIONS)))
    await asyncio.gather(others, asker.ask_ordinary(ordinary, others))
    return asker


def main(plan: str) -> None:
    """Run a plan."""
    value = json.loads(Path(plan).read_text(encoding="utf-8"))
    asker = asyncio.run(ask_all(value["port"], value["seconds"], value["odd"], value["ordinary"]))
    told = {"statuses": asker.odd, "milliseconds": asker.waited, "ordinary": asker.ordinary}
    print(json.dumps({"asked": sum(asker.odd.values()), **told}))


if __name__ == "__main__":
    main(*sys.argv[1:])
