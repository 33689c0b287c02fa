from __future__ import annotations

import json

import pytest

from stratopause.deployer import bootstrap
from stratopause.deployer.bootstrap import Bootstrap
from stratopause.deployer.errors import WrongTarget
from stratopause.deployer.records.chain import Finding
from stratopause.deployer.records.entries import Began, Ended
from stratopause.deployer.records.ledger import open_ledger
from stratopause.deployer.records.recalling import History, recall
from tests.stratopause.deployer.fakes import BOOTSTRAP, Account

BEGAN = Began(command="deploy", who="arn:aws:iam::111122223333:role/me")


def bucket(account: Account) -> str:
    made = bootstrap.make(account.session(assume_yes=True), lambda: BOOTSTRAP, None)
    assert isinstance(made, Bootstrap)
    return made.bucket


def test_what_was_recorded_in_the_bucket_is_told_from_another_machine(account: Account) -> None:
    ledger = open_ledger(account.session(), bucket(account))
    ledger.append(BEGAN)
    ledger.append(Ended(outcome="Deployed", seconds=2.0))
    account.outputs = account.outputs / "elsewhere"
    found = recall(account.session(), verify=True)
    assert (found.stack, found.records, found.findings) == ("clinic-dev", 2, ())
    assert [(run.command, run.outcome) for run in found.runs] == [("deploy", "Deployed")]
    assert recall(account.session()).findings is None


def test_without_a_bucket_what_is_on_this_machine_is_told(account: Account) -> None:
    open_ledger(account.session(), None).append(BEGAN)
    found = recall(account.session(), verify=True)
    assert (found.records, found.findings) == (1, ())
    assert list((account.outputs.parent / "records" / "dev" / "unsent").iterdir())


def test_a_record_that_was_altered_in_the_bucket_is_found(account: Account) -> None:
    name = bucket(account)
    for _ in range(2):
        open_ledger(account.session(), name).append(BEGAN)
    (key,) = [key for key in account.s3.objects if str(key).find("9999999998") >= 0]
    account.s3.objects[key] = account.s3.objects[key].replace(b"deploy", b"revert")
    found = recall(account.session(), verify=True)
    assert found.is_broken
    assert [finding.number for finding in found.findings or ()] == [1, 2, 1]


def test_somebody_elses_credentials_are_refused_before_anything_is_read(account: Account) -> None:
    account.identity.account = "000011112222"
    with pytest.raises(WrongTarget):
        recall(account.session())


def test_a_history_is_json(account: Account) -> None:
    open_ledger(account.session(), None).append(BEGAN)
    data = recall(account.session(), verify=True).as_data()
    assert json.loads(json.dumps(data))["runs"][0]["command"] == "deploy"
    assert data["findings"] == []
    broken = History("clinic-dev", 0, (), (Finding(1, "it is missing"),))
    assert broken.as_data()["findings"] == [{"number": 1, "problem": "it is missing"}]
    assert not History("clinic-dev", 0, ()).is_broken
