"""What load balancers say of themselves in their lists of attributes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stratopause.rules._known import known
from stratopause.tree.model import Resource

LOAD_BALANCER: Final = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER: Final = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE: Final = "AWS::ElasticLoadBalancingV2::ListenerRule"
TARGET_GROUP: Final = "AWS::ElasticLoadBalancingV2::TargetGroup"
CLASSIC: Final = "AWS::ElasticLoadBalancing::LoadBalancer"
_ATTRIBUTES: Final = "LoadBalancerAttributes"


class Attribute(NamedTuple):
    """One attribute: its value, None if surely nothing is written; and where it stands."""

    value: Any
    path: tuple[str | int, ...] = (_ATTRIBUTES,)
    is_known: bool = True


def kind(balancer: Resource) -> str | None:
    """`application`, `network` or `gateway`; None if that isn't known."""
    written = balancer.get("Type")
    return "application" if written is None else known(written)


def attribute(balancer: Resource, key: str) -> Attribute:
    """The last of a key counts."""
    written = balancer.get(_ATTRIBUTES)
    if written is not None and not isinstance(written, list):
        return Attribute(None, is_known=False)
    found = Attribute(None)
    for index, one in enumerate(written or ()):
        name = known(one.get("Key")) if isinstance(one, dict) else None
        if name == key:
            found = Attribute(one.get("Value"), (_ATTRIBUTES, index, "Value"))
        elif name is None and found.value is None:
            found = Attribute(None, is_known=False)
    return found


def is_on(found: Attribute) -> bool | None:
    """Whether an attribute is true; the default of those that are looked at is false."""
    if not found.is_known:
        return None
    if found.value is None:
        return False
    text = known(found.value)
    return None if text is None else text.strip().lower() == "true"
