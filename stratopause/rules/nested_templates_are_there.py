"""Every nested template is there, can be read, and doesn't nest itself.

A relative `TemplateURL` names a file beside the template. Where there is none, `aws cloudformation package` and our own
deployer stop before anything is uploaded, and CloudFormation itself says

> TemplateURL must be a supported URL.

Nothing of a stack whose template is missing can be checked, so this comes first.

**How to fix:** name the file as it lies below the directory, or leave the stack out. A template that nests itself, at
first or at second hand, would nest itself without end: CloudFormation stops at its limit of nested stacks.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.tree.loading import MAX_STACKS
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.nesting import STACK, nested_file

RULE = Rule(
    "E9001",
    "Every nested template is there",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html",
    ("tree",),
)


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources(STACK):
        properties = resource.body.get("Properties")
        url = properties.get("TemplateURL") if isinstance(properties, dict) else None
        file = nested_file(resource.stack.file, url, tree.files)
        if file is not None and resource.logical_id not in resource.stack.nested:
            yield resource.problem(_why(tree, resource, file), "TemplateURL")


def _why(tree: Tree, resource: Resource, file: str) -> str:
    if file.startswith("../"):
        return f"{resource.name} is nested from {file}, which lies outside of the directory that is checked"
    if len(tree.stacks) >= MAX_STACKS:
        return f"{resource.name} is one of more than {MAX_STACKS:,} nested stacks, the most that a root may have"
    if file in tree.files:
        return f"{resource.name} is nested from {file}, which nests itself"
    return f"{resource.name} is nested from {file}, which isn't there or is no template"
