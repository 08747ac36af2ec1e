"""The context of every suite: the number of rounds, sizes, a folder to work in, the stores made so far, and a way to
report progress.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.peers import Peer, PeerMissing, install
from benchmarks.stores import Deployment, make_large_deployment

Size = TypeVar("Size", int, float)


@dataclass(slots=True)
class Bench:
    """One run. `tiny` makes everything small, for the tests; its figures mean nothing."""

    scratch: Path
    rounds: int = 5
    tiny: bool = False
    with_peers: bool = True
    say: Callable[[str], object] = lambda text: print(f"  {text}", file=sys.stderr, flush=True)
    _places: dict[tuple[int, int], Deployment] = field(default_factory=dict)

    def size(self, full: Size, tiny: Size) -> Size:
        """The one or the other."""
        return tiny if self.tiny else full

    def folder(self, name: str) -> Path:
        """A new folder that is deleted at the end."""
        folder = self.scratch / name
        folder.mkdir(parents=True)
        return folder

    def deployment(self, total: int, target: int) -> Deployment:
        """A store of `total` events, `target` of them in the target country; made once in a run, only to be read."""
        if (total, target) not in self._places:
            self.say(f"making a store of {total:,} events")
            folder = self.folder(f"store-{total}-{target}")
            self._places[total, target] = make_large_deployment(folder, total, target)
        return self._places[total, target]

    def peer(self, name: str) -> Peer:
        """An installed peer. Raises PeerMissing."""
        if not self.with_peers:
            raise PeerMissing(f"{name} was left out with --no-peers")
        self.say(f"installing {name}, unless it is")
        return install(name)
