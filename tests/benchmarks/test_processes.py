from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.processes import BenchmarkError, Command, medians, run, together


def python(code: str, *allowed: int) -> Command:
    return Command([sys.executable, "-c", code], Path.cwd(), frozenset(allowed or {0}))


def test_a_process_is_timed_to_its_own_end() -> None:
    quick, slow = together([python("pass"), python("import time; time.sleep(0.5)")])

    assert quick.seconds < slow.seconds
    assert slow.seconds >= 0.5


def test_memory_is_that_of_the_process() -> None:
    # A new process is counted with this one's memory until it becomes another program.
    assert 300 < run(python("bytearray(300 * 1024 * 1024)")).mebibytes < 340


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(BenchmarkError, match=r"exited with 3\noh no"):
        run(python("print('oh no'); raise SystemExit(3)"))


def test_findings_are_no_failure_where_they_are_allowed() -> None:
    assert run(python("raise SystemExit(4)", 0, 4)).seconds > 0


def test_medians_are_by_name() -> None:
    times = medians({"bare": python("pass"), "slow": python("import time; time.sleep(0.3)")}, 3)

    assert times["slow"] > times["bare"]
