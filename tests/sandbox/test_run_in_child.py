"""Whatever a function does in its child process, the parent gets a result or the reason why there is none."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from feedsvc.core import errors
from feedsvc.core.errors import ChildFailed, ConfigError, FeedsvcError, FetchFailed, SourceUnreadable
from feedsvc.sandbox import Limits, run_in_child
from feedsvc.sandbox.protocol import MAX_FRAME_BYTES, error_from, error_text

pytestmark = pytest.mark.slow

CHILDREN = "tests.sandbox.children"


def _nothing(question: str) -> tuple[str, bytes]:
    raise AssertionError(f"nobody asks: {question}")


def run(name: str, argument: str = "", answer: object = _nothing, **limits: float) -> str:
    # On a busy machine a child takes its time; only a test about that limit names it.
    patient = Limits(**{"wall_seconds": 120.0, **limits})
    return run_in_child(f"{CHILDREN}:{name}", argument, answer, patient, time.monotonic)  # type: ignore[arg-type]


def reason(name: str, argument: str = "", answer: object = _nothing, **limits: float) -> str:
    with pytest.raises(ChildFailed) as caught:
        run(name, argument, answer, **limits)
    assert "\n" not in str(caught.value)
    assert caught.value.reason in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("text", ["", "Ünïcode 😀\r\n\x00", "a lone surrogate: \ud800", "x" * 3_000_000])
def test_a_result_comes_back_as_it_was_given(text: str) -> None:
    assert run("echo", text) == text


def test_questions_are_answered_one_by_one_with_text_and_bytes() -> None:
    def answer(question: str) -> tuple[str, bytes]:
        return f"<{question}>", b"\x01" * int(question)

    result = json.loads(run("ask_each", json.dumps(["0", "1", "5000000"]), answer))
    assert result == [["<0>", 0, 0], ["<1>", 1, 1], ["<5000000>", 5_000_000, 5_000_000]]


def test_a_failed_fetch_reaches_the_child_and_comes_back_as_it_was() -> None:
    def answer(question: str) -> tuple[str, bytes]:
        raise FetchFailed("answered 503", status=503, retry_after="120", refused=True)

    assert run("ask_and_catch", "?", answer) == "FetchFailed 503 120 True answered 503"
    with pytest.raises(FetchFailed, match="answered 503") as caught:
        run("ask_and_let_through", "?", answer)
    assert type(caught.value) is FetchFailed
    assert vars(caught.value) == {"status": 503, "retry_after": "120", "refused": True}


def test_an_expected_error_comes_back_as_itself_and_an_unknown_kind_as_the_nearest() -> None:
    with pytest.raises(SourceUnreadable, match="no calendar in it; look at it in a browser"):
        run("unreadable")
    with pytest.raises(FetchFailed, match="odd") as caught:
        run("odd")
    assert caught.value.status == 418


def test_every_error_of_the_tree_can_cross() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FeedsvcError)]
    for kind in kinds:
        error = kind(["a", "b"]) if kind is ConfigError else kind("words")
        copy = error_from(error_text(error))
        assert (type(copy), str(copy), vars(copy)) == (kind, str(error), vars(error))


def test_an_error_of_ours_while_answering_ends_the_child_and_passes_on() -> None:
    def answer(question: str) -> tuple[str, bytes]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("ask_and_let_through", "?", answer)


@pytest.mark.parametrize("name", ["burn", "burn_deaf"])
def test_endless_work_ends_at_the_limit_of_cpu_time(name: str) -> None:
    assert reason(name, cpu_seconds=1) == "used more than 1 s of CPU"


def test_a_child_that_only_waits_ends_at_the_limit_of_time() -> None:
    began = time.monotonic()
    assert reason("sleep", wall_seconds=0.5).startswith("took longer than 0.5 s")
    assert time.monotonic() - began < 60


def test_a_child_that_hardly_got_to_work_is_not_to_blame() -> None:
    with pytest.raises(ChildFailed, match=r"took longer than 3 s, \d\.\d s of it at work") as caught:
        run("sleep", wall_seconds=3)
    assert caught.value.machine_busy
    with pytest.raises(ChildFailed) as caught:
        run("burn", cpu_seconds=1)
    assert not caught.value.machine_busy


def test_the_time_an_answer_takes_is_not_the_childs() -> None:
    passed = 0.0

    def slow(question: str) -> tuple[str, bytes]:
        nonlocal passed
        passed += 3_600
        return "late", b""

    target = f"{CHILDREN}:ask_and_let_through"
    assert run_in_child(target, "?", slow, Limits(), lambda: time.monotonic() + passed) == "late"
    assert passed == 3_600


def test_the_time_a_child_takes_after_an_answer_is_its_own() -> None:
    words = reason("ask_then_burn", "?", lambda question: ("", b""), wall_seconds=0.5)
    assert words.startswith("took longer than 0.5 s")


def test_a_child_that_does_not_read_its_answer_cannot_hold_the_parent() -> None:
    asked: list[str] = []

    def answer(question: str) -> tuple[str, bytes]:
        asked.append(question)
        return "", b"x" * 1_000_000

    began = time.monotonic()
    # Long enough to begin and to ask on a busy machine.
    assert reason("deaf", "?", answer, wall_seconds=8).startswith("took longer than 8 s")
    assert time.monotonic() - began < 60
    assert asked == ["?"]


def test_memory_is_limited() -> None:
    assert reason("hoard", memory_bytes=256 * 1024 * 1024) == "used more than 256 MB of memory"


def test_a_crash_names_its_signal_and_an_exit_its_code_and_last_words() -> None:
    assert reason("crash") == "died (signal 11)"
    assert reason("leave") == "ended without a result (exit code 3)"
    with pytest.raises(ChildFailed, match="it wrote: about to leave"):
        run("leave")


UNEXPECTED = [
    ("fail", "raised ValueError (children.py:"),
    ("stop", "raised SystemExit"),
    ("recurse", "raised RecursionError"),
    ("number", "returned int"),
    ("nowhere", "raised AttributeError"),
    ("give_too_much", "gave more than 64 MB"),
]


@pytest.mark.parametrize(("name", "words"), UNEXPECTED)
def test_anything_unexpected_is_told_in_one_short_line(name: str, words: str) -> None:
    told = reason(name)
    assert told.startswith(words)
    assert len(told) <= 301
    assert told.isprintable()


def test_what_a_child_prints_is_neither_taken_for_a_result_nor_kept() -> None:
    assert run("chatter") == "said"
    assert run("read_input") == "''"


def test_an_answer_too_large_to_pass_on_is_told() -> None:
    assert "more than 64 MB" in reason("ask_and_let_through", "?", lambda question: ("", bytes(MAX_FRAME_BYTES + 1)))


def test_a_child_writes_no_file_starts_no_process_and_reaches_no_network(tmp_path: Path) -> None:
    assert "OSError" in reason("write_file", str(tmp_path / "file"))
    assert "subprocess.Popen is forbidden" in reason("start_shell")
    assert "is forbidden" in reason("connect")


def test_what_a_child_started_behind_our_back_ends_with_it() -> None:
    """An administrator's child may start processes all the same; they are of its group."""
    pid = int(run("fork_natively"))
    if pid > 0:
        _ends(pid)


def _ends(pid: int) -> None:
    """Fails unless the process ends soon. One that nobody waits for may stay as a zombie."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
    raise AssertionError(f"process {pid} is alive")


def test_a_child_inherits_nothing_and_its_limits_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDSVC_DATABASE_URL", "postgresql+psycopg://me:secret@host/name")
    found = json.loads(run("environment", memory_bytes=400_000_000, cpu_seconds=3))
    assert set(found["environment"]) <= {"LC_CTYPE"}
    assert found["group"]
    assert found["limits"] == {"CPU": [3, 4], "AS": [400_000_000, 400_000_000], "FSIZE": [0, 0], "CORE": [0, 0]}


def test_several_threads_have_children_at_once_and_leave_no_pipe_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    results: list[str] = []

    def work(number: int) -> None:
        try:
            results.append(run("echo", str(number)) if number % 2 else reason("crash"))
        except BaseException as error:
            results.append(repr(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["1", "3", "5", "7", *["died (signal 11)"] * 4]
    assert len(list(Path("/proc/self/fd").iterdir())) == before
