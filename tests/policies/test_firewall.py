"""What the web application firewall refuses, and what its log leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from policies.firewall import log_of, web_acl
from stratopause.wiring.values import LogGroupArn, WebAclArn


@pytest.fixture(scope="module")
def rules() -> dict[str, Any]:
    acl: dict[str, Any] = web_acl("Firewall", "example", 2000).to_dict()["Properties"]
    return {rule["Name"]: rule for rule in acl["Rules"]}


def test_known_attacks_are_blocked_as_the_managed_groups_say(rules: dict[str, Any]) -> None:
    managed = {name: rule for name, rule in rules.items() if name != "RateLimit"}
    assert set(managed) == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    }
    assert all(rule["OverrideAction"] == {"None": {}} for rule in managed.values())


def test_only_the_size_of_a_body_is_counted_instead_of_blocked(rules: dict[str, Any]) -> None:
    counted = {
        override["Name"]: override["ActionToUse"]
        for rule in rules.values()
        for override in rule["Statement"].get("ManagedRuleGroupStatement", {}).get("RuleActionOverrides", [])
    }
    assert counted == {"SizeRestrictions_BODY": {"Count": {}}}


def test_an_address_that_asks_too_often_is_blocked(rules: dict[str, Any]) -> None:
    rule = rules["RateLimit"]
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": 2000,
    }


def test_each_rule_has_a_priority_of_its_own(rules: dict[str, Any]) -> None:
    assert sorted(rule["Priority"] for rule in rules.values()) == list(range(len(rules)))


def test_nothing_that_lets_somebody_in_is_logged_or_sampled(rules: dict[str, Any]) -> None:
    log = log_of("Log", WebAclArn("acl"), LogGroupArn("group")).to_dict()["Properties"]
    headers = {field["SingleHeader"]["Name"] for field in log["RedactedFields"] if "SingleHeader" in field}
    assert {"authorization", "cookie"} <= headers
    assert {"QueryString": {}} in log["RedactedFields"]
    assert not any(rule["VisibilityConfig"]["SampledRequestsEnabled"] for rule in rules.values())
