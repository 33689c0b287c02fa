"""What AWS Backup keeps of a resource: the plans whose selections name it, by its ARN or by its tags.

https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stratopause.rules._settings import flag, literal, number, objects
from stratopause.tree import identity
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Resource, Tree
from stratopause.tree.policies import many, texts
from stratopause.tree.text import ACCOUNT, BEGIN, END, PARTITION, REGION, Reference, is_known, may_be, may_equal

PLAN: Final = "AWS::Backup::BackupPlan"
SELECTION: Final = "AWS::Backup::BackupSelection"
VAULT: Final = "AWS::Backup::BackupVault"
AIR_GAPPED: Final = "AWS::Backup::LogicallyAirGappedBackupVault"

FOR_EVER: Final = 1_000_000
MOST_LOOKS: Final = 5_000

_ARNS: Final = {
    "AWS::RDS::DBInstance": "rds:{place}:db:",
    "AWS::RDS::DBCluster": "rds:{place}:cluster:",
    "AWS::DocDB::DBCluster": "rds:{place}:cluster:",
    "AWS::Neptune::DBCluster": "rds:{place}:cluster:",
    "AWS::DynamoDB::Table": "dynamodb:{place}:table/",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{place}:table/",
    "AWS::EFS::FileSystem": "elasticfilesystem:{place}:file-system/",
    "AWS::FSx::FileSystem": "fsx:{place}:file-system/",
    "AWS::FSx::Volume": "fsx:{place}:volume/",
    "AWS::DSQL::Cluster": "dsql:{place}:cluster/",
    "AWS::EC2::Instance": "ec2:{place}:instance/",
    "AWS::EC2::Volume": "ec2:{place}:volume/",
    "AWS::EKS::Cluster": "eks:{place}:cluster/",
    "AWS::Redshift::Cluster": "redshift:{place}:cluster:",
    "AWS::RedshiftServerless::Namespace": "redshift-serverless:{place}:namespace/",
    "AWS::Timestream::Table": "timestream:{place}:database/",
    "AWS::S3::Bucket": "s3:::",
}
"""The types that AWS Backup takes, each with its ARN up to the name.

https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-feature-availability.html
"""
TAKEN: Final = tuple(_ARNS)
MAKERS: Final = (
    *("AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::EC2Fleet", "AWS::EC2::LaunchTemplate", "AWS::EC2::SpotFleet"),
    "AWS::EKS::Nodegroup",
)
"""What makes instances and volumes, and tags them."""


def tags(resource: Resource) -> dict[str, str]:
    """Its own tags and those of the nested stacks that it is in."""
    found: dict[str, str] = {}
    stack = resource.stack
    while stack.parent is not None:
        nesting = stack.parent.resources.get(stack.place.rpartition("/")[2])
        found = {**(_tags(nesting.get("Tags")) if nesting else {}), **found}
        stack = stack.parent
    for name in ("Tags", "FileSystemTags"):
        found |= _tags(resource.get(name))
    return found


def _tags(value: Any) -> dict[str, str]:
    if isinstance(value, dict) and "Key" not in value:
        return {str(key): as_text(one) for key, one in value.items()}
    return {as_text(one["Key"]): as_text(one.get("Value", "")) for one in objects(value) if "Key" in one}


def rules(plan: Resource) -> list[dict[str, Any]]:
    """The rules of a plan that are objects."""
    return objects(plan.get("BackupPlan", "BackupPlanRule"))


def kept_days(rule: Mapping[str, Any]) -> int | None:
    """For how long a rule keeps what it makes; None if that isn't known."""
    lifecycle = rule.get("Lifecycle")
    if isinstance(lifecycle, str):
        return None
    found = lifecycle.get("DeleteAfterDays") if isinstance(lifecycle, Mapping) else None
    return number(found, default=FOR_EVER)


class Selections:
    """The selections of a tree, by their plan, and what they take.

    In a tree with more resources and patterns than any account has, all is taken for selected.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.all = [*tree.resources(SELECTION)]
        self.by_plan: dict[str, list[Resource]] = {}
        self.of_unknown: list[Resource] = []
        self.looks = MOST_LOOKS
        for selection in self.all:
            of = selection.get("BackupPlanId")
            if plan := tree.source(of):
                self.by_plan.setdefault(plan.place, []).append(selection)
            elif of is not None and not is_known(as_text(of)):
                self.of_unknown.append(selection)

    def of(self, plan: Resource) -> list[Resource]:
        """With those that may be of any plan."""
        return [*self.by_plan.get(plan.place, ()), *self.of_unknown]

    def covering(self, resource: Resource) -> Iterator[tuple[int | None, bool]]:
        """For each rule that backs a resource up: how many days that is kept, and whether it is continuous."""
        for selection in self.all if resource.type in _ARNS else ():
            if not self.takes(selection, resource):
                continue
            plan = self.tree.source(selection.get("BackupPlanId"))
            if plan is None or plan.type != PLAN or self.looks <= 0:
                yield None, True
            else:
                for rule in rules(plan):
                    yield kept_days(rule), flag(rule.get("EnableContinuousBackup")) is not False

    def takes(self, selection: Resource, resource: Resource) -> bool:
        """Whether a selection may take a resource."""
        found = selection.get("BackupSelection")
        if not isinstance(found, dict) or self.looks <= 0:
            return found is not None
        self.looks -= 1
        own = tags(resource)
        if self._named(found.get("NotResources"), resource, certainly=True):
            return False
        if _any_tag(found.get("ListOfTags"), own):
            return True
        named = says_nothing(found, "Resources", "ListOfTags") or self._named(found.get("Resources"), resource)
        return named and _conditions_may_hold(found.get("Conditions"), own)

    def _named(self, patterns: Any, resource: Resource, *, certainly: bool = False) -> bool:
        arn = ""
        for pattern in texts(patterns):
            if pattern == "*" or self.tree.source(pattern) is resource:
                return True
            if (certainly and not is_known(pattern)) or _is_of_another_service(pattern, resource):
                continue
            self.looks -= 1
            arn = arn or _arn(self.tree, resource)
            if may_be(self.tree.identity(pattern), arn):
                return True
        return False


def _is_of_another_service(pattern: str, resource: Resource) -> bool:
    """Which an ARN says in its third part; the token of a partition has colons of its own."""
    found = _SERVICE.match(pattern)
    return found is not None and found[1] != _ARNS.get(resource.type, "").partition(":")[0]


_SERVICE: Final = re.compile(f"arn:(?:{BEGIN}[^{END}]*{END}|[^:{BEGIN}]*):([a-z0-9-]+):")


def says_nothing(selection: Mapping[str, Any], *names: str) -> bool:
    """Then AWS Backup tries to take everything.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
    """
    return not any(selection.get(name) for name in names)


def by_tags_only(selection: Resource) -> bool:
    """Whether nothing but tags says what is selected: no ARN, or only ones with wildcards that tags narrow."""
    found = selection.get("BackupSelection")
    if not isinstance(found, dict):
        return False
    names = texts(found.get("Resources"))
    if found.get("ListOfTags"):
        return not names
    return bool(found.get("Conditions")) and all("*" in name for name in names)


def _arn(tree: Tree, resource: Resource) -> str:
    if resource.type in identity.NAMINGS:
        return identity.arn(tree, resource)
    place = f"{REGION}:{ACCOUNT}"
    return f"arn:{PARTITION}:{_ARNS[resource.type].format(place=place)}{Reference(resource.place)}"


def _any_tag(conditions: Any, found: Mapping[str, str]) -> bool:
    """Of a ListOfTags one is enough."""
    return any(_has(found, one.get("ConditionKey"), one.get("ConditionValue")) for one in objects(conditions))


def _has(found: Mapping[str, str], key: Any, value: Any) -> bool:
    name = as_text(key).removeprefix("aws:ResourceTag/")
    if not is_known(name):
        return True
    return name in found and may_equal(found[name], as_text(value))


def _conditions_may_hold(conditions: Any, found: Mapping[str, str]) -> bool:
    """Of Conditions all must hold; only StringEquals is judged."""
    equal = conditions.get("StringEquals") if isinstance(conditions, dict) else None
    return all(_has(found, one.get("ConditionKey"), one.get("ConditionValue")) for one in objects(equal))


def lifecycle_tags(tree: Tree) -> Iterator[tuple[Resource, dict[str, str]]]:
    """The policies of Data Lifecycle Manager, with the tags of what they snapshot."""
    for policy in tree.resources("AWS::DLM::LifecyclePolicy"):
        yield policy, _tags(policy.get("PolicyDetails", "TargetTags"))


def is_snapshotted(tree: Tree, volume: Resource) -> bool:
    """Whether Data Lifecycle Manager may snapshot a volume, by itself or with its instance."""
    own = tags(volume)
    for policy, wanted in lifecycle_tags(tree):
        kinds = {literal(one) for one in many(policy.get("PolicyDetails", "ResourceTypes"))}
        if kinds != {"VOLUME"} or any(key in own and may_equal(own[key], value) for key, value in wanted.items()):
            return True
    return False
