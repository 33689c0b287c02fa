"""Who is told to deliver what to what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from stratopause.rules._receivers import BUCKET, TOPIC
from stratopause.tree import identity
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Path, Resource, Tree
from stratopause.tree.text import Reference, replace_references, unknown
from stratopause.tree.text import references as references_in

DELIVERY: Final = "delivery.logs.amazonaws.com"
SOMETHING: Final = unknown("something")

_PROPERTY: Final = re.compile(r"\{(\w+)\}")
_NAMES: Final = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::Events::Rule": "Name",
    "AWS::CloudTrail::Trail": "TrailName",
}
_IDS: Final = {
    "AWS::ApiGateway::RestApi": "RestApiId",
    "AWS::ApiGatewayV2::Api": "ApiId",
    "AWS::Bedrock::Agent": "AgentId",
    "AWS::Cognito::UserPool": "UserPoolId",
}
"""The attribute that gives what `Ref` gives, too."""


class Delivery(NamedTuple):
    """Who delivers to what, and where it is told to."""

    source: Resource
    path: Path
    receiver: Resource
    services: tuple[str, ...]
    """Any of these has to be let in."""
    actions: tuple[tuple[str, str], ...]
    """Each with what it is done on."""
    arns: tuple[str, ...]
    """What may be said as `aws:SourceArn`."""
    accounts: tuple[str, ...] = ()
    """The accounts of AWS of which any may be let in instead; `*` for all."""
    writes_policy: bool = False
    """Whether AWS lets the service in itself, where no policy says who is let in."""


def by_role(source: Resource, path: Path) -> bool:
    """Whether a rule of EventBridge reaches its target by a role, as it can since 2025."""
    return path[-1] == "Arn" and "DeadLetterConfig" not in path and source.get(*path[:-1], "RoleArn") is not None


def arns_of(tree: Tree, source: Resource, composed: str) -> tuple[str, ...]:
    """What `aws:SourceArn` may be written as for a resource."""
    name = source.get(_NAMES.get(source.type, "?"))
    known_name = as_text(tree.identity(name)) if name not in (None, "") else SOMETHING
    if source.type in (TOPIC, BUCKET):
        composed = identity.arn(tree, source)
    if source.type == "AWS::Events::Rule" and source.get("EventBusName") is not None:
        known_name = SOMETHING
    references = [str(Reference(source.place, attribute)) for attribute in ("Arn", "")]
    composed = _PROPERTY.sub(lambda match: _of_property(tree, source, match[1]), composed.replace("{…}", known_name))
    found = [*identity.spellings(tree, composed), *references, *(tree.identity(one) for one in references)]
    return tuple(dict.fromkeys([*found, *(other for one in found for other in _by_attribute(tree, one))]))


def _by_attribute(tree: Tree, text: str) -> Iterator[str]:
    """A text with each id given by an attribute instead of by `Ref`, and the other way round."""
    for reference in references_in(text):
        resource = tree.resource(reference.place)
        attribute = _IDS.get(resource.type, "") if resource else ""
        if attribute and reference.attribute in ("", attribute):
            other = Reference(reference.place, "" if reference.attribute else attribute)
            yield replace_references(text, {reference: str(other)})


def _of_property(tree: Tree, source: Resource, name: str) -> str:
    value = str(Reference(source.place)) if name == "Ref" else source.get(name)
    return tree.identity(value) if isinstance(value, str) else SOMETHING
