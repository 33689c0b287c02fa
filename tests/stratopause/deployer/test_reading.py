from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from stratopause.deployer.changes import ChangeSet, ResourceChange
from stratopause.deployer.errors import Unreachable
from stratopause.deployer.reading import read, why_it_failed
from stratopause.deployer.stacks import NESTED_STACK


def change_set(name: str, *nested: str) -> ChangeSet:
    changes = tuple(ResourceChange(one, NESTED_STACK, "Add", change_set_id=one) for one in nested)
    return ChangeSet(name, "stack", "CREATE_COMPLETE", changes=changes)


@dataclass
class Gate:
    """Answers no question before as many as `together` are asked at once."""

    sets: Mapping[str, ChangeSet]
    together: int

    def __post_init__(self) -> None:
        self.barrier = threading.Barrier(self.together, timeout=10)

    def change_set(self, change_set_id: str) -> ChangeSet:
        self.barrier.wait()
        return self.sets[change_set_id]


def test_the_change_sets_of_one_depth_are_read_at_once() -> None:
    sets = {name: change_set(name) for name in ("A", "B", "C")}
    assert len(read(Gate(sets, together=3), change_set("root", *sets)).stacks) == 4


def test_parents_come_before_children_in_the_order_of_cloudformation() -> None:
    sets = {"Z": change_set("Z", "Y"), "Y": change_set("Y"), "A": change_set("A", "B"), "B": change_set("B")}
    found = read(Gate(sets, together=2), change_set("root", "Z", "A"))
    assert [stack.path for stack in found.stacks] == [(), ("Z",), ("Z", "Y"), ("A",), ("A", "B")]


def test_a_change_set_that_cannot_be_read_leaves_no_half_review() -> None:
    class Down:
        def change_set(self, change_set_id: str) -> ChangeSet:
            raise Unreachable("no answer")

    with pytest.raises(Unreachable):
        read(Down(), change_set("root", "A", "B"))


def test_a_change_set_that_failed_by_itself_tells_its_own_reason_whatever_is_nested_in_it() -> None:
    plain = ResourceChange("Topic", "AWS::SNS::Topic", "Add")
    failed = ChangeSet("root", "stack", "FAILED", "no such type", changes=(plain, *change_set("root", "A").changes))
    assert why_it_failed(Gate({"A": change_set("A")}, together=1), failed) == "no such type"
