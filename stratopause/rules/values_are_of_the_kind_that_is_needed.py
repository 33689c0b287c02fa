"""A property gets a value of the kind that it takes, through however many stacks it came.

CloudFormation passes text: it doesn't see that a key's id arrives where its ARN is needed, or a subnet where a
security group is. The service says so, in the middle of a deployment, or takes it and never finds what was meant. What
often goes wrong:

- `Ref` gives a key's id, a role's, log group's or bucket's name, but a topic's, load balancer's or secret's ARN.
- `!GetAtt LogGroup.Arn` ends in `:*`. CloudTrail and Step Functions want that; flow logs and AWS WAF want the ARN
  without.
- CloudWatch Logs and AWS Backup want a key's ARN; RDS, SNS, SQS and most others also take its id or alias.
- A metric's dimension is a load balancer's `LoadBalancerFullName`, not its ARN; a scalable target names a service by
  its `Name`.

Judged are references to resources of the tree, and literals whose shape is wrong.

**How to fix:** pass the attribute that the message names, and follow it back through the parameters and outputs that
it comes by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._kind_needs import BESIDE, DIMENSIONS, needed, words
from stratopause.rules._kinds import ARN, STARRED, Kind, fits, kinds, of_attribute, of_value, told, told_needed, way
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import BEGIN, is_literal, references

RULE = Rule(
    "E9003",
    "Values are of the kind that is needed",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html",
    ("tree", "parameters"),
)

# Policies and what is passed on as it is: names in them mean something else.
_FREE: Final = frozenset(
    {
        "AssumeRolePolicyDocument",
        "Body",
        "Content",
        "Definition",
        "DefinitionSubstitutions",
        "Environment",
        "EnvironmentVariables",
        "FilterPolicy",
        "KeyPolicy",
        "Parameters",
        "Policy",
        "PolicyDocument",
        "ResourcePolicy",
        "Tags",
        "Variables",
    }
)
# As a default of the root's parameter it says that a person fills in a value if there is one.
_NONE: Final = re.compile(r"n/?a|none|null|empty|unset|unspecified|undefined", re.IGNORECASE)
_METRICS_OF_AWS: Final = ("AWS/", "ECS/", "ContainerInsights")
_SCALED: Final = ("service/", "table/", "cluster:", "replication-group/", "endpoint/", "function:")


class _Leaf(NamedTuple):
    path: Path
    value: str
    needed: tuple[str, ...]


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources():
        what = resource.type.removeprefix("AWS::")
        if what != resource.type and not what.startswith("CloudFormation::"):
            for leaf in _leaves(what, resource.properties, (), ""):
                yield from _judged(tree, resource, leaf)
            yield from _within(tree, resource)


def _leaves(what: str, value: Any, path: Path, dotted: str) -> Iterator[_Leaf]:
    """Each text whose place says what it should be; lists count for nothing in a path of the tables."""
    if isinstance(value, str):
        if found := needed(what, dotted):
            yield _Leaf(path, value, found)
    elif isinstance(value, list):
        for at, part in enumerate(value):
            yield from _leaves(what, part, (*path, at), dotted)
    elif isinstance(value, dict):
        yield from _beside(what, value, path)
        yield from _dimensions(value, path)
        for name, part in value.items():
            if name not in _FREE:
                yield from _leaves(what, part, (*path, name), f"{dotted}.{name}" if dotted else str(name))


def _beside(what: str, value: Mapping[str, Any], path: Path) -> Iterator[_Leaf]:
    """A text that the word beside it says the kind of."""
    found = words(what)
    if found is None:
        return
    word, given = value.get(found[0]), value.get(found[1])
    if isinstance(word, str) and isinstance(given, str) and word in BESIDE[found]:
        yield _Leaf((*path, found[1]), given, BESIDE[found][word])


def _dimensions(value: Mapping[str, Any], path: Path) -> Iterator[_Leaf]:
    given, namespace = value.get("Dimensions"), value.get("Namespace")
    if not isinstance(given, list) or not isinstance(namespace, str) or not namespace.startswith(_METRICS_OF_AWS):
        return
    for at, one in enumerate(given):
        name, text = (one.get("Name"), one.get("Value")) if isinstance(one, dict) else (None, None)
        if isinstance(name, str) and isinstance(text, str) and name in DIMENSIONS:
            yield _Leaf((*path, "Dimensions", at, "Value"), text, DIMENSIONS[name])


def _judged(tree: Tree, resource: Resource, leaf: _Leaf) -> Iterator[Problem]:
    given, wanted = of_value(tree, leaf.value), kinds(leaf.needed)
    if not given or any(fits(one, other, leaf.value) for one in given for other in wanted):
        return
    if is_literal(leaf.value) and not _certain(tree, leaf.value, given[0]):
        return
    yield resource.problem(
        f"{resource.name} gets {told(tree, leaf.value, given[0])} as {_last_name(leaf.path)}, but needs "
        f"{told_needed(given[0], wanted)}{way(tree, leaf.value, given[0], wanted)}",
        *leaf.path,
    )


def _certain(tree: Tree, literal: str, given: Kind) -> bool:
    """Whether a literal is surely meant: no value that a scenario chose, no pattern, and no default of none."""
    if ("*" in literal and not given.what) or (_NONE.fullmatch(literal) and _is_default(tree, literal)):
        return False
    return not any(chosen and chosen in literal for chosen in tree.scenario.parameters.values())


def _is_default(tree: Tree, literal: str) -> bool:
    declared = tree.root.section("Parameters").values()
    return any(isinstance(one, dict) and one.get("Default") == literal for one in declared)


def _last_name(path: Path) -> str:
    return next((name for name in reversed(path) if isinstance(name, str)), "")


def _within(tree: Tree, resource: Resource) -> Iterator[Problem]:
    """ARNs in the middle of what names a service or table to scale: `service/${Cluster}/${Service.Name}`."""
    if resource.type not in {
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
    }:
        return
    text = resource.get("ResourceId")
    if not isinstance(text, str) or BEGIN not in text or not text.startswith(_SCALED):
        return
    for reference in references(text):
        source = tree.resource(reference.place)
        found = of_attribute(source.type, reference.attribute) if source else ()
        if source and found and all(one.form in {ARN, STARRED} for one in found):
            yield resource.problem(
                f"{resource.name} names what to scale by the ARN of {source.name}, but ResourceId takes names",
                "ResourceId",
            )
