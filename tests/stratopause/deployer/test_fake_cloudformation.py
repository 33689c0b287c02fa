"""The fake keeps what its page promises of operations and of reading them; `test_behaviour.py` holds it to another's
word.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from stratopause.deployer.errors import NotFound, Refused, Stale, Throttled
from tests.stratopause.deployer.desk import CHILD, OTHER, TOPIC, Desk, topic
from tests.stratopause.deployer.fakes import nested, template

KEPT = {**TOPIC, "DeletionPolicy": "Retain"}


def deny(action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": action, **more}


def policy(*statements: dict[str, Any]) -> str:
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    return json.dumps({"Statement": [*statements, allowed]})


# Creating and updating


def test_an_operation_takes_its_time_and_refuses_a_second_one(desk: Desk) -> None:
    desk.create()
    desk.execute(desk.ready(OTHER))
    assert desk.status() == "UPDATE_IN_PROGRESS"
    with pytest.raises(Refused, match="UPDATE_IN_PROGRESS"):
        desk.ask("delete_stack", StackName="root")
    with pytest.raises(Refused, match="UPDATE_IN_PROGRESS"):
        desk.opened(kind="UPDATE")
    assert desk.settled() == "UPDATE_COMPLETE"


def test_stacks_of_different_trees_are_at_work_at_once(desk: Desk) -> None:
    desk.execute(desk.ready(kind="CREATE"))
    desk.execute(desk.ready(kind="CREATE", StackName="another"))
    assert desk.settled() == "CREATE_COMPLETE"
    assert desk.ask("describe_stacks", StackName="another")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


def test_nested_stacks_are_made_in_their_place_and_what_they_pass_before_who_takes_it(desk: Desk) -> None:
    desk.urls["https://child"] = template({"Topic": TOPIC}, {"Arn": {"Value": {"Ref": "Topic"}}})
    taking = template({"Topic": topic({"Ref": "Arn"})}).replace(b'"Outputs"', b'"Parameters": {"Arn": {}}, "Outputs"')
    desk.urls["https://taking"] = taking
    second = nested("https://taking")
    second["Properties"]["Parameters"] = {"Arn": {"Fn::GetAtt": ["Child", "Outputs.Arn"]}}
    assert desk.create({"Taking": second, **CHILD}) == "CREATE_COMPLETE"
    history = desk.history()
    assert history.index("Child CREATE_COMPLETE") < history.index("Taking CREATE_IN_PROGRESS")
    told = desk.ask("describe_stacks", StackName=desk.child("Taking"))["Stacks"][0]
    passed = desk.resources(desk.child())["Topic"][1]
    assert told["Parameters"] == [{"ParameterKey": "Arn", "ParameterValue": passed}]
    assert (told["ParentId"], told["RootId"]) == (desk.root()["StackId"], desk.root()["StackId"])


def test_a_replaced_resource_gets_another_physical_id_and_the_old_one_goes_at_the_end(desk: Desk) -> None:
    named: dict[str, Any] = {"Topic": {**TOPIC, "Properties": {"TopicName": "a"}}}
    desk.create(named)
    old = desk.resources("root")["Topic"][1]
    named["Topic"]["Properties"] = {"TopicName": "b"}
    desk.bring(named)
    assert desk.resources("root")["Topic"][1] != old
    gone = [event for event in desk.events() if event.get("PhysicalResourceId") == old]
    assert gone[0]["ResourceStatus"] == "DELETE_COMPLETE"
    named["Topic"] = {**TOPIC, "UpdateReplacePolicy": "Retain", "Properties": {"TopicName": "c"}}
    desk.bring(named)
    assert "Topic DELETE_SKIPPED" in desk.history()


def test_a_removed_resource_goes_at_the_end_of_the_update(desk: Desk) -> None:
    desk.create({"Topic": TOPIC, "Gone": TOPIC, "Left": KEPT})
    assert desk.bring({"Topic": topic("x")}) == "UPDATE_COMPLETE"
    history = desk.history()
    assert history.index("root UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") < history.index("Gone DELETE_COMPLETE")
    assert "Left DELETE_SKIPPED" in history


def test_a_token_makes_a_request_the_same_one_and_stands_in_the_events_of_the_whole_tree(desk: Desk) -> None:
    change_set_id = desk.ready(kind="CREATE")
    desk.execute(change_set_id, "mine")
    desk.execute(change_set_id, "mine")
    assert desk.fake.executed == [(change_set_id, "mine")]
    assert desk.settled() == "CREATE_COMPLETE"
    desk.execute(change_set_id, "mine")
    for stack in ("root", desk.child()):
        tokens = [event.get("ClientRequestToken") for event in desk.events(stack)]
        assert tokens == ["mine"] * (len(tokens) - 1) + [None]
    with pytest.raises(Refused, match="TokenAlreadyExists"):
        desk.ask("delete_stack", StackName="root", ClientRequestToken="mine")


# Failing, and going back


def test_a_failure_is_told_by_its_parent_and_rolled_back_by_the_root(desk: Desk) -> None:
    desk.fake.failing[("Child", "Topic")] = "boom"
    assert desk.create() == "ROLLBACK_COMPLETE"
    child = desk.child()
    assert desk.reasons(child)["Topic"] == "boom"
    assert "[Topic]" in desk.reasons("root")["Child"]
    assert desk.reasons("root")["Child"].startswith(f"Embedded stack {child} was not successfully created")
    assert [line for line in desk.history(child) if line.startswith("root-")][1:] == [
        f"{line} {status}"
        for line in [desk.fake.stacks[child].name]
        for status in ("CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_COMPLETE")
    ]


def test_a_nested_stack_that_was_never_begun_stays_no_longer_in_review(desk: Desk) -> None:
    desk.fake.failing[("First",)] = "boom"
    assert desk.create({"First": TOPIC, **CHILD}) == "ROLLBACK_COMPLETE"
    assert [stack.status for stack in desk.fake.stacks.values()] == ["ROLLBACK_COMPLETE", "DELETE_COMPLETE"]


def test_a_failed_update_two_levels_down_leaves_everything_as_it_was(desk: Desk) -> None:
    deep = {"Sibling": TOPIC, "Deep": nested("https://child")}
    desk.urls["https://middle"] = template(deep)
    desk.create({"First": TOPIC, "Middle": nested("https://middle")})
    before = [(one.name, one.template, {**one.resources}) for one in desk.fake.stacks.values()]
    desk.urls["https://middle2"] = template({"Sibling": topic("y"), "Deep": nested("https://other"), "New": TOPIC})
    desk.fake.failing[("Middle", "Deep", "Topic")] = "boom"
    assert desk.bring({"First": topic("z"), "Middle": nested("https://middle2")}) == "UPDATE_ROLLBACK_COMPLETE"
    after = [(one.name, one.template, one.resources) for one in desk.fake.stacks.values()]
    for (name, was, had), (same, now, has) in zip(before, after, strict=True):
        assert (name, was, had.keys()) == (same, now, has.keys())
        assert [one.physical_id for one in had.values()] == [one.physical_id for one in has.values()]
    assert [one.status for one in desk.fake.stacks.values()] == ["UPDATE_ROLLBACK_COMPLETE"] * 3


def test_what_a_failed_update_has_added_and_replaced_is_removed(desk: Desk) -> None:
    desk.create({"Old": {**TOPIC, "Properties": {"TopicName": "a"}}})
    old = desk.resources("root")["Old"]
    desk.fake.failing[("Last",)] = "boom"
    changed = {"Old": {**TOPIC, "Properties": {"TopicName": "b"}}, "New": TOPIC, "Last": TOPIC}
    assert desk.bring(changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert desk.resources("root") == {"Old": ("UPDATE_COMPLETE", old[1])}
    assert "New DELETE_COMPLETE" in desk.history()


def test_a_failed_update_is_two_operations(desk: Desk) -> None:
    desk.create({"Topic": TOPIC})
    desk.fake.failing[("Topic",)] = "boom"
    desk.bring({"Topic": topic("x")})
    rollback, update, *_ = desk.root()["LastOperations"]
    assert (rollback["OperationType"], update["OperationType"]) == ("ROLLBACK", "UPDATE_STACK")
    last = desk.all("describe_events", "OperationEvents", StackName="root")
    assert {one["OperationId"] for one in last} == {rollback["OperationId"]}
    asked = {"OperationId": update["OperationId"], "Filters": {"FailedEvents": True}}
    (failure,) = desk.all("describe_events", "OperationEvents", **asked)
    assert (failure["EventType"], failure["ResourceStatusReason"]) == ("PROVISIONING_ERROR", "boom")


def test_an_operation_is_one_of_every_stack_that_it_comes_to(desk: Desk) -> None:
    desk.create()
    desk.bring(OTHER)
    child = desk.ask("describe_stacks", StackName=desk.child())["Stacks"][0]
    mine, theirs = desk.root()["LastOperations"], child["LastOperations"]
    assert [one["OperationType"] for one in theirs] == ["UPDATE_STACK", "CREATE_STACK", "CREATE_CHANGESET"]
    assert not {one["OperationId"] for one in mine} & {one["OperationId"] for one in theirs}
    told = desk.all("describe_events", "OperationEvents", OperationId=theirs[0]["OperationId"])
    assert {one["StackId"] for one in told} == {child["StackId"]}


def test_a_rollback_that_is_asked_for_leads_out_of_a_failure_that_was_kept(desk: Desk) -> None:
    desk.fake.keeps_failed = True
    desk.create({"Topic": TOPIC})
    desk.fake.failing[("Topic",)] = "boom"
    assert desk.bring({"Topic": topic("x")}) == "UPDATE_FAILED"
    desk.ask("rollback_stack", StackName="root", ClientRequestToken="back")
    desk.ask("rollback_stack", StackName="root", ClientRequestToken="back")
    assert desk.settled() == "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(Refused, match="cannot be called"):
        desk.ask("rollback_stack", StackName="root")


def test_a_caller_can_have_a_failure_kept(desk: Desk) -> None:
    desk.create({"Topic": TOPIC})
    desk.fake.failing[("Topic",)] = "boom"
    desk.execute(desk.ready({"Topic": topic("x")}), "run", DisableRollback=True)
    assert desk.settled() == "UPDATE_FAILED"
    desk.execute(desk.ready({"Topic": topic("y")}), "again")
    assert desk.settled() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize(("deletes", "end"), [(False, "ROLLBACK_COMPLETE"), (True, "absent")])
def test_a_failed_creation_that_was_kept_is_rolled_back_to_nothing(desk: Desk, deletes: bool, end: str) -> None:
    desk.fake.keeps_failed, desk.fake.rollback_deletes = True, deletes
    desk.fake.failing[("Child", "Topic")] = "boom"
    assert desk.create() == "CREATE_FAILED"
    desk.ask("rollback_stack", StackName="root")
    assert desk.settled() == end


def test_what_cannot_be_restored_is_skipped_by_the_name_of_its_stack(desk: Desk) -> None:
    desk.create({**CHILD, "Twin": nested("https://child"), "Last": TOPIC})
    desk.fake.failing[("Last",)] = "boom"
    desk.fake.unrestorable.add(("Child", "Topic"))
    updated = {**OTHER, "Twin": nested("https://other"), "Last": topic("x")}
    assert desk.bring(updated) == "UPDATE_ROLLBACK_FAILED"
    assert desk.fake.stacks[desk.child("Twin")].status == "UPDATE_ROLLBACK_COMPLETE"
    child = desk.fake.stacks[desk.child()]
    assert child.status == "UPDATE_ROLLBACK_FAILED"
    for wrong in ("Child.Topic", "Topic", "Child"):
        with pytest.raises(Refused, match="UPDATE_FAILED"):
            desk.ask("continue_update_rollback", StackName="root", ResourcesToSkip=[wrong])
    with pytest.raises(Refused, match="parent only"):
        desk.ask("continue_update_rollback", StackName=child.id)
    desk.ask("continue_update_rollback", StackName="root")
    assert desk.settled() == "UPDATE_ROLLBACK_FAILED"
    asked = {"StackName": "root", "ResourcesToSkip": [f"{child.name}.Topic"], "ClientRequestToken": "skip"}
    desk.ask("continue_update_rollback", **asked)
    assert desk.settled() == "UPDATE_ROLLBACK_COMPLETE"
    desk.ask("continue_update_rollback", **asked)
    with pytest.raises(Refused, match="not in UPDATE_ROLLBACK_FAILED"):
        desk.ask("continue_update_rollback", StackName="root")


def test_a_rollback_goes_on_once_what_blocked_it_is_repaired(desk: Desk) -> None:
    desk.create({"Topic": TOPIC})
    desk.fake.failing[("Topic",)] = "boom"
    desk.fake.unrestorable.add(("Topic",))
    assert desk.bring({"Topic": topic("x")}) == "UPDATE_ROLLBACK_FAILED"
    desk.fake.unrestorable.clear()
    desk.ask("continue_update_rollback", StackName="root")
    assert desk.settled() == "UPDATE_ROLLBACK_COMPLETE"


def test_an_update_is_cancelled_and_rolled_back_while_it_is_one(desk: Desk) -> None:
    desk.create({**CHILD, "Last": TOPIC})
    desk.execute(desk.ready({**OTHER, "Last": topic("x")}))
    desk.ask("cancel_update_stack", StackName="root")
    assert desk.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert "cancelled" in "".join(desk.reasons(desk.child()).values())
    with pytest.raises(Refused, match="current stack status"):
        desk.ask("cancel_update_stack", StackName="root")


# Deleting


def test_a_deletion_goes_in_reverse_and_leaves_what_is_retained(desk: Desk) -> None:
    desk.create({"First": TOPIC, "Kept": KEPT, **CHILD})
    stack_id = desk.root()["StackId"]
    desk.ask("delete_stack", StackName="root", ClientRequestToken="go")
    desk.ask("delete_stack", StackName="root", ClientRequestToken="go")
    assert desk.settled() == "absent"
    ends = [line for line in desk.history(stack_id) if "DELETE_COMPLETE" in line or "SKIPPED" in line]
    assert ends == ["Child DELETE_COMPLETE", "Kept DELETE_SKIPPED", "First DELETE_COMPLETE", "root DELETE_COMPLETE"]
    desk.ask("delete_stack", StackName="root")
    desk.ask("delete_stack", StackName=stack_id)


def test_a_stack_that_is_being_created_can_be_deleted(desk: Desk) -> None:
    desk.execute(desk.ready(kind="CREATE"))
    desk.ask("delete_stack", StackName="root")
    assert desk.settled() == "absent"


def test_what_cannot_be_deleted_blocks_its_stack_until_it_is_retained(desk: Desk) -> None:
    desk.create()
    child = desk.child()
    desk.fake.undeletable[("Child", "Topic")] = "still in use"
    with pytest.raises(Refused, match="DELETE_FAILED"):
        desk.ask("delete_stack", StackName=child, RetainResources=["Topic"])
    for _ in range(2):
        desk.ask("delete_stack", StackName="root", ClientRequestToken="same")
        assert desk.fake.is_busy or desk.status() == "DELETE_FAILED"
        assert desk.settled() == "DELETE_FAILED"
    assert [event["ResourceStatus"] for event in desk.events()].count("DELETE_FAILED") == 2
    assert desk.reasons(child)["Topic"] == "still in use"
    with pytest.raises(Refused, match="DELETE_FAILED"):
        desk.ask("delete_stack", StackName="root", RetainResources=["Topic"])
    desk.ask("delete_stack", StackName=child, RetainResources=["Topic"])
    desk.settled()
    desk.ask("delete_stack", StackName="root")
    assert desk.settled() == "absent"


def test_a_creation_whose_rollback_is_blocked_fails_to_roll_back(desk: Desk) -> None:
    desk.fake.failing[("Last",)] = "boom"
    desk.fake.undeletable[("First",)] = "still in use"
    assert desk.create({"First": TOPIC, "Last": TOPIC}) == "ROLLBACK_FAILED"
    desk.fake.undeletable.clear()
    desk.ask("delete_stack", StackName="root")
    assert desk.settled() == "absent"


def test_a_protected_stack_is_not_deleted(desk: Desk) -> None:
    desk.create()
    desk.ask("update_termination_protection", StackName="root", EnableTerminationProtection=True)
    assert desk.root()["EnableTerminationProtection"]
    with pytest.raises(Refused, match="TerminationProtection"):
        desk.ask("delete_stack", StackName="root")


# Stack policies


@pytest.mark.parametrize(
    ("statement", "is_denied"),
    [
        (deny("Update:Modify", Resource="LogicalResourceId/Topic"), True),
        (deny("Update:*", Resource="LogicalResourceId/To*"), True),
        (deny("Update:Replace", Resource="*"), False),
        (deny("Update:Modify", Resource="LogicalResourceId/Other"), False),
        (
            deny("Update:Modify", Resource="*", Condition={"StringEquals": {"ResourceType": ["AWS::SNS::Topic"]}}),
            True,
        ),
        (deny("Update:Modify", Resource="*", Condition={"StringEquals": {"ResourceType": ["AWS::X::Y"]}}), False),
    ],
)
def test_a_stack_policy_is_enforced_when_the_change_is_made(
    desk: Desk, statement: dict[str, Any], is_denied: bool
) -> None:
    desk.create({"Topic": TOPIC})
    assert "StackPolicyBody" not in desk.ask("get_stack_policy", StackName="root")
    desk.ask("set_stack_policy", StackName="root", StackPolicyBody=policy(statement))
    assert json.loads(desk.ask("get_stack_policy", StackName="root")["StackPolicyBody"])["Statement"][0] == statement
    end = desk.bring({"Topic": topic("x")})
    assert end == ("UPDATE_ROLLBACK_COMPLETE" if is_denied else "UPDATE_COMPLETE")
    assert desk.reasons().get("Topic", "").startswith("Action denied by stack policy") is is_denied


def test_a_stack_policy_tells_replacement_and_removal_from_modification(desk: Desk) -> None:
    desk.create({"Topic": TOPIC, "Other": TOPIC})
    guarded = policy(deny("Update:Replace", Resource="*"), deny("Update:Delete", Resource="*"))
    desk.ask("set_stack_policy", StackName="root", StackPolicyBody=guarded)
    replaced = {"Topic": {**TOPIC, "Properties": {"TopicName": "x"}}, "Other": TOPIC}
    assert desk.bring(replaced) == "UPDATE_ROLLBACK_COMPLETE"
    assert "[Update:Replace]" in desk.reasons()["Topic"]
    assert desk.bring({"Topic": TOPIC}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "[Update:Delete]" in desk.reasons()["Other"]
    assert desk.bring({"Topic": topic("x"), "Other": TOPIC, "New": TOPIC}) == "UPDATE_COMPLETE"


def test_what_no_statement_of_a_stack_policy_allows_is_denied(desk: Desk) -> None:
    desk.create({"Topic": TOPIC})
    desk.ask("set_stack_policy", StackName="root", StackPolicyBody='{"Statement": []}')
    assert desk.bring({"Topic": topic("x")}) == "UPDATE_ROLLBACK_COMPLETE"


# Reading


def test_every_list_has_five_entries_a_page_and_events_are_told_newest_first(desk: Desk) -> None:
    topics = {f"Topic{number}": TOPIC for number in range(7)}
    desk.create(topics)
    first = desk.ask("list_stack_resources", StackName="root")
    assert len(first["StackResourceSummaries"]) == 5
    assert list(desk.resources("root")) == list(topics)
    page = desk.ask("describe_stack_events", StackName="root")
    before = [one["EventId"] for one in desk.events()]
    desk.execute(desk.ready({**topics, "Topic0": topic("x")}))
    second = desk.ask("describe_stack_events", StackName="root", NextToken=page["NextToken"])
    assert [one["EventId"] for one in second["StackEvents"]] == before[5:10]
    times = [one["Timestamp"] for one in desk.events()]
    assert times == sorted(times, reverse=True)
    for number in range(6):
        desk.execute(desk.ready({"Topic": TOPIC}, "CREATE", StackName=f"s{number}"))
    assert len(desk.ask("describe_stacks")["Stacks"]) == 5
    assert len(desk.all("describe_stacks", "Stacks")) == 7


def test_a_stack_that_was_deleted_is_found_by_its_id_only(desk: Desk) -> None:
    desk.create()
    stack_id = desk.root()["StackId"]
    desk.ask("delete_stack", StackName=stack_id)
    assert desk.settled() == "absent"
    (gone,) = desk.ask("describe_stacks", StackName=stack_id)["Stacks"]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    assert gone["DeletionTime"] == gone["LastUpdatedTime"]


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    assert desk.status() == "absent"
    for operation in ("list_stack_resources", "describe_stack_events", "get_template", "cancel_update_stack"):
        with pytest.raises(NotFound):
            desk.ask(operation, StackName="root")
    with pytest.raises(NotFound):
        desk.told("arn:nothing")


def test_a_template_is_given_back_once_there_is_one(desk: Desk) -> None:
    change_set_id = desk.ready(kind="CREATE")
    with pytest.raises(Refused):
        desk.ask("get_template", StackName="root")
    desk.execute(change_set_id)
    assert json.loads(desk.ask("get_template", StackName="root")["TemplateBody"])["Resources"] == CHILD


def test_outputs_and_tags_are_told_with_the_stack(desk: Desk) -> None:
    outputs = {
        "Name": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}, "Description": "of the topic"},
        "Region": {"Value": {"Ref": "AWS::Region"}},
        "Number": {"Value": 7},
        "Joined": {"Value": {"Fn::Join": ["", ["a", "b"]]}},
    }
    tags = [{"Key": "owner", "Value": "us"}]
    body = template({"Topic": TOPIC}, outputs).decode()
    change_set_id = desk.ready(kind="CREATE", TemplateBody=body, Tags=tags)
    desk.execute(change_set_id)
    desk.settled()
    told = desk.root()
    physical_id = desk.resources("root")["Topic"][1]
    assert told["Outputs"][0] == {
        "OutputKey": "Name",
        "OutputValue": f"{physical_id}.TopicName",
        "Description": "of the topic",
    }
    assert [one["OutputValue"] for one in told["Outputs"][1:3]] == ["eu-central-1", "7"]
    assert (told["Tags"], told["ChangeSetId"]) == (tags, change_set_id)


def test_the_service_role_stays_until_another_is_given(desk: Desk) -> None:
    role = "arn:aws:iam::999988887777:role/cloudformation"
    desk.execute(desk.ready(kind="CREATE", RoleARN=role))
    desk.settled()
    assert desk.bring(OTHER) == "UPDATE_COMPLETE"
    assert desk.root()["RoleARN"] == role


def test_stale_reads_still_tell_what_was_before(desk: Desk) -> None:
    desk.create({"Topic": TOPIC})
    change_set_id = desk.ready({"Topic": topic("x")})
    newest = desk.events()[0]["EventId"]
    desk.fake.stale_reads = 3
    desk.execute(change_set_id)
    assert desk.status() == "CREATE_COMPLETE"
    assert desk.ask("describe_stack_events", StackName="root")["StackEvents"][0]["EventId"] == newest
    assert desk.status() == "CREATE_COMPLETE"
    assert desk.status() == "UPDATE_IN_PROGRESS"


def test_outages_are_raised_by_the_next_readings_of_events(desk: Desk) -> None:
    desk.create()
    desk.fake.outages.append(Throttled("slow down", "Throttling"))
    with pytest.raises(Throttled):
        desk.events()
    assert desk.events()


def test_a_stack_can_be_put_into_any_status(desk: Desk) -> None:
    desk.fake.put("root", "IMPORT_ROLLBACK_FAILED", "nobody knows")
    assert (desk.root()["StackStatus"], desk.root()["StackStatusReason"]) == ("IMPORT_ROLLBACK_FAILED", "nobody knows")
    with pytest.raises(Refused, match="can not be updated"):
        desk.opened(kind="UPDATE")


# Drift


def drifts(desk: Desk, stack: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """How the stack drifted, and each of its resources."""
    detection = desk.ask("detect_stack_drift", StackName=stack)["StackDriftDetectionId"]
    asked = {"StackDriftDetectionId": detection}
    while (told := desk.ask("describe_stack_drift_detection_status", **asked))["DetectionStatus"].endswith("PROGRESS"):
        with pytest.raises(Refused, match="already in progress"):
            desk.ask("detect_stack_drift", StackName=stack)
    found = desk.all("describe_stack_resource_drifts", "StackResourceDrifts", StackName=stack)
    named = {one["LogicalResourceId"]: one for one in found}
    return told.get("StackDriftStatus", told["DetectionStatus"]), named


def test_drift_is_told_once_it_was_detected_stack_by_stack(desk: Desk) -> None:
    desk.create({**CHILD, "Gone": TOPIC, "Same": TOPIC})
    child = desk.child()
    desk.fake.drifts[("Child", "Topic")] = [("/DisplayName", "", "x"), ("/A", "a", "b"), ("/B", "b", "")]
    desk.fake.drifts[("Gone",)] = "DELETED"
    desk.fake.drift.looks = 2
    assert desk.all("describe_stack_resource_drifts", "StackResourceDrifts", StackName="root") == []
    status, told = drifts(desk, "root")
    assert status == "DRIFTED"
    kinds = {name: one["StackResourceDriftStatus"] for name, one in told.items()}
    assert kinds == {"Child": "IN_SYNC", "Gone": "DELETED", "Same": "IN_SYNC"}
    _, told = drifts(desk, child)
    differences = told["Topic"]["PropertyDifferences"]
    assert [one["DifferenceType"] for one in differences] == ["ADD", "NOT_EQUAL", "REMOVE"]
    only = desk.ask(
        "describe_stack_resource_drifts", StackName="root", StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
    )
    assert [one["LogicalResourceId"] for one in only["StackResourceDrifts"]] == ["Gone"]
    listed = desk.ask("list_stack_resources", StackName="root")["StackResourceSummaries"]
    assert listed[1]["DriftInformation"]["StackResourceDriftStatus"] == "DELETED"


def test_a_detection_can_fail_and_types_can_be_left_out(desk: Desk) -> None:
    desk.create()
    desk.fake.drift.undetectable[()] = "no permission"
    assert drifts(desk, "root")[0] == "DETECTION_FAILED"
    desk.fake.drift.unsupported.add("AWS::SNS::Topic")
    status, told = drifts(desk, desk.child())
    assert (status, told) == ("IN_SYNC", {})
    (listed,) = desk.ask("list_stack_resources", StackName=desk.child())["StackResourceSummaries"]
    assert listed["DriftInformation"] == {"StackResourceDriftStatus": "NOT_CHECKED"}
    with pytest.raises(Refused):
        desk.ask("describe_stack_drift_detection_status", StackDriftDetectionId="none")
    desk.fake.put("root", "UPDATE_IN_PROGRESS")
    with pytest.raises(Refused):
        desk.ask("detect_stack_drift", StackName="root")


def test_drift_is_reverted_by_a_change_set_without_nested_stacks_only(desk: Desk) -> None:
    desk.create({"Topic": topic("x"), "Gone": TOPIC, "Same": TOPIC})
    desk.fake.drifts[("Topic",)] = [("/DisplayName", "x", "y")]
    desk.fake.drifts[("Gone",)] = "DELETED"
    same = {"Topic": topic("x"), "Gone": TOPIC, "Same": TOPIC}
    with pytest.raises(Refused, match="REVERT_DRIFT"):
        desk.opened(same, "UPDATE", DeploymentMode="REVERT_DRIFT")
    change_set_id = desk.ready(same, DeploymentMode="REVERT_DRIFT", IncludeNestedStacks=False)
    told = desk.changes(change_set_id)
    assert {name: (one["Action"], one["ResourceDriftStatus"]) for name, one in told.items()} == {
        "Topic": ("Modify", "MODIFIED"),
        "Gone": ("Add", "DELETED"),
    }
    assert told["Topic"]["Details"][0]["Target"]["Drift"]["ActualValue"] == "y"
    desk.execute(change_set_id)
    assert desk.settled() == "UPDATE_COMPLETE"
    assert desk.fake.drifts == {}


def test_drift_of_nested_stacks_is_reverted_where_that_is_set(desk: Desk) -> None:
    both = {**CHILD, "Same": nested("https://child")}
    desk.create(both)
    desk.fake.drifts[("Child", "Topic")] = [("/DisplayName", "", "y")]
    desk.fake.reverts_nested_drift = True
    change_set_id = desk.ready(both, DeploymentMode="REVERT_DRIFT")
    assert desk.told(change_set_id)["Status"] == "CREATE_COMPLETE"
    desk.execute(change_set_id)
    assert desk.settled() == "UPDATE_COMPLETE"
    assert desk.fake.drifts == {}


def test_what_others_do_is_no_request_of_ours(desk: Desk) -> None:
    desk.create()
    change_set_id, other = desk.ready(OTHER), desk.ready(OTHER)
    desk.fake.delete_elsewhere(other)
    with pytest.raises(NotFound):
        desk.told(other)
    desk.fake.execute_elsewhere(change_set_id)
    assert desk.told(change_set_id)["ExecutionStatus"] == "EXECUTE_IN_PROGRESS"
    assert desk.settled() == "UPDATE_COMPLETE"
    assert "ClientRequestToken" not in desk.events()[0]
    with pytest.raises(Stale):
        desk.execute(change_set_id)
