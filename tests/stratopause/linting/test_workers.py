from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

import pytest

from stratopause.linting import workers
from stratopause.linting.errors import LintError
from stratopause.linting.findings import Finding, Found
from stratopause.linting.workers import Pool

FILES = ["a", "b", "c", "d"]


def fail(error: Exception) -> None:
    raise error


DOES: dict[str, Callable[[], object]] = {
    "hangs": lambda: time.sleep(60),
    "sleeps": lambda: time.sleep(2.6),
    "signals": lambda: signal.raise_signal(signal.SIGINT),
    "ends": lambda: signal.raise_signal(signal.SIGTERM),
    "crashes": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "fills": lambda: bytearray(64 * 1024**3),
    "raises": lambda: fail(KeyError("Properties")),
    "refuses": lambda: fail(LintError("there is no such region", "name another")),
}


class Task(NamedTuple):
    """Does what its name says; what it finds tells which process it was."""

    file: str

    def do(self) -> Found:
        DOES.get(self.file, lambda: None)()
        return [Finding(self.file, 1, "X", 1, str(os.getpid()), "error")], {}

    def lost(self, why: str) -> Found:
        return [Finding(self.file, 1, "LOST", 1, f"The task {why}", "error")], {}


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(seconds=20)
    yield pool
    pool.close()


def messages(pool: Pool, *names: str) -> dict[str, str]:
    return {file: found[0].message for file, (found, _) in pool.run([Task(name) for name in names])}


def test_every_task_is_done_once_and_in_other_processes(pool: Pool) -> None:
    found = messages(pool, *FILES)
    assert sorted(found) == FILES
    assert str(os.getpid()) not in found.values()
    assert len(set(found.values())) <= workers._processors()


def test_the_processes_stay_for_the_next_tasks_until_they_are_closed(pool: Pool) -> None:
    first = messages(pool, *FILES)
    assert set(messages(pool, *FILES).values()) <= set(first.values())
    pool.close()
    for process in first.values():
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)


def test_a_task_that_takes_too_long_is_given_up_and_the_others_go_on() -> None:
    pool = Pool(seconds=1)
    found = messages(pool, "hangs", *FILES)
    assert found.pop("hangs") == "The task took longer than 1 seconds, and was given up"
    assert sorted(found) == FILES
    pool.close()


def test_a_task_that_takes_its_process_down_is_told_of_and_the_others_go_on(pool: Pool) -> None:
    found = messages(pool, "crashes", *FILES)
    assert found.pop("crashes").startswith("The task ended its process")
    assert sorted(found) == FILES


def test_a_task_that_takes_all_memory_or_raises_something_is_told_of(pool: Pool) -> None:
    found = messages(pool, "fills", "raises", "a")
    assert found["fills"] == "The task takes more memory than there is"
    assert found["raises"] == "The task ended in KeyError('Properties')"
    assert int(found["a"])


def test_ctrl_c_is_for_the_one_who_asks_and_what_ends_jobs_ends_a_process(
    pool: Pool, capfd: pytest.CaptureFixture[str]
) -> None:
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        found = messages(pool, "signals", "ends")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert int(found["signals"])
    assert found["ends"].startswith("The task ended its process")
    assert capfd.readouterr().err == ""


def test_time_in_which_all_were_suspended_counts_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by Ctrl-Z: who looks once a moment wakes up long after it meant to."""
    monkeypatch.setattr(workers, "_A_LOOK", 0.1)
    monkeypatch.setattr(workers, "_SUSPENDED", 0.5)
    looks = iter([2.0])

    def look(connections: list[Connection], seconds: float) -> list[object]:
        time.sleep(next(looks, 0.0))
        return [*wait(connections, seconds)]

    pool = Pool(seconds=1)
    monkeypatch.setattr(workers, "wait", look)
    assert int(messages(pool, "sleeps")["sleeps"])
    pool.close()


def test_what_nothing_can_be_linted_by_is_raised_to_who_asked(pool: Pool) -> None:
    with pytest.raises(LintError, match="no such region") as caught:
        messages(pool, "a", "refuses", "hangs")
    assert caught.value.next_step == "name another"
    assert sorted(messages(pool, *FILES)) == FILES


def test_no_process_outlives_the_one_who_stops_looking(pool: Pool) -> None:
    running = pool.run([Task("a"), Task("hangs")])
    file, (found, _) = next(running)
    assert file == "a"
    running.close()  # type: ignore[attr-defined] # it is a generator
    pool.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(found[0].message), 0)


def test_a_system_that_cannot_fork_starts_them_anew(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    found = messages(pool, "raises", "crashes", *FILES)
    assert sorted(found) == sorted([*FILES, "raises", "crashes"])
    assert str(os.getpid()) not in found.values()


WAITING = """
import os, time
from tests.stratopause.linting.test_workers import Task
from stratopause.linting.workers import Pool

children = lambda: open(f"/proc/self/task/{os.getpid()}/children").read().split()
running = Pool().run([Task("a"), Task("b"), Task("c")])
next(running)
print(*children(), flush=True)
time.sleep(60)
"""
ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells who the children are")
def test_no_process_outlives_the_one_who_is_killed(tmp_path: Path) -> None:
    """Without being asked, it can end nobody: each worker has to see that nobody will ask it any more."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", WAITING], cwd=tmp_path, env=environ, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        children = [int(number) for number in parent.stdout.readline().split()]
        parent.kill()
    assert children
    for _ in range(100):
        if not any(Path(f"/proc/{child}/task").exists() for child in children):
            return
        time.sleep(0.1)
    raise AssertionError(f"{children} are still there")
