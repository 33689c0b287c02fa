from __future__ import annotations

import json
from pathlib import Path

import pytest

from stacks.bootstrap import template as bootstrap_template
from stratopause.commands.history import history
from stratopause.commands.undertaking import Undertaking
from stratopause.deployer import bootstrap
from stratopause.deployer.bootstrap import Bootstrap
from stratopause.deployer.errors import StackAbsent
from stratopause.deployer.records.entries import Began, Ended
from stratopause.deployer.records.ledger import open_ledger
from stratopause.environments import load
from stratopause.reports.console import ConsoleReport

ENVIRONMENTS = Path(__file__).parents[3] / "environments"
BEGAN = Began(command="deploy", who="arn:aws:iam::000000000000:role/me")


def undertaking(tmp_path: Path, endpoint_url: str | None = None) -> Undertaking:
    return Undertaking(load("local", ENVIRONMENTS), tmp_path, endpoint_url)


def test_while_no_emulator_runs_there_is_no_history(tmp_path: Path) -> None:
    with pytest.raises(StackAbsent):
        history(undertaking(tmp_path), in_json=False, verify=False)


@pytest.mark.emulator
def test_the_history_is_data_on_stdout_and_its_verification_the_exit_code(
    clean_account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    local = undertaking(tmp_path, clean_account)
    assert history(local, in_json=False, verify=True) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"no records of {local.environment.prefix}\n")

    with ConsoleReport() as report:
        session = local.session(report, assume_yes=True)
        made = bootstrap.make(session, lambda: bootstrap_template({}), None)
        assert isinstance(made, Bootstrap)
        ledger = open_ledger(session, made.bucket)
        ledger.append(BEGAN)
        ledger.append(Ended(outcome="Deployed", seconds=1.0))
    capsys.readouterr()

    assert history(local, in_json=False, verify=True) == 0
    told = capsys.readouterr()
    assert "role/me" in told.out
    assert "2 records" in told.err
    assert history(local, in_json=True, verify=False) == 0
    assert json.loads(capsys.readouterr().out)["runs"][0]["outcome"] == "Deployed"

    (tmp_path / "records" / "local" / "0002.json").write_text("{}")
    assert history(local, in_json=True, verify=True) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["findings"][0]["number"] == 2
    assert "the copy on this machine is another" in told.err


@pytest.mark.emulator
def test_two_machines_add_to_one_chain_in_the_emulators_bucket(
    clean_account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ConsoleReport() as report:
        here = undertaking(tmp_path / "here", clean_account).session(report, assume_yes=True)
        there = undertaking(tmp_path / "there", clean_account).session(report)
        made = bootstrap.make(here, lambda: bootstrap_template({}), None)
        assert isinstance(made, Bootstrap)
        ledgers = [open_ledger(session, made.bucket) for session in (here, there)]
        for ledger in ledgers:
            assert ledger.last() is None
        for ledger in ledgers * 2:
            ledger.append(BEGAN)
        assert [entry.number for entry in ledgers[0].entries()] == [1, 2, 3, 4]
        assert [ledger.verify() for ledger in ledgers] == [(), ()]
    assert "warning" not in capsys.readouterr().err
