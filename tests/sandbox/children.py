"""Functions for child processes: each does one thing that hostile input could make a reader do."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from feedsvc.core.errors import FetchFailed, SourceUnreadable

Ask = Callable[[str], tuple[str, bytes]]


def echo(argument: str, ask: Ask) -> str:
    return argument


def ask_each(argument: str, ask: Ask) -> str:
    """Ask each question of the argument; return the answers, the lengths and sums of their bodies."""
    answers = [ask(question) for question in json.loads(argument)]
    return json.dumps([(text, len(body), sum(body)) for text, body in answers])


def ask_and_let_through(argument: str, ask: Ask) -> str:
    return ask(argument)[0]


def ask_and_catch(argument: str, ask: Ask) -> str:
    try:
        return ask(argument)[0]
    except FetchFailed as error:
        return f"{type(error).__name__} {error.status} {error.retry_after} {error.refused} {error}"


def ask_then_burn(argument: str, ask: Ask) -> str:
    ask(argument)
    return burn(argument, ask)


def environment(argument: str, ask: Ask) -> str:
    return json.dumps(
        {
            "environment": dict(os.environ),
            "group": os.getpgrp() == os.getpid(),
            "modules": len(sys.modules),
            "limits": {
                name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in ("CPU", "AS", "FSIZE", "CORE")
            },
        }
    )


def burn(argument: str, ask: Ask) -> str:
    while True:
        pass


def burn_deaf(argument: str, ask: Ask) -> str:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    return burn(argument, ask)


def sleep(argument: str, ask: Ask) -> str:
    time.sleep(30)
    return ""


def deaf(argument: str, ask: Ask) -> str:
    """Ask without ever reading the answer."""
    os.write(4, b"Q" + (1).to_bytes(4, "big") + (0).to_bytes(4, "big") + b"?")
    time.sleep(30)
    return ""


def hoard(argument: str, ask: Ask) -> str:
    return str(len([bytearray(10_000_000) for _ in range(1_000)]))


def recurse(argument: str, ask: Ask) -> str:
    return recurse(argument, ask)


def crash(argument: str, ask: Ask) -> str:
    return str(ctypes.string_at(0))


def leave(argument: str, ask: Ask) -> str:
    sys.stderr.write("about to leave\n")
    os._exit(3)


def stop(argument: str, ask: Ask) -> str:
    sys.exit(0)


def fail(argument: str, ask: Ask) -> str:
    raise ValueError("not a\ncalendar \x1b[31m" + "x" * 10_000)


def unreadable(argument: str, ask: Ask) -> str:
    raise SourceUnreadable("no calendar in it; look at it in a browser")


class Odd(FetchFailed):
    """An error that core.errors does not have."""


def odd(argument: str, ask: Ask) -> str:
    raise Odd("odd", status=418)


def number(argument: str, ask: Ask) -> int:
    return 7


def chatter(argument: str, ask: Ask) -> str:
    for _ in range(2_000):
        sys.stdout.write("noise " * 1_000)
    return "said"


def read_input(argument: str, ask: Ask) -> str:
    return repr(sys.stdin.read())


def give_too_much(argument: str, ask: Ask) -> str:
    return "x" * 65_000_000


def write_file(argument: str, ask: Ask) -> str:
    Path(argument).write_text("x" * 100)
    return ""


def start_shell(argument: str, ask: Ask) -> str:
    return subprocess.run(["sh", "-c", "echo out"], capture_output=True, text=True, check=True).stdout


def connect(argument: str, ask: Ask) -> str:
    socket.create_connection(("127.0.0.1", 9), 1)
    return ""


def fork_natively(argument: str, ask: Ask) -> str:
    """Start a process behind Python's back, one that stays; return its number."""
    pid = ctypes.CDLL(None).fork()
    if pid == 0:
        time.sleep(120)
        os._exit(0)
    return str(pid)
