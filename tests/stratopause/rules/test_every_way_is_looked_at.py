from __future__ import annotations

from typing import Any

from stratopause.tree.loading import MAX_TREES
from tests.forest import forest, found, resource

RULE = "W9011"


def switches(count: int) -> dict[str, Any]:
    names = [f"S{number}" for number in range(count)]
    return {
        "Parameters": {name: {"Type": "String", "Default": "a"} for name in names},
        "Conditions": {f"Is{name}": {"Fn::Equals": [{"Ref": name}, "b"]} for name in names},
        "Resources": {f"R{name}": {**resource("SNS::Topic"), "Condition": f"Is{name}"} for name in names},
    }


def test_what_can_be_looked_at_in_every_way_is_fine() -> None:
    for count in (0, 1, 4, MAX_TREES - 1):
        assert not found(RULE, forest(platform=switches(count)))


def test_a_tree_of_which_something_is_not_looked_at_says_so() -> None:
    (problem,) = found(RULE, forest(platform=switches(MAX_TREES + 2)))
    assert problem.path == ("Parameters",)
    assert "in 3 ways more than the 32" in problem.message
