"""The internet reaches nothing but the HTTPS of a load balancer, or its HTTP if that only redirects.

A rule that lets in any address (`0.0.0.0/0`, `::/0`) may stand in the group of a load balancer only, and only for the
port of an HTTPS listener, or of an HTTP listener whose actions all redirect to HTTPS. That a database's subnet is
private today doesn't excuse a rule that opens it to everybody: one route is enough to make it public.

The same goes for what needs no group: a network load balancer without one, and a Lambda function's URL that asks for
no authentication.

**How to fix:** let connections in from the group of who connects, and give HTTP listeners a `redirect` to HTTPS.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.tree import standing
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.network import Opening, block, is_internet
from stratopause.tree.policies import many
from stratopause.tree.text import is_known

RULE = Rule(
    "E9203",
    "The internet reaches nothing but a load balancer's HTTPS",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
    ("reach",),
)

_BALANCER: Final = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_CLASSIC: Final = "AWS::ElasticLoadBalancing::LoadBalancer"
_ENCRYPTED: Final = {"HTTPS", "TLS", "SSL"}
_WEB: Final = {80, 443}


class _Listeners:
    """Whether what a load balancer listens to, by its place and the port, is HTTPS or only redirects there."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.fine: dict[tuple[str, int], bool] = {}
        extra: dict[str, list[Any]] = {}
        for rule in tree.resources("AWS::ElasticLoadBalancingV2::ListenerRule"):
            if listener := tree.source(rule.get("ListenerArn")):
                extra.setdefault(listener.place, []).extend(many(rule.get("Actions")))
        for listener in tree.resources("AWS::ElasticLoadBalancingV2::Listener"):
            actions = [*many(listener.get("DefaultActions")), *extra.get(listener.place, ())]
            if balancer := tree.source(listener.get("LoadBalancerArn")):
                self._note(balancer, listener.get("Port"), listener.get("Protocol"), actions)
        for balancer in tree.resources(_CLASSIC):
            for one in many(balancer.get("Listeners")):
                if isinstance(one, dict):
                    self._note(balancer, one.get("LoadBalancerPort"), one.get("Protocol"), [])

    def _note(self, balancer: Resource, written: Any, protocol: Any, actions: list[Any]) -> None:
        port = standing.port(self.tree, written)
        if port is None:
            return
        said = as_text(protocol).upper()
        passes_on = balancer.get("Type") == "network" and said == "TCP" and port == 443
        fine = said in _ENCRYPTED or not is_known(said) or passes_on or (said == "HTTP" and _only_redirects(actions))
        key = (balancer.place, port)
        self.fine[key] = self.fine.get(key, True) and fine


def _only_redirects(actions: list[Any]) -> bool:
    return bool(actions) and all(
        isinstance(action, dict)
        and action.get("Type") == "redirect"
        and isinstance(action.get("RedirectConfig"), dict)
        # Without a protocol it is that of the request.
        and as_text(action["RedirectConfig"].get("Protocol", "")) == "HTTPS"
        for action in actions
    )


def check(tree: Tree) -> Iterator[Problem]:
    listeners = _Listeners(tree)
    for opening in tree.network.openings:
        if why := _why(tree, listeners, opening):
            yield opening.resource.problem(
                f"{opening.group.name} lets {opening.said} in from the internet ({opening.peer.value}): {why}",
                *opening.path,
            )
    yield from _without_groups(tree, listeners)
    for url in tree.resources("AWS::Lambda::Url"):
        if url.get("AuthType") == "NONE":
            yield url.problem(
                f"{url.name} lets anybody on the internet call the function; say AuthType: AWS_IAM", "AuthType"
            )


def _why(tree: Tree, listeners: _Listeners, opening: Opening) -> str:
    """What is wrong with a rule that lets the internet in, if something is."""
    if opening.outward or opening.peer.kind != "addresses" or not is_internet(block(opening.peer.value)):
        return ""
    members = [member.resource for member in tree.network.members(opening.group)]
    for member in members:
        if member.type not in {_BALANCER, _CLASSIC}:
            return f"it reaches {member.name}, and may only reach the HTTPS of a load balancer"
    if opening.protocol == "?" or (opening.protocol == "tcp" and not opening.certain):
        return ""
    port = opening.ports[0]
    if opening.protocol != "tcp" or opening.ports[1] != port:
        return "only one port may be open to it, that of a load balancer's HTTPS"
    if members:
        return next((why for member in members if (why := _at(listeners, member, port))), "")
    return "" if port in _WEB else "only a load balancer's HTTPS may be open to it"


def _at(listeners: _Listeners, balancer: Resource, port: int) -> str:
    fine = listeners.fine.get((balancer.place, port), port == 443)
    if fine:
        return ""
    if (balancer.place, port) not in listeners.fine:
        return f"{balancer.name} has no HTTPS listener there"
    return f"the listener of {balancer.name} there is neither HTTPS nor only redirects to it"


def _without_groups(tree: Tree, listeners: _Listeners) -> Iterator[Problem]:
    """Network load balancers take connections from everywhere if they have no group."""
    open_to_all = {
        balancer.place
        for balancer in tree.resources(_BALANCER)
        if balancer.get("Type") == "network"
        and balancer.get("SecurityGroups") is None
        and balancer.get("Scheme", default="internet-facing") == "internet-facing"
    }
    for listener in tree.resources("AWS::ElasticLoadBalancingV2::Listener"):
        balancer, port = tree.source(listener.get("LoadBalancerArn")), standing.port(tree, listener.get("Port"))
        if balancer is None or port is None or balancer.place not in open_to_all:
            continue
        if not listeners.fine.get((balancer.place, port), True):
            yield listener.problem(
                f"{listener.name} lets the internet in at port {port}, since {balancer.name} has no security group; "
                "it may only reach HTTPS",
                "Port",
            )
