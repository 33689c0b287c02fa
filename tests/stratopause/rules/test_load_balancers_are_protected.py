from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, places, resource, template
from tests.hostile import hostile

RULE = "E9603"
DROP = {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}
PROTECT = {"Key": "deletion_protection.enabled", "Value": "true"}
GROUP_RULE = {"OverrideAction": {"None": {}}, "Statement": {"ManagedRuleGroupStatement": {"Name": "x"}}}
RATE_RULE = {"Action": {"Block": {}}, "Statement": {"RateBasedStatement": {"Limit": 2000}}}
ALLOW: Body = {"Allow": {}}


def _tree(attributes: Any = (DROP, PROTECT), *, scheme: Any = "internet-facing", type_: Any = None) -> dict[str, Any]:
    properties = {"LoadBalancerAttributes": list(attributes) if isinstance(attributes, tuple) else attributes}
    properties |= {"Scheme": scheme} if scheme else {}
    properties |= {"Type": type_} if type_ else {}
    association = {"ResourceArn": {"Ref": "One"}, "WebACLArn": {"Fn::GetAtt": ["Acl", "Arn"]}}
    return template(
        One=resource("ElasticLoadBalancingV2::LoadBalancer", properties),
        Association=resource("WAFv2::WebACLAssociation", association),
        Acl=resource("WAFv2::WebACL", {"DefaultAction": ALLOW, "Rules": [RATE_RULE, GROUP_RULE]}),
    )


def _without_web_acl(tree: dict[str, Any]) -> dict[str, Any]:
    return {"Resources": {name: one for name, one in tree["Resources"].items() if name == "One"}}


GOOD: dict[str, dict[str, Any]] = {
    "whole": _tree(),
    "truth value": _tree((DROP | {"Value": True}, PROTECT)),
    "internal": _without_web_acl(_tree(scheme="internal")),
    "network": _without_web_acl(_tree((PROTECT,), type_="network")),
    "gateway": _without_web_acl(_tree((PROTECT,), type_="gateway")),
    "unknown attributes": _tree({"Fn::ImportValue": "x"}),
    "unknown key": _tree(({"Key": {"Fn::ImportValue": "x"}, "Value": "true"},)),
    "unknown value": _tree((DROP | {"Value": {"Fn::ImportValue": "x"}}, PROTECT)),
    "unknown scheme": _without_web_acl(_tree(scheme={"Fn::ImportValue": "x"})),
}


@pytest.mark.parametrize("tree", GOOD.values(), ids=GOOD)
def test_a_protected_load_balancer_is_fine(tree: Body) -> None:
    assert not found(RULE, forest(platform=tree))


BAD: dict[str, tuple[dict[str, Any], tuple[str | int, ...], str]] = {
    "headers": (_tree((PROTECT,)), ("LoadBalancerAttributes",), "takes invalid headers"),
    "headers off": (
        _tree((DROP | {"Value": "false"}, PROTECT)),
        ("LoadBalancerAttributes", 0, "Value"),
        "takes invalid headers",
    ),
    "deletion": (_tree((DROP,)), ("LoadBalancerAttributes",), "can be deleted"),
    "deletion off": (
        _tree((DROP, PROTECT | {"Value": False})),
        ("LoadBalancerAttributes", 1, "Value"),
        "can be deleted",
    ),
    "network": (_without_web_acl(_tree((), type_="network")), ("LoadBalancerAttributes",), "can be deleted"),
    "web ACL": (_without_web_acl(_tree()), (), "has no web ACL"),
    "web ACL by default": (_without_web_acl(_tree(scheme=None)), (), "has no web ACL"),
}


@pytest.mark.parametrize(("tree", "path", "why"), BAD.values(), ids=BAD)
def test_a_load_balancer_that_lacks_something_is_found(tree: Body, path: tuple[str | int, ...], why: str) -> None:
    (problem,) = found(RULE, forest(platform=tree))
    assert problem.path == ("Resources", "One", *(("Properties", *path) if path else ()))
    assert why in problem.message


@pytest.mark.parametrize(
    ("default", "rules", "count"),
    [
        (ALLOW, [], 1),
        (ALLOW, None, 1),
        (ALLOW, [RATE_RULE | {"Action": {"Count": {}}}, GROUP_RULE | {"OverrideAction": {"Count": {}}}], 1),
        (ALLOW, [{"Action": {"Allow": {}}}], 1),
        (ALLOW, [{"Action": {"Captcha": {}}}], 0),
        (ALLOW, [GROUP_RULE], 0),
        (ALLOW, {"Fn::ImportValue": "rules"}, 0),
        ({"Block": {}}, [], 0),
    ],
)
def test_a_web_acl_that_blocks_nothing_is_found(default: Body, rules: Any, count: int) -> None:
    tree = _tree()
    properties = {"DefaultAction": default} | ({"Rules": rules} if rules is not None else {})
    tree["Resources"]["Acl"] = resource("WAFv2::WebACL", properties)
    assert places(RULE, forest(platform=tree)) == ["platform.json/Acl"] * count


def test_an_association_for_what_is_not_known_may_be_for_it() -> None:
    tree = _tree()
    properties = tree["Resources"]["Association"]["Properties"]
    properties["ResourceArn"] = {"Fn::ImportValue": "arn"}
    assert not found(RULE, forest(platform=tree))
    properties["ResourceArn"] = {"Ref": "Acl"}
    assert places(RULE, forest(platform=tree)) == ["platform.json/One"]


def test_hostile_values_do_no_harm() -> None:
    for tree in [*GOOD.values(), *(tree for tree, _, _ in BAD.values())]:
        for changed in hostile(tree):
            found(RULE, forest(platform=changed))
