from __future__ import annotations

import json

import pytest

from stratopause.deployer import collecting
from stratopause.deployer.errors import OutputsBroken, StackAbsent
from stratopause.deployer.events import OutputsWritten
from stratopause.deployer.stacks import Output
from stratopause.deployer.templates import parse
from tests.stratopause.deployer.deployed import bring
from tests.stratopause.deployer.fakes import Account, clinic

ROOT = parse("platform.json", clinic()["platform.json"])


def written(account: Account) -> dict[str, str]:
    found: dict[str, str] = json.loads((account.outputs / "dev.json").read_text())
    return found


def test_outputs_are_written_and_held_against_their_template(account: Account) -> None:
    bring(account, clinic())
    stack = collecting.collect(account.session(), ROOT)
    assert list(written(account)) == ["db_endpoint", "kms_key_arn"]
    assert account.somebody.saw(OutputsWritten) == [OutputsWritten(account.outputs / "dev.json", stack.outputs)]


def test_what_is_there_is_written_though_something_is_missing(account: Account) -> None:
    bring(account, clinic())
    more = {**ROOT, "Outputs": {**ROOT["Outputs"], "VpcId": {"Value": "x"}}}
    with pytest.raises(OutputsBroken, match="VpcId is missing") as broken:
        collecting.collect(account.session(), more)
    assert broken.value.next_step == "correct the templates, then python build.py deploy dev"
    assert list(written(account)) == ["db_endpoint", "kms_key_arn"]


def test_a_secret_is_refused_and_written_nowhere(account: Account) -> None:
    found = [Output("Url", "https://x"), Output("DbPassword", "hunter2")]
    with pytest.raises(OutputsBroken, match="DbPassword is a secret"):
        collecting.deliver(account.session(), found)
    assert written(account) == {"url": "https://x"}


def test_nothing_is_collected_from_a_stack_that_is_not_there(account: Account) -> None:
    with pytest.raises(StackAbsent) as absent:
        collecting.collect(account.session())
    assert absent.value.next_step == "python build.py deploy dev"
    bring(account, clinic())
    account.services.cloudformation.delete_stack("clinic-dev", "token")
    account.clock.sleep(60)
    with pytest.raises(StackAbsent):
        collecting.collect(account.session())


def test_those_of_nested_stacks_are_found_by_their_path(account: Account) -> None:
    stack_id = bring(account, clinic())
    found = collecting.nested(account.session(), stack_id)
    assert {path: [one.logical_id for one in outputs] for path, outputs in found.items()} == {
        "Keys": ["KeyArn"],
        "Database": ["Endpoint"],
    }
