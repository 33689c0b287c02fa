"""Every VPC logs its flows, accepted and rejected.

Without flow logs nobody can say afterwards who connected to what, which HIPAA's audit controls (45 CFR 164.312(b)) ask.
A log of only what was rejected doesn't tell who got in, and one of only what was accepted doesn't tell who tried.

**How to fix:** an `AWS::EC2::FlowLog` with the VPC as `ResourceId`, `ResourceType: VPC` and `TrafficType: ALL`. Flow
logs of all of its subnets do as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import is_known

RULE = Rule(
    "E9208",
    "VPCs log their flows",
    "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html",
    ("reach", "logs"),
)

_TYPES = {"AWS::EC2::VPC": "VPC", "AWS::EC2::Subnet": "Subnet"}


def check(tree: Tree) -> Iterator[Problem]:
    logs = list(tree.resources("AWS::EC2::FlowLog"))
    if any(not is_known(as_text(log.get("ResourceId"))) for log in logs):
        return
    logged = {source.place for log in logs if (source := _logged(tree, log))} | tree.handed_out
    traffics = _traffics(tree, logs)
    for log in logs:
        source = _logged(tree, log)
        if source and not _is_all(traffics[source.place]):
            traffic = _traffic(log)
            yield log.problem(f"{log.name} logs {traffic} only; ALL tells who got in and who tried", "TrafficType")
    subnets: dict[str, set[str]] = {}
    for subnet in tree.resources("AWS::EC2::Subnet"):
        if vpc := tree.source(subnet.get("VpcId")):
            subnets.setdefault(vpc.place, set()).add(subnet.place)
    for vpc in tree.resources("AWS::EC2::VPC"):
        inside = subnets.get(vpc.place)
        if vpc.place not in logged and not (inside and inside <= logged):
            yield vpc.problem(
                f"{vpc.name} doesn't log its flows; add a FlowLog of it, of ResourceType VPC and TrafficType ALL"
            )


def _traffic(log: Resource) -> str:
    return as_text(log.get("TrafficType", default="nothing, as it names no TrafficType"))


def _traffics(tree: Tree, logs: list[Resource]) -> dict[str, set[str]]:
    """What all logs of the same together log, by its place."""
    found: dict[str, set[str]] = {}
    for log in logs:
        if source := _logged(tree, log):
            found.setdefault(source.place, set()).add(_traffic(log))
    return found


def _is_all(traffics: set[str]) -> bool:
    return "ALL" in traffics or {"ACCEPT", "REJECT"} <= traffics or not all(map(is_known, traffics))


def _logged(tree: Tree, log: Resource) -> Resource | None:
    """What a flow log is of, if its type says so too."""
    source = tree.source(log.get("ResourceId"))
    if source is None or source.type not in _TYPES:
        return None
    return source if as_text(log.get("ResourceType", default="")) == _TYPES[source.type] else None
