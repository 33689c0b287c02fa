"""No key is deleted with its stack, or when it is replaced.

CloudFormation deletes a key with its stack unless the template says otherwise, and when a change such as another
`KeySpec` makes it a new one. With the key goes everything that was ever encrypted with it: snapshots, backups, archives
and whatever else outlived the stack. Nobody can get that back, AWS neither.

**How to fix:** give every key

    DeletionPolicy: RetainExceptOnCreate   # or Retain
    UpdateReplacePolicy: Retain

`RetainExceptOnCreate` still cleans up after a creation that failed; it isn't allowed as `UpdateReplacePolicy`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule, _keys
from stratopause.tree import evaluation
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import is_known, shown

RULE = Rule(
    "E9105",
    "No key is deleted with its stack, or when it is replaced",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
    ("keys",),
)

_KEEPING: Final = {
    "DeletionPolicy": (("Retain", "RetainExceptOnCreate"), "its stack is deleted"),
    "UpdateReplacePolicy": (("Retain",), "it is replaced"),
}


def check(tree: Tree) -> Iterator[Problem]:
    for key in tree.resources(*_keys.KEYS):
        for attribute, (keeping, when) in _KEEPING.items():
            policy = _policy(key, attribute)
            if is_known(policy) and policy not in keeping:
                message = f"{key.name} is deleted when {when}: its {attribute} is {policy}, not {' or '.join(keeping)}"
                yield key.attribute_problem(shown(message), attribute)


def _policy(key: Resource, attribute: str) -> str:
    written = key.body.get(attribute)
    return "Delete" if written is None else evaluation.as_text(evaluation.resolve(key.stack, written))
