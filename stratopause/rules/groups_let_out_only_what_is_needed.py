"""A security group lets out only what is needed: to any address nothing but HTTPS.

Whoever gets into a task or an instance will send what it finds somewhere. A group that declares no outward rule in
itself is given one that lets everything out to everywhere, and rules that are resources of their own
(`AWS::EC2::SecurityGroupEgress`) don't take that away.

**How to fix:** name in `SecurityGroupEgress` where connections go: other groups, prefix lists, addresses of the VPC. A
group that lets nothing out, or has its rules elsewhere, needs one that leads nowhere, such as all of `127.0.0.1/32`, so
that it isn't given the one for everything. To any address only TCP 443 may go.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.tree.model import Problem, Tree
from stratopause.tree.network import Opening, block, is_internet

RULE = Rule(
    "E9207",
    "Security groups let out only what is needed",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html",
    ("reach",),
)


def check(tree: Tree) -> Iterator[Problem]:
    for opening in tree.network.openings:
        if opening.outward and opening.peer.kind == "addresses" and is_internet(block(opening.peer.value)):
            if not opening.path and opening.resource is opening.group:
                yield opening.group.problem(
                    f"{opening.group.name} declares no outward rule, so it lets everything out to everywhere; "
                    "name in SecurityGroupEgress where its connections go",
                    "SecurityGroupEgress",
                )
            elif not _is_https(opening):
                yield opening.resource.problem(
                    f"{opening.group.name} lets {opening.said} out to any address ({opening.peer.value}); "
                    "only HTTPS (TCP 443) may go there: name the group, prefix list or addresses that are needed",
                    *opening.path,
                )


def _is_https(opening: Opening) -> bool:
    if opening.protocol == "?" or (opening.protocol == "tcp" and not opening.certain):
        return True  # it isn't known what
    return opening.protocol == "tcp" and opening.ports == (443, 443)
