"""Tags that CloudFormation adds to those of the template."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.schema import Properties, provider_schema


def without_system_tags(properties: Properties) -> Properties:
    """The properties as the template has them: CloudFormation adds its `aws:` tags after validation."""
    result = dict(properties)
    for name in [name for name in properties if name.endswith("Tags")]:
        tags = properties[name]
        kept = _users_tags(tags)
        result[name] = kept
        if tags and not kept:
            del result[name]
    return result


def _users_tags(tags: Any) -> Any:
    if isinstance(tags, list):
        return [tag for tag in tags if not (isinstance(tag, dict) and str(tag.get("Key")).startswith("aws:"))]
    if isinstance(tags, dict):
        return {key: item for key, item in tags.items() if not key.startswith("aws:")}
    return tags


def tag_from_stack(type_name: str) -> None:
    """Has the stack's tags reach the resources of a type, as its schema says."""
    schema = provider_schema(type_name)
    tagging = schema.document.get("tagging", {}) if schema else {}
    if schema and tagging.get("taggable") and tagging.get("cloudFormationSystemTags", True):
        name = tagging.get("tagProperty", "/properties/Tags").removeprefix("/properties/")
        shape = "list" if schema.document["properties"].get(name, {}).get("type") == "array" else "map"
        provisioners._STACK_TAG_PROPERTY[type_name] = (name, shape)
