"""IAM: policy documents that can't be read, and policies that are still attached."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.iam_evaluator import validate_policy_document
from ministack.services import iam

from stratopause.emulator.resources.handlers import Change, before_change, before_delete
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties

POLICIES_PER_ROLE = 10  # IAM quotas, "Managed policies attached to an IAM role"
MANAGED_POLICY_LIMIT = 6144  # characters without white space: IAM quotas, "Managed policies"


def malformed(message: str) -> Refusal:
    """IAM's answer to a document that it can't use."""
    return Refusal(message, "Iam", "MalformedPolicyDocument")


def refuse_document(document: Any) -> None:
    """A `Version` of IAM's, statements with effect, action and resource, and no principal in an identity policy."""
    error = validate_policy_document(document)
    if error is not None:
        raise malformed(f"Syntax errors in policy. {error}")
    parsed = json.loads(document) if isinstance(document, str) else document
    if parsed.get("Version", "2012-10-17") not in {"2012-10-17", "2008-10-17"}:
        raise malformed("The policy must contain a valid version string")
    statements = parsed["Statement"] if isinstance(parsed["Statement"], list) else [parsed["Statement"]]
    if any("Principal" in statement for statement in statements):
        raise malformed("Policy document should not specify a principal.")


@before_change("AWS::IAM::ManagedPolicy")
def _managed_policy(change: Change) -> None:
    document = change.properties["PolicyDocument"]
    refuse_document(document)
    if len(json.dumps(document, separators=(",", ":"))) > MANAGED_POLICY_LIMIT:
        message = f"Cannot exceed quota for PolicySize: {MANAGED_POLICY_LIMIT}"
        raise Refusal(message, "Iam", "ServiceLimitExceeded", 409)


@before_change("AWS::IAM::Role")
def _role(change: Change) -> None:
    for policy in change.properties.get("Policies", ()):
        refuse_document(policy["PolicyDocument"])
    attached = change.properties.get("ManagedPolicyArns", ())
    if len(attached) > POLICIES_PER_ROLE:
        raise Refusal(
            f"Cannot exceed quota for PoliciesPerRole: {POLICIES_PER_ROLE}", "Iam", "ServiceLimitExceeded", 409
        )
    for policy_arn in attached:
        if ":iam::aws:policy/" not in policy_arn and policy_arn not in iam._policies:
            raise Refusal(f"Policy {policy_arn} does not exist or is not attachable.", "Iam", "NotFound", 404)


@before_delete("AWS::IAM::ManagedPolicy")
def _policy_is_free(policy_arn: str, properties: Properties) -> None:
    """Attachments that the stack made itself go with it; others' are in the way."""
    own = set(properties.get("Roles", ()))
    users = [name for name, role in iam._roles.items() if policy_arn in role["AttachedPolicies"]]
    if set(users) - own:
        raise Refusal("Cannot delete a policy attached to entities.", "Iam", "DeleteConflict", 409)
