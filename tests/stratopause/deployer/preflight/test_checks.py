"""Every check passes, fails, and says which permission it needs where that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.checks import CHECKS, UnknownCheck, chosen
from stratopause.deployer.preflight.examine import perform
from stratopause.deployer.preflight.findings import Finding, State
from tests.stratopause.deployer.preflight.cases import CASES, Case
from tests.stratopause.deployer.preflight.scripted import DENIED, Script, ScriptedApi, resource, scene, tree

DOCUMENTATION = Path(__file__).parents[4] / "docs" / "preflight.md"
BY_NAME = {check.name: check for check in CHECKS}
ACTIONS_OF_OTHER_NAMES = {
    "s3:ListBucket": "HeadBucket",
    "s3:GetEncryptionConfiguration": "GetBucketEncryption",
    "s3:GetBucketPublicAccessBlock": "GetPublicAccessBlock",
}


def found(check: Check, case: Case, script: Script) -> tuple[Finding, ...]:
    return perform(check, scene(ScriptedApi({**case.good, **script}), case.templates, case.facts))


def worst(findings: tuple[Finding, ...]) -> State:
    return min((one.state for one in findings), key=list(State).index)


def test_every_check_has_a_case() -> None:
    assert set(CASES) == set(BY_NAME)
    assert len(BY_NAME) == len(CHECKS)


@pytest.mark.parametrize("name", CASES)
def test_it_passes_where_nothing_is_wrong(name: str) -> None:
    findings = found(BY_NAME[name], CASES[name], {})
    assert {one.state for one in findings} == {State.PASSED}
    assert {one.check for one in findings} == {name}
    assert "nothing here needs it" not in {one.message for one in findings}


@pytest.mark.parametrize("name", sorted(set(CASES) - {"fargate-platform"}))
def test_it_tells_what_is_wrong_and_what_to_do(name: str) -> None:
    findings = found(BY_NAME[name], CASES[name], CASES[name].bad)
    bad = [one for one in findings if one.state is CASES[name].worst]
    assert CASES[name].says in bad[0].message
    assert bad[0].next_step


def denials() -> Iterator[tuple[str, Call]]:
    for check in CHECKS:
        for call in check.calls:
            yield check.name, call


@pytest.mark.parametrize(("name", "call"), [pytest.param(*one, id=f"{one[0]}-{one[1].operation}") for one in denials()])
def test_a_missing_permission_is_named_and_nothing_else_is_claimed(name: str, call: Call) -> None:
    check, case = BY_NAME[name], CASES[name]
    findings = found(check, case, {(call.service, call.operation): DENIED})
    if (call.service, call.operation) not in case.good and call.operation != "get_caller_identity":
        pytest.fail(f"{name} never asks {call.operation}")
    if name == "destination-vault" and call.operation == "list_backup_vaults":
        assert worst(findings) is State.PASSED
        return
    assert worst(findings) is case.denied.get(call.operation, State.UNANSWERED)
    if worst(findings) is State.UNANSWERED:
        assert any(f"needs {call.permission}" in one.message for one in findings)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_where_nothing_needs_it_nothing_is_asked(check: Check) -> None:
    if check.name in {"permissions", "artifact-bucket"}:
        return
    api = ScriptedApi({})
    findings = perform(check, scene(api, tree(Handle=resource("AWS::CloudFormation::WaitConditionHandle"))))
    assert [one.message for one in findings] == ["nothing here needs it"]
    assert set(api.operations()) <= {"describe_stacks"}


@pytest.mark.parametrize("call", sorted({call for check in CHECKS for call in check.calls}, key=str), ids=str)
def test_what_is_asked_is_an_operation_of_aws_and_its_permission_is_spelt_like_it(call: Call) -> None:
    model = botocore.session.get_session().get_service_model(call.service)
    names = {botocore.xform_name(name): name for name in model.operation_names}
    action = call.permission.partition(":")[2]
    assert names[call.operation] == ACTIONS_OF_OTHER_NAMES.get(call.permission, action)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_check_says_what_it_prevents_and_where_that_is_documented(check: Check) -> None:
    assert check.source.startswith("https://docs.aws.amazon.com/")
    assert check.prevents
    assert check.permissions == tuple(sorted({call.permission for call in check.calls}))


def test_the_documentation_has_a_line_for_each_check() -> None:
    rows = [line for line in DOCUMENTATION.read_text().splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{check.name}` | {check.prevents} | {', '.join(f'`{one}`' for one in check.permissions) or 'none'} "
        f"| [source]({check.source}) |"
        for check in CHECKS
    ]


def test_only_what_a_region_sells_and_who_may_do_what_is_left_to_aws_alone() -> None:
    assert {check.name for check in CHECKS if check.only_aws} == {
        *("permissions", "linked-roles", "destination-vault", "image"),
        *("database-engine", "database-class", "cache-engine", "cache-node-type"),
        *("zones", "prefix-lists", "endpoint-services"),
        *("vpc-quota", "address-quota", "nat-quota", "fargate-quota"),
    }


def test_checks_are_chosen_by_name() -> None:
    assert [one.name for one in chosen(only=["trail", "zones"])] == ["zones", "trail"]
    assert "zones" not in [one.name for one in chosen(skip=["zones"])]
    with pytest.raises(UnknownCheck, match="there is no check zone") as no:
        chosen(skip=["zone"])
    assert no.value.next_step == "did you mean zones?"
    with pytest.raises(UnknownCheck) as no:
        chosen(only=["qqqq"])
    assert "permissions, service-role" in str(no.value.next_step)
