"""Keys and aliases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import (
    ACCOUNT,
    ADMINISTRATION,
    LOG_GROUPS,
    ROOT,
    att,
    key,
    ref,
    resource,
    role,
    via_service,
)

pytestmark = pytest.mark.emulator


def test_a_key_and_its_alias_live_as_kms_shows_them(account: Any) -> None:
    kms = account.client("kms")
    alias = resource("KMS::Alias", AliasName="alias/patients", TargetKeyId=ref("Key"))
    stack = account.created({"Key": key(LOG_GROUPS, Description="Logs"), "Alias": alias})
    key_id = stack.physical_ids["Key"]
    assert kms.describe_key(KeyId="alias/patients")["KeyMetadata"]["KeyId"] == key_id
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]
    after = account.created({"Key": key(via_service("rds"), Description="Data"), "Alias": alias})
    assert after.physical_ids["Key"] == key_id
    assert "rds" in kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]
    account.deleted()
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert not [item for item in kms.list_aliases()["Aliases"] if item["AliasName"] == "alias/patients"]


def test_a_policy_that_locks_its_owner_out_is_refused(account: Any) -> None:
    policy = {"Version": "2012-10-17", "Statement": [LOG_GROUPS]}
    reason = account.refusal({"Key": resource("KMS::Key", KeyPolicy=policy)}, "Key")
    assert "The new key policy will not allow you to update the key policy in the future." in reason


def test_the_lockout_check_can_be_bypassed(account: Any) -> None:
    policy = {"Version": "2012-10-17", "Statement": [LOG_GROUPS]}
    account.created({"Key": resource("KMS::Key", KeyPolicy=policy, BypassPolicyLockoutSafetyCheck=True)})


def test_a_principal_that_does_not_exist_is_refused(account: Any) -> None:
    later = {**ADMINISTRATION, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/made-later"}}
    assert "invalid principals" in account.refusal({"Key": key(later)}, "Key")


def test_an_alias_that_is_taken_is_refused(account: Any) -> None:
    template = {"Key": key(), "Alias": resource("KMS::Alias", AliasName="alias/a", TargetKeyId=ref("Key"))}
    account.created(template, name="first")
    assert "already exists" in account.refusal(template, "Alias")


def test_an_alias_of_no_key_is_refused(account: Any) -> None:
    alias = resource("KMS::Alias", AliasName="alias/a", TargetKeyId="00000000-0000-0000-0000-000000000000")
    assert "does not exist" in account.refusal({"Alias": alias}, "Alias")


def test_a_policy_without_a_statement_is_refused(account: Any) -> None:
    reason = account.refusal({"Key": resource("KMS::Key", KeyPolicy={"Version": "2012-10-17"})}, "Key")
    assert "must contain a Statement" in reason


def test_an_alias_of_a_key_that_is_going_is_refused(account: Any) -> None:
    key_id = account.created({"Key": key()}, name="keys").physical_ids["Key"]
    account.deleted("keys")
    alias = resource("KMS::Alias", AliasName="alias/a", TargetKeyId=key_id)
    assert "is pending deletion." in account.refusal({"Alias": alias}, "Alias")


def test_a_principal_that_exists_may_use_a_key(account: Any) -> None:
    owner = {**ADMINISTRATION, "Principal": {"AWS": [ROOT, att("Role", "Arn")]}}
    account.created({"Role": role(), "Key": key(owner)})
