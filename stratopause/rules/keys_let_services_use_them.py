"""The policy of every key lets the services use it that need to.

A resource that is encrypted with a key works only if the key's policy lets its service do what it must: on behalf of
who uses the resource (`kms:ViaService`), or as a principal of its own (CloudWatch Logs, CloudTrail, Fargate, and who
publishes to an encrypted topic or queue). Whatever IAM allows, the key's policy has to allow it, too. CloudFormation
finds out in the middle of a deployment; of a log group it says

> The specified KMS key does not exist or is not allowed to be used with Arn …

and of an alarm to an encrypted topic nobody says anything: the message is dropped.

What each service needs is in `_key_needs.py`, with the page of AWS for each. A condition counts as well as an action:
the wrong region, account, service or encryption context, or a misspelt condition key, keeps the service out.
Load balancers (ALB) and S3's own access logs can't deliver to a bucket under a KMS key at all.

**How to fix:** add what the message names to the key's policy. For a log group:

    - Sid: LogGroups
      Effect: Allow
      Principal: {Service: !Sub "logs.${AWS::Region}.${AWS::URLSuffix}"}
      Action: [kms:Encrypt, kms:Decrypt, kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey]
      Resource: "*"
      Condition:
        ArnLike:
          kms:EncryptionContext:aws:logs:arn:
            !Sub "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"

For a service that acts on behalf of others:

    - Sid: UseViaRds
      Effect: Allow
      Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
      Action: [kms:Encrypt, kms:Decrypt, kms:ReEncrypt*, kms:GenerateDataKey*, kms:DescribeKey]
      Resource: "*"
      Condition:
        StringEquals:
          kms:CallerAccount: !Ref AWS::AccountId
          kms:ViaService: !Sub "rds.${AWS::Region}.amazonaws.com"

which ends so in China, too, and the same for `kms:CreateGrant` with `Bool: {kms:GrantIsForAWSResource: "true"}` in a
statement of its own: other actions never come with that key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule, _keys
from stratopause.rules._key_needs import (
    COPY_ACTIONS,
    COPY_DOC,
    DELIVERIES,
    NEEDS,
    PUBLISHERS,
    RECEIVERS,
    Context,
    Need,
    Publisher,
    itself,
    via_service,
)
from stratopause.rules._key_requests import Ask, Effort, Lack, lacks, who, why
from stratopause.tree import identity
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import ACCOUNT, PARTITION, REGION, STACK_NAME, references, unknown

RULE = Rule(
    "E9101",
    "The policy of every key lets the services use it that need to",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-services.html",
    ("keys",),
)

Asks = dict[Resource, list[Ask]]

_ANY: Final = unknown("anything")
_BUCKET: Final = "AWS::S3::Bucket"
_LONG_NAMES: Final = frozenset({"AWS::Logs::LogGroup", "AWS::SNS::Topic", "AWS::SQS::Queue"})


def check(tree: Tree) -> Iterator[Problem]:
    asks: Asks = {}
    effort = Effort()
    for key, ask in (*_needed(tree), *_published(tree), *_delivered(tree), *_distributed(tree)):
        asks.setdefault(key, []).append(ask)
    for key, found in asks.items():
        if _keys.is_judgeable(key):
            yield from _lacking(key, found, effort)
    yield from _copied(tree, effort)
    yield from _undeliverable(tree)


def _lacking(key: Resource, asks: list[Ask], effort: Effort) -> Iterator[Problem]:
    """What is lacking wherever it may be deployed: a literal region may be that one."""
    found = []
    for setting in _keys.settings(key):
        policy = _keys.policy(key, setting)
        found.append((policy, lacks(policy, asks, effort)))
        if not found[-1][1]:
            return
    policy, fewest = min(found, key=lambda one: len(one[1]))
    for lack in fewest:
        yield _problem(key, lack, why(policy, lack, effort))


def _problem(key: Resource, lack: Lack, reason: str) -> Problem:
    ask, actions = lack.ask, ", ".join(lack.actions)
    context = " and ".join(f"{name} = {value}" for name, value in ask.given.items() if "encryptioncontext" in name)
    under = f" under {context.replace('kms:encryptioncontext:', 'the encryption context ')}" if context else ""
    because = f" ({ask.because})" if ask.because else ""
    message = _keys.MADE_UP.shown(
        f"{ask.resource.name} is encrypted with {key.place}, whose policy has no statement that lets {who(ask.need)} "
        f"call {actions}{under.replace(_ANY, '*').replace('**', '*')}{because}: {reason}"
    )
    return ask.resource.problem(message, *ask.path)


def _needed(tree: Tree) -> Iterator[tuple[Resource, Ask]]:
    """What the resources need that are encrypted."""
    for type_, places in NEEDS.items():
        for resource in tree.resources(type_):
            for path, needs in places:
                for at, key in _keys_at(tree, resource, path):
                    yield from ((key, Ask(resource, at, need, _given(tree, resource, need))) for need in needs)


def _keys_at(tree: Tree, resource: Resource, path: Path) -> Iterator[tuple[Path, Resource]]:
    for at, value in _keys.values_at(resource.properties, path):
        if key := _keys.key_of(tree, value):
            yield at, key


def _given(tree: Tree, resource: Resource, need: Need) -> dict[str, str | None]:
    return {key: None if value is None else _filled(tree, resource, value) for key, value in need.context.items()}


def _filled(tree: Tree, resource: Resource, text: str) -> str:
    """A text about a resource with its name and ARN; of a name that CloudFormation chooses the middle is known."""
    if "{" not in text:
        return text
    naming = identity.NAMINGS.get(resource.type)
    named = naming is not None and resource.get(naming.property) not in (None, "")
    name = identity.name(tree, resource) if named else _generated(resource)
    arn = naming.arn.replace("{}", name) if naming else _ANY
    return text.replace("{name}", name).replace("{arn}", arn).replace("{…}", _ANY)


def _generated(resource: Resource) -> str:
    """The stack's name, the logical id and something random, for types whose names can be so long."""
    found = identity.chosen(resource, _ANY) if resource.type in _LONG_NAMES else []
    return found[-1].replace(STACK_NAME, _ANY) if found else _ANY


def _published(tree: Tree) -> Iterator[tuple[Resource, Ask]]:
    """What those need that send to an encrypted topic or queue; each once, however many alarms there are."""
    receivers = _by_identity(tree, *RECEIVERS)
    seen: set[tuple[str, str]] = set()
    for type_, publishers in PUBLISHERS.items():
        for resource in tree.resources(type_):
            for publisher in publishers:
                for receiver in _receivers(tree, resource, publisher, receivers):
                    if (publisher.principal, receiver.place) not in seen:
                        seen.add((publisher.principal, receiver.place))
                        yield from _publishing(tree, resource, publisher, receiver)


def _by_identity(tree: Tree, *types: str) -> dict[str, Resource]:
    found = {}
    for resource in tree.resources(*types):
        found[identity.name(tree, resource)] = found[identity.arn(tree, resource)] = resource
    return found


def _receivers(tree: Tree, of: Resource, publisher: Publisher, receivers: dict[str, Resource]) -> Iterator[Resource]:
    for path, value in _keys.values_at(of.properties, publisher.path):
        found = receivers.get(tree.identity(value)) if isinstance(value, str) else None
        # With a role it is the role that sends.
        if found is not None and not of.get(*path[:2], "RoleArn"):
            yield found


def _publishing(tree: Tree, of: Resource, publisher: Publisher, to: Resource) -> Iterator[tuple[Resource, Ask]]:
    property_, context, service, source = RECEIVERS[to.type]
    need = itself(
        publisher.principal,
        "Decrypt GenerateDataKey",
        source,
        {
            context: "{arn}",
            "aws:sourcearn": publisher.arn,
            "kms:viaservice": via_service(service),
        },
    )
    for path, key in _keys_at(tree, to, (property_,)):
        yield key, Ask(to, path, need, _given(tree, to, need), f"{of.place} sends to it")


def _delivered(tree: Tree) -> Iterator[tuple[Resource, Ask]]:
    """What the delivery of logs needs of the key of a bucket."""
    buckets = _by_identity(tree, _BUCKET)
    for type_, (path, source) in DELIVERIES.items():
        for resource in tree.resources(type_):
            for _, value in _keys.values_at(resource.properties, path):
                bucket = buckets.get(tree.identity(value).partition("/")[0]) if isinstance(value, str) else None
                if bucket is not None:
                    context: Context = {"aws:sourcearn": f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:{_ANY}"}
                    need = itself("delivery.logs.amazonaws.com", "GenerateDataKey", source, context)
                    yield from _of_bucket(tree, bucket, need, f"{resource.place} delivers to it")


def _distributed(tree: Tree) -> Iterator[tuple[Resource, Ask]]:
    """What CloudFront needs of the key of a bucket that it serves."""
    source = "AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html"
    context: Context = {"aws:sourcearn": f"arn:{PARTITION}:cloudfront::{ACCOUNT}:distribution/{_ANY}"}
    need = itself("cloudfront.amazonaws.com", "Decrypt", source, context)
    for resource in tree.resources("AWS::CloudFront::Distribution"):
        for _, origin in _keys.values_at(resource.properties, ("DistributionConfig", "Origins", "*")):
            if isinstance(origin, dict) and origin.get("OriginAccessControlId"):
                for found in references(str(origin.get("DomainName"))):
                    bucket = tree.resource(found.place)
                    if bucket is not None and bucket.type == _BUCKET:
                        yield from _of_bucket(tree, bucket, need, f"{resource.place} reads from it")


def _of_bucket(tree: Tree, bucket: Resource, need: Need, because: str) -> Iterator[tuple[Resource, Ask]]:
    for path, key in _bucket_keys(tree, bucket):
        yield key, Ask(bucket, path, need, need.context, because)


def _bucket_keys(tree: Tree, bucket: Resource) -> Iterator[tuple[Path, Resource]]:
    for path, _ in NEEDS[_BUCKET]:
        yield from _keys_at(tree, bucket, path)


_DATABASES: Final = ("AWS::RDS::DBCluster", "AWS::RDS::DBInstance")


def _copied(tree: Tree, effort: Effort) -> Iterator[Problem]:
    """What the account lacks that databases are copied to, where a key's policy says that it is another one."""
    plans = tree.resources("AWS::Backup::BackupPlan")
    copying = ("BackupPlan", "BackupPlanRule", "*", "CopyActions", "*", "DestinationBackupVaultArn")
    vaults = [vault for plan in plans for _, vault in _keys.values_at(plan.properties, copying)]
    for account in dict.fromkeys(_account_of_vault(vault) for vault in vaults):
        for database in tree.resources(*_DATABASES) if account else ():
            for path, key in _keys_at(tree, database, ("KmsKeyId",)):
                if _keys.is_judgeable(key):
                    need = Need(COPY_ACTIONS, COPY_DOC, via="*", account=account)
                    yield from _not_copied(key, Ask(database, path, need, {}, "backups are copied to it"), effort)


def _account_of_vault(arn: Any) -> str:
    parts = arn.rpartition(":backup-vault:")[0].rpartition(":") if isinstance(arn, str) else ("", "", "")
    return parts[2] if len(parts[2]) == 12 and parts[2].isdecimal() else ""


def _not_copied(key: Resource, ask: Ask, effort: Effort) -> Iterator[Problem]:
    setting = _keys.settings(key)[0]
    policy = _keys.policy_for(key, ask.need.account, setting)
    if policy.statements and ask.need.account != setting.account:
        for lack in lacks(policy, [ask], effort):
            yield _problem(key, lack, why(policy, lack, effort))


def _undeliverable(tree: Tree) -> Iterator[Problem]:
    """Logs that no policy lets in: their services deliver under the keys of S3 only.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    buckets = _by_identity(tree, _BUCKET)
    for resource, value in _log_targets(tree):
        bucket = buckets.get(tree.identity(value)) if isinstance(value, str) else None
        if bucket is not None:
            for path, key in _bucket_keys(tree, bucket):
                message = (
                    f"{bucket.name} is encrypted with {key.place}, but the access logs of {resource.place} go into it, "
                    "which are delivered only to a bucket encrypted with AES256 (SSE-S3)"
                )
                yield bucket.problem(message, *path)


def _log_targets(tree: Tree) -> Iterator[tuple[Resource, Any]]:
    for bucket in tree.resources(_BUCKET):
        yield bucket, bucket.get("LoggingConfiguration", "DestinationBucketName")
    for balancer in tree.resources("AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if balancer.get("Type", default="application") == "application":
            for _, one in _keys.values_at(balancer.properties, ("LoadBalancerAttributes", "*")):
                if isinstance(one, dict) and one.get("Key") in {"access_logs.s3.bucket", "connection_logs.s3.bucket"}:
                    yield balancer, one.get("Value")
