"""The parent's side: starts the child, answers its questions, holds the time, and ends it in every case."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from feedsvc.core.errors import ChildFailed, FeedsvcError
from feedsvc.core.text import clean_line, cut
from feedsvc.sandbox.protocol import (
    ANSWER,
    BROKEN,
    FAILED,
    MAX_FRAME_BYTES,
    ORDER,
    QUESTION,
    RESULT,
    Frame,
    FrameTooLarge,
    Incoming,
    error_from,
    error_text,
    pack,
)

Answer = Callable[[str], tuple[str, bytes]]

_PIECE = 262_144
_KEPT_NOISE = 2_000
_START = "import sys; sys.path[:] = sys.argv[1:]; from feedsvc.sandbox.child import main; main()"


@dataclass(frozen=True, slots=True)
class Limits:
    """Resources of one child. `wall_seconds` runs while the child works, not while it waits for an answer."""

    cpu_seconds: float = 10
    memory_bytes: int = 512 * 1024 * 1024
    wall_seconds: float = 20


def run_in_child(target: str, argument: str, answer: Answer, limits: Limits, monotonic: Callable[[], float]) -> str:
    """Run `target`, "package.module:function", in a child process and return the text it returns.

    The function is called as `function(argument, ask)`; `ask(question)` gives it what `answer(question)` returns here.
    An error of core.errors that `answer` raises, is raised by `ask`; one that the function raises or lets through, is
    raised here, by its class, message and plain attributes. Raises ChildFailed when the child breaks a limit, dies,
    or raises anything else. Whatever else `answer` raises ends the child and passes on.
    """
    with contextlib.closing(_Child(limits, monotonic)) as child:
        terms = {"target": target, "cpu_seconds": limits.cpu_seconds, "memory_bytes": limits.memory_bytes}
        child.send(Frame(ORDER, json.dumps(terms), argument.encode("utf-8", "surrogatepass")))
        while True:
            kind, text, _ = child.receive()
            if kind == RESULT:
                return text
            if kind == FAILED:
                raise error_from(text)
            if kind != QUESTION:
                raise child.failed(text if kind == BROKEN else child.memory_words)
            try:
                answered = Frame(ANSWER, *answer(text))
            except FeedsvcError as error:
                answered = Frame(FAILED, error_text(error))
            child.send(answered)


class _Child:
    """A running child, its three pipes, and what it has used of its time."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._left = limits.wall_seconds
        self._incoming = Incoming()
        self._outgoing = memoryview(b"")
        self._noise = b""
        self._process = _start()
        self._selector = selectors.DefaultSelector()
        process = self._process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self._to_child, self._from_child, self._noises = process.stdin, process.stdout, process.stderr
        for pipe in (self._to_child, self._from_child, self._noises):
            os.set_blocking(pipe.fileno(), False)
        for pipe in (self._from_child, self._noises):
            self._selector.register(pipe, selectors.EVENT_READ)

    @property
    def memory_words(self) -> str:
        return f"used more than {self._limits.memory_bytes // (1024 * 1024)} MB of memory"

    def send(self, frame: Frame) -> None:
        """Have a frame written while the next one is awaited: a child that does not read cannot hold us up."""
        try:
            self._outgoing = memoryview(pack(frame))
        except FrameTooLarge:
            raise self._too_large() from None
        with contextlib.suppress(KeyError):
            self._selector.unregister(self._to_child)
        self._selector.register(self._to_child, selectors.EVENT_WRITE)

    def receive(self) -> Frame:
        """The child's next frame. Raises ChildFailed."""
        try:
            while (frame := self._incoming.take()) is None:
                if self._from_child.closed and self._noises.closed:
                    raise self.failed(self._death())
                began = self._monotonic()
                for key, _ in self._selector.select(max(self._left, 0)):
                    self._exchange(key.fileobj)
                self._left -= self._monotonic() - began
                if self._left <= 0:
                    limit = self._limits.wall_seconds
                    worked = self._end()[1]
                    if worked >= limit / 2:
                        raise self.failed(f"took longer than {limit:g} s")
                    # A child that hardly got to work is slow because of others.
                    raise self.failed(f"took longer than {limit:g} s, {worked:.1f} s of it at work", machine_busy=True)
        except FrameTooLarge:
            raise self._too_large() from None
        return frame

    def failed(self, reason: str, *, machine_busy: bool = False) -> ChildFailed:
        """The failure for a reason in words."""
        reason = cut(clean_line(reason), 300)
        noise = cut(clean_line(self._noise[-_KEPT_NOISE:].decode("utf-8", "replace")), 300)
        said = f"; it wrote: {noise}" if noise else ""
        message = f"the reading process {reason}; nothing of what it read is used{said}"
        return ChildFailed(message, reason, machine_busy=machine_busy)

    def close(self) -> None:
        """End the child and everything it started."""
        self._kill()
        self._process.wait()
        self._selector.close()
        for pipe in (self._to_child, self._from_child, self._noises):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _kill(self) -> None:
        # Not yet waited for, so its number, which is its group's too, cannot have been given to anybody else.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _exchange(self, pipe: object) -> None:
        """Read from, or write to, a pipe that is ready."""
        if pipe is self._from_child:
            self._incoming.feed(self._take(self._from_child))
        elif pipe is self._noises:
            self._noise = (self._noise + self._take(self._noises))[-_KEPT_NOISE:]
        else:
            try:
                self._outgoing = self._outgoing[os.write(self._to_child.fileno(), self._outgoing) :]
            except BrokenPipeError:
                self._outgoing = memoryview(b"")
            if not self._outgoing:
                self._selector.unregister(self._to_child)

    def _take(self, pipe: IO[bytes]) -> bytes:
        data = os.read(pipe.fileno(), _PIECE)
        if not data:
            self._selector.unregister(pipe)
            pipe.close()
        return data

    def _too_large(self) -> ChildFailed:
        return self.failed(f"was to pass on more than {MAX_FRAME_BYTES // 1_000_000} MB")

    def _end(self) -> tuple[int, float]:
        """End the child. Returns its exit code and the seconds of CPU that it used."""
        self._kill()
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode, used.ru_utime + used.ru_stime

    def _death(self) -> str:
        """Why a child ended without a word. Every pipe is closed, so its end is settled before the kill."""
        code, worked = self._end()
        at_cpu_limit = worked >= self._limits.cpu_seconds
        if code == -signal.SIGXCPU or (code == -signal.SIGKILL and at_cpu_limit):
            return f"used more than {self._limits.cpu_seconds:g} s of CPU"
        if code == -signal.SIGKILL:
            return "was killed by the system (signal 9), as happens where memory runs out"
        return f"died (signal {-code})" if code < 0 else f"ended without a result (exit code {code})"


def _start() -> subprocess.Popen[bytes]:
    """A fresh interpreter that finds the same modules and inherits nothing else.

    Not a fork: other threads may hold locks. Without `site`, which costs time; its paths are in ours already.
    """
    path = [str(Path(place).absolute()) for place in sys.path]
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-u", "-X", "utf8", "-c", _START, *path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env={},
            process_group=0,
        )
    except OSError as error:
        reason = f"could not be started: {error.strerror or error}"
        message = f"the reading process {reason}; nothing was read"
        raise ChildFailed(message, reason, machine_busy=True) from error
