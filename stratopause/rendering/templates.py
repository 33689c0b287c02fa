"""From a parent stack to the bytes of its templates: the same bytes each time, everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from stratopause.rendering import limits
from stratopause.wiring.stack import ParentStack

Format = Literal["json", "yaml"]
Templates = Mapping[str, bytes]
"""File name to content: the root and its children, whose `TemplateURL` is the child's file name."""


def render(root: ParentStack[Any], form: Format = "json") -> dict[str, bytes]:
    """The root's template and its children's by file name, keys sorted, with a trailing newline.

    Raises:
        WiringError: the stacks don't fit together.
        LimitExceeded: CloudFormation would refuse a template.
    """
    encode = _yaml if form == "yaml" else _json
    rendered = {}
    for name, template in sorted(root.render_all().items()):
        body = encode(template)
        limits.check(name, template, body)
        rendered[_renamed(name, form)] = body
    return rendered


def _json(template: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(template, order="sorted"), indent=2) + b"\n"


def _yaml(template: dict[str, Any]) -> bytes:
    from cfn_flip import to_yaml

    for resource in template.get("Resources", {}).values():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            resource["Properties"]["TemplateURL"] = _renamed(resource["Properties"]["TemplateURL"], "yaml")
    text: str = to_yaml(msgspec.json.encode(template, order="sorted").decode())
    return (text.rstrip("\n") + "\n").encode()


def _renamed(name: str, form: Format) -> str:
    return name.removesuffix("json") + form
