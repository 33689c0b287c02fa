"""Small trees of templates for the tests of rules, and what a rule finds in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stratopause.rules import catalogue
from stratopause.tree.loading import Forest, load
from stratopause.tree.model import Problem

Body = Mapping[str, Any]


def forest(**templates: Body | str) -> Forest:
    """Of templates by the names of their files, without `.json`; text is taken as YAML."""
    files = {
        f"{name}.yaml" if isinstance(body, str) else f"{name}.json": (
            body if isinstance(body, str) else json.dumps(body)
        ).encode()
        for name, body in templates.items()
    }
    return load(files)


def resource(type_: str, properties: Body | None = None, **attributes: Any) -> dict[str, Any]:
    """`resource("SNS::Topic", {"TopicName": "alerts"}, DeletionPolicy="Retain")`"""
    return {"Type": f"AWS::{type_}", "Properties": dict(properties or {}), **attributes}


def nested(file: str, **parameters: Any) -> dict[str, Any]:
    return resource("CloudFormation::Stack", {"TemplateURL": file, "Parameters": parameters})


def template(**resources: Body) -> dict[str, Any]:
    """A template of these resources; what else it has is put into it."""
    return {"Resources": dict(resources)}


def found(rule: str, in_: Forest) -> list[Problem]:
    """What a rule finds in each tree of a forest, each once, sorted."""
    return sorted({problem for tree in in_.trees for problem in catalogue()[rule].check(tree)}, key=str)


def places(rule: str, in_: Forest) -> list[str]:
    """Where a rule finds something: `platform.json/Topic`."""
    return sorted({f"{problem.file}/{problem.path[1]}" for problem in found(rule, in_)})
