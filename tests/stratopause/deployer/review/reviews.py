"""Changes as CloudFormation tells them."""

from __future__ import annotations

import json
from typing import Any

from stratopause.deployer.changes import ChangeSet, PropertyChange, ResourceChange, Review, StackChanges
from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.deployer.stacks import NESTED_STACK

ROOT: tuple[str, ...] = ()
AUTOMATIC = PropertyChange("/Properties", requires_recreation="Never", evaluation="Dynamic", source="Automatic")


def whole(_attributes: Any = None, **properties: Any) -> str:
    """A context."""
    return json.dumps({"Properties": properties, **(_attributes or {})})


def written(path: str, before: str | None = "old", after: str | None = "new", **more: str) -> PropertyChange:
    """Somebody wrote another value into the template."""
    return PropertyChange(
        f"/Properties/{path}",
        before=before,
        after=after,
        **{"kind": "Modify", "evaluation": "Static", "source": "DirectModification", **more},
    )


def given(
    path: str, cause: str, before: str | None = "arn:old", after: str | None = UNKNOWN, **more: str
) -> PropertyChange:
    """The value comes from another resource."""
    return PropertyChange(
        f"/Properties/{path}",
        before=before,
        after=after,
        cause=cause,
        **{"kind": "Modify", "evaluation": "Dynamic", "source": "ResourceAttribute", **more},
    )


def modify(logical_id: str, *details: PropertyChange, type_: str = "AWS::SNS::Topic", **more: Any) -> ResourceChange:
    return ResourceChange(logical_id, type_, "Modify", more.pop("replacement", "False"), details=details, **more)


def add(logical_id: str, type_: str = "AWS::SNS::Topic", **more: Any) -> ResourceChange:
    return ResourceChange(logical_id, type_, "Add", **more)


def remove(
    logical_id: str, type_: str = "AWS::SNS::Topic", policy_action: str = "Delete", **more: Any
) -> ResourceChange:
    return ResourceChange(logical_id, type_, "Remove", policy_action=policy_action, **more)


def nest(logical_id: str, *details: PropertyChange) -> ResourceChange:
    return modify(
        logical_id,
        AUTOMATIC,
        *details,
        type_=NESTED_STACK,
        change_set_id=f"arn:{logical_id}",
        physical_id=f"arn:stack/{logical_id}",
    )


def passed(logical_id: str, parameter: str, cause: str) -> ResourceChange:
    """A nested stack that takes another's output as `parameter`."""
    return nest(logical_id, given(f"Parameters/{parameter}", cause))


def taken(path: str, parameter: str, **more: str) -> PropertyChange:
    """What comes from a parameter."""
    return given(path, parameter, source="ParameterReference", **more)


def review(*root: ResourceChange, **nested: tuple[ResourceChange, ...]) -> Review:
    """Of a tree of two levels; `nested` by the logical id of the nested stack."""
    stacks = (StackChanges((), root), *(StackChanges((name,), changes) for name, changes in nested.items()))
    return Review(ChangeSet("arn:root", "arn:stack/root", "CREATE_COMPLETE", name="deploy-1"), stacks)
