from __future__ import annotations

from typing import Any

from stratopause.deployer.errors import Refused
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import KEY, TRAIL, refused
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import DENIED, REGION, Script, resource, tree

DESCRIBE = ("kms", "describe_key")


def key(**more: str) -> Script:
    return {DESCRIBE: {"KeyMetadata": {"KeyId": "1", **more}}}


def test_a_key_that_waits_for_its_deletion_can_be_kept() -> None:
    finding = look("keys", key(KeyState="PendingDeletion"))[0]
    assert (finding.message, finding.next_step) == (
        f"key {KEY} waits for its deletion",
        "aws kms cancel-key-deletion --key-id 1",
    )


def test_a_key_that_isnt_there_fails() -> None:
    assert told(look("keys", {DESCRIBE: refused("NotFoundException")}))[0] == (State.FAILED, f"there is no key {KEY}")


def test_a_signing_key_encrypts_nothing() -> None:
    assert (
        look("keys", key(KeyUsage="SIGN_VERIFY"))[0].message == f"key {KEY} is for SIGN_VERIFY, not for ENCRYPT_DECRYPT"
    )


def test_a_key_of_another_region_cant_be_looked_up() -> None:
    other = KEY.replace(REGION, "us-east-1")
    bucket = resource("AWS::S3::Bucket", Encryption={"KMSMasterKeyID": other})
    assert look("keys", {}, tree(Bucket=bucket), Facts())[0].state is State.UNANSWERED


def test_the_key_of_the_trail_is_looked_at_too() -> None:
    findings = look("keys", {})
    assert told(findings) == [(State.PASSED, f"key {KEY} is enabled"), (State.PASSED, f"key {KEY}2 is enabled")]


def test_a_trail_without_a_key_of_its_own_or_with_a_known_one_adds_nothing() -> None:
    trails: list[dict[str, Any]] = [{"Trail": {}}, {"Trail": {"KmsKeyId": KEY}}]
    for trail in trails:
        assert len(look("keys", {("cloudtrail", "get_trail"): trail})) == 1
    assert len(look("keys", {("cloudtrail", "get_trail"): refused("TrailNotFoundException")})) == 1


def test_one_key_that_may_not_be_looked_at_says_nothing_of_the_others() -> None:
    def answer(asked: dict[str, str]) -> dict[str, dict[str, str]]:
        if asked["KeyId"] == KEY:
            raise Refused(str(DENIED), DENIED.code)
        return {"KeyMetadata": {"KeyId": "2"}}

    findings = look("keys", {DESCRIBE: answer}, facts=Facts(trail_arn=TRAIL))
    assert told(findings) == [
        (State.UNANSWERED, f"{KEY}: needs kms:DescribeKey"),
        (State.PASSED, f"key {KEY}2 is enabled"),
    ]
    assert findings[0].next_step == "allow kms:DescribeKey, or see to it by hand"
