"""The limits a child sets for itself, before it looks at anything: none of them can be raised again."""

from __future__ import annotations

import math
import resource
import sys
from typing import Any

_OPEN_FILES = 32

# Whoever reads has no business with other processes or the network. This stops libraries that mean well (an XML reader
# that fetches a DTD); against code that means ill stand the limits and the kill.
_FORBIDDEN = frozenset({
    "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "os.exec", "os.kill", "os.killpg",
    "subprocess.Popen", "pty.spawn", "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg",
    "socket.getaddrinfo", "socket.gethostbyname",
})  # fmt: skip


def confine(cpu_seconds: float, memory_bytes: int) -> None:
    """Limit this process: CPU time, memory, no file written, no core dump, few files open, no process started."""
    cpu = math.ceil(cpu_seconds)
    _limit(resource.RLIMIT_CPU, cpu, cpu + 1)
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    # The system does not hold an administrator to this one.
    _limit(resource.RLIMIT_NPROC, 0)

    def forbid(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in _FORBIDDEN:
            raise PermissionError(f"{event} is forbidden where hostile input is read")

    sys.addaudithook(forbid)


def _limit(what: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, or keep the one in force where that is lower."""
    _, present = resource.getrlimit(what)
    wanted = soft if hard is None else hard
    hard = wanted if present == resource.RLIM_INFINITY else min(wanted, present)
    resource.setrlimit(what, (min(soft, hard), hard))
