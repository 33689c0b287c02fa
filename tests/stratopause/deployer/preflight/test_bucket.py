from __future__ import annotations

import json
from typing import Any

import pytest

from stratopause.deployer.errors import Refused
from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import BLOCKED, TLS, bootstrapped, refused
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import ABSENT, ACCOUNT, DENIED, Answer

STACKS, HEAD = ("cloudformation", "describe_stacks"), ("s3", "head_bucket")
POLICY = ("s3", "get_bucket_policy")


def policy(statement: Any) -> dict[str, str]:
    return {"Policy": json.dumps({"Statement": statement})}


def test_before_the_first_deployment_there_is_no_bucket_to_judge() -> None:
    (finding,) = look("artifact-bucket", {STACKS: ABSENT})
    assert finding.message == "stratopause-bootstrap isn't there yet: the first deployment makes it"


def test_a_bootstrap_that_others_made_has_no_bucket() -> None:
    (finding,) = look("artifact-bucket", {STACKS: bootstrapped()})
    assert (finding.state, finding.next_step) == (State.FAILED, "delete stratopause-bootstrap")


def test_another_accounts_bucket_fails() -> None:
    (finding,) = look("artifact-bucket", {HEAD: Refused("Forbidden", "403")})
    assert finding.state is State.FAILED
    assert finding.message.startswith(f"artifacts isn't of account {ACCOUNT}")


def test_a_bucket_that_nothing_is_told_of_is_unanswered() -> None:
    assert told(look("artifact-bucket", {HEAD: Refused("moved", "301")})) == [(State.UNANSWERED, "moved")]


@pytest.mark.parametrize(
    ("operation", "answer", "message"),
    [
        ("get_bucket_versioning", {}, "artifacts keeps no old versions"),
        ("get_bucket_versioning", {"Status": "Suspended"}, "artifacts keeps no old versions"),
        (
            "get_bucket_encryption",
            refused("ServerSideEncryptionConfigurationNotFoundError"),
            "artifacts doesn't encrypt with KMS",
        ),
        (
            "get_public_access_block",
            refused("NoSuchPublicAccessBlockConfiguration"),
            f"artifacts can become public ({', '.join(BLOCKED)} is off)",
        ),
        (
            "get_public_access_block",
            {"PublicAccessBlockConfiguration": {**BLOCKED, "BlockPublicPolicy": False}},
            "artifacts can become public (BlockPublicPolicy is off)",
        ),
        ("get_bucket_policy", refused("NoSuchBucketPolicy"), "artifacts takes requests without TLS"),
        ("get_bucket_policy", policy([{**TLS, "Effect": "Allow"}]), "artifacts takes requests without TLS"),
        ("get_bucket_policy", policy([]), "artifacts takes requests without TLS"),
        ("get_bucket_policy", {"Policy": "{}"}, "artifacts takes requests without TLS"),
    ],
)
def test_what_somebody_has_weakened_is_a_warning(operation: str, answer: Answer, message: str) -> None:
    findings = look("artifact-bucket", {("s3", operation): answer})
    assert [one.message for one in findings if one.state is State.WARNING] == [message]
    assert [one.state for one in findings].count(State.PASSED) == 3


@pytest.mark.parametrize(
    "statement", [TLS, [{"Effect": "Deny", "Condition": {"Bool": {"aws:securetransport": [False]}}}]]
)
def test_a_denial_without_tls_may_be_written_in_several_ways(statement: Any) -> None:
    assert {one.state for one in look("artifact-bucket", {POLICY: policy(statement)})} == {State.PASSED}


def test_one_setting_that_may_not_be_looked_at_says_nothing_of_the_others() -> None:
    findings = look("artifact-bucket", {("s3", "get_bucket_versioning"): DENIED})
    assert told(findings)[0] == (State.UNANSWERED, "needs s3:GetBucketVersioning")
    assert {one.state for one in findings[1:]} == {State.PASSED}
