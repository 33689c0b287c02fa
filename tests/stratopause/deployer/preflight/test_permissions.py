from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.preflight.actions import DEPLOYING
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import SERVICE_ROLE, decided, refused, trusting
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import ACCOUNT, ROLE, Script, resource, tree

SIMULATE, WHO, GET_ROLE = ("iam", "simulate_principal_policy"), ("sts", "get_caller_identity"), ("iam", "get_role")


def test_what_no_policy_allows_on_every_resource_is_a_warning() -> None:
    (finding,) = look("permissions", {SIMULATE: decided("implicitDeny")})
    assert finding.state is State.WARNING
    assert finding.message.startswith(f"{ROLE} isn't allowed cloudformation:CreateChangeSet")
    assert "kms:CreateKey" in finding.message


def test_cloudformation_s_role_makes_the_resources_where_there_is_one() -> None:
    asked: dict[str, list[str]] = {}

    def simulate(parameters: dict[str, Any]) -> Any:
        asked[parameters["PolicySourceArn"]] = parameters["ActionNames"]
        return decided("allowed")(parameters)

    findings = look("permissions", {SIMULATE: simulate}, facts=Facts(role=SERVICE_ROLE))
    assert asked == {
        SERVICE_ROLE: ["kms:CreateKey", "kms:EnableKeyRotation"],
        ROLE: sorted([*DEPLOYING, "iam:PassRole"]),
    }
    assert [one.state for one in findings] == [State.PASSED, State.PASSED]


def test_root_is_never_simulated() -> None:
    root: Script = {WHO: {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}, SIMULATE: AssertionError()}
    (finding,) = look("permissions", root)
    assert (finding.state, finding.next_step) == (State.WARNING, "use a role instead")


def test_of_a_federated_user_nothing_is_known() -> None:
    federated = {WHO: {"Account": ACCOUNT, "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/me"}}
    assert look("permissions", federated)[0].state is State.UNANSWERED


def test_a_tree_that_makes_nothing_known_needs_no_simulation_for_its_role() -> None:
    nothing = tree(Handle=resource("AWS::CloudFormation::WaitConditionHandle"))
    findings = look("permissions", {}, nothing, Facts(role=SERVICE_ROLE))
    assert findings[0].message == f"{SERVICE_ROLE} is allowed all 0 actions that were simulated"


@pytest.mark.parametrize(
    ("role", "answer", "message"),
    [
        ("arn:aws:iam::444455556666:role/other", {}, f"isn't a role of account {ACCOUNT}"),
        ("odd", {}, f"odd isn't a role of account {ACCOUNT}"),
        (SERVICE_ROLE, {GET_ROLE: refused("NoSuchEntity")}, f"there is no role {SERVICE_ROLE}"),
        (SERVICE_ROLE, {GET_ROLE: {"Role": {"Arn": "another path"}}}, f"there is no role {SERVICE_ROLE}"),
    ],
)
def test_a_service_role_must_be_there(role: str, answer: Any, message: str) -> None:
    (finding,) = look("service-role", answer, facts=Facts(role=role))
    assert finding.state is State.FAILED
    assert message in finding.message


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Action": ["sts:TagSession"]},
    ],
)
def test_trust_is_an_allowance_to_assume_for_cloudformation_itself(change: dict[str, Any]) -> None:
    role = trusting("cloudformation.amazonaws.com")
    role["Role"]["AssumeRolePolicyDocument"]["Statement"][0] |= change
    assert told(look("service-role", {GET_ROLE: role})) == [
        (State.FAILED, f"{SERVICE_ROLE} doesn't trust cloudformation.amazonaws.com")
    ]


def test_a_single_statement_may_stand_alone() -> None:
    role = trusting("cloudformation.amazonaws.com")
    document = role["Role"]["AssumeRolePolicyDocument"]
    document["Statement"] = document["Statement"][0]
    assert look("service-role", {GET_ROLE: role})[0].state is State.PASSED
