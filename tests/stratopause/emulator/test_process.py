from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratopause import emulator
from stratopause.emulator import files, process
from stratopause.emulator.errors import DirectoryUnusable, EmulatorNotReady
from stratopause.emulator.files import Running


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    where = tmp_path / ".emulator"
    yield where
    emulator.stop(where)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_importing_the_package_imports_nothing_of_ministack_or_boto3() -> None:
    heavy = "{'ministack', 'boto3', 'botocore', 'hypercorn'}"
    code = f"import sys, stratopause.emulator; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.emulator
def test_start_status_and_stop_are_idempotent_and_leave_no_process(directory: Path) -> None:
    assert emulator.status(directory) is None
    assert emulator.stop(directory) is None
    running = emulator.start(directory, "eu-central-1")
    assert running.endpoint.startswith("http://127.0.0.1:")
    assert emulator.start(directory) == running
    assert emulator.status(directory) == running
    assert emulator.stop(directory) == running
    assert not alive(running.pid)
    assert emulator.status(directory) is None
    assert emulator.stop(directory) is None
    assert not (directory / "running.json").exists()
    assert "Traceback" not in (directory / "log").read_text()


@pytest.mark.emulator
def test_an_emulator_that_is_told_to_end_again_and_again_ends_well(directory: Path) -> None:
    running = emulator.start(directory)
    ending = process._started[running.pid]
    while ending.poll() is None:
        ending.terminate()
    assert ending.returncode == 0
    # CPython itself may note a signal that comes while its handler is taken away.
    assert "Bad file descriptor" not in (directory / "log").read_text()


@pytest.mark.emulator
def test_two_starts_at_once_give_one_emulator(directory: Path) -> None:
    found: list[Running] = []
    threads = [threading.Thread(target=lambda: found.append(emulator.start(directory))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert found[0] == found[1]


@pytest.mark.emulator
def test_an_emulator_that_was_killed_is_replaced(directory: Path) -> None:
    first = emulator.start(directory)
    os.kill(first.pid, signal.SIGKILL)
    second = emulator.start(directory)
    assert second.pid != first.pid
    assert emulator.status(directory) == second


@pytest.mark.emulator
def test_an_emulator_that_another_process_started_is_ended_too(directory: Path) -> None:
    code = (
        f"from pathlib import Path; from stratopause.emulator import start; print(start(Path({str(directory)!r})).pid)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    running = emulator.stop(directory)
    assert running is not None
    assert running.pid == int(answer.stdout)
    assert not alive(running.pid)


@pytest.mark.emulator
def test_an_emulator_that_hangs_is_killed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = emulator.start(directory)
    monkeypatch.setattr(process, "status", lambda _: running)
    monkeypatch.setattr(process, "STOP_SECONDS", 0.3)
    os.kill(running.pid, signal.SIGSTOP)
    assert emulator.stop(directory) == running
    assert not alive(running.pid)


@pytest.mark.emulator
def test_another_emulator_at_the_recorded_port_is_not_taken_for_ours(directory: Path, emulator_endpoint: str) -> None:
    directory.mkdir()
    files.write(directory, Running(emulator_endpoint, os.getpid(), "another start"))
    assert emulator.status(directory) is None
    assert emulator.stop(directory) is None
    assert alive(os.getpid())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"endpoint": 1}',
        '{"endpoint": 1, "pid": 1, "token": ""}',
        '{"endpoint": "http://127.0.0.1:99999", "pid": 1, "token": ""}',
        '{"endpoint": "http://example.org:1", "pid": 1, "token": ""}',
    ],
)
def test_a_file_that_makes_no_sense_is_no_emulator(directory: Path, content: str) -> None:
    directory.mkdir()
    (directory / "running.json").write_text(content)
    assert emulator.status(directory) is None


def test_a_port_where_nothing_answers_http_is_no_emulator(directory: Path) -> None:
    directory.mkdir()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        files.write(directory, Running(f"http://127.0.0.1:{other.getsockname()[1]}", os.getpid(), "x"))
        assert emulator.status(directory) is None


def program(path: Path, script: str) -> str:
    """An executable that stands in for Python."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_an_emulator_that_ends_at_once_is_told_with_the_end_of_its_log(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program(directory.parent / "ends", "echo no ministack; exit 3"))
    with pytest.raises(EmulatorNotReady, match=r"exit code 3; the end of .*/log:\nno ministack"):
        emulator.start(directory)
    assert not (directory / "running.json").exists()


def test_an_emulator_that_does_not_answer_in_time_is_ended(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", program(directory.parent / "sleeps", "exec sleep 60"))
    monkeypatch.setattr(process, "READY_SECONDS", 0.2)
    before = set(process._started)
    with pytest.raises(EmulatorNotReady, match="didn't answer"):
        emulator.start(directory)
    assert set(process._started) == before


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DirectoryUnusable, match="file"):
        emulator.start(tmp_path / "file" / ".emulator")


def test_the_process_inherits_nothing_of_aws_and_no_other_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "GITHUB_TOKEN", "PERSIST_STATE", "DOCKER_HOST"):
        monkeypatch.setenv(name, "x")
    inherited = process.environment()
    assert not {name for name in inherited if name.startswith(("AWS_", "GITHUB", "HTTP", "PERSIST", "DOCKER"))}
    assert inherited["PATH"] == os.environ["PATH"]


@pytest.mark.emulator
def test_it_listens_on_this_machine_only_and_keeps_its_state_in_memory(directory: Path) -> None:
    running = emulator.start(directory)
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[9] in sockets(running.pid)
    ]
    assert {address.split(":")[0] for address in listening} <= {"0100007F"}
    assert sorted(path.name for path in directory.iterdir()) == ["lock", "log", "running.json"]
    assert json.loads((directory / "running.json").read_text())["pid"] == running.pid


def sockets(pid: int) -> set[str]:
    """The inodes of a process's sockets."""
    folder = Path(f"/proc/{pid}/fd")
    if not folder.exists():
        pytest.skip("needs /proc")
    links = [str(link.readlink()) for link in folder.iterdir() if link.is_symlink()]
    return {link[8:-1] for link in links if link.startswith("socket:[")}
