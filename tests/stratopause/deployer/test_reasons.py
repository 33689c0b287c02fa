from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer import reasons
from stratopause.deployer.reasons import ACCESS_DENIED, KNOWN, UNKNOWN, explain

HANDLER = 'Resource handler returned message: "{}" (RequestToken: 6f6e, HandlerErrorCode: {})'
SAID = (
    ("Action denied by stack policy: Statement [#1] does not allow [Update:Replace]", reasons.denied_by_stack_policy),
    (
        "User: arn:aws:sts::1:assumed-role/d/me is not authorized to perform: rds:CreateDBInstance on resource: arn:x",
        reasons.access_denied,
    ),
    ("API: ec2:CreateVpc You are not authorized to perform this operation.", reasons.access_denied),
    (HANDLER.format("Access Denied (Service: S3, Status Code: 403)", "AccessDenied"), reasons.access_denied),
    ("The following hook(s) failed: [Acme::Guard::Hook]", reasons.hook_failed),
    (
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
        reasons.secret_is_scheduled_for_deletion,
    ),
    (
        "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:…'",
        reasons.key_is_not_usable,
    ),
    (HANDLER.format("arn:aws:kms:… is pending deletion. (Service: Kms)", "InvalidRequest"), reasons.key_is_not_usable),
    (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename clinic",
        reasons.must_be_renamed,
    ),
    (HANDLER.format("Resource of type 'AWS::Logs::LogGroup' already exists.", "AlreadyExists"), reasons.exists_already),
    ("clinic-logs already exists in stack arn:aws:cloudformation:…", reasons.exists_already),
    (HANDLER.format("Rate exceeded (Service: Ecs)", "Throttling"), reasons.throttled),
    ("The maximum number of VPCs has been reached. (VpcLimitExceeded)", reasons.quota_is_reached),
    ("The maximum number of addresses has been reached.", reasons.quota_is_reached),
    (
        HANDLER.format("Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.", "General"),
        reasons.circuit_breaker,
    ),
    (HANDLER.format("Cannot find version 16.99 for postgres (Service: Rds)", "NotFound"), reasons.no_such_version),
    (
        "RDS does not support creating a DB instance with the following combination: DBInstanceClass=db.t9.micro",
        reasons.no_such_class,
    ),
    ("We currently do not have sufficient capacity: InsufficientDBInstanceCapacity", reasons.no_capacity),
    ("Capacity is unavailable at this time.", reasons.no_capacity),
    ("Cannot delete protected DB Instance, please disable deletion protection", reasons.protected_from_deletion),
    ("The bucket you tried to delete is not empty", reasons.bucket_is_not_empty),
    ("Backup vault cannot be deleted because it contains recovery points.", reasons.vault_is_not_empty),
    (
        "resource sg-1 has a dependent object (Service: Ec2, Status Code: 400) DependencyViolation",
        reasons.still_in_use,
    ),
    ("Unable to assume the service linked role.", reasons.no_service_linked_role),
    ("Policy contains a statement with one or more invalid principals. MalformedPolicyDocument", reasons.bad_policy),
    ("The certificate must have a fully-qualified domain name UnsupportedCertificate", reasons.bad_certificate),
    ("Exceeded attempts to wait", reasons.has_timed_out),
    (HANDLER.format("Service did not stabilize", "NotStabilized"), reasons.not_stabilized),
    ("Export clinic-vpc cannot be deleted as it is in use by other", reasons.export_in_use),
    ("Properties validation failed for resource Topic with message: #: extraneous key", reasons.invalid_property),
    (HANDLER.format("Target group arn:x was not found", "NotFound"), reasons.not_found),
    (HANDLER.format("Internal Failure", "InternalFailure"), reasons.failed_inside),
)


@pytest.mark.parametrize(("said", "message"), SAID)
def test_each_message_is_told_by_its_own_function_before_any_wider_one(said: str, message: object) -> None:
    assert next(is_said for is_said, _ in KNOWN if is_said(said)) is message


def test_every_message_of_the_table_is_seen_here() -> None:
    assert {message for _, message in SAID} == {is_said for is_said, _ in KNOWN}


def test_what_nobody_knows_is_left_in_aws_own_words() -> None:
    assert explain("flux capacitor misaligned") is UNKNOWN
    assert explain("") is UNKNOWN


@pytest.mark.parametrize(
    ("said", "action", "told"),
    [
        (
            "User: u is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms:a:1:key/k because no",
            "kms:CreateGrant",
            "may not call kms:CreateGrant on arn:aws:kms:a:1:key/k: no policy allows it",
        ),
        (
            "u is not authorized to perform: s3:PutBucketPolicy with an explicit deny in a service control policy",
            "s3:PutBucketPolicy",
            "may not call s3:PutBucketPolicy: an explicit deny stands against it",
        ),
        ("API: ec2:RunInstances You are not authorized to perform this operation", "ec2:RunInstances", "no policy"),
    ],
)
def test_the_missing_action_is_named_with_what_it_is_missing_on(said: str, action: str, told: str) -> None:
    found = explain(said)
    assert found.missing_action == action
    assert told in found.plain
    assert f"allow {action} " in found.next_step


def test_a_denial_that_names_no_action_says_so_much() -> None:
    assert explain("Access Denied") is ACCESS_DENIED


@given(st.text(max_size=300))
def test_any_text_has_an_explanation(said: str) -> None:
    assert explain(said).plain
    assert explain(f"is not authorized to perform: {said}").next_step


def test_a_very_long_reason_is_explained_as_fast_as_a_short_one() -> None:
    began = time.process_time()
    for said in ("not authorized to perform: a:" * 100_000, "a" * 3_000_000, "API: " * 500_000):
        explain(said)
    assert time.process_time() - began < 1.0
