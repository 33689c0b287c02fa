"""The tables of docs/security.md, held against production's templates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.test_key_access import encrypted
from tests.tree import Tree, many, tree, values

PAGE = Path(__file__).parents[1] / "docs" / "security.md"

Row = tuple[str, ...]
Way = tuple[str, str, str]
"""From which group, to which, and the port."""


def line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def listed(found: Iterable[str]) -> str:
    return ", ".join(sorted(found))


def services(statements: Iterable[dict[str, Any]]) -> set[str]:
    """Who stands in these statements as a service, by the short name."""
    found = [principal for one in statements for principal in many(one["Principal"].get("Service", []))]
    names = [principal["Fn::Sub"] if isinstance(principal, dict) else principal for principal in found]
    return {name.split(".$")[0].removesuffix(".amazonaws.com") for name in names}


def keys(platform: Tree) -> list[Row]:
    rows = []
    for key in platform.resources("AWS::KMS::Key"):
        policy = key.properties["KeyPolicy"]
        places = {resource.place for resource, _, found in encrypted(platform) if found is policy}
        vias = {via["Fn::Sub"].split(".")[0] for via in values(policy, "kms:ViaService")}
        lists = [listed(found) or "-" for found in (places, vias, services(policy["Statement"]))]
        rows.append((key.logical_id, *lists))
    return sorted(rows)


def roles(platform: Tree) -> list[Row]:
    may: dict[str, list[str]] = {}
    for policy in platform.resources("AWS::IAM::ManagedPolicy"):
        actions = [action for one in policy.properties["PolicyDocument"]["Statement"] for action in one["Action"]]
        for role in policy.properties["Roles"]:
            may.setdefault(platform.origin(policy.stack, role), []).extend(actions)
    rows = []
    for role in platform.resources("AWS::IAM::Role"):
        by_aws = [arn["Fn::Sub"].rsplit("/", 1)[1] for arn in role.properties.get("ManagedPolicyArns", [])]
        assumed_by = services(role.properties["AssumeRolePolicyDocument"]["Statement"])
        rows.append((role.place, listed(assumed_by), listed(may.get(role.place, []) + by_aws)))
    return sorted(rows)


def leaving(platform: Tree) -> set[Way]:
    """As the rules at the beginning of a way say."""
    found = set()
    for rule in platform.resources("AWS::EC2::SecurityGroupEgress"):
        to = rule.properties.get("DestinationSecurityGroupId")
        target = platform.origin(rule.stack, to) if to else "S3"
        found.add((platform.origin(rule.stack, rule.properties["GroupId"]), target, str(rule.properties["ToPort"])))
    return found


def entering(platform: Tree) -> set[Way]:
    """The same as the rules at the end say."""
    rules = [(rule.stack, rule.properties["GroupId"], rule.properties)
             for rule in platform.resources("AWS::EC2::SecurityGroupIngress")]  # fmt: skip
    for group in platform.resources("AWS::EC2::SecurityGroup"):
        inline = group.properties.get("SecurityGroupIngress", [])
        rules += [(group.stack, {"Ref": group.logical_id}, rule) for rule in inline]
    return {
        (platform.origin(stack, rule["SourceSecurityGroupId"]), platform.origin(stack, group), str(rule["ToPort"]))
        for stack, group, rule in rules
        if "SourceSecurityGroupId" in rule
    }


def ways(platform: Tree) -> list[Way]:
    return sorted(leaving(platform))


@pytest.mark.parametrize("table", [keys, roles, ways], ids=lambda table: table.__name__)
def test_the_page_says_what_the_templates_say(table: Any) -> None:
    name = table.__name__
    written = PAGE.read_text().split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0]
    assert written.splitlines()[2:] == [line(row) for row in table(tree("production"))]


@pytest.mark.parametrize("name", ["dev", "local", "production", "staging"])
def test_every_way_between_two_groups_is_open_at_both_ends(name: str) -> None:
    """Open at one, it is a way that fails at run time; open at the other, a hole that nobody uses."""
    platform = tree(name)
    assert {way for way in leaving(platform) if way[1] != "S3"} == entering(platform)
