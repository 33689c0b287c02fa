"""Whatever can hold patient data is encrypted with a key of the customer's.

Databases, file systems, volumes, buckets, queues, topics, streams, caches, backups and secrets; so is what is logged or
said of the data: Performance Insights keeps statements, a topic carries alerts. A key of the customer's is one that you
make, whose policy says who reads the data, and whose every use is in the trail. Where nothing is set many services take
a key of AWS's (`alias/aws/rds`), which every user of the account may use by way of the service, and some encrypt
nothing at all.

Not asked: what keeps no data of its own (a replica, an instance of a cluster, what is restored from a snapshot), and a
bucket that load balancers (ALB) or S3 deliver access logs to, which works only with S3's own encryption, `AES256`:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html

**How to fix:** name a key at the property that the message names, and set what switches the encryption on. Most of
these properties can't be changed later without replacing the resource.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule, _keys
from stratopause.rules._encryption import ENCRYPTIONS, Encryption
from stratopause.rules._log_targets import takes_logs_without_key
from stratopause.rules._settings import literal
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Path, Problem, Resource, Tree

RULE = Rule(
    "E9106",
    "Whatever can hold patient data is encrypted with a key of the customer's",
    "https://docs.aws.amazon.com/prescriptive-guidance/latest/aws-kms-best-practices/data-protection-encryption.html",
    ("keys",),
)


def check(tree: Tree) -> Iterator[Problem]:
    targets = takes_logs_without_key(tree)
    for type_, encryptions in ENCRYPTIONS.items():
        for resource in tree.resources(type_):
            if resource.place not in targets:
                for encryption in encryptions:
                    yield from _of_parts(resource, encryption)
    yield from _of_tasks(tree)


def _of_parts(resource: Resource, encryption: Encryption) -> Iterator[Problem]:
    """Of each part that is encrypted for itself, or of the whole."""
    if not encryption.each:
        yield from _lacking(resource, resource.properties, (), encryption)
        return
    parts = resource.get(*encryption.each)
    if not parts and not encryption.only_if:
        yield resource.problem(_message(resource, encryption, ".".join(map(str, encryption.each))), *encryption.each)
    for at, part in enumerate(parts if isinstance(parts, list) else []):
        if isinstance(part, dict):
            yield from _lacking(resource, part, (*encryption.each, at), encryption)


def _lacking(resource: Resource, part: Any, at: Path, encryption: Encryption) -> Iterator[Problem]:
    """The first thing that keeps a part from being encrypted with a key of the customer's."""
    if not _applies(part, encryption):
        return
    for name, allowed in encryption.needs.items():
        path = tuple(name.split("."))
        if not _is_one_of(_get(part, path), allowed, unknown=True):
            yield resource.problem(_message(resource, encryption, name, allowed), *at, *path)
            return
    if encryption.key:
        value = _get(part, encryption.key)
        name = ".".join(map(str, encryption.key))
        if value is None or value == "":
            yield resource.problem(_message(resource, encryption, name), *at, *encryption.key)
        elif _is_of_aws(value):
            message = f"{_subject(resource, encryption)} is encrypted with {as_text(value)}, a key of AWS's"
            yield resource.problem(f"{message}; name a key of yours at {name}", *at, *encryption.key)


def _applies(part: Any, encryption: Encryption) -> bool:
    if any(_get(part, tuple(name.split("."))) is not None for name in encryption.unless):
        return False
    return all(_is_one_of(_get(part, tuple(name.split("."))), values) for name, values in encryption.only_if.items())


def _get(value: Any, path: Path) -> Any:
    return next((found for _, found in _keys.values_at(value, path)), None)


def _is_one_of(value: Any, allowed: tuple[str, ...], *, unknown: bool = False) -> bool:
    """Whether a value is one of these; `unknown` says so of what isn't known."""
    if value is None or not allowed:
        return value is not None
    if isinstance(value, (dict, list)):
        return False
    text = literal(value)
    return unknown if text is None else text.lower() in {one.lower() for one in allowed}


def _is_of_aws(value: Any) -> bool:
    """https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk"""
    return isinstance(value, str) and (value.startswith(("alias/aws/", "aws/")) or ":alias/aws/" in value)


def _subject(resource: Resource, encryption: Encryption) -> str:
    return f"{encryption.what} of {resource.name}" if encryption.what else resource.name


def _message(resource: Resource, encryption: Encryption, name: str, allowed: tuple[str, ...] = ()) -> str:
    todo = encryption.instead or (f"set {name} to {' or '.join(allowed)}" if allowed else f"name one at {name}")
    return f"{_subject(resource, encryption)} isn't encrypted with a key of yours; {todo}"


def _of_tasks(tree: Tree) -> Iterator[Problem]:
    """The disks of tasks that Fargate runs, which the cluster's configuration names a key for.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-storage-encryption.html
    """
    for service in tree.resources("AWS::ECS::Service"):
        cluster = tree.source(service.get("Cluster"))
        if cluster is not None and cluster.type == "AWS::ECS::Cluster" and _is_on_fargate(service):
            yield from _lacking(cluster, cluster.properties, (), _TASKS)


_TASKS: Final = Encryption(
    ("Configuration", "ManagedStorageConfiguration", "FargateEphemeralStorageKmsKeyId"), what="the disk of every task"
)


def _is_on_fargate(service: Resource) -> bool:
    providers = service.get("CapacityProviderStrategy")
    named = [literal(_get(one, ("CapacityProvider",))) for one in (providers if isinstance(providers, list) else [])]
    return literal(service.get("LaunchType")) == "FARGATE" or any(str(name).startswith("FARGATE") for name in named)
