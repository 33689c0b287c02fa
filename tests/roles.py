"""Small roles for the tests of what they may, and what one rule finds there."""

from __future__ import annotations

from typing import Any, Final

from stratopause.tree.loading import Forest
from stratopause.tree.model import Problem
from tests.forest import resource

HOSTILE: Final[tuple[Any, ...]] = (
    None, 7, True, "", "*", "{", "arn:aws:iam::aws:policy/", [], {}, [None], [[]], [{}], [7, "x", [{}]], {"": None},
    {"Statement": 7}, [{"Statement": [None, 7, {"Effect": "Allow"}]}],
    {"Effect": "Allow", "Principal": 7, "Action": {}},
    {"Effect": "Allow", "Principal": {"AWS": [[]], "Federated": {}}, "Action": [None],
     "Condition": {"a": 7, "b": {"c": 7}}},
    [{"Effect": "Allow", "Action": [{}, 7], "NotAction": 7, "Resource": {"a": 7}, "Condition": "x"}],
    {"Fn::ImportValue": "x"}, {"Ref": "Nothing"},
)  # fmt: skip


def statement(**elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **elements}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trusts(
    service: Any, condition: Any = None, action: Any = "sts:AssumeRole", effect: str = "Allow"
) -> dict[str, Any]:
    found = {"Effect": effect, "Principal": {"Service": service}, "Action": action}
    return document(found if condition is None else {**found, "Condition": condition})


def role(trust: Any, *policies: Any, **properties: Any) -> dict[str, Any]:
    """A role with inline policies of these documents."""
    inline = [{"PolicyName": f"p{at}", "PolicyDocument": one} for at, one in enumerate(policies)]
    written = {"Policies": inline} if inline else {}
    return resource("IAM::Role", {"AssumeRolePolicyDocument": trust, **written, **properties})


def found_in(rule: Any, in_: Forest) -> list[Problem]:
    return sorted({problem for tree in in_.trees for problem in rule.check(tree)}, key=str)


def places_in(rule: Any, in_: Forest) -> list[str]:
    return sorted({str(problem.path[1]) for problem in found_in(rule, in_)})
