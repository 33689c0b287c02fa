"""The fake keeps what its page promises of change sets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stratopause.deployer.errors import NotFound, Refused, Stale
from tests.stratopause.deployer.desk import CHILD, OTHER, TOPIC, Desk, topic
from tests.stratopause.deployer.fake_comparison import INCOMPLETE, LATER
from tests.stratopause.deployer.fake_knobs import Hook, Validation
from tests.stratopause.deployer.fakes import nested, template


def with_parameters(body: bytes, **declared: dict[str, str]) -> bytes:
    return json.dumps({**json.loads(body), "Parameters": declared}).encode()


def passing(desk: Desk, source: str = "https://child") -> dict[str, Any]:
    """Child passes its Output to Taking, which calls its topic by it."""
    output = {"Arn": {"Value": {"Ref": "Topic"}}}
    desk.urls["https://child"] = template({"Topic": TOPIC}, output)
    desk.urls["https://other"] = template({"Topic": topic("x")}, output)
    named = {**TOPIC, "Properties": {"TopicName": {"Ref": "Arn"}, "DisplayName": {"Ref": "Arn"}}}
    desk.urls["https://taking"] = with_parameters(template({"Topic": named}), Arn={"Type": "String"})
    taking = nested("https://taking")
    taking["Properties"]["Parameters"] = {"Arn": {"Fn::GetAtt": ["Child", "Outputs.Arn"]}}
    return {"Child": nested(source), "Taking": taking}


def test_a_change_set_makes_its_stack_and_those_nested_in_it_in_review(desk: Desk) -> None:
    change_set_id = desk.ready(kind="CREATE")
    assert {stack.status for stack in desk.fake.stacks.values()} == {"REVIEW_IN_PROGRESS"}
    assert len(desk.fake.stacks) == 2
    inner = desk.changes(change_set_id)["Child"]["ChangeSetId"]
    assert desk.changes(inner)["Topic"]["Action"] == "Add"
    told = desk.told(inner)
    assert (told["ParentChangeSetId"], told["RootChangeSetId"]) == (change_set_id, change_set_id)


def test_deleting_the_root_change_set_deletes_what_is_nested(desk: Desk) -> None:
    change_set_id = desk.ready(kind="CREATE")
    desk.ask("delete_change_set", ChangeSetName=change_set_id)
    assert desk.fake.change_sets == {}
    assert [stack.name for stack in desk.fake.stacks.values()] == ["root"]
    desk.ask("delete_change_set", ChangeSetName=change_set_id)
    desk.ask("delete_stack", StackName="root")
    assert desk.status() == "absent"


def test_deleting_a_stack_in_review_deletes_its_change_sets(desk: Desk) -> None:
    desk.ready(kind="CREATE")
    desk.ask("delete_stack", StackName="root")
    assert (desk.fake.change_sets, desk.status()) == ({}, "absent")


def test_a_change_set_takes_some_looks_to_be_made_and_can_do_nothing_before(desk: Desk) -> None:
    desk.fake.pending_looks = 2
    change_set_id = desk.opened()
    with pytest.raises(Stale, match="cannot be deleted"):
        desk.ask("delete_change_set", ChangeSetName=change_set_id)
    with pytest.raises(Stale, match="CREATE_IN_PROGRESS"):
        desk.execute(change_set_id)
    told = desk.told(change_set_id)
    assert (told["Status"], told["ExecutionStatus"]) == ("CREATE_IN_PROGRESS", "UNAVAILABLE")
    assert told["Changes"] == []
    desk.told(change_set_id)
    told = desk.told(change_set_id)
    assert (told["Status"], told["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")


def test_nested_change_sets_are_executed_and_deleted_from_the_root_only(desk: Desk) -> None:
    inner = desk.changes(desk.ready(kind="CREATE"))["Child"]["ChangeSetId"]
    with pytest.raises(Refused, match="root only"):
        desk.ask("delete_change_set", ChangeSetName=inner)
    with pytest.raises(Refused, match="root only"):
        desk.execute(inner)


def test_the_same_request_makes_one_change_set_and_another_of_its_name_is_refused(desk: Desk) -> None:
    asked: dict[str, Any] = {"ChangeSetName": "mine", "ClientToken": "mine"}
    assert desk.opened(kind="CREATE", **asked) == desk.opened(kind="CREATE", **asked)
    assert desk.opened(kind="CREATE", StackName="another", **asked)
    with pytest.raises(Refused, match="already exists"):
        desk.opened(kind="CREATE", ChangeSetName="mine")


def test_a_change_set_is_found_by_its_name_and_its_stack(desk: Desk) -> None:
    change_set_id = desk.opened(kind="CREATE", ChangeSetName="mine", Description="commit abc")
    told = desk.ask("describe_change_set", ChangeSetName="mine", StackName="root")
    assert (told["ChangeSetId"], told["Description"]) == (change_set_id, "commit abc")
    with pytest.raises(NotFound):
        desk.told("mine")


def test_executing_one_deletes_the_others_and_it_can_still_be_described(desk: Desk) -> None:
    desk.create()
    old, change_set_id = desk.ready(OTHER), desk.ready(OTHER)
    desk.execute(change_set_id)
    assert desk.told(change_set_id)["ExecutionStatus"] == "EXECUTE_IN_PROGRESS"
    with pytest.raises(Stale):
        desk.ask("delete_change_set", ChangeSetName=change_set_id)
    desk.settled()
    assert desk.told(change_set_id)["ExecutionStatus"] == "EXECUTE_COMPLETE"
    with pytest.raises(NotFound):
        desk.execute(old)
    desk.fake.forgets_executed = True
    with pytest.raises(NotFound):
        desk.told(change_set_id)


def test_one_that_was_executed_and_failed_says_so(desk: Desk) -> None:
    desk.fake.failing[("Child", "Topic")] = "boom"
    change_set_id = desk.ready(kind="CREATE")
    desk.execute(change_set_id)
    desk.settled()
    assert desk.told(change_set_id)["ExecutionStatus"] == "EXECUTE_FAILED"


def test_one_from_before_another_change_is_obsolete(desk: Desk) -> None:
    desk.create()
    old = desk.ready(OTHER)
    desk.fake.change_elsewhere("root")
    assert desk.told(old)["ExecutionStatus"] == "OBSOLETE"
    with pytest.raises(Stale):
        desk.execute(old)


def test_change_sets_are_listed_with_their_status_and_without_their_changes(desk: Desk) -> None:
    desk.create()
    for _ in range(6):
        desk.opened(OTHER, "UPDATE")
    assert len(desk.ask("list_change_sets", StackName="root")["Summaries"]) == 5
    every = desk.all("list_change_sets", "Summaries", StackName="root")
    assert [one["ExecutionStatus"] for one in every] == ["UNAVAILABLE"] * 6 + ["EXECUTE_COMPLETE"]


def test_the_same_templates_make_no_change(desk: Desk) -> None:
    desk.create()
    told = desk.told(desk.ready())
    assert (told["Status"], told["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert told["StatusReason"].startswith("The submitted information didn't contain changes")


def test_nested_stacks_without_a_change_are_listed_where_that_is_set(desk: Desk) -> None:
    desk.create()
    desk.fake.always_listed = True
    change_set_id = desk.ready()
    assert desk.told(change_set_id)["Status"] == "CREATE_COMPLETE"
    told = desk.changes(change_set_id)["Child"]
    assert [one["ChangeSource"] for one in told["Details"]] == ["Automatic"]
    assert desk.changes(told["ChangeSetId"]) == {}


def test_a_stack_that_exists_is_not_created_and_one_that_does_not_is_not_updated(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.opened(kind="UPDATE")
    desk.create()
    with pytest.raises(Refused, match="already exists"):
        desk.opened()


def test_what_cannot_be_a_change_set_says_why(desk: Desk) -> None:
    desk.fake.unchangeable = "Template error"
    told = desk.told(desk.ready(kind="CREATE"))
    assert (told["Status"], told["StatusReason"]) == ("FAILED", "Template error")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "Parameters: [Name] must have values"),
        ({"Name": "a", "More": "b"}, "Parameters: [More] do not exist in the template"),
    ],
)
def test_a_nested_stack_with_other_parameters_than_it_takes_fails_the_whole(
    desk: Desk, given: dict[str, str], reason: str
) -> None:
    declared = {"Name": {"Type": "String"}, "Other": {"Type": "String", "Default": "x"}}
    desk.urls["https://child"] = with_parameters(template({"Topic": TOPIC}), **declared)
    child = nested("https://child")
    child["Properties"]["Parameters"] = given
    change_set_id = desk.ready({"Child": child}, "CREATE")
    told = desk.told(change_set_id)
    assert told["Status"] == "FAILED"
    assert "was not successfully created" in told["StatusReason"]
    inner = desk.told(desk.changes(change_set_id)["Child"]["ChangeSetId"])
    assert (inner["Status"], inner["StatusReason"]) == ("FAILED", reason)


def test_the_parameters_of_the_root_are_given_or_kept(desk: Desk) -> None:
    body = with_parameters(template({"Topic": topic({"Ref": "Name"})}), Name={"Type": "String"}).decode()
    given = [{"ParameterKey": "Name", "ParameterValue": "a"}]
    desk.execute(desk.ready(kind="CREATE", TemplateBody=body, Parameters=given))
    desk.settled()
    kept = [{"ParameterKey": "Name", "UsePreviousValue": True}]
    assert desk.told(desk.ready(TemplateBody=body, Parameters=kept))["Status"] == "FAILED"
    change_set_id = desk.ready(TemplateBody=body, Parameters=[{"ParameterKey": "Name", "ParameterValue": "b"}])
    told = [
        (one["ChangeSource"], one.get("CausingEntity"), one["Evaluation"])
        for one in desk.changes(change_set_id)["Topic"]["Details"]
    ]
    assert told == [("DirectModification", None, "Dynamic"), ("ParameterReference", "Name", "Static")]
    assert desk.told(change_set_id)["Parameters"] == [{"ParameterKey": "Name", "ParameterValue": "b"}]


# Values


def test_values_paths_and_contexts_are_told_only_where_they_are_asked_for(desk: Desk) -> None:
    before = {**TOPIC, "Properties": {"A": {"B": [1, 2]}, "Gone": "x"}, "Metadata": {"m": 1}}
    after = {**TOPIC, "Properties": {"A": {"B": [1, 3]}, "New": True}, "DeletionPolicy": "Retain"}
    desk.create({"Topic": before})
    change_set_id = desk.ready({"Topic": after})
    told = desk.changes(change_set_id)["Topic"]
    targets = {one["Target"]["Path"]: one["Target"] for one in told["Details"]}
    assert targets["/Properties/A/B/1"] == {
        "Attribute": "Properties",
        "Name": "A",
        "Path": "/Properties/A/B/1",
        "RequiresRecreation": "Never",
        "AttributeChangeType": "Modify",
        "BeforeValue": "2",
        "AfterValue": "3",
    }
    kinds = {path: target["AttributeChangeType"] for path, target in targets.items()}
    assert kinds == {
        "/Properties/A/B/1": "Modify",
        "/Properties/Gone": "Remove",
        "/Properties/New": "Add",
        "/Metadata": "Remove",
        "/DeletionPolicy": "Add",
    }
    assert told["Scope"] == ["Properties", "Metadata", "DeletionPolicy"]
    assert json.loads(told["BeforeContext"]) == {key: value for key, value in before.items() if key != "Type"}
    assert json.loads(told["AfterContext"])["DeletionPolicy"] == "Retain"
    bare = desk.changes(change_set_id, values=False)["Topic"]
    assert "BeforeContext" not in bare
    assert bare["Details"][0]["Target"] == {"Attribute": "Properties", "Name": "A", "RequiresRecreation": "Never"}


def test_changes_can_be_dropped_with_values_and_a_warning_says_so(desk: Desk) -> None:
    topics = {f"Topic{number}": TOPIC for number in range(7)}
    desk.fake.dropped.add(("Topic3",))
    change_set_id = desk.ready(topics, "CREATE")
    assert set(desk.changes(change_set_id)) == topics.keys() - {"Topic3"}
    told = desk.ask("describe_change_set", ChangeSetName=change_set_id, IncludePropertyValues=True)
    assert (told["Status"], told["StatusReason"], len(told["Changes"])) == ("CREATE_COMPLETE", INCOMPLETE, 5)
    assert set(desk.changes(change_set_id, values=False)) == topics.keys()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Properties": {"TopicName": "b"}}, ("True", "ReplaceAndDelete")),
        ({"Properties": {"TopicName": "b"}, "UpdateReplacePolicy": "Retain"}, ("True", "ReplaceAndRetain")),
        ({"Properties": {"TopicName": "b"}, "Metadata": {"Replacement": "Conditional"}}, ("Conditional", None)),
        ({"Properties": {"DisplayName": "b"}}, ("False", None)),
    ],
)
def test_a_replacement_follows_from_the_property(
    desk: Desk, change: dict[str, Any], told: tuple[str, str | None]
) -> None:
    desk.create({"Topic": TOPIC})
    found = desk.changes(desk.ready({"Topic": {**TOPIC, **change}}))["Topic"]
    assert found["Replacement"] == told[0]
    if told[1] is not None:
        assert found["PolicyAction"] == told[1]


@pytest.mark.parametrize(
    ("policy", "told"), [("Delete", "Delete"), ("Retain", "Retain"), ("RetainExceptOnCreate", "Retain")]
)
def test_a_removal_says_what_becomes_of_the_resource(desk: Desk, policy: str, told: str) -> None:
    desk.create({"Topic": TOPIC, "Old": {**TOPIC, "DeletionPolicy": policy}})
    gone = desk.changes(desk.ready({"Topic": TOPIC}))["Old"]
    assert (gone["Action"], gone["PolicyAction"]) == ("Remove", told)
    assert gone["PhysicalResourceId"] == desk.resources("root")["Old"][1]


def test_tags_of_the_stack_change_every_resource(desk: Desk) -> None:
    desk.create({"Topic": TOPIC})
    change_set_id = desk.ready({"Topic": TOPIC}, Tags=[{"Key": "a", "Value": "b"}])
    assert desk.changes(change_set_id)["Topic"]["Scope"] == ["Tags"]
    desk.execute(change_set_id)
    assert desk.settled() == "UPDATE_COMPLETE"
    assert desk.root()["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_nested_stack_is_listed_with_what_is_passed_to_it_anew(desk: Desk) -> None:
    declared = {name: {"Type": "String"} for name in ("Arn", "Same", "Size")}
    desk.urls["https://child"] = with_parameters(template({"Topic": topic({"Ref": "Size"})}), **declared)
    child = nested("https://child")
    child["Properties"]["Parameters"] = {"Arn": {"Ref": "Topic"}, "Same": "a", "Size": "1"}
    change_set_id = desk.ready({"Child": child, "Topic": TOPIC}, "CREATE")
    inner = desk.told(desk.changes(change_set_id)["Child"]["ChangeSetId"])
    assert {"ParameterKey": "Arn", "ParameterValue": LATER} in inner["Parameters"]
    desk.create({"Topic": TOPIC, "Child": child})
    child["Properties"]["Parameters"]["Size"] = "2"
    passed, _ = desk.changes(desk.ready({"Topic": TOPIC, "Child": child}))["Child"]["Details"]
    assert passed["Target"]["Path"] == "/Properties/Parameters/Size"
    assert (passed["Target"]["BeforeValue"], passed["Target"]["AfterValue"]) == ("1", "2")
    assert (passed["Evaluation"], passed["ChangeSource"]) == ("Static", "DirectModification")


# Noise


def test_who_takes_an_output_of_a_sibling_that_changes_seems_to_change(desk: Desk) -> None:
    desk.create(passing(desk))
    change_set_id = desk.ready(passing(desk, "https://other"))
    taking = desk.changes(change_set_id)["Taking"]
    passed, automatic = taking["Details"]
    assert passed["Target"]["AfterValue"] == LATER
    assert passed["Target"]["BeforeValue"].startswith("topic-")
    assert (passed["Evaluation"], passed["ChangeSource"], passed["CausingEntity"]) == (
        "Dynamic",
        "ResourceAttribute",
        "Child.Outputs.Arn",
    )
    assert automatic["ChangeSource"] == "Automatic"
    inside = desk.changes(taking["ChangeSetId"])["Topic"]
    assert inside["Replacement"] == "True"
    assert {one["Target"]["AfterValue"] for one in inside["Details"]} == {LATER}
    assert [one.get("CausingEntity") for one in inside["Details"]] == [None, "Arn"] * 2


def test_what_only_seemed_to_change_stays_as_it_was(desk: Desk) -> None:
    desk.create(passing(desk))
    before = desk.resources(desk.child("Taking"))
    assert desk.bring(passing(desk, "https://other")) == "UPDATE_COMPLETE"
    assert desk.resources(desk.child("Taking")) == before
    assert desk.changes(desk.ready(passing(desk, "https://other"))) == {}


def test_who_takes_an_output_that_does_change_is_changed_by_it(desk: Desk) -> None:
    desk.create(passing(desk))
    before = desk.resources(desk.child("Taking"))["Topic"][1]
    desk.fake.recreates.add(("AWS::SNS::Topic", "DisplayName"))
    assert desk.bring(passing(desk, "https://other")) == "UPDATE_COMPLETE"
    assert desk.resources(desk.child("Taking"))["Topic"][1] != before
    (parameter,) = desk.ask("describe_stacks", StackName=desk.child("Taking"))["Stacks"][0]["Parameters"]
    assert parameter["ParameterValue"] == desk.resources(desk.child())["Topic"][1]


# Validation and hooks


def test_validation_that_fails_fails_the_change_set_and_is_told_by_its_events(desk: Desk) -> None:
    desk.fake.validation += [
        Validation(("Child", "Topic"), "unknown property", path="/Properties/Nam"),
        Validation(("Child",), "there is one", "NAME_CONFLICT_VALIDATION", mode="WARN"),
    ]
    change_set_id = desk.ready(kind="CREATE")
    told = desk.told(change_set_id)
    assert told["Status"] == "FAILED"
    assert "[AWS::EarlyValidation::PropertyValidation]" in told["StatusReason"]
    asked = {"ChangeSetName": change_set_id, "Filters": {"FailedEvents": True}}
    first, second = desk.all("describe_events", "OperationEvents", **asked)
    assert {key: value for key, value in first.items() if key.startswith("Validation")} == {
        "ValidationFailureMode": "FAIL",
        "ValidationName": "PROPERTY_VALIDATION",
        "ValidationStatus": "FAILED",
        "ValidationStatusReason": "unknown property",
        "ValidationPath": "/Properties/Nam",
    }
    assert (first["EventType"], first["ResourceType"]) == ("VALIDATION_ERROR", "AWS::SNS::Topic")
    assert desk.fake.stacks[first["StackId"]].path == ("Child",)
    assert (second["LogicalResourceId"], second["ValidationFailureMode"]) == ("Child", "WARN")


def test_validation_that_warns_lets_the_change_set_be_made(desk: Desk) -> None:
    desk.fake.validation.append(Validation(("Child", "Topic"), "hm", mode="WARN"))
    assert desk.told(desk.ready(kind="CREATE"))["Status"] == "CREATE_COMPLETE"


def test_a_hook_that_fails_fails_the_change_set_and_says_what_to_do(desk: Desk) -> None:
    advice = {"AnnotationName": "a", "Status": "FAILED", "StatusMessage": "open", "RemediationMessage": "close it"}
    desk.fake.hooks += [
        Hook("Ours::Check::Hook", "HOOK_COMPLETE_FAILED", reason="too open", annotations=(advice,)),
        Hook("Ours::Warn::Hook", "HOOK_COMPLETE_FAILED", "WARN"),
        Hook("Ours::Good::Hook"),
    ]
    change_set_id = desk.ready(kind="CREATE")
    assert desk.told(change_set_id)["StatusReason"].endswith("[Ours::Check::Hook].")
    asked = {"TargetType": "CHANGE_SET", "TargetId": change_set_id}
    told = desk.ask("list_hook_results", **asked)["HookResults"]
    assert [one["Status"] for one in told] == ["HOOK_COMPLETE_FAILED"] * 2 + ["HOOK_COMPLETE_SUCCEEDED"]
    whole = desk.ask("get_hook_result", HookResultId=told[0]["HookResultId"])
    assert (whole["HookStatusReason"], whole["Annotations"]) == ("too open", [advice])
    with pytest.raises(Refused):
        desk.ask("get_hook_result", HookResultId=f"{'none' * 10}#0")
    hooks = desk.ask("describe_change_set_hooks", ChangeSetName=change_set_id)["Hooks"]
    assert [one["FailureMode"] for one in hooks] == ["FAIL", "WARN", "FAIL"]


def test_a_hook_that_warns_lets_the_change_set_be_made(desk: Desk) -> None:
    desk.fake.hooks.append(Hook("Ours::Warn::Hook", "HOOK_COMPLETE_FAILED", "WARN"))
    assert desk.told(desk.ready(CHILD, "CREATE"))["Status"] == "CREATE_COMPLETE"
