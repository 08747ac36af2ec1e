"""Serving: processor time of the server for one request, at full load on kept connections.

A feed of 30 events and one of 1,000, whole, compressed and unchanged (304); beside nginx, which serves the same bytes
as files, and beside what builds its answer at each request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks import servers, subscribers
from benchmarks.bench import Bench
from benchmarks.cpu import interleaved
from benchmarks.events import write_events
from benchmarks.http_client import Answer, get
from benchmarks.in_process import InProcess
from benchmarks.listing import SMALL, TARGET
from benchmarks.load import Load, loader, send
from benchmarks.peers import PeerMissing
from benchmarks.processes import NotStarted, Process
from benchmarks.result import Goal, Line, Table
from benchmarks.stores import Deployment, make_deployment

SMALL_PATH, LARGE_PATH = "/country/uy.ics", "/country/cl.ics"
SMALL_EVENTS = 30
GZIP = {"Accept-Encoding": "gzip"}
UNIT = "µs"
_BESIDE = ("nginx", "granian alone", "Flask")


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request, and the goals of ours against nginx and against ours through Flask."""

    what: str
    path: str
    headers: Mapping[str, str]
    of_nginx: float
    status: int = 200


@dataclass(slots=True)
class Stage:
    """The servers that run, and those that could not, with the reason."""

    bench: Bench
    stack: ExitStack
    running: dict[str, Process] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, make: Callable[[], Process]) -> Process | None:
        """Start a server under a name, or note why not."""
        try:
            self.running[name] = self.stack.enter_context(make())
        except (PeerMissing, NotStarted) as error:
            self.missing[name] = str(error)
            return None
        return self.running[name]


def run(bench: Bench) -> tuple[Table, ...]:
    """Measure."""
    folder = bench.folder("serve")
    deployment = make_deployment(folder / "store", {TARGET: bench.size(1000, 40), SMALL: SMALL_EVENTS})
    with ExitStack() as stack:
        stage = Stage(bench, stack)
        ours = stack.enter_context(servers.feedsvc(deployment, folder / "feedsvc.log"))
        stage.running["feedsvc"] = ours
        stage.start("Flask", lambda: servers.behind_the_gate(deployment, folder / "flask.log"))
        known = {path: (get(ours.port, path), get(ours.port, path, GZIP)) for path in (SMALL_PATH, LARGE_PATH)}
        (folder / "nginx").mkdir()
        stage.start("nginx", lambda: servers.nginx(folder / "nginx", folder / "nginx.log", known))
        bare = folder / "answers.json"
        stage.start("granian alone", lambda: servers.granian_alone(known, bare, folder / "bare.log"))
        cases = _cases(known)
        cached = _cached(stage, cases)
        built = _built(stage, deployment, known[SMALL_PATH][0])
    return (
        Table("Serving a cached feed: processor time of the server for one request", cached, (f"Load: {loader()}.",)),
        Table(
            "The same without a server: what the gate and Flask cost by themselves", _alone(bench, deployment, cases)
        ),
        _subscribers(cached),
        Table("The same feed of 30 events from those that build it at each request", built),
    )


def _subscribers(cached: tuple[Line, ...]) -> Table:
    by_case = {line.what: line for line in cached if line.peer == "nginx"}
    nothing, whole = by_case["30 events, 304"], by_case["30 events, 200 gzip"]
    return subscribers.table(nothing.ours, whole.ours, nothing.theirs, whole.theirs)


def _cases(known: Mapping[str, tuple[Answer, Answer]]) -> list[Case]:
    _, packed = known[SMALL_PATH]
    return [
        Case("30 events, 200", SMALL_PATH, {}, 2.5),
        Case("30 events, 200 gzip", SMALL_PATH, GZIP, 2.5),
        Case("30 events, 304", SMALL_PATH, {**GZIP, "If-None-Match": packed.headers["etag"]}, 3.0, 304),
        Case(f"{known[LARGE_PATH][0].body.count(b'BEGIN:VEVENT'):,} events, 200 gzip", LARGE_PATH, GZIP, 1.5),
    ]


def _cached(stage: Stage, cases: list[Case]) -> tuple[Line, ...]:
    lines = []
    for case in cases:
        stage.bench.say(f"serving: {case.what}")
        costs: dict[str, Callable[[], float]] = {
            name: _cost(stage, name, case) for name in ("feedsvc", *_BESIDE) if name in stage.running
        }
        samples = interleaved(costs, stage.bench.rounds)
        goals = {"nginx": (Goal(case.of_nginx), False), "Flask": (Goal(4, at_least=True), True)}
        for name in _BESIDE:
            goal, less = goals.get(name, (None, False))
            theirs = samples.get(name, ())
            note = stage.missing.get(name, "")
            lines.append(Line(case.what, UNIT, samples["feedsvc"], name, theirs, less, goal, note))
    return tuple(lines)


def _alone(bench: Bench, deployment: Deployment, cases: list[Case]) -> tuple[Line, ...]:
    pair = InProcess(deployment)
    bench.say("serving: in process")
    lines = []
    try:
        for case in cases:
            costs: dict[str, Callable[[], float]] = {
                "gate": pair.cost("gate", case.path, case.headers, bench.size(20_000, 50)),
                "Flask": pair.cost("Flask", case.path, case.headers, bench.size(500, 5)),
            }
            samples = interleaved(costs, bench.rounds)
            goal = Goal(4, at_least=True)
            lines.append(Line(case.what, UNIT, samples["gate"], "Flask", samples["Flask"], True, goal))
    finally:
        pair.close()
    return tuple(lines)


def _cost(stage: Stage, name: str, case: Case) -> Callable[[], float]:
    """Microseconds of processor time for one request, at full load. The answer is looked at first."""
    server = stage.running[name]
    headers = dict(case.headers)
    if "If-None-Match" in headers:
        headers["If-None-Match"] = get(server.port, case.path, GZIP).headers["etag"]
    _require(get(server.port, case.path, headers), case, name)
    load = Load(server.port, case.path, headers, seconds=stage.bench.size(2.0, 0.2))
    return lambda: _measure(server, load)


def _require(answer: Answer, case: Case, name: str) -> None:
    if answer.status != case.status or (case.status == 200 and b"END:VCALENDAR" not in answer.text[-20:]):
        raise RuntimeError(f"{name} answered {answer.status} for {case.what} ({len(answer.body)} bytes)")
    wants_gzip = "Accept-Encoding" in case.headers and case.status == 200
    if wants_gzip != (answer.headers.get("content-encoding") == "gzip"):
        raise RuntimeError(f"{name} answered {case.what} in another encoding")


def _measure(server: Process, load: Load) -> float:
    before = server.cpu_seconds()
    count = send(load)
    return (server.cpu_seconds() - before) / max(count, 1) * 1e6


def _built(stage: Stage, deployment: Deployment, plain: Answer) -> tuple[Line, ...]:
    paths = _start_builders(stage, deployment, plain)
    costs = {"feedsvc": _cost(stage, "feedsvc", Case("", SMALL_PATH, {}, 0))}
    for name, path in paths.items():
        try:
            costs[name] = _slow_cost(stage, name, path)
        except (PeerMissing, OSError) as error:
            stage.missing[name] = str(error)
    stage.bench.say("serving: what builds at each request")
    samples = interleaved(costs, stage.bench.rounds)
    goals = {"Flask + icalendar": Goal(300, at_least=True), "Radicale": Goal(100, at_least=True)}
    names = ("Flask + icalendar", "Radicale", "django-ical", "Open Web Calendar")
    return tuple(
        Line(
            "30 events, 200", UNIT, samples["feedsvc"], name, samples.get(name, ()), True, goals.get(name),
            stage.missing.get(name, ""),
        )
        for name in names
    )  # fmt: skip


def _start_builders(stage: Stage, deployment: Deployment, plain: Answer) -> dict[str, str]:
    """Name → path, of those that run."""
    bench, folder = stage.bench, stage.bench.folder("serve-peers")
    events = folder / "events.json"
    write_events(deployment, {"country": ("uy",)}, events)
    ours = stage.running["feedsvc"]
    stage.start(
        "Flask + icalendar",
        lambda: servers.flask_icalendar(bench.peer("flask-icalendar"), events, folder / "flask.log"),
    )
    stage.start("django-ical", lambda: servers.django_ical(bench.peer("django-ical"), events, folder / "django.log"))
    stage.start(
        "Open Web Calendar", lambda: servers.open_web_calendar(bench.peer("open-web-calendar"), folder / "owc.log")
    )
    radicale = stage.start(
        "Radicale", lambda: servers.radicale(bench.peer("radicale"), folder, folder / "radicale.log")
    )
    if radicale is not None:
        servers.put_calendar(radicale.port, "/bench/calendar/", plain.body)
    paths = {
        "Flask + icalendar": "/calendar.ics",
        "django-ical": "/calendar.ics",
        "Radicale": "/bench/calendar/",
        "Open Web Calendar": f"/calendar.ics?url=http://127.0.0.1:{ours.port}{SMALL_PATH}",
    }
    return {name: path for name, path in paths.items() if name in stage.running}


def _slow_cost(stage: Stage, name: str, path: str) -> Callable[[], float]:
    server = stage.running[name]
    answer = get(server.port, path)
    if answer.status != 200 or answer.text.count(b"BEGIN:VEVENT") != SMALL_EVENTS:
        found = answer.text.count(b"BEGIN:VEVENT")
        raise PeerMissing(f"{name} answered {answer.status} with {found} events; {server.last_words()}")
    load = Load(server.port, path, {}, connections=2, seconds=stage.bench.size(2.0, 0.2))
    return lambda: _measure(server, load)
