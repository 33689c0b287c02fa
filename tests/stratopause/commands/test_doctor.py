from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stacks.platform import Platform
from stratopause import exit_codes
from stratopause.commands import undertaking as undertaking_module
from stratopause.commands.doctor import doctor
from stratopause.commands.facts import facts
from stratopause.commands.undertaking import ExamplesLeft, Undertaking
from stratopause.deployer.aws import boto
from stratopause.deployer.connection import services_over
from stratopause.deployer.errors import WrongTarget
from stratopause.deployer.means import Means
from stratopause.deployer.preflight.checks import CHECKS, UnknownCheck
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.session import Session
from stratopause.environments import load
from stratopause.rendering.templates import render
from tests.stratopause.deployer.preflight.scripted import ACCOUNT, ScriptedApi, resource, tree

ENVIRONMENTS = Path(__file__).parents[3] / "environments"
TOPIC = tree(Alias=resource("AWS::KMS::Alias", AliasName="alias/ours"))
TAKEN = {("kms", "describe_key"): {"KeyMetadata": {"KeyId": "1"}}}


def undertaking(tmp_path: Path, name: str = "dev") -> Undertaking:
    """An environment without any of the documentation's values."""
    environment = load(name, ENVIRONMENTS)
    ours = msgspec.structs.replace(
        environment,
        account=ACCOUNT,
        ingress=msgspec.structs.replace(
            environment.ingress, domain_name="app.clinic.health", hosted_zone_id="Z0987654321ZYXWVUTSRQ"
        ),
        alerts=msgspec.structs.replace(environment.alerts, emails=("us@clinic.health",)),
        service=msgspec.structs.replace(environment.service, image=None),
    )
    return Undertaking(ours, tmp_path)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Any]:
    """What AWS answers; a test adds to it."""
    script: dict[tuple[str, str], Any] = {}

    def begin(target: Any, conversation: Any, outputs: Path, assume_yes: bool, project: Path) -> Session:
        means = Means(services_over(ScriptedApi(script), target), "run", "")
        return Session(target, means, conversation, outputs, assume_yes)

    monkeypatch.setattr(undertaking_module, "begin", begin)
    return script


def test_the_facts_are_those_that_no_template_tells() -> None:
    environment = load("production", ENVIRONMENTS)
    assert facts(environment) == Facts(domain=environment.ingress.domain_name)
    more = msgspec.structs.replace(
        environment,
        audit=msgspec.structs.replace(environment.audit, trail_arn="arn:trail"),
        deployment=msgspec.structs.replace(
            environment.deployment, signing_key_arn="arn:key", service_role_arn="arn:role"
        ),
    )
    assert facts(more) == Facts(environment.ingress.domain_name, "arn:trail", "arn:key", "arn:role")


def test_an_environment_with_examples_in_it_is_stopped_before_anything_is_asked(
    tmp_path: Path, scripted: Mapping[Any, Any]
) -> None:
    with pytest.raises(ExamplesLeft):
        doctor(Undertaking(load("dev", ENVIRONMENTS), tmp_path), TOPIC, (), in_json=False)


def test_another_account_is_stopped_before_anything_is_looked_at(tmp_path: Path, scripted: dict[Any, Any]) -> None:
    scripted["sts", "get_caller_identity"] = {"Account": "444455556666", "Arn": "arn:aws:iam::444455556666:user/me"}
    with pytest.raises(WrongTarget):
        doctor(undertaking(tmp_path), TOPIC, (), in_json=False)


def test_a_name_that_is_taken_fails_and_says_what_to_do(
    tmp_path: Path, scripted: dict[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    scripted.update(TAKEN)
    code = doctor(undertaking(tmp_path), TOPIC, ["key-aliases", "trail"], in_json=False)
    told = capsys.readouterr()
    assert code == exit_codes.PREFLIGHT_FAILED
    assert told.out.splitlines()[:2] == [
        "failed (1)",
        "  key-aliases stratopause-dev/Part/Alias: alias/ours is of key 1, which isn't of this stack",
    ]
    assert told.out.splitlines()[-1] == "  trail"
    assert told.err.splitlines() == [
        f"looking at account {ACCOUNT} in eu-central-1",
        "1 failed, 0 warnings, 0 unanswered, 1 passed",
    ]


def test_what_isnt_answered_is_no_failure_and_json_is_all_there_is_on_stdout(
    tmp_path: Path, scripted: dict[Any, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(undertaking(tmp_path), TOPIC, (), in_json=True) == exit_codes.DONE
    found = json.loads(capsys.readouterr().out)
    assert [one["check"] for one in found if one["state"] == "unanswered"]
    assert {one["check"] for one in found} == {check.name for check in CHECKS}


def test_a_check_that_there_isnt_is_refused(tmp_path: Path, scripted: dict[Any, Any]) -> None:
    with pytest.raises(UnknownCheck):
        doctor(undertaking(tmp_path), TOPIC, ["alias"], in_json=False)


@pytest.mark.emulator
def test_the_emulator_is_looked_at_and_what_it_cant_answer_is_named(
    clean_account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key's alias that somebody made by hand is in the way; the account is otherwise empty."""
    local = Undertaking(load("local", ENVIRONMENTS, "w"), tmp_path, clean_account)
    templates = render(Platform(local.environment))
    assert doctor(local, templates, (), in_json=False) == exit_codes.DONE
    told = capsys.readouterr().out
    assert "database-engine, database-class" in told
    assert "the emulator can't answer it: only AWS knows" in told
    assert "failed (" not in told
    aws = boto.Aws(undertaking_module.target(local.environment, clean_account))
    key = aws.call("kms", "create_key")["KeyMetadata"]["KeyId"]
    aws.call("kms", "create_alias", AliasName="alias/stratopause-local-w-data", TargetKeyId=key)
    assert doctor(local, templates, ["key-aliases"], in_json=False) == exit_codes.PREFLIGHT_FAILED
    assert "key-aliases stratopause-local-w/Keys/DataAlias: alias/stratopause-local-w-data" in capsys.readouterr().out
    aws.call("kms", "schedule_key_deletion", KeyId=key)
    doctor(local, templates, ["key-aliases"], in_json=False)
    assert "waits for its deletion" in capsys.readouterr().out
