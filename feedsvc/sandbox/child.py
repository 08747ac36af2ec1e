"""The child's side: one order, one function, one result. Its own prints go where its error messages go."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from feedsvc.core.errors import FeedsvcError
from feedsvc.sandbox.protocol import (
    ANSWER,
    BROKEN,
    FAILED,
    MAX_FRAME_BYTES,
    NO_MEMORY,
    QUESTION,
    RESULT,
    Frame,
    FrameTooLarge,
    Incoming,
    error_from,
    error_text,
    pack,
)
from feedsvc.sandbox.rlimits import confine

_PIECE = 65_536
# Made while there is memory.
_NO_MEMORY = pack(Frame(NO_MEMORY))


def main() -> NoReturn:
    """Take one order from standard input, carry it out, end."""
    line = _Line()
    order = line.receive()
    terms = json.loads(order.text)
    confine(terms["cpu_seconds"], terms["memory_bytes"])
    try:
        line.send(_carry_out(terms["target"], order.body, line))
    except MemoryError:
        line.write(_NO_MEMORY)
    except FrameTooLarge:
        line.send(Frame(BROKEN, f"gave more than {MAX_FRAME_BYTES // 1_000_000} MB"))
    # No clearing up: it costs time, and what was read has had its say.
    os._exit(0)


def _carry_out(target: str, argument: bytes, line: _Line) -> Frame:
    """Import the function and run it; what came of it, as a frame."""
    try:
        module, _, name = target.partition(":")
        function: Callable[[str, Callable[[str], tuple[str, bytes]]], object] = getattr(
            importlib.import_module(module), name
        )
        result = function(argument.decode("utf-8", "surrogatepass"), line.ask)
    except FeedsvcError as error:
        return Frame(FAILED, error_text(error))
    except MemoryError:
        raise
    except BaseException as error:
        trace, place = error.__traceback__, ""
        while trace is not None:
            place = f" ({os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno})"  # noqa: PTH119
            trace = trace.tb_next
        return Frame(BROKEN, f"raised {type(error).__name__}{place}: {str(error)[:2_000]}")
    return Frame(RESULT, result) if isinstance(result, str) else Frame(BROKEN, f"returned {type(result).__name__}")


class _Line:
    """The two pipes to the parent, taken out of reach of `input` and `print`."""

    def __init__(self) -> None:
        self._in, self._out = os.dup(0), os.dup(1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        os.close(nothing)
        self._incoming = Incoming()

    def ask(self, question: str) -> tuple[str, bytes]:
        """Ask the parent. Raises what it raised, as an error of core.errors."""
        self.send(Frame(QUESTION, question))
        frame = self.receive()
        if frame.kind == ANSWER:
            return frame.text, frame.body
        raise error_from(frame.text)

    def send(self, frame: Frame) -> None:
        self.write(pack(frame))

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._out, rest) :]

    def receive(self) -> Frame:
        while (frame := self._incoming.take()) is None:
            data = os.read(self._in, _PIECE)
            if not data:
                # The parent is gone: nobody waits for a result.
                with contextlib.suppress(OSError):
                    sys.stdout.flush()
                os._exit(1)
            self._incoming.feed(data)
        return frame
