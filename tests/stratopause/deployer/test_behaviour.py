"""The same behaviour of the fake and of the emulator, which others wrote: they keep each other honest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.bootstrap import template as bootstrap_template
from stratopause.deployer.assent import Assent
from stratopause.deployer.changes import Kind
from stratopause.deployer.destruction import destroy
from stratopause.deployer.errors import ChangeSetFailed, Interrupted, Refused, TerminationProtected
from stratopause.deployer.events import Executing, MakeChanges, ReviewReady, Uploaded, WaitingForConsole
from stratopause.deployer.inspection import status
from stratopause.deployer.outcomes import Declined, Deployed, Destroyed, NothingToDo, Outcome, RolledBack
from stratopause.deployer.reading import read
from tests.stratopause.deployer.fakes import nested, template
from tests.stratopause.deployer.orders import bring
from tests.stratopause.deployer.places import BAD, Emulator, Fake, Place

BOOTSTRAP = "stratopause-bootstrap"
DATABASE = {
    "Type": "AWS::RDS::DBInstance",
    "DeletionPolicy": "Delete",
    "Properties": {
        "AllocatedStorage": "20",
        "DBInstanceClass": "db.t4g.micro",
        "DeletionProtection": True,
        "Engine": "postgres",
        "ManageMasterUserPassword": True,
        "MasterUsername": "owner",
        "StorageEncrypted": True,
    },
}


@pytest.fixture(params=["fake", pytest.param("emulator", marks=pytest.mark.emulator)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "fake":
        return Place(Fake(tmp_path))
    return Place(Emulator(request.getfixturevalue("clean_account"), tmp_path))


def clinic(display_name: str = "one", deep: str = "one", **alerts: Any) -> dict[str, bytes]:
    """A root that nests Archive and Alerts, which nests Deep; `alerts` adds resources to Alerts."""
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    tagged = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "BucketName"}}}
    taking = nested("alerts.json")
    taking["Properties"]["Parameters"] = {"BucketName": {"Fn::GetAtt": ["Archive", "Outputs.BucketName"]}}
    inner = {"Deep": nested("deep.json"), "Topic": topic(display_name), "Parameter": tagged, **alerts}
    body = json.loads(template(inner, {"Arn": {"Value": {"Ref": "Topic"}}}))
    body["Parameters"] = {"BucketName": {"Type": "String"}}
    return {
        "platform.json": template(
            {"Archive": nested("archive.json"), "Alerts": taking},
            {"TopicArn": {"Value": {"Fn::GetAtt": ["Alerts", "Outputs.Arn"]}, "Description": "of the topic"}},
        ),
        "archive.json": template({"Bucket": bucket}, {"BucketName": {"Value": {"Ref": "Bucket"}}}),
        "alerts.json": json.dumps(body).encode(),
        "deep.json": template({"Topic": topic(deep)}),
    }


def topic(display_name: str) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": display_name}}


def flat(display_name: str = "one", **more: Any) -> dict[str, bytes]:
    """A root that nests nothing."""
    return {"platform.json": template({"Topic": topic(display_name), **more})}


def deploy(place: Place, templates: dict[str, bytes], assent: Assent = Assent()) -> Outcome:  # noqa: B008 - frozen
    place.ground.somebody.shown.clear()
    return bring(place.ground.session(), templates, bootstrap_template({}), assent)


def reviewed(place: Place) -> dict[str, Kind]:
    """What the last review says, by path; what is listed only because a nested stack always is, left out."""
    review = place.ground.somebody.saw(ReviewReady)[-1].review
    return {"/".join((*path, one.logical_id)): one.kind for path, one in review.all() if not one.is_nested_stack}


# The deployer's flows


def test_the_whole_life_create_no_change_update_failed_update_destroy_and_create_again(place: Place) -> None:
    somebody, outputs = place.ground.somebody, place.ground.outputs
    assert isinstance(deploy(place, clinic()), Deployed)
    assert {*reviewed(place).values()} == {Kind.ADD}
    assert reviewed(place).keys() == {"Archive/Bucket", "Alerts/Topic", "Alerts/Parameter", "Alerts/Deep/Topic"}
    (file,) = outputs.iterdir()
    first = json.loads(file.read_text())
    assert first["topic_arn"]

    assert isinstance(deploy(place, clinic()), NothingToDo)
    assert somebody.saw(Uploaded) == []

    assert isinstance(deploy(place, clinic(deep="two")), Deployed)
    assert sorted(somebody.saw(Uploaded)[0].names) == ["alerts.json", "deep.json", "platform.json"]
    assert reviewed(place) == {"Alerts/Deep/Topic": Kind.MODIFY}
    assert json.loads(file.read_text()) == first

    place.ground.fails("Alerts", "Bad")
    outcome = deploy(place, clinic("three", deep="three", Bad=BAD))
    assert isinstance(outcome, RolledBack)
    assert outcome.cause is not None
    assert (outcome.cause.path, outcome.cause.event.logical_id) == (("Alerts",), "Bad")
    assert "KMS key" in outcome.cause.event.reason
    failure = status(place.ground.session()).failure
    assert failure is not None
    assert failure.event == outcome.cause.event

    ended = destroy(place.ground.session())
    assert isinstance(ended, Destroyed)
    assert [kept.resource.logical_id for kept in ended.kept] == ["Bucket"]
    assert place.stack_names() == [BOOTSTRAP]
    assert isinstance(deploy(place, clinic()), Deployed)


def test_a_no_leaves_no_stack_and_no_change_set(place: Place) -> None:
    somebody = place.ground.somebody
    somebody.declines = (MakeChanges(place.ground.name),)
    assert isinstance(deploy(place, clinic()), Declined)
    assert place.stack_names() == [BOOTSTRAP]
    somebody.declines = ()
    deploy(place, clinic())
    somebody.declines = (MakeChanges(place.ground.name),)
    assert isinstance(deploy(place, clinic("two")), Declined)
    assert place.services.cloudformation.change_sets(place.known().id) == ()


def test_a_first_creation_that_failed_is_deleted_and_made_again(place: Place) -> None:
    place.ground.fails("Alerts", "Bad")
    assert isinstance(deploy(place, clinic("one", Bad=BAD)), RolledBack)
    assert isinstance(deploy(place, clinic()), Deployed)


def test_a_protected_database_is_let_go_by_destroy_only(place: Place) -> None:
    deploy(place, clinic("one", Database=DATABASE))
    place.ground.guards("Alerts", "Database")
    assert isinstance(destroy(place.ground.session()), Destroyed)
    assert place.stack_names() == [BOOTSTRAP]


def test_termination_protection_is_set_and_refuses_destruction(place: Place) -> None:
    place.ground.protected = True
    deploy(place, clinic())
    with pytest.raises(TerminationProtected):
        destroy(place.ground.session())
    with pytest.raises(Refused, match="TerminationProtection"):
        place.ask("delete_stack", StackName=place.ground.name)
    assert place.ground.name in place.stack_names()


def test_templates_that_make_no_change_set_say_why_and_leave_nothing(place: Place) -> None:
    templates = clinic()
    templates["alerts.json"] = templates["alerts.json"].replace(b'"BucketName": {"Type"', b'"Other": {"Type"')
    templates["alerts.json"] = templates["alerts.json"].replace(b'{"Ref": "BucketName"}', b'"x"')
    with pytest.raises(ChangeSetFailed, match=r"Alerts: .*(BucketName|Other)"):
        deploy(place, templates)
    assert place.stack_names() == [BOOTSTRAP]


def test_ctrl_c_on_the_way_leaves_the_stack_to_go_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = place.ground.somebody
    show = somebody.show

    def interrupt(event: Any) -> None:
        show(event)
        if isinstance(event, Executing) and event.stack == place.ground.name:
            raise KeyboardInterrupt

    monkeypatch.setattr(somebody, "show", interrupt)
    with pytest.raises(Interrupted):
        deploy(place, clinic())
    monkeypatch.undo()
    assert place.end() == "CREATE_COMPLETE"
    assert isinstance(deploy(place, clinic()), NothingToDo)


@pytest.mark.parametrize("executes", [True, False])
def test_what_is_decided_in_the_console_is_followed_from_here(
    place: Place, monkeypatch: pytest.MonkeyPatch, executes: bool
) -> None:
    deploy(place, clinic())
    somebody = place.ground.somebody
    show = somebody.show

    def decide(event: Any) -> None:
        show(event)
        if isinstance(event, WaitingForConsole):
            (open_one,) = place.services.cloudformation.change_sets(place.known().id)
            place.ask(f"{'execute' if executes else 'delete'}_change_set", ChangeSetName=open_one.id)

    monkeypatch.setattr(somebody, "show", decide)
    outcome = deploy(place, clinic("two"), Assent(in_console=True))
    assert isinstance(outcome, Deployed if executes else Declined)
    assert place.services.cloudformation.change_sets(place.known().id) == ()


# Change sets


def test_a_review_tells_paths_values_and_causes(place: Place) -> None:
    place.bring(clinic())
    review = read(place.services.cloudformation, place.open(clinic(deep="two")))
    (change,) = [one for path, one in review.all() if path == ("Alerts", "Deep")]
    assert (change.kind, change.replacement, change.scope) == (Kind.MODIFY, "False", ("Properties",))
    (detail,) = change.details
    assert (detail.path, detail.before, detail.after) == ("/Properties/DisplayName", "one", "two")
    assert (detail.kind, detail.requires_recreation) == ("Modify", "Never")
    assert (detail.evaluation, detail.source) == ("Static", "DirectModification")
    assert json.loads(change.before_context)["Properties"]["DisplayName"] == "one"


def test_who_takes_an_output_of_a_stack_that_changes_seems_to_change_and_does_not(place: Place) -> None:
    place.bring(clinic())
    before = place.resources("Alerts")["Parameter"]
    templates = clinic()
    properties = {"VersioningConfiguration": {"Status": "Enabled"}}
    versioned = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": properties}
    templates["archive.json"] = template({"Bucket": versioned}, {"BucketName": {"Value": {"Ref": "Bucket"}}})
    change_set = place.open(templates)
    review = read(place.services.cloudformation, change_set)
    changes = {"/".join((*path, one.logical_id)): one for path, one in review.all()}
    passed = [one for one in changes["Alerts"].details if one.source == "ResourceAttribute"]
    assert [(one.evaluation, one.cause) for one in passed] == [("Dynamic", "Archive.Outputs.BucketName")]
    assert passed[0].after in {passed[0].before, "{{changeSet:KNOWN_AFTER_APPLY}}"}
    taken = changes["Alerts/Parameter"].details
    assert [(one.evaluation, one.source, one.cause) for one in taken] == [
        ("Dynamic", "DirectModification", ""),
        ("Static", "ParameterReference", "BucketName"),
    ]
    assert {one.after for one in taken} == {"{{changeSet:KNOWN_AFTER_APPLY}}"}
    assert place.execute(change_set) == "UPDATE_COMPLETE"
    assert place.resources("Alerts")["Parameter"].physical_id == before.physical_id


def test_a_replacement_and_a_removal_say_what_becomes_of_the_resource(place: Place) -> None:
    old = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "a"}}
    place.bring(flat(Old=old, Gone={**topic("x"), "DeletionPolicy": "Retain"}))
    new = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "b"}}
    changes = {one.logical_id: one for one in place.open(flat(Old=new)).changes}
    assert (changes["Old"].kind, changes["Old"].policy_action) == (Kind.REPLACE, "ReplaceAndDelete")
    assert changes["Old"].details[0].requires_recreation == "Always"
    assert (changes["Gone"].kind, changes["Gone"].policy_action) == (Kind.REMOVE, "Retain")


def test_the_same_request_makes_one_change_set_and_runs_once(place: Place) -> None:
    change_set = place.open(flat(), "mine")
    assert place.open(flat(), "mine").id == change_set.id
    assert place.execute(change_set, "go") == "CREATE_COMPLETE"
    place.services.cloudformation.execute_change_set(change_set, "go")
    assert place.end() == "CREATE_COMPLETE"
    events = list(place.services.cloudformation.events(place.known().id))
    assert sum(event.is_of_its_stack and event.status == "CREATE_IN_PROGRESS" for event in events) == 1
    assert {event.token for event in events if event.status != "REVIEW_IN_PROGRESS"} == {"go"}


def test_executing_a_change_set_ends_the_others_of_its_stack(place: Place) -> None:
    place.bring(flat())
    old, change_set = place.open(flat("two")), place.open(flat("three"))
    assert {one.id for one in place.services.cloudformation.change_sets(place.known().id)} == {old.id, change_set.id}
    assert place.execute(change_set) == "UPDATE_COMPLETE"
    assert place.services.cloudformation.change_sets(place.known().id) == ()
    with pytest.raises(Refused):
        place.services.cloudformation.execute_change_set(old, "old")
    assert place.services.cloudformation.change_set(change_set.id).was_executed
    assert place.known().change_set_id == change_set.id


def test_nested_change_sets_are_executed_and_deleted_from_the_root_only(place: Place) -> None:
    (child, *_) = place.open(clinic()).changes
    for operation in ("execute_change_set", "delete_change_set"):
        with pytest.raises(Refused):
            place.ask(operation, ChangeSetName=child.change_set_id)


def test_a_change_set_without_a_change_fails_and_says_so(place: Place) -> None:
    place.bring(clinic())
    change_set = place.open(clinic())
    assert change_set.says_no_changes
    assert not change_set.is_available


def test_reverting_drift_is_refused_for_nested_stacks(place: Place) -> None:
    place.bring(flat())
    asked = {
        "StackName": place.ground.name,
        "ChangeSetName": "revert",
        "TemplateBody": flat()["platform.json"].decode(),
    }
    with pytest.raises(Refused):
        place.ask("create_change_set", IncludeNestedStacks=True, DeploymentMode="REVERT_DRIFT", **asked)


# Failing, and going back


def test_a_failed_update_two_levels_down_leaves_templates_parameters_and_resources_as_they_were(place: Place) -> None:
    place.bring(clinic())
    paths = [(), ("Archive",), ("Alerts",), ("Alerts", "Deep")]

    def there() -> Iterator[Any]:
        for path in paths:
            resources = place.resources(*path)
            yield {name: (one.type, one.physical_id) for name, one in resources.items()}
        for nested_id in (place.resources()["Alerts"].physical_id, place.known().id):
            yield place.services.cloudformation.template(nested_id)
        yield place.known().outputs

    before = list(there())
    place.ground.fails("Alerts", "Deep", "Bad")
    changed = clinic("two", deep="two")
    changed["deep.json"] = template({"Topic": topic("two"), "Bad": BAD})
    assert place.bring(changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert list(there()) == before
    statuses = {path: place.services.cloudformation.stack(place.resources()[path].physical_id) for path in ("Alerts",)}
    assert all(stack is not None and stack.status.is_rolled_back for stack in statuses.values())


def test_a_failed_update_is_two_operations_and_the_error_is_in_the_first(place: Place) -> None:
    place.bring(flat())
    place.ground.fails("Bad")
    place.bring(flat("two", Bad=BAD))
    operations = place.ask("describe_stacks", StackName=place.ground.name)["Stacks"][0]["LastOperations"]
    assert [one["OperationType"] for one in operations][:2] == ["ROLLBACK", "UPDATE_STACK"]
    asked = {"OperationId": operations[1]["OperationId"], "Filters": {"FailedEvents": True}}
    (failure,) = place.ask("describe_events", **asked)["OperationEvents"]
    assert (failure["EventType"], failure["LogicalResourceId"]) == ("PROVISIONING_ERROR", "Bad")
    assert "KMS key" in failure["ResourceStatusReason"]


def test_a_failure_that_was_kept_is_rolled_back_on_request(place: Place) -> None:
    place.bring(flat())
    place.ground.fails("Bad")
    change_set = place.open(flat("two", Bad=BAD))
    place.ask("execute_change_set", ChangeSetName=change_set.id, ClientRequestToken="keep", DisableRollback=True)
    assert place.end() == "UPDATE_FAILED"
    place.services.cloudformation.roll_back(place.known().id, "back")
    assert place.end() == "UPDATE_ROLLBACK_COMPLETE"


def test_what_a_stack_is_not_in_the_state_for_is_refused(place: Place) -> None:
    place.bring(clinic())
    stack_id, cloudformation = place.known().id, place.services.cloudformation
    with pytest.raises(Refused):
        cloudformation.roll_back(stack_id, "a")
    with pytest.raises(Refused):
        cloudformation.cancel_update(stack_id, "b")
    with pytest.raises(Refused):
        cloudformation.continue_rollback(stack_id, "c")
    with pytest.raises(Refused):
        cloudformation.delete_stack(stack_id, "d", retain=["Archive"])
    with pytest.raises(Refused):
        place.ask(
            "create_change_set",
            StackName=place.ground.name,
            ChangeSetName="again",
            ChangeSetType="CREATE",
            TemplateBody=flat()["platform.json"].decode(),
        )
    assert place.end() == "CREATE_COMPLETE"


def test_a_stack_policy_lets_the_update_fail_when_it_is_made(place: Place) -> None:
    place.bring(flat())
    deny = {"Effect": "Deny", "Principal": "*", "Action": "Update:Modify", "Resource": "LogicalResourceId/Topic"}
    allow = {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"}
    policy = json.dumps({"Statement": [deny, allow]})
    place.services.cloudformation.set_stack_policy(place.known().id, policy)
    assert place.services.cloudformation.stack_policy(place.known().id) == policy
    change_set = place.open(flat("two"))
    assert change_set.is_available
    assert place.execute(change_set) == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [event.reason for event in place.services.cloudformation.events(place.known().id)]
    assert any(reason.startswith("Action denied by stack policy") for reason in reasons)


# Reading


def test_events_are_told_newest_first_and_a_deleted_stack_by_its_id_only(place: Place) -> None:
    place.bring(clinic())
    stack_id, cloudformation = place.known().id, place.services.cloudformation
    cloudformation.delete_stack(stack_id, "go")
    while (gone := cloudformation.stack(stack_id)) is not None and not gone.status.is_absent:
        place.ground.clock.sleep(0.05)
    assert place.end() == "absent"
    events = list(cloudformation.events(stack_id))
    assert (events[0].status, events[-1].status) == ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS")
    assert [event.time for event in events] == sorted((event.time for event in events), reverse=True)


def test_a_nested_stack_knows_its_parent_and_its_root(place: Place) -> None:
    place.bring(clinic())
    middle = place.resources()["Alerts"].physical_id
    told = place.ask("describe_stacks", StackName=place.resources("Alerts")["Deep"].physical_id)["Stacks"][0]
    assert (told["ParentId"], told["RootId"]) == (middle, place.known().id)


def test_a_stack_in_which_nothing_was_touched_has_not_drifted(place: Place) -> None:
    place.bring(flat())
    detection = place.services.cloudformation.detect_drift(place.known().id)
    while (detection := place.services.cloudformation.drift_detection(detection)).is_running:
        place.ground.clock.sleep(0.05)
    assert (detection.status, detection.drift) == ("DETECTION_COMPLETE", "IN_SYNC")
    assert place.services.cloudformation.drifted(place.known().id) == ()
