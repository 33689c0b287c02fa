from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stratopause.commands.recovery import Answers, cancel, recover, rollback
from stratopause.commands.undertaking import Undertaking
from stratopause.deployer.bootstrap import STACK
from stratopause.deployer.errors import NotApproved, NotPossible
from stratopause.deployer.events import Conversation
from stratopause.deployer.session import Session
from stratopause.environments import load
from tests.stratopause.deployer.fakes import Account
from tests.stratopause.deployer.recovery import scenes

ENVIRONMENTS = Path(__file__).parents[3] / "environments"
Captured = pytest.CaptureFixture[str]
YES = Answers(yes=True)
NAMED = Answers(yes=True, name="clinic-dev")


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """What the commands talk to."""
    account = Account(tmp_path / "outputs")

    def session(self: Undertaking, report: Conversation, assume_yes: bool = False) -> Session:
        own = account.session(assume_yes)
        return Session(own.target, own.means, report, own.outputs, assume_yes, own.records)

    monkeypatch.setattr(Undertaking, "session", session)
    return account


def undertaking(tmp_path: Path, endpoint_url: str | None = "http://127.0.0.1:1") -> Undertaking:
    return Undertaking(load("local", ENVIRONMENTS), tmp_path, endpoint_url)


def test_an_update_is_cancelled_with_exit_code_0(account: Account, tmp_path: Path, capsys: Captured) -> None:
    scenes.updating(account)
    assert cancel(undertaking(tmp_path), YES) == 0
    told = capsys.readouterr()
    assert "clinic-dev is back: UPDATE_ROLLBACK_COMPLETE\n  next: python build.py deploy dev" in told.err
    assert told.out == ""


def test_without_a_yes_nothing_is_done(account: Account, tmp_path: Path) -> None:
    scenes.update_rollback_failed(account)
    with pytest.raises(NotApproved):
        rollback(undertaking(tmp_path), Answers())


def test_a_rollback_goes_on_without_what_is_named(account: Account, tmp_path: Path, capsys: Captured) -> None:
    scenes.update_rollback_failed(account)
    assert rollback(undertaking(tmp_path), YES, ["Database.Instance"]) == 0
    told = capsys.readouterr().err
    assert "left as they are: Database.Instance" in told
    assert "may differ from what the template" in told


def test_recover_explains_and_says_what_to_type(account: Account, tmp_path: Path, capsys: Captured) -> None:
    scenes.delete_failed(account)
    assert recover(undertaking(tmp_path), Answers()) == 5
    told = capsys.readouterr().err
    assert "clinic-dev is DELETE_FAILED since " in told
    assert "by ann" in told
    assert "The stack was to be deleted, and something in it can't be." in told
    assert "clinic-dev/Database/Subnets (AWS::RDS::DBSubnetGroup): still in use" in told
    assert "  python build.py recover dev --delete --retain Database.Subnets\n" in told


def test_recover_deletes_what_a_creation_left(account: Account, tmp_path: Path, capsys: Captured) -> None:
    scenes.rollback_failed(account)
    account.cloudformation.undeletable.clear()
    assert recover(undertaking(tmp_path), NAMED, is_deleting=True) == 0
    assert "clinic-dev is destroyed" in capsys.readouterr().err


def test_what_holds_data_and_goes_is_named_before(account: Account, tmp_path: Path, capsys: Captured) -> None:
    scenes.delete_failed(account)
    database = next(one for one in account.cloudformation.stacks.values() if one.path == ("Database",))
    database.resources["Instance"].status = "CREATE_COMPLETE"
    assert recover(undertaking(tmp_path), NAMED, is_deleting=True, retain=["Database/Subnets"]) == 0
    told = capsys.readouterr().err
    assert "these hold data, and go without a snapshot:\n    clinic-dev/Database/Instance" in told
    assert "stays: clinic-dev/Database/Subnets" in told
    assert "deleting Database first, without Database.Subnets" in told


def test_a_rollback_that_would_take_data_says_so_and_takes_the_name(
    account: Account, tmp_path: Path, capsys: Captured
) -> None:
    scenes.create_failed(account)
    with pytest.raises(NotApproved, match="there is no terminal"):
        rollback(undertaking(tmp_path), YES)
    assert rollback(undertaking(tmp_path), NAMED) == 0
    assert (
        "going back deletes these, which hold data, without a snapshot:\n  clinic-dev/Database/Instance"
        in capsys.readouterr().err
    )


def test_nothing_is_retained_where_nothing_is_deleted(account: Account, tmp_path: Path) -> None:
    with pytest.raises(NotPossible) as refused:
        recover(undertaking(tmp_path), YES, retain=["Database.Subnets"])
    assert refused.value.next_step == "add --delete"


def test_the_bootstrap_is_recovered_instead_of_the_environment(
    account: Account, tmp_path: Path, capsys: Captured
) -> None:
    account.cloudformation.put(STACK, "UPDATE_ROLLBACK_FAILED")
    assert recover(undertaking(tmp_path), Answers(of_bootstrap=True)) == 5
    told = capsys.readouterr().err
    assert f"{STACK} is UPDATE_ROLLBACK_FAILED" in told
    assert "  python build.py rollback dev --bootstrap\n" in told


@pytest.mark.parametrize("act", [cancel, rollback, recover])
def test_while_no_emulator_runs_there_is_nothing_local(
    tmp_path: Path, capsys: Captured, act: Callable[[Undertaking, Answers], int]
) -> None:
    assert act(undertaking(tmp_path, None), YES) == 0
    assert "doesn't exist: nothing to do" in capsys.readouterr().err


def test_a_failed_import_names_the_file_for_aws_support(account: Account, tmp_path: Path, capsys: Captured) -> None:
    scenes.complete(account)
    account.cloudformation.put("clinic-dev", "IMPORT_ROLLBACK_FAILED", "a \x1b[31mred\x1b[0m reason")
    assert recover(undertaking(tmp_path), YES) == 5
    told = capsys.readouterr().err
    assert f"what AWS Support needs is in {account.outputs / 'dev-support.json'}" in told
    assert "\x1b" not in told
    assert "clinic-dev stays as it is: IMPORT_ROLLBACK_FAILED" in told
