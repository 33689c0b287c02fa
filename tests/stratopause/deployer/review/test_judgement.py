from __future__ import annotations

from msgspec.structs import replace

from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.review.judgement import Judgement, judge, judged
from stratopause.deployer.review.noise import Certainty
from stratopause.deployer.stacks import NESTED_STACK, HookResult, OperationEvent, StackResource
from stratopause.deployer.templates import Template
from tests.stratopause.deployer.review.reviews import add, given, modify, nest, passed, remove, review, taken, written


def test_what_really_is_replaced_or_may_be_is_listed_and_what_only_seems_so_is_not() -> None:
    sure = modify("A", written("X"), replacement="True")
    perhaps = modify("B", written("X"), replacement="Conditional")
    noise = modify("C", given("X", "Keys.Outputs.A"), replacement="True")
    assert judge(review(sure, perhaps, noise)).replacements == (((), sure), ((), perhaps))


def test_each_property_has_the_name_of_what_changes_it() -> None:
    log = modify("Log", taken("KmsKeyId", "KeyArn"), written("Name"))
    found = review(passed("Audit", "KeyArn", "Keys.Outputs.LogsKeyArn"), Audit=(log,))
    assert judge(found).causes == {
        ((), "Audit", "/Properties/Parameters/KeyArn"): "Keys.LogsKeyArn",
        (("Audit",), "Log", "/Properties/KmsKeyId"): "Keys.LogsKeyArn",
    }


def test_what_nobody_has_judged_counts_as_real() -> None:
    assert Judgement().of((), add("A")) is Certainty.REAL
    assert Judgement().is_real(("X",), modify("A", given("B", "C.D")))


def test_what_cloudformation_itself_warns_of_is_passed_on() -> None:
    found = review(add("A"))
    warned = replace(found, change_set=replace(found.change_set, reason="[WARN] incomplete"))
    assert [one.text for one in judge(warned).warnings] == ["CloudFormation says: [WARN] incomplete"]
    assert judge(found).warnings == ()


def test_stacks_that_are_made_are_new_with_all_below_them() -> None:
    inner = (add("Key"),)
    assert judge(review(add("Keys", NESTED_STACK), Keys=inner)).new_stacks == {(), ("Keys",)}
    assert judge(review(add("Keys", NESTED_STACK), nest("Net"), Keys=inner, Net=inner)).new_stacks == {("Keys",)}


class Asked:
    """A CloudFormation in which everything is refused but the nested stack that goes."""

    def resources(self, stack_id: str) -> tuple[StackResource, ...]:
        return ()

    def template(self, stack_id: str) -> Template:
        return {"Resources": {}}

    def failed_events(self, change_set_id: str) -> tuple[OperationEvent, ...]:
        return (OperationEvent("VALIDATION_ERROR", "o", "s", "A", "T", "because", mode="WARN"),)

    def hook_results(self, change_set_id: str) -> tuple[HookResult, ...]:
        return ()

    def change_sets(self, stack_id: str) -> tuple[ChangeSet, ...]:
        return ()


def test_a_judgement_asks_for_itself_what_it_must_know() -> None:
    found = judged(Asked(), review(remove("Old", NESTED_STACK, physical_id="arn:old")))
    assert found.losses == ()
    assert [one.reason for one in found.findings.found] == ["because"]
