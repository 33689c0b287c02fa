"""Load balancers drop invalid headers, can't be deleted by accident, and have a web ACL if the internet reaches them.

Headers that aren't valid are how requests are smuggled past a load balancer to what stands behind it. With the load
balancer its address goes, and with it the service. A web ACL that blocks nothing is as good as none. An application
load balancer is internet-facing unless `Scheme` says otherwise.

**How to fix:** in `LoadBalancerAttributes` write `routing.http.drop_invalid_header_fields.enabled: true` and
`deletion_protection.enabled: true`; a `WAFv2::WebACLAssociation` with the load balancer's ARN, to a web ACL with a rule
that blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._known import at, is_missing, known
from stratopause.rules._load_balancers import LOAD_BALANCER, attribute, is_on, kind
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import is_known, references

RULE = Rule(
    "E9603",
    "Load balancers drop invalid headers, are protected, and have a web ACL where the internet reaches them",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html",
    ("entrance",),
)

_ASSOCIATION: Final = "AWS::WAFv2::WebACLAssociation"
_WEB_ACL: Final = "AWS::WAFv2::WebACL"
_DROP: Final = "routing.http.drop_invalid_header_fields.enabled"
_PROTECT: Final = "deletion_protection.enabled"


def check(tree: Tree) -> Iterator[Problem]:
    guarded = _guarded(tree)
    for balancer in tree.resources(LOAD_BALANCER):
        if kind(balancer) == "application":
            yield from _unless_on(balancer, _DROP, "takes invalid headers")
            if guarded is not None and _faces_the_internet(balancer) and balancer.place not in guarded:
                yield balancer.problem(
                    f"{balancer.name} faces the internet and has no web ACL; write a WAFv2::WebACLAssociation with its "
                    "ARN as the ResourceArn"
                )
        yield from _unless_on(balancer, _PROTECT, "can be deleted by a single call")
    yield from _of_web_acls(tree)


def _unless_on(balancer: Resource, key: str, meaning: str) -> Iterator[Problem]:
    found = attribute(balancer, key)
    if is_on(found) is False:
        yield balancer.problem(f"{balancer.name} {meaning}; write {key}: true", *found.path)


def _faces_the_internet(balancer: Resource) -> bool:
    scheme = balancer.get("Scheme")
    return is_missing(scheme) or known(scheme) == "internet-facing"


def _guarded(tree: Tree) -> set[str] | None:
    """The places of what has a web ACL; None if one is for something that isn't known."""
    guarded: set[str] = {*tree.handed_out}
    for association in tree.resources(_ASSOCIATION):
        arn = association.get("ResourceArn")
        if not isinstance(arn, str) or not is_known(arn):
            return None
        guarded |= {reference.place for reference in references(arn)}
    return guarded


def _of_web_acls(tree: Tree) -> Iterator[Problem]:
    acls = {}
    for association in tree.resources(_ASSOCIATION):
        balancer, acl = tree.source(association.get("ResourceArn")), tree.source(association.get("WebACLArn"))
        if balancer is not None and balancer.type == LOAD_BALANCER and acl is not None and acl.type == _WEB_ACL:
            acls[acl.place] = acl
    for acl in acls.values():
        if _lets_all_pass(acl):
            yield acl.problem(
                f"{acl.name} blocks nothing; write a rule with Action: Block, or a group without Count", "Rules"
            )


def _lets_all_pass(acl: Resource) -> bool:
    """https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-processing.html"""
    default = at(acl, "DefaultAction")
    rules = at(acl, "Rules")
    if not isinstance(default, dict) or "Allow" not in default or not (rules is None or isinstance(rules, list)):
        return False
    return all(_lets_pass(rule) for rule in rules or ())


def _lets_pass(rule: Any) -> bool:
    for name, harmless in (("Action", {"Allow", "Count"}), ("OverrideAction", {"Count"})):
        action = at(rule, name)
        if action is not None:
            return isinstance(action, dict) and bool(action) and action.keys() <= harmless
    return False
