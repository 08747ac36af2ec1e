"""What operators ask: is it alive, can it serve, how fresh is everything, and the numbers."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from feedsvc.app import OPERATORS, create_application
from feedsvc.bootstrap import Runtime
from feedsvc.cli.restarts import Pauses
from feedsvc.core.errors import StoreUnavailable
from feedsvc.feeds.cache import DocumentCache
from feedsvc.refresh import refresh
from feedsvc.services.status import ServiceStatus, SourceStatus, public
from feedsvc.store.claims import Heartbeat
from feedsvc.store.editions import Writer
from feedsvc.store.sources import SourceState
from feedsvc.store.store import Snapshot
from feedsvc.web.http.metrics import GAUGES, Fact, Metrics
from tests.sample import NOW, ROOT, Ticks, opened, read_sample


class Operated:
    """A service of its own whose store can be shut away, with a clock."""

    def __init__(self, folder: Path) -> None:
        read_sample(folder)
        self.ticks, self.now, self.away = Ticks(), NOW, False
        runtime = opened(folder)
        self.store = runtime.store
        self._read, self.write = runtime.store.read, runtime.store.write
        self.runtime: Runtime = replace(
            runtime,
            store=self,  # type: ignore[arg-type]
            documents=DocumentCache(self, runtime.dimensions, runtime.documents.site, self.ticks),  # type: ignore[arg-type]
            clock=lambda: self.now,
        )
        with self.write() as snapshot:
            snapshot.claims.beat(Heartbeat("worker", "a", NOW, NOW))
        self.client: FlaskClient = create_application(self.runtime).test_client()

    @contextmanager
    def read(self, **options: Any) -> Iterator[Snapshot]:
        if self.away:
            raise StoreUnavailable("it was shut away")
        with self._read(**options) as snapshot:
            yield snapshot

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)
        self.ticks.now += timedelta(**span).total_seconds()

    def told(self) -> Any:
        return json.loads(self.client.get("/status.json").data)


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[Operated]:
    made = Operated(tmp_path)
    yield made
    made.store.close()


def test_status_tells_of_every_source_the_store_and_the_edition(operated: Operated) -> None:
    told = operated.told()
    assert told["good"]
    assert told["store"] == {"answers": True, "silent_since": None, "newer": None, "as_of": "2024-05-20T09:00:00Z"}
    assert told["feeds"]["events"] == 70
    (source,) = told["sources"]
    assert (source["id"], source["state"], source["error"]) == ("open-gov-week-2024", "good", None)
    assert source["refreshed_at"] == source["tried_at"] == "2024-05-20T09:00:00Z"
    assert source["due_at"] > source["tried_at"]
    assert "All is well" in operated.client.get("/status").text


def test_failure_is_told_in_words_without_keys_and_passwords(operated: Operated) -> None:
    error = "could not fetch https://user:hunter2@listing.example/page?key=sesame#x: timed out"
    with operated.store.write() as snapshot:
        snapshot.sources.change("open-gov-week-2024", last_error=error, failures=3)
    operated.passes(seconds=2)
    told = operated.told()
    assert (told["sources"][0]["state"], told["sources"][0]["failures"]) == ("failing", 3)
    assert told["troubles"][0].endswith(": did not answer in time")
    page = operated.client.get("/status").text
    for shown in (json.dumps(told), page, operated.client.get("/metrics").text):
        assert "hunter2" not in shown
        assert "sesame" not in shown
    assert "failing" in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@h.example/a?b=c d", "https://h.example/a d"),
        ("http://h.example:80/a#x", "http://h.example:80/a"),
        ("no\naddress", "no address"),
        ("https://h.example", "https://h.example"),
    ],
)
def test_addresses_are_told_as_far_as_they_name_a_place(text: str, shown: str) -> None:
    assert public(text) == shown


def test_store_that_does_not_answer_is_told_with_what_was_known_before(operated: Operated) -> None:
    operated.told()
    operated.away = True
    operated.passes(minutes=5)
    operated.told()
    operated.passes(minutes=5)
    told = operated.told()
    assert told["store"] == {
        "answers": False,
        "silent_since": "2024-05-20T09:05:00Z",
        "newer": None,
        "as_of": "2024-05-20T09:00:00Z",
    }
    assert (told["good"], told["feeds"]["events"]) == (False, 70)
    assert "has not answered since" in operated.client.get("/status").text
    assert "feedsvc_store_up 0.0" in operated.client.get("/metrics").text
    operated.away = False
    operated.passes(minutes=1)
    with operated.write() as snapshot:
        snapshot.claims.beat(Heartbeat("worker", "a", operated.now, NOW))
    assert operated.told()["good"]


def test_worker_that_fell_silent_is_told_within_90_seconds(operated: Operated) -> None:
    with operated.store.write() as snapshot:
        snapshot.claims.beat(Heartbeat("worker", "a", NOW, NOW))
    assert operated.told()["worker"] == {"seen_at": "2024-05-20T09:00:00Z"}
    operated.passes(seconds=89)
    assert operated.told()["good"]
    operated.passes(seconds=2)
    assert "no sign of life" in operated.told()["troubles"][0]


def test_process_is_ready_once_it_has_known_the_store_and_stays_so(operated: Operated) -> None:
    operated.away = True
    assert operated.client.get("/healthz/live").status_code == 200
    response = operated.client.get("/healthz/ready")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "30")
    operated.away = False
    operated.passes(seconds=20)
    assert operated.client.get("/healthz/ready").text == "ready\n"
    operated.away = True
    operated.passes(seconds=20)
    assert operated.client.get("/healthz/ready").status_code == 200
    assert "as they were" in operated.client.get("/healthz/ready").text


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready", "/status.json", "/metrics"])
def test_nobody_keeps_what_operators_ask(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_metrics_count_what_gate_and_flask_answered(operated: Operated) -> None:
    for headers in ({}, {}, {"If-None-Match": "*"}):
        operated.client.get("/country/ua.ics", headers=headers)
    shown = operated.client.get("/metrics").text
    assert 'feedsvc_answers_total{by="gate",status="200"} 1.0' in shown
    assert 'feedsvc_answers_total{by="gate",status="304"} 1.0' in shown
    assert 'feedsvc_answers_total{by="flask",status="200"} 1.0' in shown
    assert "feedsvc_builds_total 1.0" in shown
    assert "feedsvc_documents 1.0" in shown
    assert 'feedsvc_answers_total{by="gate",status="200"} 1.0' in operated.client.get("/metrics").text


def test_metrics_are_well_formed_and_have_a_meaning(client: FlaskClient) -> None:
    response = client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for line in response.text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|feedsvc_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [0-9.e+-]+', line), line
    families = set(re.findall(r"^# HELP (\w+)", response.text, re.MULTILINE))
    assert families >= {"feedsvc_info", "feedsvc_edition", "feedsvc_answers_total", "feedsvc_builds_total"}
    assert len(families) == response.text.count("# TYPE")


def test_label_of_a_source_stays_a_label() -> None:
    shown = Metrics().exposition([Fact("feedsvc_source_failures", 1, (("source", 'a"} 9\nevil 1'),))])
    assert b"\nevil" not in shown
    assert "feedsvc_source_failures" in GAUGES


def test_source_that_was_never_read_is_new(tmp_path: Path) -> None:
    runtime = opened(tmp_path)
    told = json.loads(create_application(runtime).test_client().get("/status.json").data)
    runtime.close()
    assert (told["sources"][0]["state"], told["sources"][0]["refreshed_at"]) == (SourceState("x").word, None)
    assert told["feeds"] == {"edition": 0, "edition_at": None, "events": 0}


def test_status_says_that_a_newer_program_writes_the_store(operated: Operated) -> None:
    with operated.store.write() as snapshot:
        snapshot.provenance.put_last_writer(Writer("999.0", "2025b"))
    operated.passes(seconds=5)
    told = operated.told()
    assert told["store"]["newer"].startswith("by feedsvc 999.0, newer than this")
    assert "The store was written by feedsvc 999.0" in told["troubles"][0]
    assert operated.client.get("/all.ics").status_code == 200


def test_status_says_that_no_worker_was_ever_seen_and_that_the_disk_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedsvc.services.status.disk_free", lambda _folder: 0.02)
    runtime = opened(tmp_path)
    client = create_application(runtime).test_client()
    troubles = json.loads(client.get("/status.json").data)["troubles"]
    shown = client.get("/metrics").text
    runtime.close()
    assert troubles == ["No worker was ever seen; nothing is refreshed.", "The disk is nearly full: 2 % are free."]
    assert "feedsvc_worker_seen 0.0" in shown
    assert "feedsvc_disk_free_ratio 0.02" in shown


def test_operators_apart_have_metrics_health_and_whole_messages_alone(operated: Operated) -> None:
    public = create_application(operated.runtime, operators_apart=True)
    operators = public.extensions[OPERATORS].test_client()
    client = public.test_client()
    for path in ("/metrics", "/healthz/live", "/healthz/ready"):
        assert client.get(path).status_code == 404
        assert operators.get(path, headers={"Host": "10.0.0.1"}).status_code == 200
    assert client.get("/status").status_code == 200
    assert all("message" not in source for source in client.get("/status.json").get_json()["sources"])
    assert all("message" in source for source in operators.get("/status.json").get_json()["sources"])
    assert operators.get("/all.ics").status_code == 404


def test_source_that_brings_nothing_new_for_longer_than_it_promises_is_late(tmp_path: Path) -> None:
    source = (
        f'[[source]]\nid = "a"\nkind = "csv"\npath = "{tmp_path / "a.csv"}"\ncolumns = {{ title = "t", start = "s" }}\n'
    )
    (tmp_path / "sources.toml").write_text(source + 'promise = "3d"\n')
    (tmp_path / "a.csv").write_text("t,s\nOpen day,2024-06-01\n")
    runtime = opened(tmp_path / "var", FEEDSVC_SOURCES=str(tmp_path / "sources.toml"))
    now = [NOW]
    runtime = replace(runtime, clock=lambda: now[0])
    context = replace(runtime.refresh_context, clock=lambda: now[0])
    client = create_application(runtime).test_client()
    found = []
    for days in (0, 2, 4, 5):
        now[0] = NOW + timedelta(days=days)
        if len(found) == 3:
            (tmp_path / "a.csv").write_text("t,s\nOpen day,2024-06-01\nNight,2024-06-02\n")
        refresh(context, runtime.config.sources[0])
        status = client.get("/status.json").get_json()
        found.append((status["sources"][0]["late_since"], any("is late" in told for told in status["troubles"])))
        now[0] += timedelta(minutes=1)
    late = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert found == [(None, False), (None, False), (late, True), (None, False)]
    runtime.close()


def test_restarts_are_counted_by_process(operated: Operated) -> None:
    pauses = Pauses(operated.runtime.config.data_dir / "restarts-worker")
    pauses.next(1.0)
    assert 'feedsvc_restarts{process="worker"} 1.0' in operated.client.get("/metrics").text


def test_store_that_is_away_is_logged_once_and_once_when_it_is_back(
    operated: Operated, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for away in (False, True, True, True, False, False):
        operated.away = away
        operated.passes(seconds=30)
        operated.told()
    told = [line.getMessage() for line in caplog.records if line.name == "feedsvc.store"]
    assert len(told) == 2
    assert told[0].startswith("the store does not answer")
    assert told[1].startswith("the store answers again after 90 s")


def test_each_alert_and_each_sentence_of_the_status_has_its_paragraph(operated: Operated) -> None:
    page = (ROOT / "docs/operations.md").read_text()
    rules = (ROOT / "docs/deploy/monitoring/alerts.yml").read_text()
    alerts = re.findall(r"alert: (\w+)", rules)
    assert len(alerts) >= 10
    assert [alert for alert in alerts if f"| `{alert}` |" not in page] == []
    named = set(re.findall(r"feedsvc_\w+", rules))
    assert named <= set(GAUGES)
    source = SourceStatus("a", "A", "good", None, None, None, 60, 0, 0, None, None, None)
    words = ("failing", "held", "paused", "partly read")
    sources = [replace(source, word=word, error="answered 404") for word in words] + [replace(source, late_since=NOW)]
    faulty = ServiceStatus(
        as_of=NOW, silent_since=NOW, lacks="by 9.9", disk_free=0.01, sources=tuple(sources), worker_at=None
    )
    silent = replace(faulty, worker_at=NOW - timedelta(days=1))
    told = {*faulty.troubles(NOW), *silent.troubles(NOW)}
    assert len(told) == 10
    rows = [
        cell for line in page.splitlines() if line.startswith("| ") for cell in [line.split("|")[2].strip()] if cell
    ]
    begins = [row.removeprefix("…").strip() for row in rows]
    assert [one for one in sorted(told) if not any(begin and begin in one for begin in begins)] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_alert_rules_are_rules() -> None:
    rules = ROOT / "docs/deploy/monitoring/alerts.yml"
    done = subprocess.run(
        ["promtool", "check", "rules", str(rules)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
