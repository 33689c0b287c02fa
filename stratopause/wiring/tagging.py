"""Tags on everything that can carry them.

CloudFormation copies a stack's tags to most resources, not to all; in the template they can be checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from troposphere import AWSObject, Tags

Resource = TypeVar("Resource", bound=AWSObject)

TAG_PROPERTIES: Final = ("Tags", "BackupPlanTags", "BackupVaultTags")
"""The properties that hold tags, as the provider schemas of AWS name them (`tagging.tagProperty`)."""


def tag(resource: Resource, tags: Mapping[str, str]) -> Resource:
    """Add `tags` to those that `resource` has; its own win."""
    for name in TAG_PROPERTIES:
        if name in resource.props and tags:
            own = _plain(resource.properties.get(name))
            merged = dict(sorted({**tags, **own}.items()))
            setattr(resource, name, merged if resource.props[name][0] is dict else Tags(**merged))
    return resource


def _plain(own: object) -> dict[str, str]:
    if isinstance(own, Tags):
        return {entry["Key"]: entry["Value"] for entry in own.to_dict()}
    return dict(own) if isinstance(own, dict) else {}
