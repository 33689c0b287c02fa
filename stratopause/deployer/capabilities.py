"""Which capabilities a tree of templates needs.

They must cover every child: the root alone may have no IAM resource.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from stratopause.deployer.templates import Template

NAMES: Final = {
    "AWS::IAM::AccessKey": None,
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": None,
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::UserToGroupAddition": None,
}
"""The IAM types that need a capability, each with the property that makes it CAPABILITY_NAMED_IAM."""


def needed(templates: Iterable[Template]) -> tuple[str, ...]:
    """The capabilities to acknowledge for all of `templates`, sorted; at most one of the two for IAM."""
    found = {capability for template in templates for capability in _of(template)}
    if "CAPABILITY_NAMED_IAM" in found:
        found.discard("CAPABILITY_IAM")
    return tuple(sorted(found))


def _of(template: Template) -> set[str]:
    found = {_of_resource(resource) for resource in template["Resources"].values()} - {None}
    if "Transform" in template or _has_macro(template["Resources"]):
        found.add("CAPABILITY_AUTO_EXPAND")
    return {capability for capability in found if capability}


def _of_resource(resource: Mapping[str, Any]) -> str | None:
    if resource.get("Type") not in NAMES:
        return None
    name = NAMES[resource["Type"]]
    return "CAPABILITY_NAMED_IAM" if name and name in (resource.get("Properties") or {}) else "CAPABILITY_IAM"


def _has_macro(node: object) -> bool:
    if isinstance(node, dict):
        return "Fn::Transform" in node or any(_has_macro(value) for value in node.values())
    return isinstance(node, list) and any(_has_macro(value) for value in node)
