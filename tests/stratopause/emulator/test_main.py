from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stratopause.emulator import __main__ as program
from stratopause.emulator import files
from stratopause.emulator.errors import EmulatorMissing


def test_a_refusal_is_one_line_in_the_log_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def serve(directory: Path, region: str) -> None:
        raise EmulatorMissing(f"none in {directory} for {region}")

    monkeypatch.setattr(program, "serve", serve)
    monkeypatch.setattr(sys, "argv", ["emulator", "--directory", str(tmp_path), "--region", "eu-west-1"])
    assert program.main() == 1
    assert capsys.readouterr().err == f"none in {tmp_path} for eu-west-1\n"


def test_an_emulator_without_a_log_has_no_last_lines(tmp_path: Path) -> None:
    assert files.last_lines(tmp_path) == ""
