"""What holds for the bucket that CloudFormation reads templates from, and for the image repository."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stacks.bootstrap import template
from stratopause.deployer.bootstrap import BUCKET_OUTPUT, MAX_BODY_BYTES
from stratopause.rules import problems
from stratopause.tree.loading import load

TAGS = {"owner": "platform-team", "environment": "clinic-dev"}


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    resources: dict[str, Any] = json.loads(template(TAGS))["Resources"]
    return resources


def test_the_template_gives_the_output_that_the_deployer_looks_for() -> None:
    assert set(json.loads(template(TAGS))["Outputs"]) == {BUCKET_OUTPUT, "RepositoryUri"}


def test_the_template_goes_without_an_upload() -> None:
    assert len(template(TAGS)) < MAX_BODY_BYTES


def test_nothing_has_a_name_that_could_clash_and_what_holds_something_is_retained(resources: dict[str, Any]) -> None:
    for name in ("ArtifactBucket", "Repository", "Key"):
        assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resources[name]["UpdateReplacePolicy"] == "Retain"
        assert {"BucketName", "RepositoryName"}.isdisjoint(resources[name]["Properties"])


def test_the_bucket_refuses_every_request_that_is_not_over_a_recent_tls(resources: dict[str, Any]) -> None:
    statements = resources["ArtifactBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert {(each["Effect"], each["Principal"], *each["Action"]) for each in statements} == {("Deny", "*", "s3:*")}
    assert [each["Condition"] for each in statements] == [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    ]


def test_what_is_shared_by_environments_is_tagged_so(resources: dict[str, Any]) -> None:
    for name in ("ArtifactBucket", "Repository", "Key"):
        tags = {tag["Key"]: tag["Value"] for tag in resources[name]["Properties"]["Tags"]}
        assert tags == {"owner": "platform-team", "environment": "shared"}


def test_the_bucket_is_versioned_encrypted_with_our_key_and_private(resources: dict[str, Any]) -> None:
    bucket = resources["ArtifactBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]},
    }
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_an_image_keeps_its_tag_is_scanned_and_encrypted_with_our_key(resources: dict[str, Any]) -> None:
    repository = resources["Repository"]["Properties"]
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert repository["EncryptionConfiguration"] == {"EncryptionType": "KMS", "KmsKey": {"Fn::GetAtt": ["Key", "Arn"]}}


def test_the_key_turns_yearly_and_serves_the_bucket_and_the_repository_only(resources: dict[str, Any]) -> None:
    key = resources["Key"]["Properties"]
    assert key["EnableKeyRotation"] is True
    policy = json.dumps(key["KeyPolicy"])
    assert "s3.${AWS::Region}" in policy
    assert "ecr.${AWS::Region}" in policy
    assert "kms:*" not in policy


def test_lint_finds_nothing_but_that_the_trail_is_who_logs_the_artifacts() -> None:
    found = problems(load({"bootstrap.json": template(TAGS)}))
    # Access logs would need a bucket for each account and region more; the account's trail has S3's data events.
    assert [(rule.id, problem.path[1]) for rule, problem in found] == [("E9504", "ArtifactBucket")]
