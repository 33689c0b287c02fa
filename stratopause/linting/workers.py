"""Tasks done in processes of their own, which are held to a time and a size.

A task that takes its process down, or too long, has an answer nevertheless; the others go on. The processes are forked
before anything large is loaded, and each loads for itself what its tasks need: memory that is shared would be copied
page by page while it is read, which costs more. They stay for the next tasks until the pool is closed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final, NamedTuple, Protocol

from stratopause.linting.errors import LintError
from stratopause.linting.findings import Found

SECONDS: Final = 60.0
"""For one task: the largest template of an environment takes one, with loading cfn-lint."""
BYTES: Final = 4 * 1024**3
"""Of memory, for one process."""
_A_LOOK: Final = 1.0
_SUSPENDED: Final = 3.0
"""Seconds beyond a look that only somebody takes who is suspended, as by Ctrl-Z, or gets no processor."""
MOST: Final = 8
"""Processes: each takes half a second to load cfn-lint."""


class Task(Protocol):
    """What can be pickled and done elsewhere."""

    @property
    def file(self) -> str:
        """What it is about."""

    def do(self) -> Found:
        """Raises LintError."""

    def lost(self, why: str) -> Found:
        """What it finds where it fails; `why` goes on where "the task …" left off."""


class Pool:
    """Processes, no more than there are tasks and processors, that begin where there is something to do."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, _Worker] = {}

    def close(self) -> None:
        while self._idle:
            self._idle.pop().end()

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[str, Found]]:
        """What each finds, in the order in which it is known, with what it is about; they begin in the order given.

        Raises LintError, where a task does.
        """
        todo = list(reversed(tasks))
        try:
            while todo or self._busy:
                while todo and len(self._busy) < min(_processors(), MOST):
                    self._begin(todo.pop())
                yield from self._wait()
        finally:
            # Who stops looking wants none of it any more.
            for worker in self._busy.values():
                worker.end()
            self._busy.clear()

    def _begin(self, task: Task) -> None:
        worker = self._idle.pop() if self._idle else _Worker([*self._busy])
        self._busy[worker.connection] = worker
        worker.begin(task, self._seconds)

    def _wait(self) -> list[tuple[str, Found]]:
        """Of those who are done, or will never be."""
        begun = time.monotonic()
        until = min(begun + _A_LOOK, *(worker.deadline for worker in self._busy.values()))
        ready = wait(list(self._busy), max(0.0, until - begun))
        done = [worker for connection, worker in self._busy.items() if connection in ready]
        now = time.monotonic()
        if now - begun > _A_LOOK + _SUSPENDED:
            # So were the others.
            for worker in self._busy.values():
                worker.deadline += now - begun
        late = [worker for worker in self._busy.values() if worker.deadline <= now and worker not in done]
        return [(worker.task.file, self._found(worker)) for worker in (*done, *late)]

    def _found(self, worker: _Worker) -> Found:
        del self._busy[worker.connection]
        try:
            if not worker.connection.poll():
                return worker.lost(f"took longer than {self._seconds:g} seconds, and was given up")
            found: Found | LintError | _Failed = worker.connection.recv()
        except (EOFError, OSError):
            return worker.lost("ended its process: it asks for more memory than there is, or crashes Python")
        self._idle.append(worker)
        if isinstance(found, LintError):
            raise found
        return worker.task.lost(found.why) if isinstance(found, _Failed) else found


class _Worker:
    task: Task
    deadline: float

    def __init__(self, others: Sequence[Connection]) -> None:
        forks = "fork" in multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("fork") if forks else multiprocessing.get_context("spawn")
        try:
            self.connection, theirs = context.Pipe()
            arguments = (theirs, [self.connection, *others])
            self.process: BaseProcess = context.Process(target=_work, args=arguments, daemon=True)
            self.process.start()
        except OSError as error:
            raise LintError(
                f"no process can be started: {error.strerror}", "end others, or raise ulimit -n and ulimit -u"
            ) from error
        theirs.close()

    def begin(self, task: Task, seconds: float) -> None:
        self.task, self.deadline = task, time.monotonic() + seconds
        # One that has ended meanwhile is found out when nothing comes back.
        with contextlib.suppress(BrokenPipeError):
            self.connection.send(task)

    def lost(self, why: str) -> Found:
        self.end()
        return self.task.lost(why)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _work(connection: Connection, inherited: Sequence[Connection]) -> None:
    # Ctrl-C reaches all of them; the one who asks ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in ("SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name, signal.SIGTERM), signal.SIG_DFL)
    # Held open here, too, the other ends would keep every worker waiting when the one who asks is killed.
    for end in inherited:
        end.close()
    _bound_memory()
    try:
        while True:
            connection.send(_done(connection.recv()))
    except (EOFError, OSError):
        # The one who asked has gone.
        os._exit(0)


class _Failed(NamedTuple):
    why: str


def _done(task: Task) -> Found | LintError | _Failed:
    try:
        return task.do()
    except LintError as error:
        return error
    except MemoryError:
        return _Failed("takes more memory than there is")
    except Exception as error:  # noqa: BLE001 - whatever a hostile template makes a task end in
        return _Failed(f"ended in {error!r}")


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
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
