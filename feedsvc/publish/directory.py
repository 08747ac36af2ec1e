"""A directory of this machine as a target. Every path is walked name by name from the directory's own handle, and no
symbolic link is followed below it: whatever somebody plants there, nothing is written outside.

A file is written beside, flushed, and renamed over the old one; a rename replaces a link instead of following it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import stat
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from feedsvc.core.errors import RequestError, WorkError
from feedsvc.core.publication import FileMetadata

OWN = ".feedsvc"
"""The folder for what is not published: the manifest, the lock, half-written files. nginx hides names with a dot."""
_HALF = "half"
_AT_ONCE = 8
"""Files flushed side by side: a disk takes many together in the time of one."""
_WAITING = 64
_NAME = re.compile(r"\.feedsvc|[a-z0-9][a-z0-9._-]{0,199}")
_LINK = (errno.ENOTDIR, errno.ELOOP)
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Directory:
    """Files below `root`, which is made if it is not there. One process at a time publishes into it."""

    def __init__(self, root: Path) -> None:
        self.name = str(root)
        self._written_in: set[tuple[str, ...]] = set()
        self._count = 0
        self._waiting: deque[Future[None]] = deque()
        try:
            root.mkdir(parents=True, exist_ok=True)
            self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise RequestError(f"{root}: cannot be published into: {error.strerror}; name a directory") from error
        self._path = root
        with self._folder((OWN,)):
            pass
        self._lock = self._take_lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="publish")
        # Take away what a process that was ended has left half-written.
        shutil.rmtree(self.workspace(), ignore_errors=True)
        with self._folder((OWN, _HALF)):
            pass

    def sizes(self) -> Mapping[str, int]:
        """Path → bytes of every file below it."""
        return dict(self._sizes(self._root, ""))

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None when there is none."""
        *folders, name = _names(path)
        try:
            with self._folder(tuple(folders)) as folder:
                handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise WorkError(f"{self.name}/{path}: cannot be read: {error.strerror}") from error
        with os.fdopen(handle, "rb") as file:
            return file.read()

    def workspace(self) -> Path:
        """A folder on the same disk, so that putting is a rename."""
        return self._path / OWN / _HALF

    def put(self, staged: Path, path: str, about: FileMetadata) -> None:
        """Flush a file of the workspace, give it its time, and rename it into place. `settle` waits for it."""
        names = _names(path)
        self._count += 1
        own = f"{self._count}.put"
        staged.rename(staged.with_name(own))
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._put, own, names, about.modified.timestamp()))

    def settle(self) -> None:
        """Wait for what was put, then flush the folders that it was renamed into."""
        while self._waiting:
            self._waiting.popleft().result()
        for folders in sorted(self._written_in):
            with self._folder(folders) as folder:
                os.fsync(folder)
        self._written_in.clear()

    def _put(self, staged: str, names: list[str], moment: float) -> None:
        *folders, name = names
        try:
            with self._folder((OWN, _HALF)) as half, self._folder(tuple(folders)) as folder:
                handle = os.open(staged, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=half)
                try:
                    os.fchmod(handle, 0o644)
                    os.utime(handle, (moment, moment))
                    os.fsync(handle)
                finally:
                    os.close(handle)
                os.replace(staged, name, src_dir_fd=half, dst_dir_fd=folder)
        except OSError as error:
            raise WorkError(f"{self.name}/{'/'.join(names)}: cannot be written: {error.strerror}") from error
        self._written_in.add(tuple(folders))

    def close(self) -> None:
        """Give the lock back."""
        self._pool.shutdown(cancel_futures=True)
        os.close(self._lock)
        os.close(self._root)

    @contextmanager
    def _folder(self, names: tuple[str, ...]) -> Iterator[int]:
        """A handle on a folder below the root, made where it is missing; refuses links."""
        handle = os.dup(self._root)
        try:
            for name in names:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=handle)
                    os.chmod(name, 0o755, dir_fd=handle)  # noqa: S103 - the web server reads it
                outer, handle = handle, os.open(name, _FOLDER, dir_fd=handle)
                os.close(outer)
        except OSError as error:
            os.close(handle)
            # ENOTDIR or ELOOP: what the kernel says of a link where no link is followed.
            why = "is a link or no folder; take it away" if error.errno in _LINK else error.strerror
            raise WorkError(f"{self.name}/{'/'.join(names)}: {why}") from error
        try:
            yield handle
        finally:
            os.close(handle)

    def _sizes(self, folder: int, prefix: str) -> Iterator[tuple[str, int]]:
        with os.scandir(folder) as entries:
            for entry in entries:
                facts = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(facts.st_mode):
                    yield prefix + entry.name, facts.st_size
                elif stat.S_ISDIR(facts.st_mode) and entry.name != OWN:
                    inner = os.open(entry.name, _FOLDER, dir_fd=folder)
                    try:
                        yield from self._sizes(inner, f"{prefix}{entry.name}/")
                    finally:
                        os.close(inner)

    def _take_lock(self) -> int:
        try:
            with self._folder((OWN,)) as folder:
                handle = os.open("lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder)
        except OSError as error:
            raise WorkError(f"{self.name}/{OWN}/lock: cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(handle)
            raise WorkError(f"{self.name}: another process is publishing there; try again when it has ended") from error
        return handle


def _names(path: str) -> list[str]:
    """The names of a path, each of them harmless. Raises WorkError: such a path was never asked for by a person."""
    names = path.split("/")
    if not all(_NAME.fullmatch(name) for name in names):
        raise WorkError(f"{path!r}: not a path that feeds are published under")
    return names
