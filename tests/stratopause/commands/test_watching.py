from __future__ import annotations

import json
from pathlib import Path

import pytest

from stratopause.commands.undertaking import Undertaking
from stratopause.commands.watching import watch
from stratopause.deployer.errors import LostSight, StackAbsent
from stratopause.deployer.events import Conversation
from stratopause.deployer.session import Session
from stratopause.environments import load
from tests.stratopause.deployer.fakes import Account, clinic
from tests.stratopause.deployer.orders import bring

ENVIRONMENTS = Path(__file__).parents[3] / "environments"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """What the command talks to; a stack is deployed in it and being deleted."""
    account = Account(tmp_path / "outputs")
    bring(account.session(assume_yes=True), clinic())

    def session(self: Undertaking, report: Conversation, assume_yes: bool = False) -> Session:
        own = account.session(assume_yes)
        return Session(own.target, own.means, report, own.outputs, assume_yes, own.records)

    monkeypatch.setattr(Undertaking, "session", session)
    return account


def undertaking(tmp_path: Path) -> Undertaking:
    return Undertaking(load("local", ENVIRONMENTS), tmp_path, "http://127.0.0.1:1")


def begin_deletion(account: Account) -> None:
    stack = account.stack()
    assert stack is not None
    account.services.cloudformation.delete_stack(stack.id, "by-ada-0123456789ab-delete")


def test_where_nothing_runs_that_is_said_with_exit_code_0(account: Account, tmp_path: Path, capsys: Captured) -> None:
    assert watch(undertaking(tmp_path), in_json=False) == 0
    told = capsys.readouterr()
    assert "nothing is running: clinic-dev is CREATE_COMPLETE" in told.err


def test_what_runs_is_followed_as_json_lines_to_its_outcome(account: Account, tmp_path: Path, capsys: Captured) -> None:
    begin_deletion(account)
    assert watch(undertaking(tmp_path), in_json=True) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (lines[0]["kind"], lines[0]["who"]) == ("attached", "ada")
    assert {"stack", "resource", "ended"} <= {line["kind"] for line in lines}
    assert (lines[-1]["kind"], lines[-1]["outcome"], lines[-1]["exit_code"]) == ("outcome", "destroyed", 0)


def test_a_deployment_that_runs_ends_with_its_outputs(account: Account, tmp_path: Path, capsys: Captured) -> None:
    def leave() -> None:
        account.clock.at_sleep.clear()
        raise KeyboardInterrupt

    account.while_working(leave)
    with pytest.raises(LostSight):
        bring(account.session(assume_yes=True), clinic(storage=40))
    assert watch(undertaking(tmp_path), in_json=False) == 0
    assert "db_endpoint" in capsys.readouterr().out


def test_one_can_look_away_after_some_minutes(account: Account, tmp_path: Path) -> None:
    begin_deletion(account)
    with pytest.raises(LostSight, match="as long as was asked"):
        watch(undertaking(tmp_path), in_json=False, minutes=0.01)


def test_while_no_emulator_runs_there_is_nothing_to_watch(tmp_path: Path) -> None:
    with pytest.raises(StackAbsent):
        watch(Undertaking(load("local", ENVIRONMENTS), tmp_path), in_json=False)
