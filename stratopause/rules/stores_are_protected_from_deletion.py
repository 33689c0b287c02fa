"""Protection against deletion is on where a type has it.

A database, table or pool of users that is protected can't be deleted by a call of the API, by the console, or by
CloudFormation: the service refuses until the protection is taken off, in a step of its own. The default is off, but for
ledgers of QLDB, graphs of Neptune and stores of CloudTrail events.

Instances of an Aurora cluster are protected by their cluster; read replicas can be made again.

**How to fix:** `DeletionProtection: true`; for tables `DeletionProtectionEnabled: true` (of a global table in each
replica), for pools of users `DeletionProtection: ACTIVE`, for stores of events `TerminationProtectionEnabled: true`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._settings import flag, literal, objects
from stratopause.rules._stores import is_copy
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9403",
    "Data stores are protected against deletion",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html#USER_DeleteInstance.DeletionProtection",
    ("data",),
)


class Protection(NamedTuple):
    property: str = "DeletionProtection"
    default: bool = False


_PROTECTIONS: Final = {
    "AWS::RDS::DBInstance": Protection(),
    "AWS::RDS::DBCluster": Protection(),
    "AWS::RDS::GlobalCluster": Protection(),
    "AWS::DocDB::DBCluster": Protection(),
    "AWS::DocDB::GlobalCluster": Protection(),
    "AWS::Neptune::DBCluster": Protection(),
    "AWS::Neptune::GlobalCluster": Protection(),
    "AWS::NeptuneGraph::Graph": Protection(default=True),
    "AWS::QLDB::Ledger": Protection(default=True),
    "AWS::DSQL::Cluster": Protection("DeletionProtectionEnabled", default=True),
    "AWS::DynamoDB::Table": Protection("DeletionProtectionEnabled"),
    "AWS::CloudTrail::EventDataStore": Protection("TerminationProtectionEnabled", default=True),
}
"""What isn't written is judged by the default, where that is known to be on it is fine."""

_POOL: Final = "AWS::Cognito::UserPool"
_GLOBAL_TABLE: Final = "AWS::DynamoDB::GlobalTable"


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources(*_PROTECTIONS):
        name, default = _PROTECTIONS[resource.type]
        if not is_copy(resource) and flag(resource.get(name), default=default) is False:
            yield _problem(resource, f"{name}: true", name)
    for pool in tree.resources(_POOL):
        if _is_inactive(pool.get("DeletionProtection", default="INACTIVE")):
            yield _problem(pool, "DeletionProtection: ACTIVE", "DeletionProtection")
    for table in tree.resources(_GLOBAL_TABLE):
        yield from _of_replicas(table)


def _is_inactive(value: Any) -> bool:
    return literal(value) == "INACTIVE"


def _of_replicas(table: Resource) -> Iterator[Problem]:
    for at, replica in enumerate(objects(table.get("Replicas"))):
        if flag(replica.get("DeletionProtectionEnabled")) is False:
            yield _problem(
                table,
                "DeletionProtectionEnabled: true in each replica",
                "Replicas",
                at,
                "DeletionProtectionEnabled",
            )


def _problem(resource: Resource, remedy: str, *path: str | int) -> Problem:
    return resource.problem(f"{resource.name} can be deleted by a single call; write {remedy}", *path)
