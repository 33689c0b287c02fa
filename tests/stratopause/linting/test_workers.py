from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stratopause.linting import workers
from stratopause.linting.cfnlint_runner import Found
from stratopause.linting.findings import Finding

FILES = ["a.json", "b.json", "c.json", "d.json"]


class Linter:
    """Does what the name of a file says; a finding for each tells which process it was."""

    def lint(self, file: str) -> Found:
        match file.removesuffix(".json"):
            case "hangs":
                time.sleep(60)
            case "crashes":
                os.kill(os.getpid(), signal.SIGKILL)
            case "fills":
                bytearray(64 * 1024**3)
        return [Finding(file, 1, "X", 1, str(os.getpid()), "error")], {}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for size, name in enumerate([*FILES, "hangs.json", "crashes.json", "fills.json"]):
        (tmp_path / name).write_text("x" * size)
    return tmp_path


def messages(directory: Path, files: list[str], seconds: float = 20) -> dict[str, str]:
    return {
        file: found[0].message for file, (found, _) in workers.lint(Linter(), str(directory), files, seconds=seconds)
    }


def test_every_file_is_linted_once_and_in_other_processes(directory: Path) -> None:
    found = messages(directory, FILES)
    assert sorted(found) == FILES
    assert str(os.getpid()) not in found.values()
    assert len(set(found.values())) <= workers._processors()


def test_a_template_that_takes_too_long_is_a_finding_and_the_others_go_on(directory: Path) -> None:
    found = messages(directory, [*FILES, "hangs.json"], seconds=1)
    assert found.pop("hangs.json") == "Linting the template took longer than 1 seconds, and was given up"
    assert sorted(found) == FILES


def test_a_template_that_takes_its_process_down_is_a_finding_and_the_others_go_on(directory: Path) -> None:
    found = messages(directory, [*FILES, "crashes.json"])
    assert found.pop("crashes.json").startswith("Linting the template ended its process")
    assert sorted(found) == FILES


def test_a_template_that_takes_all_memory_is_a_finding(directory: Path) -> None:
    assert messages(directory, ["fills.json"])["fills.json"] == ("Linting the template takes more memory than there is")


def test_no_process_outlives_the_one_who_stops_looking(directory: Path) -> None:
    running = workers.lint(Linter(), str(directory), ["a.json", "hangs.json"])
    file, (found, _) = next(running)
    assert file == "a.json"
    running.close()  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(int(found[0].message), 0)


def test_without_fork_one_process_does_all(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    assert set(messages(directory, FILES).values()) == {str(os.getpid())}


IDLE = """
import os, sys, time
from stratopause.linting import workers

class Linter:
    def lint(self, file):
        return [], {}

running = workers.lint(Linter(), ".", ["a.json", "b.json", "c.json"])
children = lambda: open(f"/proc/self/task/{os.getpid()}/children").read().split()
next(running)
print(*children(), flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells who the children are")
def test_no_process_outlives_the_one_who_is_killed(directory: Path) -> None:
    """Without being asked, it can end nobody: each worker has to see that nobody will ask it any more."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen([sys.executable, "-c", IDLE], cwd=directory, env=environ, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        children = [int(number) for number in parent.stdout.readline().split()]
        parent.kill()
    assert children
    for _ in range(100):
        if not any(Path(f"/proc/{child}/task").exists() for child in children):
            return
        time.sleep(0.1)
    raise AssertionError(f"{children} are still there")
