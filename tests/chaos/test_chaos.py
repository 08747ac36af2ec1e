"""Faults on real processes; after each nothing is lost, doubled, mixed or backwards, and no 5xx where a feed was there.

The seed is printed and repeats a run: `FEEDSVC_CHAOS_SEED=7 ./run chaos`. The short form is what CI runs;
`./run chaos --long` does more of each.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import sqlite3
import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from tests.chaos.stage import Stage, hang_up, probed
from tests.sample import ROOT
from tests.web.servers import PATIENCE_SECONDS, Server, children, command, is_running, until

pytestmark = pytest.mark.slow

LONG = "FEEDSVC_CHAOS_LONG" in os.environ
SEED = int(os.environ.get("FEEDSVC_CHAOS_SEED", random.SystemRandom().randrange(10**6)))
TIMES = 60 if LONG else 3
LAG_SECONDS = 20.0
"""By which one web process may be behind another: 2 s are promised, and ten times that for a busy machine."""


@pytest.fixture
def dice() -> random.Random:
    sys.stdout.write(f"FEEDSVC_CHAOS_SEED={SEED}\n")
    return random.Random(SEED)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first generation was read, to be copied."""
    folder = tmp_path_factory.mktemp("chaos")
    Stage(folder).refresh()
    return folder


@pytest.fixture
def stage(prepared: Path, tmp_path: Path) -> Stage:
    shutil.copytree(prepared / "var", tmp_path / "var")
    return Stage(tmp_path)


def web_processes(server: Server) -> list[int]:
    named = ("spawn_main", "granian wsgi")
    return [pid for pid in children(server.process.pid) if is_running(pid) and any(n in command(pid) for n in named)]


def test_killed_refreshes_lose_nothing(stage: Stage, dice: random.Random) -> None:
    points = [("statement", str(dice.randint(1, 60))), ("commit", "2"), ("committed", "2"), ("commit", "1")]
    points += [(dice.choice(("statement", "commit", "committed")), str(dice.randint(1, 80))) for _ in range(TIMES - 3)]
    with stage.serving() as server, probed(server) as prober:
        for point in points:
            stage.publish()
            code, told = stage.run("refresh", "chaos", fault=point)
            assert code in (0, -signal.SIGKILL), told
            stage.ten_minutes_pass()
        for _ in range(TIMES):
            stage.publish()
            stage.run("refresh", "chaos", kill_after=dice.uniform(0.2, 3.0))
            stage.ten_minutes_pass()
        stage.assert_sound()
        until(lambda: prober.newest() == stage.generation, "the last generation to be served")


def test_killed_and_stopped_web_processes_answer_nothing_wrong(stage: Stage, dice: random.Random) -> None:
    with stage.serving("--workers", "2") as server, probed(server, LAG_SECONDS) as prober:
        until(lambda: len(web_processes(server)) == 2, "two web processes")
        for _ in range(min(TIMES, 10)):
            os.kill(dice.choice(web_processes(server)), signal.SIGKILL)
            stage.publish()
            stage.refresh()
            until(lambda: prober.newest() == stage.generation, "the next generation")
        until(lambda: len(web_processes(server)) == 2, "the killed ones to be replaced")
        paused = web_processes(server)[0]
        os.kill(paused, signal.SIGSTOP)
        with suppress(ProcessLookupError):
            os.kill(paused, signal.SIGCONT)
    assert prober.answers > 20


def lost(store: Path) -> None:
    store.unlink()


def empty(store: Path) -> None:
    store.write_bytes(b"")


def damaged(store: Path) -> None:
    with store.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (store.stat().st_size - 100))


def swapped(store: Path) -> None:
    store.unlink()
    with closing(sqlite3.connect(store)) as other:
        other.execute("CREATE TABLE guests (name TEXT)")
        other.commit()


@pytest.mark.parametrize("fault", [lost, empty, damaged, swapped])
def test_store_that_is_not_the_store_is_never_served(stage: Stage, fault: object) -> None:
    kept = stage.folder / "kept.sqlite"
    with stage.serving() as server, probed(server) as prober:
        until(lambda: prober.newest() == 1, "the first generation")
        with closing(sqlite3.connect(stage.store)) as source, closing(sqlite3.connect(kept)) as target:
            source.backup(target)
        for beside in ("-wal", "-shm"):
            stage.store.with_name(stage.store.name + beside).unlink(missing_ok=True)
        fault(stage.store)  # type: ignore[operator]
        stage.publish()
        code, told = stage.run("refresh", "chaos")
        assert code == 1
        assert len(told.splitlines()) == 1, told
        until(lambda: server.ask("/status.json")[2].find(b"has not answered") > 0, "the status to say so")
        assert server.ask("/healthz/ready")[0] == 200
        for beside in ("", "-wal", "-shm"):
            stage.store.with_name(stage.store.name + beside).unlink(missing_ok=True)
        kept.replace(stage.store)
        stage.assert_sound()
        until(lambda: prober.newest() == stage.generation, "the healed store to be served")


def test_locked_and_full_store_delay_writing_and_nothing_else(stage: Stage) -> None:
    with stage.serving() as server, probed(server) as prober:
        until(lambda: prober.newest() == 1, "the first generation")
        stage.publish()
        code, told = stage.run("refresh", "chaos", fault=("file", str(stage.store.stat().st_size // 4)))
        assert code == 1
        assert "Traceback" not in told
        with closing(sqlite3.connect(stage.store, isolation_level=None)) as locker:
            locker.execute("BEGIN IMMEDIATE")
            answered = prober.answers
            until(lambda: prober.answers > answered + 20, "answers beside a locked store")
            locker.execute("ROLLBACK")
        assert prober.newest() == 1
        stage.assert_sound()
        until(lambda: prober.newest() == stage.generation, "the next generation")


@pytest.mark.parametrize("hours", [-1, 1, 24, -24 * 3650, 24 * 200] if LONG else [1, -24 * 3650])
def test_clock_that_is_wrong_takes_nothing_away(stage: Stage, hours: int) -> None:
    with stage.serving() as server, probed(server) as prober:
        for _ in range(2):
            stage.publish()
            code, told = stage.run("refresh", "chaos", fault=("clock", str(hours * 3600)))
            assert code == 0, told
        stage.assert_sound()
        until(lambda: prober.newest() == stage.generation, "the next generation")


def test_reload_storm_cuts_no_answer(stage: Stage, dice: random.Random) -> None:
    settings = stage.folder / "feedsvc.toml"
    good = (ROOT / "config/feedsvc.toml").read_text()
    for name in ("themes.toml", "regions.toml"):
        shutil.copy(ROOT / "config" / name, stage.folder / name)
    settings.write_text(good)
    stage.environment["FEEDSVC_CONFIG"] = str(settings)
    with stage.serving() as server, probed(server, LAG_SECONDS) as prober:
        for _ in range(TIMES * 3):
            settings.write_text(dice.choice((good, good + "\nnonsense = ", good.replace("Open Gov Week", "Renamed"))))
            hang_up(server)
            answered = prober.answers
            until(lambda: prober.answers > answered + 4, "answers during reloads")  # noqa: B023
        settings.write_text(good)
        hang_up(server)
        stage.publish()
        stage.refresh()
        until(lambda: prober.newest() == stage.generation, "the next generation")


def test_silent_slow_fat_and_many_clients_keep_nobody_waiting(stage: Stage) -> None:
    with stage.serving() as server, probed(server) as prober, ExitStack() as stack:
        until(lambda: prober.newest() == 1, "the first generation")

        def connect(begin: bytes) -> None:
            made = socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS)
            stack.enter_context(made)
            with suppress(OSError):
                made.sendall(begin)

        for _ in range(50 * TIMES):
            connect(b"")
            connect(b"GET /all.ics HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            connect(b"GET /all.ics HTTP/1.1\r\nHost: localhost\r\nX-Fat: " + b"x" * 20_000)
        for _ in range(20):
            connect(b"POST /bundle/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000\r\n\r\nname=")
        answered = prober.answers
        until(lambda: prober.answers > answered + 40, "answers beside them")
        stage.publish()
        stage.refresh()
        until(lambda: prober.newest() == stage.generation, "the next generation")
