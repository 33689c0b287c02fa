"""What the properties of an AWS::CloudFormation::Stack give to the nested stack: template, parameters, tags."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import engine, provisioners

from stratopause.emulator.cloudformation import documents
from stratopause.emulator.cloudformation.records import Record


def desired(properties: Record, change_set: Record | None) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The template, its text and its parameters' values: the reviewed template, if there is one."""
    given = parameters(properties)
    if change_set is not None:
        template, body = change_set["_template"], change_set["_template_body"]
    else:
        body = documents.fetch(str(properties.get("TemplateURL", "")))
        template = engine._apply_transforms(engine._parse_template(body), given)
    return template, body, engine._resolve_parameters(template, given)


def parameters(properties: Record) -> list[dict[str, Any]]:
    """The parameters of a nested stack as a request would give them."""
    values = properties.get("Parameters") or {}
    if any(isinstance(value, list | dict) for value in values.values()):
        raise ValueError("Value of property Parameters must be an object with String (or simple type) properties")
    return [{"Key": name, "Value": text(value)} for name, value in values.items()]


def text(value: object) -> str:
    """A simple value as CloudFormation passes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def tags_of(properties: Record) -> list[dict[str, str]]:
    """The tags that a nested stack gets from its resource and from its parent."""
    tags = provisioners._tag_map(properties.get("Tags"))
    return [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")]
