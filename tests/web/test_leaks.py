"""No secret of a source reaches the public: canaries in addresses, paths, files and answers, looked for everywhere."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from flask import Flask

from feedsvc.app import create_application
from feedsvc.refresh.pipeline import claim
from feedsvc.services.public_words import failure_class
from feedsvc.store.claims import Due
from feedsvc.worker.pool import WorkerPool
from tests.sample import opened

CANARY = "xcanaryx"
SOURCES = f"""
[[source]]
id = "secret-address"
kind = "ics"
url = "http://{CANARY}:{CANARY}@127.0.0.1:9/private-{CANARY}/basic.ics?key={CANARY}"

[[source]]
id = "secret-file"
kind = "ics"
path = "{CANARY}/missing-{CANARY}.ics"

[[source]]
id = "secret-content"
kind = "ics"
path = "content.ics"

[[source]]
id = "secret-table"
kind = "csv"
path = "table.csv"
columns = {{ title = "a", start = "b" }}
"""
EXAMPLES = {"path": "all", "extension": "ics", "public_id": "x", "slug": "x", "secret": "x", "filename": "page.css"}
MORE = ("/all", "/all.ics", "/all.json", "/all.csv", "/all.atom", "/all.jcal", "/?q=calendar", "/embed/all?view=month")


def addresses(application: Flask) -> list[str]:
    """An address of every route that the public may GET."""
    found = []
    for rule in application.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.rule.startswith("/admin"):
            values = {name: EXAMPLES[name] for name in rule.arguments}
            made = rule.build(values)
            assert made is not None
            found.append(made[1])
    return [*found, *MORE]


def test_no_public_address_log_or_metric_tells_a_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "sources.toml").write_text(SOURCES)
    (tmp_path / "content.ics").write_text(f"{CANARY} answered 404: {CANARY}")
    (tmp_path / "table.csv").write_text(f"{CANARY},b\n1,2\n")
    runtime = opened(tmp_path / "var", FEEDSVC_SOURCES=str(tmp_path / "sources.toml"))
    caplog.set_level(logging.INFO)
    context, workers = runtime.refresh_context, WorkerPool(1)
    for source in runtime.config.sources:
        fence = claim(context, source, context.clock())
        assert fence is not None
        workers.begin(context, source, fence, Due(source.id, False))
        assert workers.wait(time.monotonic, 60) == []
        with runtime.store.read() as snapshot:
            assert [run.outcome for run in snapshot.sources.last_runs(source.id)] == ["failed"]
    application = create_application(runtime)
    client = application.test_client()
    for address in addresses(application):
        answer = client.get(address)
        assert CANARY.encode() not in answer.data, address
        assert CANARY not in str(answer.headers), address
    assert CANARY not in caplog.text
    told = {source["id"]: source["error"] for source in client.get("/status.json").get_json()["sources"]}
    assert told["secret-content"] == "not a calendar"
    assert told["secret-file"] == "cannot be read"
    assert None not in told.values()
    runtime.close()


@pytest.mark.parametrize(
    ("message", "state", "told"),
    [
        ("https://h.example/x: answered 404: is not there", "failing", "answered 404"),
        ("would remove 12 of 14 coming events; at most 4 may go in one refresh", "held", "would remove 12 of 14"),
        ("https://h.example/x: took longer than 30 s", "failing", "did not answer in time"),
        ("words that nobody foresaw", "failing", "could not be read"),
        ("words that nobody foresaw", "held", "waits for a decision"),
        ("an administrator's note", "paused", "paused by an administrator or after failures"),
        (None, "good", None),
    ],
)
def test_failure_is_told_by_its_class(message: str | None, state: str, told: str | None) -> None:
    assert failure_class(message, state) == told
