"""What a deployment asks of AWS: each call has a reason, and none is made twice."""

from __future__ import annotations

from collections import Counter

from tests.stratopause.deployer import orders
from tests.stratopause.deployer.fakes import Account, clinic

FOLLOWING = "describe_stack_events"


def calls(account: Account) -> Counter[str]:
    return Counter(operation for _, operation in account.api.calls)


def test_where_nothing_changes_six_calls_say_so(account: Account) -> None:
    orders.bring(account.session(), clinic())
    account.api.requests.clear()
    orders.bring(account.session(), clinic())
    assert calls(account) == {
        "get_caller_identity": 1,  # whose account it is
        "describe_stacks": 2,  # the root, and the bucket
        "get_template": 1,  # which names every child by its content
        "list_objects_v2": 1,  # the newest record
        "get_object": 1,
    }


def test_a_change_in_one_of_two_nested_stacks_asks_nothing_twice(account: Account) -> None:
    orders.bring(account.session(), clinic())
    account.api.requests.clear()
    orders.bring(account.session(), clinic(storage=40))
    asked = calls(account)
    del asked[FOLLOWING]
    assert asked == {
        "get_caller_identity": 1,
        "describe_stacks": 3,  # and the outputs in the end
        "get_template": 1,
        "list_objects_v2": 1,
        "get_object": 1,
        "put_object": 4,  # two templates, and a record before and after
        "create_change_set": 1,
        "describe_change_set": 3,  # once while it is made, then root and child
        "describe_events": 2,  # what validations found in each
        "list_hook_results": 2,
        "list_change_sets": 1,  # what else waits for the stack
        "head_object": 2,  # that what was reviewed still lies there
        "execute_change_set": 1,
    }
