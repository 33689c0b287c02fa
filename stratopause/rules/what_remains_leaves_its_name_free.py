"""What outlives its stack, and a secret, has no name that the next creation would want again.

What is retained keeps its name. When the stack is made anew, after a failed first creation or a disaster, it wants the
name again, and fails:

> already exists

A secret is deleted only after 7 to 30 days, and until then

> You can't create this secret because a secret with this name is already scheduled for deletion.

`${AWS::StackName}` doesn't help in a root: the next stack is called the same. In a nested stack it does, since
CloudFormation adds something random.

**How to fix:** leave the name to CloudFormation, or add a part of the stack's id, which differs each time:
`!Select [0, !Split ["-", !Select [2, !Split ["/", !Ref AWS::StackId]]]]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._names import among, named, stacks
from stratopause.tree import evaluation
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import ACCOUNT, BEGIN, PARTITION, REGION, STACK_NAME, URL_SUFFIX, shown

RULE = Rule(
    "W9010",
    "What outlives its stack has no name that would be wanted again",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
    ("names",),
)

_DELAYED: Final = "AWS::SecretsManager::Secret"
_SAME_AGAIN: Final = (ACCOUNT, PARTITION, REGION, STACK_NAME, URL_SUFFIX)


def check(tree: Tree) -> Iterator[Problem]:
    for one in named(tree):
        delayed = one.resource.type == _DELAYED
        if (delayed or _remains(one.resource)) and all(map(_comes_again, (one.name, *among(tree, one)))):
            why = "is deleted only after days" if delayed else "outlives its stack"
            yield one.resource.problem(
                f"{one.resource.name} {why}, and the next creation would want its name {shown(one.name)} again",
                *one.path,
            )


def _remains(resource: Resource) -> bool:
    """Whether it is retained, or a nested stack that it is in."""
    for stack, logical_id in stacks(resource):
        body = stack.section("Resources").get(logical_id)
        policy = evaluation.resolve(stack, body.get("DeletionPolicy")) if isinstance(body, dict) else None
        if isinstance(policy, str) and policy in {"Retain", "RetainExceptOnCreate"}:
            return True
    return False


def _comes_again(name: str) -> bool:
    """Whether nothing in a name differs from one creation to the next."""
    for token in _SAME_AGAIN:
        name = name.replace(token, "")
    return BEGIN not in name
