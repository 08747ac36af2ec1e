"""Running a function on hostile input: in a child process with limits, so that whatever the input does, this one lives.

parent: start | order | answer questions until there is a result | kill the whole group
child:  confine itself | import the function | run it

Knows nothing of what is read. Nothing crosses but text, bytes, and errors of core.errors by name; never a pickle.
"""

from __future__ import annotations

from feedsvc.sandbox.parent import Limits, run_in_child

__all__ = ["Limits", "run_in_child"]
