from __future__ import annotations

import json
from pathlib import Path

import pytest

from stratopause.commands.drift import drift
from stratopause.commands.undertaking import Undertaking
from stratopause.deployer.errors import StackAbsent
from stratopause.environments import load
from tests.stratopause.commands.conftest import ENVIRONMENTS
from tests.stratopause.deployer.deployed import bring
from tests.stratopause.deployer.fakes import Account, clinic


def drifted(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drifts["Database", "Instance"] = [("/AllocatedStorage", "20", "40")]


def test_a_stack_in_sync_has_no_table(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(account, clinic())
    assert drift(undertaking, in_json=False, detailed=True) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-1] == "clinic-dev is as its templates say"


def test_drift_is_a_row_for_each_property_and_an_exit_code_only_where_that_is_asked_for(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    drifted(account)
    assert drift(undertaking, in_json=False, detailed=False) == 0
    told = capsys.readouterr()
    header, row = told.out.splitlines()
    assert header.split() == ["resource", "property", "expected", "actual"]
    assert row.split() == ["clinic-dev/Database/Instance", "(AWS::RDS::DBInstance)", "/AllocatedStorage", "20", "40"]
    assert "next: python build.py plan dev --revert-drift" in told.err
    assert drift(undertaking, in_json=False, detailed=True) == 2


def test_json_is_all_that_stdout_has(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    drifted(account)
    assert drift(undertaking, in_json=True, detailed=True) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["drifted"] is True


def test_in_sync_is_not_said_of_what_could_not_be_looked_at(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(account, clinic())
    account.api.denied.add(("cloudformation", "detect_stack_drift"))
    assert drift(undertaking, in_json=False, detailed=True) == 1
    told = capsys.readouterr().err
    assert "warning: clinic-dev/Keys couldn't be looked at as a whole: AWS refuses detect_stack_drift" in told
    assert "no drift found where it could be looked at" in told
    assert drift(undertaking, in_json=False, detailed=False) == 0


def test_while_no_emulator_runs_nothing_has_drifted(tmp_path: Path) -> None:
    with pytest.raises(StackAbsent):
        drift(Undertaking(load("local", ENVIRONMENTS), tmp_path), in_json=False, detailed=False)
