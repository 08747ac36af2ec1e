"""Workers as real processes: one is stopped past its lease and woken, one's tick fails, one is asked to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from feedsvc.core.errors import StoreUnavailable
from feedsvc.store.store import Store
from feedsvc.worker.watchdog import EXIT_CODE
from tests.fetch.upstream import Upstream, Visit, serving
from tests.quick import prepared_folder
from tests.refresh.stage import WHOLE
from tests.worker.workshop import until

pytestmark = pytest.mark.slow

FAILING_TICK = """
import sys
from feedsvc.worker.scheduler import Scheduler
def tick(self):
    raise RuntimeError("made to fail")
Scheduler.tick = tick
sys.argv = ["feedsvc", "worker"]
from feedsvc.cli.main import run
run()
"""


class House:
    """A data folder, a server with one source on it, and the processes that were started over it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.first, self.release = Event(), Event()
        prepared_folder(folder)
        self.store = Store(f"sqlite:///{folder / 'feedsvc.sqlite'}")

    def script(self, visit: Visit) -> None:
        """Keeps the first who asks waiting; serves everybody else."""
        if not self.first.is_set():
            self.first.set()
            self.release.wait(90)
        visit.answer(WHOLE, Content_Type="text/html")

    def starts(
        self, upstream: Upstream, *code: str, kind: str = "opengovweek", **worker: str
    ) -> subprocess.Popen[bytes]:
        """`feedsvc worker`, or what `code` says."""
        source = f'[[source]]\nid = "a"\nkind = "{kind}"\nurl = "{upstream.url()}"\n'
        (self.folder / "sources.toml").write_text(source, encoding="utf-8")
        environment = {
            **os.environ,
            "FEEDSVC_DATA_DIR": str(self.folder),
            "FEEDSVC_SOURCES": str(self.folder / "sources.toml"),
            "FEEDSVC_FETCH__ALLOW": f"127.0.0.1:{upstream.port}",
            **{f"FEEDSVC_WORKER__{key.upper()}": value for key, value in worker.items()},
        }
        command = [sys.executable, *(code or ("-m", "feedsvc", "worker"))]
        root = Path(__file__).parents[2]
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stderr=log, cwd=root)
        self.processes.append(process)
        return process

    def puts_to_sleep(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a process while it writes nothing: asleep in a transaction, it would lock SQLite's file."""
        until(lambda: self._is_stopped_idle(process))

    def _is_stopped_idle(self, process: subprocess.Popen[bytes]) -> bool:
        process.send_signal(signal.SIGSTOP)
        try:
            with self.store.write():
                return True
        except StoreUnavailable:
            process.send_signal(signal.SIGCONT)
            with self.store.write():
                return False

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def is_free(self, source_id: str) -> bool:
        with self.store.read() as snapshot:
            return snapshot.sources.state(source_id).claimed_by is None

    def outcomes(self) -> list[str]:
        with self.store.read() as snapshot:
            return [run.outcome for run in snapshot.sources.last_runs("a", 9)]

    def close(self) -> None:
        self.release.set()
        for process in self.processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
        self.store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def test_a_worker_that_slept_past_its_lease_cannot_write(house: House) -> None:
    with serving(house.script) as upstream:
        sleeper = house.starts(upstream, tick="1s", lease="2s")
        until(house.first.is_set)
        house.puts_to_sleep(sleeper)
        waker = house.starts(upstream, tick="1s", lease="2s")
        # The claim of the one that slept is void; its source waits for an hour, unless somebody asks for it.
        until(lambda: house.is_free("a"))
        until(lambda: house.starts(upstream, "-m", "feedsvc", "refresh", "a").wait(60) == 0)
        assert house.outcomes() == ["applied"]
        house.release.set()
        sleeper.send_signal(signal.SIGCONT)
        until(lambda: "a: overtaken" in house.log)
        assert house.outcomes() == ["applied"]
        with house.store.read() as snapshot:
            assert (snapshot.feeds.edition(), len(list(snapshot.events.all()))) == (1, 20)
        for process in (sleeper, waker):
            process.terminate()
        assert [process.wait(60) for process in (sleeper, waker)] == [0, 0]


def test_a_worker_whose_tick_fails_ends_itself_to_be_replaced(house: House) -> None:
    with serving(house.script) as upstream:
        process = house.starts(upstream, "-c", FAILING_TICK, tick="1s", watchdog="2s")
        assert process.wait(60) == EXIT_CODE
    assert "made to fail" in house.log
    assert "the tick has been silent for 2 s" in house.log


def test_a_command_that_is_ended_gives_its_source_back(house: House) -> None:
    with serving(house.script) as upstream:
        process = house.starts(upstream, "-m", "feedsvc", "refresh", "a")
        until(house.first.is_set)
        process.terminate()
        assert process.wait(60) != 0
    with house.store.read() as snapshot:
        state = snapshot.sources.state("a")
    assert (state.claimed_by, state.strikes, house.outcomes()) == (None, 0, [])


def test_five_thousand_events_are_refreshed_in_a_minute_and_little_memory(house: House) -> None:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}@example.org\r\nDTSTAMP:20260101T000000Z\r\n"
        f"DTSTART:2099{1 + number % 12:02d}{1 + number % 28:02d}T{number % 24:02d}0000Z\r\nDURATION:PT1H\r\n"
        f"SUMMARY:Event {number} about open government\r\nDESCRIPTION:{'What will be done. ' * 10}\r\n"
        f"URL:https://example.org/event/{number}\r\nEND:VEVENT\r\n"
        for number in range(5000)
    )
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{events}END:VCALENDAR\r\n"
    with serving(lambda visit: visit.answer(calendar, Content_Type="text/calendar")) as upstream:
        process = house.starts(upstream, kind="ics")
        until(lambda: house.outcomes() == ["applied"], 240)
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        times = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:15]
    # Of the processor's time, that of the child that reads too: how long it takes here is up to what else is done here.
    assert sum(map(int, times)) / os.sysconf("SC_CLK_TCK") < 60
    peak_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak_kb < 250 * 1024
    with house.store.read() as snapshot:
        assert snapshot.sources.count_events() == {"a": 5000}
