"""A nested stack gets the parameters that its template declares, and gives the outputs that are read.

What a template nests by a path, cfn-lint holds against it (E3043, E6101). Where a URL names a file of the directory, it
is the same mistake, which nobody sees before the deployment:

> Parameters: [VpcCird] do not exist in the template

> Template error: resource Network does not support attribute type Outputs.VpcID in Fn::GetAtt

A parameter without a default that isn't passed fails the nested stack: "Parameters: [VpcCidr] must have values".

**How to fix:** pass each parameter by the name that the nested template declares, and read each output by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stratopause.rules import Rule
from stratopause.rules._wires import is_macro, nested, section, uses
from stratopause.tree.decoding import Template
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9012",
    "Nested stacks agree with their templates",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html",
    ("tree",),
)


def check(tree: Tree) -> Iterator[Problem]:
    for stack in tree.stacks.values():
        for logical_id, child in stack.nested.items():
            resource = stack.resources[logical_id]
            if _is_by_url(resource.body) and not is_macro(child.template):
                yield from _of_parameters(resource, child.file, child.template)
    for file in sorted({stack.file for stack in tree.stacks.values()}):
        yield from _of_outputs(tree, file)


def _is_by_url(body: Mapping[str, Any]) -> bool:
    properties = body.get("Properties")
    url = properties.get("TemplateURL") if isinstance(properties, dict) else None
    return not isinstance(url, str) or "://" in url


def _of_parameters(resource: Resource, file: str, template: Template) -> Iterator[Problem]:
    declared = section(template, "Parameters")
    passed = resource.body["Properties"].get("Parameters", {})
    if not isinstance(passed, dict):
        return
    for name in passed.keys() - declared.keys():
        yield resource.problem(f"{resource.name} passes {name}, which {file} doesn't declare", "Parameters", name)
    for name, body in declared.items():
        if name not in passed and isinstance(body, dict) and "Default" not in body:
            yield resource.problem(f"{resource.name} doesn't pass {name}, for which {file} has no default")


def _of_outputs(tree: Tree, file: str) -> Iterator[Problem]:
    template = tree.files[file]
    resources = section(template, "Resources")
    children = {name: child for name, child in nested(file, template, tree.files) if _is_by_url(resources[name])}
    for use in uses(template) if children else ():
        child = tree.files.get(children.get(use.name, ""))
        if child is None or not use.output or is_macro(child):
            continue
        if use.output not in section(child, "Outputs"):
            message = f"{use.name} gives no output {use.output}: {children[use.name]} has none of that name"
            yield Problem(file, use.path, message)
