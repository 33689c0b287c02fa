from __future__ import annotations

import json
from collections.abc import Mapping

from stratopause.deployer.errors import Refused
from stratopause.deployer.events import StackPoliciesSet, StackPolicyRefused
from stratopause.deployer.protection.policies import open_policy, tree_of, wanted_policies
from stratopause.deployer.protection.setting import deployed_tree, protect, stack_ids
from tests.stratopause.deployer.deployed import addressed, bring
from tests.stratopause.deployer.fakes import Account, clinic, nested, template

SET = ("cloudformation", "set_stack_policy")


def wanted(account: Account, templates: Mapping[str, bytes]) -> dict[str, str]:
    return wanted_policies(tree_of(addressed(account, templates)))


def standing(account: Account) -> dict[str, str | None]:
    return {"/".join(stack.path): stack.policy for stack in account.cloudformation.stacks.values()}


def sets(account: Account) -> int:
    return account.api.calls.count(SET)


def deep() -> dict[str, bytes]:
    return clinic(Outer=nested("outer.json")) | {"outer.json": template({"Inner": nested("keys.json")})}


def test_a_policy_is_set_on_each_stack_that_holds_data_at_any_depth(account: Account) -> None:
    stack_id = bring(account, deep())
    policies = wanted(account, deep())
    digests = protect(account.session(), stack_id, policies, {})
    assert standing(account) == policies
    assert list(policies) == ["", "Database", "Keys", "Outer", "Outer/Inner"]
    assert list(digests) == list(policies)
    assert account.somebody.saw(StackPoliciesSet) == [StackPoliciesSet("clinic-dev", tuple(policies))]


def test_what_is_known_to_stand_costs_no_call(account: Account) -> None:
    stack_id = bring(account, clinic())
    known = protect(account.session(), stack_id, wanted(account, clinic()), {})
    before = len(account.api.calls)
    assert protect(account.session(), stack_id, wanted(account, clinic()), known) == known
    assert len(account.api.calls) == before


def test_only_what_differs_is_set(account: Account) -> None:
    stack_id = bring(account, clinic())
    known = protect(account.session(), stack_id, wanted(account, clinic()), {})
    before = sets(account)
    more = clinic(Bucket={"Type": "AWS::S3::Bucket"})
    bring(account, more)
    protect(account.session(), stack_id, wanted(account, more), known)
    assert sets(account) - before == 1
    assert "LogicalResourceId/Bucket" in str(standing(account)[""])


def test_what_no_longer_holds_data_is_opened_and_then_forgotten(account: Account) -> None:
    stack_id = bring(account, clinic())
    known = protect(account.session(), stack_id, wanted(account, clinic()), {})
    left = {name: body for name, body in wanted(account, clinic()).items() if name != "Keys"}
    known = protect(account.session(), stack_id, left, known)
    assert standing(account)["Keys"] == open_policy()
    assert "Keys" not in known
    before = len(account.api.calls)
    protect(account.session(), stack_id, left, known)
    assert len(account.api.calls) == before


def test_a_root_that_was_made_again_gets_its_policies_again(account: Account) -> None:
    known = protect(account.session(), bring(account, clinic()), wanted(account, clinic()), {})
    account.services.cloudformation.delete_stack("clinic-dev", "token")
    account.clock.sleep(60)
    stack_id = bring(account, clinic())
    protect(account.session(), stack_id, wanted(account, clinic()), known)
    alive = [stack for stack in account.cloudformation.stacks.values() if stack.status != "DELETE_COMPLETE"]
    assert len(alive) == 3
    assert all(stack.policy for stack in alive)


def test_a_stack_that_is_not_there_yet_is_set_when_it_is(account: Account) -> None:
    stack_id = bring(account, clinic())
    known = protect(account.session(), stack_id, wanted(account, deep()), {})
    assert list(known) == ["", "Database", "Keys"]
    bring(account, deep())
    assert "Outer/Inner" in protect(account.session(), stack_id, wanted(account, deep()), known)
    assert standing(account)["Outer/Inner"]


def test_a_refusal_is_told_and_tried_again_and_the_others_are_set(account: Account) -> None:
    stack_id = bring(account, clinic())
    keys = stack_ids(account.services.cloudformation, stack_id, ["Keys"])["Keys"]
    really = account.cloudformation.set_stack_policy

    def refuse(asked: dict[str, str]) -> dict[str, str]:
        if asked["StackName"] == keys:
            raise Refused("AWS refuses set_stack_policy: AccessDenied", "AccessDenied")
        return really(asked)

    account.api.answers[SET] = refuse
    policies = wanted(account, clinic())
    known = protect(account.session(), stack_id, policies, {})
    refused = account.somebody.saw(StackPolicyRefused)
    assert refused == [StackPolicyRefused("clinic-dev", "Keys", "AWS refuses set_stack_policy: AccessDenied")]
    assert list(known) == ["", "Database"]
    del account.api.answers[SET]
    known = protect(account.session(), stack_id, policies, known)
    assert standing(account) == policies

    account.api.answers[SET] = refuse
    left = {name: body for name, body in policies.items() if name != "Keys"}
    assert protect(account.session(), stack_id, left, known)["Keys"] == known["Keys"]


def test_the_deployed_tree_is_what_was_deployed(account: Account) -> None:
    stack_id = bring(account, deep())
    tree = deployed_tree(account.services.cloudformation, stack_id)
    assert tree == tree_of(addressed(account, deep()))
    assert json.loads(deep()["keys.json"])["Resources"] == tree["Outer", "Inner"]["Resources"]
