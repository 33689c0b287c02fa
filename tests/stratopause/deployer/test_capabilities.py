from __future__ import annotations

import json
from typing import Any

import pytest

from stratopause.deployer.capabilities import needed
from tests.stratopause.deployer.fakes import template

NAMED_ROLE = {"Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}}}
ROLE = {"Role": {"Type": "AWS::IAM::Role"}}
MACRO = {"A": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [{"Fn::Transform": {"Name": "x"}}]}}}


@pytest.mark.parametrize(
    ("resources", "capabilities"),
    [
        ([{}], ()),
        ([ROLE], ("CAPABILITY_IAM",)),
        ([{}, ROLE], ("CAPABILITY_IAM",)),
        ([ROLE, NAMED_ROLE], ("CAPABILITY_NAMED_IAM",)),
        ([{"P": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "x"}}}], ("CAPABILITY_IAM",)),
        ([MACRO, NAMED_ROLE], ("CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM")),
    ],
)
def test_the_capabilities_are_those_that_any_template_of_the_tree_needs(
    resources: list[dict[str, Any]], capabilities: tuple[str, ...]
) -> None:
    assert needed(json.loads(template(one)) for one in resources) == capabilities


def test_a_transform_of_the_whole_template_needs_its_capability() -> None:
    assert needed([{"Transform": "AWS::LanguageExtensions", "Resources": {}}]) == ("CAPABILITY_AUTO_EXPAND",)
