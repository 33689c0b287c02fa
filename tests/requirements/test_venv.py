"""`make venv` where it must stop, or has nothing to do. That it installs is shown by every run of these tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "requirements" / "venv.sh"
NEEDED = ("cmp", "cp", "ls", "mv", "rm", "sh")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A directory of programs with everything that the script needs but Python."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in NEEDED:
        found = next(place / name for place in (Path("/bin"), Path("/usr/bin")) if (place / name).exists())
        (programs / name).symlink_to(found)
    return programs


def program(file: Path, script: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def make(directory: Path, path: Path, python: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, directory / "venv", ROOT / "requirements" / "lock.txt"],
        env={"PATH": str(path), "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_python_it_says_what_to_install(tmp_path: Path, path: Path) -> None:
    made = make(tmp_path, path)

    error, next_step = made.stderr.splitlines()
    assert made.returncode == 1
    assert error == "error: Python 3.11 or newer is needed, and none is on the PATH"
    assert "apt-get install python3 python3-venv" in next_step
    assert not (tmp_path / "venv").exists()


def test_a_python_that_cannot_make_environments_is_told_what_it_lacks(tmp_path: Path, path: Path) -> None:
    program(path / "python3.12", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 12 ;; esac')

    made = make(tmp_path, path)

    error, next_step = made.stderr.splitlines()
    assert made.returncode == 1
    assert "python3.12 can't make virtual environments" in error
    assert "apt-get install python3.12-venv" in next_step


def test_the_newest_python_that_works_is_taken(tmp_path: Path, path: Path) -> None:
    program(path / "python3.14", "exit 127")
    program(path / "python3.13", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 13 ;; esac')
    program(path / "python3.12", 'case "$*" in *ensurepip*) ;; *venv*) exit 9 ;; *) echo 12 ;; esac')
    program(path / "python3.11", "echo 11")

    made = make(tmp_path, path)

    assert (made.returncode, made.stdout) == (9, f"making {tmp_path / 'venv'} with Python 3.12\n")


@pytest.mark.parametrize("version", ["10", "0"])
def test_a_named_python_that_is_too_old_is_refused(tmp_path: Path, path: Path, version: str) -> None:
    program(path / "mine", f"echo {version}")

    made = make(tmp_path, path, python="mine")

    assert made.returncode == 1
    assert made.stderr.startswith("error: PYTHON=mine is no Python 3.11 or newer\n")


def test_what_is_up_to_date_is_left_alone(tmp_path: Path, path: Path) -> None:
    program(tmp_path / "venv/bin/python", 'test "$*" = "-c " || exit 9')
    (tmp_path / "venv/lock.txt").write_bytes((ROOT / "requirements/lock.txt").read_bytes())

    made = make(tmp_path, path)

    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")


def test_an_interrupted_installation_is_resumed_and_marked_whole_at_the_end(tmp_path: Path, path: Path) -> None:
    program(tmp_path / "venv/bin/python", f'echo "$*" >> {tmp_path}/calls\ntest ! -e {tmp_path}/broken')
    packages = tmp_path / "venv/lib/python3.11/site-packages"
    for name in ("pip-26.0", "whole-1.0"):
        (packages / f"{name}.dist-info").mkdir(parents=True)
        (packages / f"{name}.dist-info/RECORD").touch()
    (packages / "half-1.0.dist-info").mkdir()

    assert make(tmp_path, path).returncode == 0

    assert sorted(each.name for each in packages.iterdir()) == ["pip-26.0.dist-info", "whole-1.0.dist-info"]
    assert "--no-deps --require-hashes --only-binary :all:" in (tmp_path / "calls").read_text()
    assert (tmp_path / "venv/lock.txt").read_bytes() == (ROOT / "requirements/lock.txt").read_bytes()


def test_a_failed_installation_is_not_marked_whole(tmp_path: Path, path: Path) -> None:
    program(tmp_path / "venv/bin/python", 'case "$*" in *install*) exit 1 ;; esac')
    record = tmp_path / "venv/lib/python3.11/site-packages/pip-26.0.dist-info/RECORD"
    record.parent.mkdir(parents=True)
    record.touch()

    made = make(tmp_path, path)

    assert made.returncode == 1
    assert "run make again: it goes on where this run stopped" in made.stderr
    assert not (tmp_path / "venv/lock.txt").exists()
