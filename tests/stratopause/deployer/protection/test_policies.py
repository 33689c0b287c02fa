from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer.changes import STATEFUL
from stratopause.deployer.errors import InvalidTemplates
from stratopause.deployer.protection.policies import (
    digest,
    guarded,
    name_of,
    open_policy,
    path_of,
    tree_of,
    wanted_policies,
)
from stratopause.deployer.stacks import NESTED_STACK, Path
from stratopause.deployer.templates import Template, address
from tests.stratopause.deployer.fake_policies import denied_by
from tests.stratopause.deployer.fakes import clinic, nested, template

BUCKET, ALARM = {"Type": "AWS::S3::Bucket"}, {"Type": "AWS::CloudWatch::Alarm"}
STACK = {"Type": NESTED_STACK}
TREE: dict[Path, Template] = {
    (): {"Resources": {"Store": STACK, "Alerts": STACK, "Bucket": BUCKET}},
    ("Store",): {"Resources": {"Inner": STACK, "Alarm": ALARM}},
    ("Store", "Inner"): {"Resources": {"Bucket": BUCKET, "Other": BUCKET, "Alarm": ALARM}},
    ("Alerts",): {"Resources": {"Alarm": ALARM}},
}


def forbids(body: str, logical_id: str, action: str = "Update:Replace") -> bool:
    return bool(denied_by(body, action, logical_id, "any"))


def test_a_tree_is_what_nests_what_at_any_depth_also_twice() -> None:
    templates = clinic(More=nested("inner.json")) | {"inner.json": template({"Keys": nested("keys.json")})}
    tree = tree_of(address(templates, lambda key: f"https://bucket/{key}"))
    assert sorted(tree) == [(), ("Database",), ("Keys",), ("More",), ("More", "Keys")]
    assert tree["Keys",] == tree["More", "Keys"]
    assert "Instance" in tree["Database",]["Resources"]


def test_a_stack_holds_its_own_data_stores_and_the_stacks_that_hold_some() -> None:
    assert guarded(TREE) == {(): ("Bucket", "Store"), ("Store",): ("Inner",), ("Store", "Inner"): ("Bucket", "Other")}


def test_each_stack_that_holds_data_has_a_policy_and_no_other() -> None:
    assert list(wanted_policies(TREE)) == ["", "Store", "Store/Inner"]


def test_a_policy_denies_deletion_and_replacement_of_what_holds_data_and_allows_all_else() -> None:
    body = wanted_policies(TREE)["Store/Inner"]
    assert forbids(body, "Bucket", "Update:Delete")
    assert forbids(body, "Bucket", "Update:Replace")
    assert not forbids(body, "Bucket", "Update:Modify")
    assert not forbids(body, "Alarm", "Update:Delete")


def test_what_is_allowed_is_left_out_of_its_own_policy_only() -> None:
    strict, relaxed = wanted_policies(TREE), wanted_policies(TREE, ["Store/Inner/Bucket"])
    assert {name for name in strict if strict[name] != relaxed[name]} == {"Store/Inner"}
    assert not forbids(relaxed["Store/Inner"], "Bucket")
    assert forbids(relaxed["Store/Inner"], "Other")
    assert forbids(relaxed[""], "Bucket")


def test_a_nested_stack_may_go_where_it_is_named_or_all_that_it_holds_is() -> None:
    assert not forbids(wanted_policies(TREE, ["Store"])[""], "Store")
    assert forbids(wanted_policies(TREE, ["Store"])["Store/Inner"], "Bucket")
    by_parts = wanted_policies(TREE, ["Store/Inner/Bucket", "Store/Inner/Other"])
    assert not forbids(by_parts[""], "Store")
    assert not forbids(by_parts["Store"], "Inner")
    assert by_parts["Store/Inner"] == open_policy()


def test_a_path_and_its_name_mean_each_other() -> None:
    for path in TREE:
        assert path_of(name_of(path)) == path


def test_a_digest_is_of_the_stack_too() -> None:
    assert digest("one", "{}") != digest("two", "{}") != digest("two", "[]")


def test_more_than_a_policy_can_hold_is_refused_with_the_stack() -> None:
    many = {f"{'Bucket' * 20}{number}": BUCKET for number in range(200)}
    with pytest.raises(InvalidTemplates, match=r"Store holds data in 200 resources.*16,384"):
        wanted_policies({(): {"Resources": {"Store": STACK}}, ("Store",): {"Resources": many}})
    with pytest.raises(InvalidTemplates, match="the root holds data"):
        wanted_policies({(): {"Resources": many}})


IDS = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
TYPES = st.sampled_from([*sorted(STATEFUL), "AWS::SNS::Topic", "AWS::CloudWatch::Alarm", "AWS::ECS::Service"])


@given(types=st.dictionaries(IDS, TYPES, max_size=12), data=st.data())
def test_exactly_the_data_stores_that_nobody_allowed_are_denied(types: dict[str, str], data: Any) -> None:
    tree: dict[Path, Template] = {
        (): {"Resources": {"Nested": STACK}},
        ("Nested",): {"Resources": {logical_id: {"Type": kind} for logical_id, kind in types.items()}},
    }
    allowed = data.draw(st.sets(st.sampled_from(sorted(types)))) if types else set()
    bodies = wanted_policies(tree, [f"Nested/{one}" for one in allowed])
    kept = {one for one, kind in types.items() if kind in STATEFUL and one not in allowed}
    for action in ("Update:Delete", "Update:Replace", "Update:Modify"):
        denied = {one for one in types if forbids(bodies.get("Nested", open_policy()), one, action)}
        assert denied == (set() if action == "Update:Modify" else kept)
    assert forbids(bodies.get("", open_policy()), "Nested") == bool(kept)
    assert all(json.loads(body)["Statement"][0]["Effect"] == "Allow" for body in bodies.values())
