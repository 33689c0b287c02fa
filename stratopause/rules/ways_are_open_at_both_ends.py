"""A way between two security groups is open at both ends, for the same ports.

Who connects needs a rule that lets the connection out, and who is connected to needs one that lets it in. If one of the
two is missing, or is for another port or protocol, nothing fails while the stacks are made: the connection times out.

A rule that names a group of the tree is held against all rules of that group, wherever they are declared, those by
addresses as well. A group that declares no outward rule in itself lets everything out.

**How to fix:** add the rule at the other end (`AWS::EC2::SecurityGroupIngress` where connections are let in,
`AWS::EC2::SecurityGroupEgress` where they are let out), or give both the same protocol and ports, or take the rule away
if nobody goes that way.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.tree.model import Problem, Tree
from stratopause.tree.network import ANYTHING, Opening

RULE = Rule(
    "E9201",
    "Ways between security groups are open at both ends",
    "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
    ("reach",),
)


def check(tree: Tree) -> Iterator[Problem]:
    for opening in tree.network.openings:
        if opening.peer.kind == "group":
            answers = tree.network.answers(opening)
            if not all(ports.take(opening.protocol, *opening.ports) for ports in answers):
                yield _problem(tree, opening, whole=True)
            elif _is_exact(opening) and not all(ports.take_all(opening.protocol, *opening.ports) for ports in answers):
                yield _problem(tree, opening, whole=False)


def _is_exact(opening: Opening) -> bool:
    """Whether more than what the other end lets through is a mistake; to let everything out to one group is none."""
    return opening.certain and not (opening.outward and opening.ports == ANYTHING)


def _problem(tree: Tree, opening: Opening, *, whole: bool) -> Problem:
    other = tree.resource(opening.peer.value)
    name = other.name if other else opening.peer.value
    here, there = ("out to", "in from it") if opening.outward else ("in from", "out to it")
    by = "" if opening.group is opening.resource else f" by {opening.resource.name}"
    what = (
        f"which doesn't let that {there}; the way is open at one end only: open it there, too, or close it here"
        if whole
        else f"which lets less of that {there}; part of the way is open at one end only: give both the same ports"
    )
    return opening.resource.problem(
        f"{opening.group.name} lets {opening.said} {here} {name}{by}, {what}", *opening.path
    )
