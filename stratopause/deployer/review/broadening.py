"""What would be open that isn't now: policies, security groups, safeguards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.changes import Kind, ResourceChange, Review
from stratopause.deployer.review import firewalls, policies, safeguards
from stratopause.deployer.review.contexts import ABSENT, UNKNOWN, at, keys, may_become, properties
from stratopause.deployer.review.noise import Certainty, Place, Verdict
from stratopause.deployer.stacks import Path

Properties = Mapping[str, Any]
Told = Iterator[tuple[str, bool]]

DOCUMENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::Backup::BackupVault": {"AccessPolicy": "access policy"},
    "AWS::DynamoDB::Table": {"ResourcePolicy.PolicyDocument": "resource policy"},
    "AWS::EC2::VPCEndpoint": {"PolicyDocument": "endpoint policy"},
    "AWS::ECR::RegistryPolicy": {"PolicyText": "registry policy"},
    "AWS::ECR::Repository": {"RepositoryPolicyText": "repository policy"},
    "AWS::EFS::FileSystem": {"FileSystemPolicy": "file system policy"},
    "AWS::IAM::GroupPolicy": {"PolicyDocument": "policy"},
    "AWS::IAM::ManagedPolicy": {"PolicyDocument": "policy"},
    "AWS::IAM::Policy": {"PolicyDocument": "policy"},
    "AWS::IAM::Role": {"AssumeRolePolicyDocument": "trust policy"},
    "AWS::IAM::RolePolicy": {"PolicyDocument": "policy"},
    "AWS::IAM::UserPolicy": {"PolicyDocument": "policy"},
    "AWS::KMS::Key": {"KeyPolicy": "key policy"},
    "AWS::KMS::ReplicaKey": {"KeyPolicy": "key policy"},
    "AWS::Logs::LogGroup": {"ResourcePolicyDocument": "resource policy"},
    "AWS::Logs::ResourcePolicy": {"PolicyDocument": "resource policy"},
    "AWS::OpenSearchService::Domain": {"AccessPolicies": "access policy"},
    "AWS::S3::AccessPoint": {"Policy": "access point policy"},
    "AWS::S3::BucketPolicy": {"PolicyDocument": "bucket policy"},
    "AWS::SNS::TopicInlinePolicy": {"PolicyDocument": "topic policy"},
    "AWS::SNS::TopicPolicy": {"PolicyDocument": "topic policy"},
    "AWS::SQS::QueueInlinePolicy": {"PolicyDocument": "queue policy"},
    "AWS::SQS::QueuePolicy": {"PolicyDocument": "queue policy"},
    "AWS::SecretsManager::ResourcePolicy": {"ResourcePolicy": "resource policy"},
}
"""Where a type has its policy document, and what that is called."""

HOLDERS: Final = frozenset({"AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::User"})
ATTACHED: Final = ("Roles", "Users", "Groups")
RULES: Final = frozenset({"AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"})
CANT_COMPARE: Final = "can't be compared: CloudFormation doesn't tell it whole"


class Broadening(Struct, frozen=True, order=True):
    """What `name` (`Keys/DataKey`) would let through or allow; `is_wide` if that is for everybody or everything."""

    name: str
    type: str
    text: str
    is_wide: bool = False


def broadenings(review: Review, verdicts: Mapping[Place, Verdict]) -> tuple[Broadening, ...]:
    """The wide ones first; of a stack that is new only these."""
    new = new_stacks(review)
    found = {
        Broadening("/".join((*path, change.logical_id)), change.type, text, is_wide)
        for path, change in review.all()
        if verdicts[path, change].certainty is not Certainty.NOTHING
        for text, is_wide in _of(change, is_stack_new=path in new)
    }
    return tuple(sorted(found, key=lambda one: (not one.is_wide, one)))


def unread_additions(review: Review) -> tuple[str, ...]:
    """The added resources that could be wide, whose properties CloudFormation doesn't tell."""
    return tuple(
        "/".join((*path, change.logical_id))
        for path, change in review.all()
        if change.kind is Kind.ADD and _is_watched(change.type) and properties(change.after_context) is None
    )


def widened(type_: str, before: Properties, after: Properties) -> Told:
    """A sentence for whatever a resource of `type_` lets through, allows or protects less than before."""
    for path, name in DOCUMENTS.get(type_, {}).items():
        old, new = (_document(type_, one, path) for one in (before, after))
        yield from _compared(name, old, new)
    if type_ in HOLDERS:
        yield from _held(before, after)
    for name in ATTACHED if type_.endswith("Policy") else ():
        yield from ((f"is attached to {one}", False) for one in _added(before.get(name), after.get(name)))
    if type_ in RULES:
        known, wanted = (firewalls.rules(type_, one) for one in (before, after))
        yield from firewalls.opened(known, wanted)
    yield from safeguards.lowered(type_, before, after)


def wide(type_: str, after: Properties) -> Told:
    """A sentence for whatever is wide by itself."""
    documents = [(name, _document(type_, after, path)) for path, name in DOCUMENTS.get(type_, {}).items()]
    if type_ in HOLDERS:
        documents += [(f"policy {name}", document) for name, document in _inline(after).items()]
    for name, document in documents:
        try:
            yield from ((f"{name}: {text}", True) for text, _ in policies.wide(policies.policy(document)))
        except policies.NotAPolicy:
            continue
    for rule in firewalls.rules(type_, after) if type_ in RULES else ():
        if rule.is_wide:
            yield f"lets {rule} through", True


def _of(change: ResourceChange, is_stack_new: bool) -> Told:
    before, after = properties(change.before_context), properties(change.after_context)
    if change.kind is Kind.REMOVE:
        yield from _without(change.type, before)
    elif change.kind in {Kind.ADD, Kind.IMPORT}:
        opens_what_is_there = not is_stack_new and _adds_to_others(change.type)
        yield from (widened(change.type, {}, after or {}) if opens_what_is_there else wide(change.type, after or {}))
    elif before is None or after is None:
        yield from _unread(change)
    else:
        yield from widened(change.type, before, after)


def _without(type_: str, before: Properties | None) -> Told:
    """What goes with a resource: the guard that it is, or what its policy denied."""
    if type_ in safeguards.GUARDS:
        yield safeguards.GUARDS[type_], False
    for path, name in DOCUMENTS.get(type_, {}).items() if _adds_to_others(type_) else ():
        yield from _compared(name, _document(type_, before or {}, path), None)


def _unread(change: ResourceChange) -> Told:
    """Properties that would be compared change, and can't be: better said than passed over."""
    watched = {path.split(".")[0] for path in DOCUMENTS.get(change.type, {})}
    watched |= {guard.path.split(".")[0] for guard in safeguards.SAFEGUARDS.get(change.type, ())}
    watched |= {"Policies", "ManagedPolicyArns", "PermissionsBoundary"} if change.type in HOLDERS else set()
    for detail in change.details:
        path = keys(detail.path)[1:]
        if detail.before is not None and detail.after is not None and safeguards.knows(change.type, path):
            yield from safeguards.lowered_at(change.type, path, detail.before, detail.after)
        elif change.type in RULES or (path and path[0] in watched):
            yield f"{'.'.join(path)} {CANT_COMPARE}", False
    if not change.paths and _is_watched(change.type):
        yield CANT_COMPARE, False


def _compared(name: str, before: Any, after: Any) -> Told:
    if isinstance(after, str) and UNKNOWN in after:
        yield f"{name}: can't be compared: it is known only after apply", False
        return
    try:
        old = policies.policy(before)
        new = policies.policy(after, before)
    except policies.NotAPolicy:
        if before != after:
            yield f"{name}: can't be compared: it isn't written as policies are", False
        return
    yield from ((f"{name}: {text}", is_wide) for text, is_wide in policies.widened(old, new))


def _held(before: Properties, after: Properties) -> Told:
    """What somebody holds: inline policies, managed ones, and the boundary of all."""
    old, new = _inline(before), _inline(after)
    for name, document in new.items():
        yield from _compared(f"policy {name}", old.get(name), document)
    for name in old.keys() - new.keys():
        yield from _compared(f"policy {name}", old[name], None)
    for arn in _added(before.get("ManagedPolicyArns"), after.get("ManagedPolicyArns")):
        yield f"gets the policy {arn}", arn.endswith((":policy/AdministratorAccess", ":policy/PowerUserAccess"))
    old_boundary, new_boundary = before.get("PermissionsBoundary"), after.get("PermissionsBoundary")
    if old_boundary and old_boundary != new_boundary and not may_become(str(old_boundary), str(new_boundary)):
        yield f"PermissionsBoundary: {old_boundary} → {new_boundary or 'none'}", False


def _added(before: Any, after: Any) -> Iterator[str]:
    old, new = (
        [one for one in values if isinstance(one, str)] if isinstance(values, list) else []
        for values in (before, after)
    )
    gone = [one for one in old if one not in new]
    for one in sorted(new):
        if one not in old and not any(may_become(word, one) for word in gone):
            yield one.replace(UNKNOWN, "(known after apply)")


def _inline(held: Properties) -> dict[str, Any]:
    told = held.get("Policies")
    pairs = told if isinstance(told, list) else []
    return {str(one.get("PolicyName")): one.get("PolicyDocument") for one in pairs if isinstance(one, Mapping)}


def _document(type_: str, held: Properties, path: str) -> Any:
    """An endpoint without a policy lets everything through.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    found = at(held, *path.split("."))
    if found is not ABSENT:
        return found
    if type_ == "AWS::EC2::VPCEndpoint" and held:
        return {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}
    return None


def new_stacks(review: Review) -> frozenset[Path]:
    """The stacks that don't exist yet, with the root where nothing but additions is to be made."""
    added = {
        (*path, change.logical_id)
        for path, change in review.all()
        if change.is_nested_stack and change.kind is Kind.ADD
    }
    if all(change.kind is Kind.ADD for _, change in review.all()):
        added.add(())
    return frozenset(
        stack.path
        for stack in review.stacks
        if any(stack.path[:length] in added for length in range(len(stack.path) + 1))
    )


def _adds_to_others(type_: str) -> bool:
    """A resource of this type opens another, which may have been there before."""
    return type_.endswith("Policy") or type_ in RULES - {"AWS::EC2::SecurityGroup"}


def _is_watched(type_: str) -> bool:
    return type_ in DOCUMENTS or type_ in HOLDERS or type_ in RULES
