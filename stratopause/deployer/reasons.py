"""What AWS's reasons mean, in plain words, and what to do: one named function for each message.

The messages are those of the services as CloudFormation passes them on; each function names what it was seen in.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

DEPLOY_AGAIN: Final = "then deploy again"
LONGEST: Final = 4096
"""So much of a reason is looked at."""
MISSING: Final = (
    re.compile(r"not authorized to perform:? ([\w-]{1,64}:\w{1,128})(?: on (?:the )?resource:? (\S{1,2048}))?"),
    re.compile(r"API: ([\w-]{1,64}:\w{1,128}) (?:You are not authorized|Access Denied)"),
)


class Explanation(Struct, frozen=True):
    """`missing_action` is the IAM action that was refused, such as `kms:Decrypt`, where the message names it."""

    plain: str
    next_step: str
    missing_action: str | None = None


UNKNOWN: Final = Explanation(
    "the service that makes the resource refused it in the words above", f"correct what it names, {DEPLOY_AGAIN}"
)


def explain(reason: str) -> Explanation:
    """What the first message that `reason` is known for means; `UNKNOWN` where it is none."""
    reason = reason[:LONGEST]
    for is_said, explanation in KNOWN:
        if is_said(reason):
            return _with_action(explanation, reason) if explanation is ACCESS_DENIED else explanation
    return UNKNOWN


def _with_action(explanation: Explanation, reason: str) -> Explanation:
    found = next((match for pattern in MISSING if (match := pattern.search(reason))), None)
    if found is None:
        return explanation
    action, *on = found.groups()
    where = f" on {on[0].rstrip('.')}" if on and on[0] else ""
    denied = "an explicit deny stands against it" if "explicit deny" in reason else "no policy allows it"
    return replace(
        explanation,
        plain=f"CloudFormation, as the role or user it acts as, may not call {action}{where}: {denied}",
        next_step=f"allow {action} to who deploys or to the service role, {DEPLOY_AGAIN}",
        missing_action=action,
    )


def _says(*words: str) -> Callable[[str], bool]:
    wanted = tuple(word.lower() for word in words)
    return lambda reason: any(word in reason.lower() for word in wanted)


def denied_by_stack_policy(reason: str) -> bool:
    """UpdateStack, where a stack policy protects the resource."""
    return _says("denied by stack policy")(reason)


def access_denied(reason: str) -> bool:
    """Any service; EC2 says `API: ec2:RunInstances You are not authorized to perform this operation`."""
    said = _says("AccessDenied", "access denied", "not authorized to perform", "UnauthorizedOperation")
    return said(reason) or "sufficient permissions" in reason


def hook_failed(reason: str) -> bool:
    """`The following hook(s) failed: [...]`."""
    return _says("hook(s) failed", "hook failed")(reason)


def secret_is_scheduled_for_deletion(reason: str) -> bool:
    """Secrets Manager: `... a secret with this name is already scheduled for deletion`."""
    return _says("already scheduled for deletion", "secret because it was marked for deletion")(reason)


def key_is_not_usable(reason: str) -> bool:
    """CloudWatch Logs, RDS, SNS and others: a KMS key is absent, disabled, pending deletion or not theirs to use."""
    about_keys = _says("kms", "key")(reason)
    said = _says(
        "KMSKeyNotAccessible",
        "KMSInvalidState",
        "KMS key does not exist",
        "key is not found",
        "not allowed to be used",
        "key is disabled",
        "is pending deletion",
        "key is not accessible",
        "KMSAccessDenied",
    )
    return about_keys and said(reason)


def must_be_renamed(reason: str) -> bool:
    """`CloudFormation cannot update a stack when a custom-named resource requires replacing`."""
    return _says("custom-named resource requires replacing")(reason)


def exists_already(reason: str) -> bool:
    """S3, IAM, Logs and others; the resource handlers' code is AlreadyExists."""
    return _says("already exists", "AlreadyExists", "BucketAlreadyOwnedByYou", "already in use by another")(reason)


def quota_is_reached(reason: str) -> bool:
    """EC2: `VpcLimitExceeded`, `The maximum number of addresses has been reached`; handlers: ServiceLimitExceeded."""
    said = _says(
        "LimitExceeded", "limit exceeded", "QuotaExceeded", "quota exceeded", "maximum number of", "reached the"
    )
    return said(reason) and not throttled(reason)


def throttled(reason: str) -> bool:
    """Any service below a resource: `Rate exceeded`."""
    return _says("rate exceeded", "Throttling", "RequestLimitExceeded", "too many requests")(reason)


def circuit_breaker(reason: str) -> bool:
    """ECS: `ECS Deployment Circuit Breaker was triggered`."""
    return _says("circuit breaker")(reason)


def no_capacity(reason: str) -> bool:
    """EC2, RDS and Fargate where a zone has no room for a class or size."""
    return _says("InsufficientInstanceCapacity", "InsufficientDBInstanceCapacity", "insufficient capacity")(reason) or (
        _says("capacity is unavailable", "not available in the")(reason)
    )


def no_such_version(reason: str) -> bool:
    """RDS and ElastiCache: `Cannot find version 16.9 for postgres`."""
    return _says("cannot find version", "cannot find upgrade path", "no valid engine version")(reason)


def no_such_class(reason: str) -> bool:
    """RDS: `RDS does not support creating a DB instance with the following combination`."""
    return _says("following combination: DBInstanceClass", "does not support creating a DB instance")(reason)


def protected_from_deletion(reason: str) -> bool:
    """RDS: `Cannot delete protected DB Instance`; load balancers, and stacks with termination protection."""
    said = _says("cannot delete protected", "deletion protection", "deletionprotection", "TerminationProtection")
    return said(reason)


def bucket_is_not_empty(reason: str) -> bool:
    """S3: `The bucket you tried to delete is not empty`."""
    return _says("bucket you tried to delete is not empty", "BucketNotEmpty")(reason)


def vault_is_not_empty(reason: str) -> bool:
    """Backup: `Backup vault cannot be deleted because it contains recovery points`."""
    return _says("contains recovery points")(reason)


def still_in_use(reason: str) -> bool:
    """EC2's DependencyViolation and the like."""
    return _says("DependencyViolation", "dependent object", "is in use", "currently in use", "still has")(reason)


def no_service_linked_role(reason: str) -> bool:
    """ECS, ELB, RDS at their first use in an account."""
    return _says("service linked role", "service-linked role")(reason)


def bad_policy(reason: str) -> bool:
    """IAM, KMS, S3: a policy that names a principal that isn't there, or isn't one."""
    return _says("invalid principal", "MalformedPolicy", "MalformedPolicyDocument")(reason)


def bad_certificate(reason: str) -> bool:
    """Load balancers: UnsupportedCertificate, CertificateNotFound."""
    return _says("UnsupportedCertificate", "CertificateNotFound", "certificate must have a fully-qualified")(reason)


def has_timed_out(reason: str) -> bool:
    """`Resource timed out waiting for completion`, `Exceeded attempts to wait`."""
    return _says("timed out", "timeout", "exceeded attempts to wait")(reason)


def not_stabilized(reason: str) -> bool:
    """Resource handlers: NotStabilized, `did not stabilize`."""
    return _says("NotStabilized", "did not stabilize", "failed to stabilize")(reason)


def export_in_use(reason: str) -> bool:
    """`Export X cannot be deleted as it is in use by Y`."""
    return _says("as it is in use by")(reason) and _says("export")(reason)


def invalid_property(reason: str) -> bool:
    """Resource handlers: InvalidRequest; `Model validation failed`, `Properties validation failed`."""
    said = _says("validation failed", "InvalidRequest", "ValidationException", "ValidationError", "InvalidParameter")
    return said(reason) or _says("extraneous key", "Encountered unsupported property")(reason)


def not_found(reason: str) -> bool:
    """Something that the template names isn't there."""
    return _says("NotFound", "does not exist", "was not found", "could not be found")(reason)


def failed_inside(reason: str) -> bool:
    """A mistake of the service's: InternalFailure, ServiceInternalError, GeneralServiceException."""
    return _says("Internal Failure", "InternalFailure", "InternalError", "GeneralServiceException")(reason)


ACCESS_DENIED: Final = Explanation(
    "CloudFormation, as the role or user it acts as, may not do this",
    f"add the permission that the reason names to who deploys or to the service role, {DEPLOY_AGAIN}",
)
KNOWN: Final[tuple[tuple[Callable[[str], bool], Explanation], ...]] = (
    (
        denied_by_stack_policy,
        Explanation(
            "the stack's policy protects this resource from being replaced or deleted",
            f"keep the resource, or allow it for one run by its name, {DEPLOY_AGAIN}",
        ),
    ),
    (
        key_is_not_usable,
        Explanation(
            "the KMS key doesn't exist, is disabled or pending deletion, or its policy doesn't let this service use it",
            f"check the key's state and that its policy names the service, {DEPLOY_AGAIN}",
        ),
    ),
    (access_denied, ACCESS_DENIED),
    (
        hook_failed,
        Explanation("a CloudFormation hook refused the resource", f"do what the hook asks for, {DEPLOY_AGAIN}"),
    ),
    (
        secret_is_scheduled_for_deletion,
        Explanation(
            "a secret of this name was deleted and holds the name until its recovery window is over",
            f"restore it (aws secretsmanager restore-secret), or choose another suffix, {DEPLOY_AGAIN}",
        ),
    ),
    (
        must_be_renamed,
        Explanation(
            "the change replaces a resource whose name the template fixes, and two can't have one name",
            f"give it another name, or none, {DEPLOY_AGAIN}",
        ),
    ),
    (
        export_in_use,
        Explanation("another stack imports this output", f"take the import out of that stack first, {DEPLOY_AGAIN}"),
    ),
    (
        exists_already,
        Explanation(
            "a resource of this name exists outside of this stack",
            f"delete, rename or import it, or choose another suffix, {DEPLOY_AGAIN}",
        ),
    ),
    (
        throttled,
        Explanation("the service was asked too often at once", "wait some minutes, then deploy again"),
    ),
    (
        quota_is_reached,
        Explanation(
            "a quota of the account in this region is used up",
            f"ask for more in Service Quotas, or remove what isn't needed, {DEPLOY_AGAIN}",
        ),
    ),
    (
        circuit_breaker,
        Explanation(
            "the service's new tasks didn't stay healthy, so ECS gave up",
            f"read why the tasks stopped and their logs, correct the image or its settings, {DEPLOY_AGAIN}",
        ),
    ),
    (
        no_such_version,
        Explanation(
            "the engine version isn't offered here, or not as an upgrade of the present one",
            f"choose a version that is offered in this region, {DEPLOY_AGAIN}",
        ),
    ),
    (
        no_such_class,
        Explanation(
            "this class isn't offered with this engine, storage or region",
            f"choose a class that is offered, {DEPLOY_AGAIN}",
        ),
    ),
    (
        no_capacity,
        Explanation(
            "AWS has no room for this size in the zone just now",
            "try again later, or choose another class or zone",
        ),
    ),
    (
        protected_from_deletion,
        Explanation(
            "the resource is protected from being deleted",
            "lift its deletion protection only if it may really go; destroy and recover do so after its name is typed",
        ),
    ),
    (
        bucket_is_not_empty,
        Explanation(
            "a bucket that holds objects can't be deleted",
            "empty it with all versions, or retain it",
        ),
    ),
    (
        vault_is_not_empty,
        Explanation(
            "a backup vault that holds recovery points can't be deleted",
            "delete the recovery points or wait until they expire, or retain the vault",
        ),
    ),
    (
        no_service_linked_role,
        Explanation(
            "the service's own role isn't there yet, or was made this very moment",
            "deploy again; where it fails again, make it by aws iam create-service-linked-role",
        ),
    ),
    (
        bad_policy,
        Explanation(
            "a policy isn't valid: most often it names a principal that doesn't exist",
            f"correct the policy's principals, {DEPLOY_AGAIN}",
        ),
    ),
    (
        bad_certificate,
        Explanation(
            "the certificate isn't issued, isn't of this region, or is of a kind that a load balancer doesn't take",
            f"give the ARN of an issued certificate of this region, {DEPLOY_AGAIN}",
        ),
    ),
    (
        still_in_use,
        Explanation("something outside of the stack still uses the resource", "take that away, then try again"),
    ),
    (
        not_stabilized,
        Explanation(
            "the resource was made, and then didn't become ready in time",
            f"look at the resource's own events and logs for why, {DEPLOY_AGAIN}",
        ),
    ),
    (
        has_timed_out,
        Explanation(
            "CloudFormation waited as long as it does, and the resource wasn't ready",
            f"look at the resource's own events and logs for why, {DEPLOY_AGAIN}",
        ),
    ),
    (
        invalid_property,
        Explanation("a property has a value that the service doesn't take", f"correct the property, {DEPLOY_AGAIN}"),
    ),
    (
        not_found,
        Explanation(
            "something that the resource refers to isn't there", f"make it, or correct its name, {DEPLOY_AGAIN}"
        ),
    ),
    (
        failed_inside,
        Explanation(
            "the service failed inside; nothing of ours caused it", "deploy again; look at AWS Health if it stays"
        ),
    ),
)
"""The narrow messages before the wide ones: the first that fits is taken."""
