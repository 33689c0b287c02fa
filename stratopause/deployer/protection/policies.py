"""Which resources no update may delete or replace, as stack policies. Pure: nothing here talks to AWS.

A stack policy guards only the resources of its own stack, so that each stack of a tree has one of its own.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from stratopause.deployer.changes import STATEFUL
from stratopause.deployer.errors import InvalidTemplates
from stratopause.deployer.stacks import NESTED_STACK, Path
from stratopause.deployer.templates import Artifact, Template, nested_stacks, parse

LONGEST: Final = 16_384
"""Characters of a stack policy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SetStackPolicy.html
"""
ALLOW: Final[Mapping[str, Any]] = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
"""Without it a policy denies every update of every resource."""

Tree = Mapping[Path, Template]


def name_of(path: Path) -> str:
    """`Database/Inner`; the root's is empty."""
    return "/".join(path)


def path_of(name: str) -> Path:
    return tuple(name.split("/")) if name else ()


def tree_of(artifacts: Sequence[Artifact]) -> dict[Path, Template]:
    """The templates as they nest each other; `artifacts` as `templates.address` gives them, the root last."""

    def below(path: Path, artifact: Artifact) -> dict[Path, Template]:
        template = parse(artifact.name, artifact.body)
        found = {path: template}
        for logical_id, url in nested_stacks(template):
            for child in artifacts:
                if url.endswith(child.key):
                    found |= below((*path, logical_id), child)
        return found

    return below((), artifacts[-1])


def guarded(tree: Tree) -> dict[Path, tuple[str, ...]]:
    """Logical ids of what holds data, by the stack; a nested stack holds what is in it."""
    found: dict[Path, tuple[str, ...]] = {}
    for path in sorted(tree, key=len, reverse=True):
        resources = tree[path]["Resources"]
        ids = (logical_id for logical_id, one in resources.items() if _holds(one, (*path, logical_id), found))
        if sorted_ids := tuple(sorted(ids)):
            found[path] = sorted_ids
    return found


def _holds(resource: Mapping[str, Any], place: Path, below: Mapping[Path, Any]) -> bool:
    kind = resource.get("Type")
    return kind in STATEFUL or (kind == NESTED_STACK and place in below)


def policy_for(logical_ids: Collection[str]) -> dict[str, Any]:
    """Every update is allowed but for those that delete or replace one of these."""
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["Update:Delete", "Update:Replace"],
        "Resource": [f"LogicalResourceId/{logical_id}" for logical_id in sorted(logical_ids)],
    }
    return {"Statement": [dict(ALLOW), deny] if logical_ids else [dict(ALLOW)]}


def wanted_policies(tree: Tree, allowed: Collection[str] = ()) -> dict[str, str]:
    """Bodies of the stack policies by their stack's path (`Database`), for the stacks that hold data.

    What is named in `allowed` (`Database/Instance`) is left out; so is a nested stack of which all that it holds is.

    Raises:
        InvalidTemplates: a stack holds too much for one policy.
    """
    held = guarded(tree)
    places = {path_of(name) for name in allowed}

    def is_allowed(place: Path) -> bool:
        return place in places or (place in held and all(is_allowed((*place, one)) for one in held[place]))

    left = {path: [one for one in ids if not is_allowed((*path, one))] for path, ids in held.items()}
    return {name_of(path): _body(name_of(path), ids) for path, ids in sorted(left.items())}


def _body(name: str, logical_ids: Collection[str]) -> str:
    body = json.dumps(policy_for(logical_ids), separators=(",", ":"))
    if len(body) > LONGEST:
        raise InvalidTemplates(
            f"{name or 'the root'} holds data in {len(logical_ids)} resources, too many for a stack policy of "
            f"{LONGEST:,} characters",
            "split the stack",
        )
    return body


def open_policy() -> str:
    """Allows every update; a stack policy that was set can't be taken away again."""
    return _body("", ())


def digest(stack_id: str, body: str) -> str:
    """SHA-256 in hexadecimal digits, of the root's id as well: a root that was made again has no policies yet."""
    return hashlib.sha256(f"{stack_id}\n{body}".encode()).hexdigest()
