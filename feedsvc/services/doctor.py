"""A look at everything that a service stands on, each part with what to do: for people on call, without a web page.

Works where nothing works: without a configuration that can be read, with a store that is missing or damaged, on a full
disk. Reads only, makes nothing, and asks the network for one thing, the own web process.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedsvc.config.loader import Config
from feedsvc.core.errors import ConfigError, FetchFailed, StoreUnavailable, StoreUnfit
from feedsvc.core.ip_ranges import parse_allow
from feedsvc.fetch import FetchClient, Policy
from feedsvc.services.program import lacking, writer, zones_on_disk
from feedsvc.services.status import DISK_LOW, WORKER, WORKER_SILENT
from feedsvc.store.sources import SourceState
from feedsvc.store.store import Snapshot, Store

GOOD, NOTE, FAULT = "good", "note", "fault"
"""States of a part. A note can wait until tomorrow; a fault cannot."""
BACKUP_OLD = timedelta(days=2)
ZONES_OLD_YEARS = 2
_CLOCK_TOLERANCE = timedelta(minutes=2)
_WEB_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Check:
    """One part: `fact` is what was found, `remedy` what to do, empty where there is nothing to do."""

    part: str
    state: str
    fact: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """Fact and remedy in one line."""
        return f"{self.fact}; {self.remedy}" if self.remedy else self.fact


def diagnose(
    read_config: Callable[[], Config], clock: Callable[[], datetime], monotonic: Callable[[], float]
) -> list[Check]:
    """Look at every part, in the order in which they stand on each other. Raises nothing for what is wrong."""
    now = clock()
    try:
        config = read_config()
    except ConfigError as error:
        remedy = "mend it, then look again: the other parts are described there"
        return [*(Check("configuration", FAULT, fault, remedy) for fault in error.faults), _zones(now, None)]
    checks = [Check("configuration", GOOD, f"{config.file} is valid"), _disk(config)]
    checks += _Stored(config, now).checks()
    checks.append(_web(config, monotonic))
    return checks


def _disk(config: Config) -> Check:
    folder = config.data_dir
    try:
        facts = shutil.disk_usage(folder)
    except OSError as error:
        remedy = "feedsvc init makes it with a new store; name another with FEEDSVC_DATA_DIR"
        return Check("disk", FAULT, f"{folder}: {error.strerror}", remedy)
    free = facts.free / facts.total
    found = f"{folder}: {100 * free:.0f} % ({facts.free / 1e9:,.1f} GB) are free"
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check(
            "disk", FAULT, f"{folder} cannot be written", "give it to the user of this program, or mount it rw"
        )
    if free < DISK_LOW:
        return Check("disk", FAULT, found, "make room; copies named ….before-… beside the store are yours to remove")
    return Check("disk", GOOD, found)


def _zones(now: datetime, stored: str | None) -> Check:
    """`stored` says what this process lacks that wrote the store."""
    zones, remedy = zones_on_disk(), "pip install -U tzdata, or update the system's tzdata, then restart"
    if stored is not None:
        return Check("zone data", FAULT, f"{zones}; the store was written {stored}", remedy)
    if not zones[:4].isdigit() or int(zones[:4]) <= now.year - ZONES_OLD_YEARS:
        return Check("zone data", NOTE, f"{zones}, which is old or unknown", remedy)
    return Check("zone data", GOOD, zones)


def _web(config: Config, monotonic: Callable[[], float]) -> Check:
    place = config.settings.server.operator_bind or config.settings.server.bind
    for everywhere, here in (("0.0.0.0:", "127.0.0.1:"), ("[::]:", "[::1]:")):
        place = here + place.removeprefix(everywhere) if place.startswith(everywhere) else place
    client = FetchClient(Policy((parse_allow(place),), "feedsvc doctor", _WEB_SECONDS, 10_000), monotonic)
    try:
        response = client.get(f"http://{place}/healthz/ready")
    except FetchFailed as error:
        if error.status == 503:
            return Check("web", FAULT, f"http://{place} waits for the store", "see the part store")
        remedy = "start feedsvc up, or feedsvc serve; where it listens elsewhere, set [server] bind"
        return Check("web", FAULT, f"http://{place} does not answer", remedy)
    words = "" if response.page is None else response.page.content.decode("utf-8", "replace").strip()
    if words != "ready":
        return Check("web", FAULT, f"http://{place} is {words}", "see the part store")
    return Check("web", GOOD, f"http://{place} is ready")


class _Stored:
    """Everything that only the store can tell. Each part after the first that fails is left out."""

    def __init__(self, config: Config, now: datetime) -> None:
        self._config = config
        self._now = now

    def checks(self) -> Iterator[Check]:
        """The store, its schema, the clock, zone data, the worker, the sources, the backups."""
        restore = "feedsvc restore FILE brings a backup back"
        if not self._config.data_dir.is_dir() and self._config.settings.store.database_url is None:
            yield Check("store", FAULT, f"{self._config.data_dir} is missing", f"{restore}, feedsvc init makes a store")
            yield _zones(self._now, None)
            return
        try:
            store = Store(self._config.database_url, self._config.data_dir)
            store.check(schema=False)
            store.examine()
        except StoreUnfit as error:
            yield Check("store", FAULT, str(error))  # It names its way out.
            yield _zones(self._now, None)
            return
        except (StoreUnavailable, ConfigError) as error:
            remedy = f"start PostgreSQL, or see whether {self._config.data_dir} can be read and written; {restore}"
            yield Check("store", FAULT, str(error), remedy)
            yield _zones(self._now, None)
            return
        try:
            yield from self._within(store)
        finally:
            store.close()

    def _within(self, store: Store) -> Iterator[Check]:
        if store.mark is not None and store.mark.read() is None:
            remedy = f"let the service write {store.mark.file}: without it a lost store looks like one never made"
            yield Check("store", NOTE, f"{store.name} is sound, but has no mark beside it", remedy)
        else:
            yield Check("store", GOOD, f"{store.name} is sound")
        try:
            store.check()
            with store.read() as snapshot:
                yield Check("schema", GOOD, "the one of this program")
                yield self._clock(snapshot)
                yield _zones(self._now, lacking(snapshot.provenance.last_writer(), writer()))
                yield self._worker(snapshot)
                yield from self._sources(snapshot)
                yield self._backups(snapshot)
        except StoreUnavailable as error:
            yield Check("schema", FAULT, str(error), "update this program, or start feedsvc up, serve or worker once")

    def _clock(self, snapshot: Snapshot) -> Check:
        """The store remembers times at which it was written: the clock is not before them."""
        beat = snapshot.claims.heartbeat(WORKER)
        written = [snapshot.feeds.edition_at(), None if beat is None else beat.beat_at]
        ahead = max((moment - self._now for moment in written if moment is not None), default=timedelta(0))
        if ahead > _CLOCK_TOLERANCE:
            fact = f"it is {self._now:%Y-%m-%d %H:%M} UTC here, {ahead} before what the store has seen"
            return Check("clock", FAULT, fact, "set the clock: timedatectl set-ntp true")
        return Check("clock", GOOD, f"{self._now:%Y-%m-%d %H:%M} UTC")

    def _worker(self, snapshot: Snapshot) -> Check:
        beat, remedy = snapshot.claims.heartbeat(WORKER), "start feedsvc up, or feedsvc worker, and look at its log"
        if beat is None:
            return Check("worker", FAULT, "no worker was ever seen; nothing is refreshed", remedy)
        if self._now - beat.beat_at > WORKER_SILENT:
            return Check("worker", FAULT, f"no sign of life since {beat.beat_at:%Y-%m-%d %H:%M} UTC", remedy)
        return Check("worker", GOOD, f"{beat.holder} leads")

    def _sources(self, snapshot: Snapshot) -> Iterator[Check]:
        states = {state.id: state for state in snapshot.sources.states()}
        if not self._config.sources:
            yield Check("sources", NOTE, "none is configured", "feedsvc sources probe URL finds out how to read one")
        well = 0
        for source in self._config.sources:
            state = states.get(source.id) or SourceState(source.id)
            if state.word in ("failing", "held", "paused", "partly read"):
                why = f": {' '.join(state.last_error.split())}" if state.last_error else ""
                remedy = f"feedsvc sources show {source.id}"
                yield Check(
                    "sources", FAULT if state.word == "failing" else NOTE, f"{source.id} is {state.word}{why}", remedy
                )
            elif state.refreshed_at is None:
                yield Check("sources", NOTE, f"{source.id} was never read", f"feedsvc refresh {source.id}")
            else:
                well += 1
        if well:
            yield Check("sources", GOOD, f"{well} of {len(self._config.sources)} are well")

    def _backups(self, snapshot: Snapshot) -> Check:
        done, last = snapshot.maintenance.last("backup"), snapshot.maintenance.last("backup", failed=True)
        remedy = "feedsvc backup FILE, every night, and a copy of it on another machine"
        if last is not None and (done is None or last.made_at > done.made_at):
            return Check(
                "backups", FAULT, f"the last one failed at {last.made_at:%Y-%m-%d %H:%M} UTC: {last.outcome}", remedy
            )
        if done is None:
            return Check("backups", NOTE, "none was ever made", remedy)
        found = f"{done.file}, {done.made_at:%Y-%m-%d %H:%M} UTC"
        if self._now - done.made_at > BACKUP_OLD:
            return Check("backups", NOTE, f"the last one is old: {found}", remedy)
        return Check("backups", GOOD, found)
