from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from stratopause.deployer.connection import begin, commit, run_name
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from tests.stratopause.deployer.fakes import Somebody


@pytest.mark.parametrize("user", ["me", "first.last@EXAMPLE", "ünï", "x" * 300, ""])
def test_a_run_is_named_as_change_sets_and_tokens_can_be(user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: user)
    name = run_name()
    assert re.fullmatch("[a-zA-Z][-a-zA-Z0-9]*", name)
    assert len(f"{name}-discard") <= 128
    assert name != run_name()


def test_a_user_that_the_system_does_not_know_can_deploy(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise OSError

    monkeypatch.setattr("getpass.getuser", unknown)
    assert run_name().startswith("by-unknown-")


def test_the_commit_is_told_and_outside_of_a_repository_none(tmp_path: Path) -> None:
    assert commit(tmp_path) == ""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "file").write_text("1")
    subprocess.run([*git, "add", "file"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)
    assert re.fullmatch("commit [0-9a-f]{40}", commit(tmp_path))
    (tmp_path / "file").write_text("2")
    assert commit(tmp_path).endswith("-dirty")


def test_a_session_asks_nothing_of_aws_when_it_begins(tmp_path: Path) -> None:
    target = Target("clinic", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url="http://127.0.0.1:9")
    session = begin(target, Somebody(), tmp_path)
    assert session.outputs_file == tmp_path / "local.json"
