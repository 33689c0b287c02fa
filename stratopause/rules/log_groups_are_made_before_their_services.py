"""The log groups that RDS and Container Insights write to are made before them.

A database that exports its logs, and a cluster with Container Insights, make the log group themselves if it isn't
there: without a key of the customer's, and kept for ever. A log group of the template that comes later fails, since one
of that name is there already.

The names are fixed: `/aws/rds/instance/<identifier>/<export>`, `/aws/rds/cluster/<identifier>/<export>`,
`/aws/docdb/<identifier>/<export>`, `/aws/neptune/<identifier>/<export>`,
`/aws/ecs/containerinsights/<cluster>/performance`.

**How to fix:** name the database or cluster, make a `Logs::LogGroup` of that name for each, and let the database or
cluster depend on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._known import at, known
from stratopause.rules._order import Order
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import Reference, is_known, lower, may_equal, shown

RULE = Rule(
    "E9506",
    "Log groups are made before the services that would make them",
    "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html",
    ("logs",),
)

_CLUSTER: Final = "AWS::ECS::Cluster"
_EXPORTS: Final = "EnableCloudwatchLogsExports"

_MOST: Final = 200
"""Log groups of which one or the other name isn't known, that are compared; with more, nothing is claimed."""


class Exporter(NamedTuple):
    """The property that names something, and what its log groups are called."""

    identifier: str
    log_group: str


_EXPORTERS: Final = {
    "AWS::RDS::DBInstance": Exporter("DBInstanceIdentifier", "/aws/rds/instance/{}/{}"),
    "AWS::RDS::DBCluster": Exporter("DBClusterIdentifier", "/aws/rds/cluster/{}/{}"),
    # https://docs.aws.amazon.com/documentdb/latest/developerguide/event-auditing.html
    "AWS::DocDB::DBCluster": Exporter("DBClusterIdentifier", "/aws/docdb/{}/{}"),
    # https://docs.aws.amazon.com/neptune/latest/userguide/cloudwatch-logs.html
    "AWS::Neptune::DBCluster": Exporter("DBClusterIdentifier", "/aws/neptune/{}/{}"),
}
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-performance-logs-ECS.html
_INSIGHTS: Final = Exporter("ClusterName", "/aws/ecs/containerinsights/{}/performance")


class _Use(NamedTuple):
    """A log group that something writes to, and where that is said."""

    resource: Resource
    name: str
    """Empty if it can't be known before, since CloudFormation chooses it."""
    what: str
    path: tuple[str | int, ...]
    identifier: str


def check(tree: Tree) -> Iterator[Problem]:
    uses = [*_exports(tree), *_insights(tree)]
    if uses:
        groups = _Groups(tree)
        for use in uses:
            why = groups.why_not(use)
            if why:
                yield use.resource.problem(
                    f"{use.resource.name} would make the log group of {use.what}: {why}", *use.path
                )


def _exports(tree: Tree) -> Iterator[_Use]:
    for resource in tree.resources(*_EXPORTERS):
        # An instance of a cluster logs through its cluster.
        if resource.type == "AWS::RDS::DBInstance" and resource.get("DBClusterIdentifier") is not None:
            continue
        exports = at(resource, _EXPORTS)
        for index, written in enumerate(exports if isinstance(exports, list) else ()):
            export = known(written)
            if export:
                yield _use(tree, resource, _EXPORTERS[resource.type], export, (_EXPORTS, index))


def _insights(tree: Tree) -> Iterator[_Use]:
    for cluster in tree.resources(_CLUSTER):
        settings = at(cluster, "ClusterSettings")
        for index, setting in enumerate(settings if isinstance(settings, list) else ()):
            if known(at(setting, "Name")) == "containerInsights" and known(at(setting, "Value")) in {
                "enabled",
                "enhanced",
            }:
                yield _use(tree, cluster, _INSIGHTS, "Container Insights", ("ClusterSettings", index, "Value"))


def _use(tree: Tree, resource: Resource, exporter: Exporter, what: str, path: tuple[str | int, ...]) -> _Use:
    identifier = resource.get(exporter.identifier)
    if identifier is None or identifier == "":
        return _Use(resource, "", what, path, exporter.identifier)
    # RDS keeps identifiers in lower case, clusters of ECS keep theirs.
    name = tree.identity(as_text(identifier))
    name = name if resource.type == _CLUSTER else lower(name)
    return _Use(resource, exporter.log_group.format(name, what), what, path, exporter.identifier)


class _Groups:
    """The log groups of a tree by name."""

    def __init__(self, tree: Tree) -> None:
        self._order = Order(tree)
        self._by_name: dict[str, list[Resource]] = {}
        for group in tree.resources("AWS::Logs::LogGroup"):
            name = group.get("LogGroupName")
            if name is not None:
                self._by_name.setdefault(_by_identity(tree, group, name), []).append(group)
        self._unclear = [name for name in self._by_name if not is_known(name)]

    def why_not(self, use: _Use) -> str:
        """Why the log group isn't there before; empty if it is, or may be."""
        if not use.name:
            return (
                f"its name can't be known before, since CloudFormation chooses it; write {use.identifier}, and make "
                "the log group before"
            )
        named = self._by_name.get(use.name, [])
        if any(self._order.before(group, use.resource) for group in named):
            return ""
        if named:
            return f"{named[0].name} isn't surely made before; let it depend on that"
        names = self._unclear if is_known(use.name) else [*self._by_name]
        if len(names) > _MOST or any(may_equal(name, use.name) for name in names):
            return ""
        return f"none that is called {shown(use.name)} is made before, with a key and an end"


def _by_identity(tree: Tree, group: Resource, name: object) -> str:
    return tree.identity(name) or str(Reference(group.place))
