"""Linting many templates at once, in processes that are held to a time and a size.

The processes are forked from one that has cfn-lint loaded already. A template that takes one of them down, or too long,
is a finding of its own; the others go on. Where a system can't fork, one process does all.

cfn-lint looks at the outputs of a nested template only if that lies below the working directory, so that is where the
templates are: what is found doesn't depend on where somebody stands.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final, Protocol

from stratopause.linting.cfnlint_runner import Found, crashed

SECONDS: Final = 60.0
"""For one template: the largest of an environment takes half a second."""
BYTES: Final = 4 * 1024**3
"""Of memory, for one process."""


class Linter(Protocol):
    def lint(self, file: str) -> Found: ...


def lint(linter: Linter, directory: str, files: Sequence[str], seconds: float = SECONDS) -> Iterator[tuple[str, Found]]:
    """What is found in each file, in the order in which it is known; the largest are begun first."""
    todo = sorted(files, key=lambda file: os.path.getsize(os.path.join(directory, file)))
    if "fork" not in multiprocessing.get_all_start_methods():
        for file in reversed(todo):
            with contextlib.chdir(directory):
                found = linter.lint(file)
            yield file, found
        return
    yield from _Pool(linter, directory, seconds).run(todo)


class _Worker:
    def __init__(self, linter: Linter, directory: str, others: Sequence[Connection]) -> None:
        context = multiprocessing.get_context("fork")
        self.connection, theirs = context.Pipe()
        ours = [self.connection, *others]
        self.process: BaseProcess = context.Process(target=_work, args=(theirs, ours, linter, directory), daemon=True)
        self.process.start()
        theirs.close()
        self.file = ""
        self.deadline = 0.0

    def begin(self, file: str, seconds: float) -> None:
        self.file, self.deadline = file, time.monotonic() + seconds
        # One that has ended meanwhile is found out when nothing comes back.
        with contextlib.suppress(BrokenPipeError):
            self.connection.send(file)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class _Pool:
    def __init__(self, linter: Linter, directory: str, seconds: float) -> None:
        self.linter = linter
        self.directory = directory
        self.seconds = seconds
        self.busy: dict[Connection, _Worker] = {}

    def run(self, todo: list[str]) -> Iterator[tuple[str, Found]]:
        try:
            for _ in range(min(_processors(), len(todo))):
                self._start(todo.pop())
            while self.busy:
                for worker, found in self._wait():
                    del self.busy[worker.connection]
                    file, told = worker.file, found or crashed(worker.file, self._why(worker))
                    self._go_on(worker, todo, alive=found is not None)
                    yield file, told
        finally:
            for worker in self.busy.values():
                worker.end()

    def _start(self, file: str) -> None:
        worker = _Worker(self.linter, self.directory, list(self.busy))
        self.busy[worker.connection] = worker
        worker.begin(file, self.seconds)

    def _wait(self) -> list[tuple[_Worker, Found | None]]:
        """Who is done, or will never be."""
        until = min(worker.deadline for worker in self.busy.values())
        ready = wait(list(self.busy), max(0.0, until - time.monotonic()))
        done = [(self.busy[connection], _received(connection)) for connection in ready if connection in self.busy]
        now = time.monotonic()
        late = [worker for worker in self.busy.values() if worker.deadline <= now and worker.connection not in ready]
        return [*done, *((worker, None) for worker in late)]

    def _why(self, worker: _Worker) -> str:
        if worker.deadline <= time.monotonic():
            return f"Linting the template took longer than {self.seconds:g} seconds, and was given up"
        return "Linting the template ended its process: it asks for more memory than there is, or crashes Python"

    def _go_on(self, worker: _Worker, todo: list[str], *, alive: bool) -> None:
        if alive and todo:
            self.busy[worker.connection] = worker
            worker.begin(todo.pop(), self.seconds)
            return
        worker.end()
        if todo:
            self._start(todo.pop())


def _received(connection: Connection) -> Found | None:
    try:
        found: Found = connection.recv()
    except (EOFError, OSError):
        return None
    return found


def _work(connection: Connection, inherited: Sequence[Connection], linter: Linter, directory: str) -> None:
    # Held open here, too, the other ends would keep every worker waiting when the one who asks is killed.
    for end in inherited:
        end.close()
    _bound_memory()
    os.chdir(directory)
    try:
        while True:
            file = connection.recv()
            try:
                found = linter.lint(file)
            except MemoryError:
                found = crashed(file, "Linting the template takes more memory than there is")
            connection.send(found)
    except (EOFError, OSError, KeyboardInterrupt):
        # The one who asked has gone.
        os._exit(0)


def _bound_memory() -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > BYTES:
        # macOS refuses what is less than a process has mapped already, which is more than it uses.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, hard))


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1
