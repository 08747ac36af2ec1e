"""The worker: a process that refreshes sources when they are due. What is due stands in the store, not here.

ticker → tick: sign of life | lead | claim what is due | give it to the pool → one refresh in a thread of its own

Several workers may run; one of them leads, the others wait. Every refresh checks in its own transaction that its
worker still leads. The hardest case is a worker that looks alive and does nothing: a watchdog ends it.
"""

from __future__ import annotations

from feedsvc.worker.main import RESTART, run_worker

__all__ = ["RESTART", "run_worker"]
