from __future__ import annotations

from typing import Any

from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import State
from stratopause.deployer.preflight.linked_roles import LINKED
from tests.stratopause.deployer.preflight.cases import SERVICE_ROLE, decided
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import ACCOUNT, Script

LIST, SIMULATE, WHO = ("iam", "list_roles"), ("iam", "simulate_principal_policy"), ("sts", "get_caller_identity")
DATABASE = LINKED["AWS::RDS::DBInstance"]


def test_a_role_that_is_there_is_asked_nothing_more() -> None:
    there: Script = {LIST: {"Roles": [{"RoleName": DATABASE.role}]}, SIMULATE: AssertionError("it was simulated")}
    assert told(look("linked-roles", there)) == [(State.PASSED, f"{DATABASE.role} is there")]


def test_who_else_could_make_it_is_told_the_command() -> None:
    (finding,) = look("linked-roles", {SIMULATE: decided("implicitDeny")})
    assert finding.next_step.endswith("aws iam create-service-linked-role --aws-service-name rds.amazonaws.com")


def test_it_is_cloudformation_s_role_that_makes_it_where_there_is_one() -> None:
    whose: list[str] = []

    def simulate(asked: dict[str, Any]) -> Any:
        whose.append(asked["PolicySourceArn"])
        return decided("allowed")(asked)

    look("linked-roles", {SIMULATE: simulate}, facts=Facts(role=SERVICE_ROLE))
    assert whose == [SERVICE_ROLE]


def test_root_may_make_it() -> None:
    root = {WHO: {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}}
    assert look("linked-roles", root)[0].state is State.PASSED
