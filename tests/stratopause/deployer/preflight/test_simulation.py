from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.preflight.simulation import decisions, principal
from tests.stratopause.deployer.preflight.cases import refused
from tests.stratopause.deployer.preflight.scripted import ACCOUNT, ROLE, ScriptedApi, resource, scene, tree

GET_ROLE, SIMULATE = ("iam", "get_role"), ("iam", "simulate_principal_policy")
TREE = tree(Key=resource("AWS::KMS::Key"))
ASSUMED = f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/me"


@pytest.mark.parametrize(
    ("arn", "whose"),
    [
        (ASSUMED, ROLE),
        (f"arn:aws:iam::{ACCOUNT}:user/teams/me", f"arn:aws:iam::{ACCOUNT}:user/teams/me"),
        (f"arn:aws-us-gov:iam::{ACCOUNT}:role/me", f"arn:aws-us-gov:iam::{ACCOUNT}:role/me"),
        (f"arn:aws:iam::{ACCOUNT}:root", None),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/me", None),
    ],
)
def test_policies_are_those_of_a_user_or_of_the_role_behind_a_session(arn: str, whose: str | None) -> None:
    assert principal(scene(ScriptedApi({GET_ROLE: {"Role": {"Arn": ROLE}}}), TREE), arn) == whose


def test_a_role_that_isnt_found_is_taken_to_have_no_path() -> None:
    gone = ScriptedApi({GET_ROLE: refused("NoSuchEntity")})
    assert principal(scene(gone, TREE), ASSUMED) == f"arn:aws:iam::{ACCOUNT}:role/deployer"


@pytest.mark.parametrize(
    ("more", "decision"),
    [
        ({}, "allowed"),
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, "explicitDeny"),
        ({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}, "explicitDeny"),
    ],
)
def test_what_an_organization_or_a_boundary_forbids_is_denied(more: dict[str, Any], decision: str) -> None:
    result = {"EvalActionName": "s3:GetObject", "EvalDecision": "allowed", **more}
    api = ScriptedApi({SIMULATE: {"EvaluationResults": [result]}})
    assert dict(decisions(scene(api, TREE), ROLE, {"s3:GetObject"})) == {"s3:GetObject": decision}
