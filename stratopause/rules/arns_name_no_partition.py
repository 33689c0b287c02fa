"""ARNs name the partition that they are in as `AWS::Partition`.

In China and in GovCloud ARNs begin with `arn:aws-cn:` and `arn:aws-us-gov:`. A template that says `arn:aws:` of its own
account and region, of a bucket or of a policy of AWS can't be deployed there, or gives a policy that speaks of nothing.
An ARN that names a region and an account as they are, such as a certificate's or another account's vault's, is of one
thing in one partition, and is left alone; in `Fn::Sub`, where the partition can be put in as well, it isn't.

**How to fix:** `Fn::Sub` of `arn:${AWS::Partition}:…`; for a resource of the template its own ARN, by `Fn::GetAtt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.tree.model import Path, Problem, Tree

RULE = Rule(
    "W9308",
    "ARNs name no partition but the one they are in",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
    ("templates",),
)

_VARIABLE: Final = re.compile(r"\$\{[^}]{0,500}\}")
_ARN: Final = re.compile(
    r"(?<![\w-])arn:(aws(?:-[a-z]{1,10}){0,3}):(?:([^:\s\"']{0,100}):([^:\s\"']{0,100}):([^:\s\"',]*))?"
)
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+){1,3}-\d")
_ACCOUNT: Final = re.compile(r"\d{12}")
_PARTITION: Final = re.compile(r"aws(-[a-z]+)*")
_SAID: Final = ("Description", "Comment", "Tags")
"""What is only for people to read."""


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources():
        for path, partition in _named(resource.body.get("Properties"), ()):
            yield resource.problem(
                f"{resource.name} names the partition {partition} in an ARN; write ${{AWS::Partition}} instead", *path
            )


def _named(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Every text that names a partition, and where it stands."""
    todo = [(value, path)]
    while todo:
        value, path = todo.pop()
        if isinstance(value, str):
            partition = _partition(value, is_composed=_is_in_sub(path))
            if partition:
                yield path, partition
        elif isinstance(value, dict):
            if _is_choice(value.get("Fn::If")):
                continue
            joined = _joined(value.get("Fn::Join"))
            if joined:
                yield path, joined
            todo += [(part, (*path, name)) for name, part in value.items() if not str(name).endswith(_SAID)]
        elif isinstance(value, list):
            todo += [(part, (*path, at)) for at, part in enumerate(value)]


def _is_choice(argument: Any) -> bool:
    """Whether a condition chooses between partitions."""
    if not isinstance(argument, list) or len(argument) != 3:
        return False
    one, other = ({match[1] for match in _ARN.finditer(str(part)[:10_000])} for part in argument[1:])
    return bool(one and other and one != other)


def _is_in_sub(path: Path) -> bool:
    """Whether a text is the one that `Fn::Sub` puts variables into."""
    return path[-1:] == ("Fn::Sub",) or path[-2:] == ("Fn::Sub", 0)


def _partition(text: str, *, is_composed: bool) -> str:
    """The partition that a text names, unless what it is of is all named."""
    if "arn:aws" not in text:
        return ""
    for partition, _, region, account in _ARN.findall(_VARIABLE.sub("$", text)):
        if is_composed or not _is_of_one_place(region, account):
            return str(partition)
    return ""


def _is_of_one_place(region: str, account: str) -> bool:
    if region and not _REGION.fullmatch(region):
        return False
    return bool(_ACCOUNT.fullmatch(account)) or (bool(region) and account in ("", "aws"))


def _joined(argument: Any) -> str:
    """The partition of an ARN that is put together of its parts."""
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[1], list):
        return ""
    begin, parts = argument[0], argument[1]
    if begin != ":" or len(parts) < 2 or parts[0] != "arn" or not isinstance(parts[1], str):
        return ""
    fields = [part if isinstance(part, str) else "$" for part in [*parts[3:5], "", ""]]
    named = _PARTITION.fullmatch(parts[1])
    return parts[1] if named and not _is_of_one_place(fields[0], fields[1]) else ""
