"""What a template refers to must be there.

ministack deploys the bare name where a reference leads nowhere. CloudFormation refuses the template before
it makes anything of it. Its sentences are those that users quote: of a name in
github.com/aws-samples/sample-OpenClaw-on-AWS-with-Bedrock/issues/131, of Fn::GetAtt in
github.com/serverless-heaven/serverless-aws-alias/issues/144; that of an attribute in Fn::Sub is quoted in
several repositories, always without its end, which is worded here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ministack.services.cloudformation import engine

from stratopause.emulator.cloudformation.corrections import Function, corrects

PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
SENTENCES = {
    "Fn::GetAtt": "Template error: instance of Fn::GetAtt references undefined resource {name}",
    "Fn::Sub": "Template error: instance of Fn::Sub references invalid resource attribute {name}.{attribute}",
}
REFERRING = frozenset({"Ref", *SENTENCES})


@corrects("validate_template_support")
def validate(original: Function, template: dict[str, Any], *arguments: Any, **more: Any) -> None:
    """Refuses a template in which a name leads nowhere, whatever its conditions are."""
    original(template, *arguments, **more)
    if "Transform" in template:
        return  # a macro may add what is missing
    resources = set(template.get("Resources") or ())
    known = resources | set(template.get("Parameters") or ()) | PSEUDO_PARAMETERS
    for section in ("Resources", "Outputs"):
        parts = list((template.get(section) or {}).values())
        missing = {name for part in parts for name in ordered_after(part)} - resources
        for function, name, attribute in references(parts):
            if attribute is not None and name not in resources:
                raise ValueError(SENTENCES[function].format(name=name, attribute=attribute))
            missing |= {name} - known
        if missing:
            names = ", ".join(sorted(missing))
            reason = f"Unresolved resource dependencies [{names}] in the {section} block of the template"
            raise ValueError(f"Template format error: {reason}")


def ordered_after(part: dict[str, Any]) -> list[str]:
    """The resources that one comes after."""
    after = part.get("DependsOn") or []
    return [after] if isinstance(after, str) else after


def references(node: Any) -> Iterator[tuple[str, str, str | None]]:
    """Every name that is referred to: by which function, and with the attribute if one is asked for."""
    for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(item)
    if isinstance(node, dict):
        for function in node.keys() & REFERRING:
            yield from ((function, *each) for each in engine._intrinsic_references({function: node[function]}))
