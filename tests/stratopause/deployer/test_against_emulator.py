"""The deployer's behaviour against a CloudFormation that others wrote, with two levels of hand-written templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.bootstrap import template as bootstrap_template
from stratopause.deployer.connection import begin
from stratopause.deployer.deployment import deploy
from stratopause.deployer.destruction import destroy
from stratopause.deployer.errors import ChangeSetFailed, Interrupted, TerminationProtected
from stratopause.deployer.events import Executing, MakeChanges, ReviewReady, Uploaded
from stratopause.deployer.inspection import status
from stratopause.deployer.outcomes import Declined, Deployed, Destroyed, NothingToDo, Outcome, RolledBack
from stratopause.deployer.session import Session
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from tests.stratopause.deployer.fakes import Somebody, nested, template

pytestmark = pytest.mark.emulator

NO_SUCH_KEY = f"arn:aws:kms:us-east-1:{LOCAL_ACCOUNT}:key/00000000-0000-0000-0000-000000000000"


def database() -> dict[str, Any]:
    return {
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


def clinic(display_name: str = "one", **alerts: Any) -> dict[str, bytes]:
    """A root that nests Archive and Alerts; `alerts` adds resources to Alerts."""
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": display_name}}
    tagged = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "BucketName"}}}
    taking = nested("alerts.json")
    taking["Properties"]["Parameters"] = {"BucketName": {"Fn::GetAtt": ["Archive", "Outputs.BucketName"]}}
    body = json.loads(template({"Topic": topic, "Parameter": tagged, **alerts}, {"Arn": {"Value": {"Ref": "Topic"}}}))
    body["Parameters"] = {"BucketName": {"Type": "String"}}
    return {
        "platform.json": template(
            {"Archive": nested("archive.json"), "Alerts": taking},
            {"TopicArn": {"Value": {"Fn::GetAtt": ["Alerts", "Outputs.Arn"]}, "Description": "of the topic"}},
        ),
        "archive.json": template({"Bucket": bucket}, {"BucketName": {"Value": {"Ref": "Bucket"}}}),
        "alerts.json": json.dumps(body).encode(),
    }


class Local:
    """One person at one emulator."""

    def __init__(self, endpoint: str, outputs: Path) -> None:
        self.endpoint, self.outputs, self.somebody = endpoint, outputs, Somebody(typed="clinic-local")
        self.protected = False

    def session(self) -> Session:
        target = Target(
            "clinic-local",
            "local",
            LOCAL_ACCOUNT,
            "us-east-1",
            tags={"owner": "us"},
            protected=self.protected,
            endpoint_url=self.endpoint,
        )
        return begin(target, self.somebody, self.outputs)

    def deploy(self, templates: dict[str, bytes]) -> Outcome:
        self.somebody.shown.clear()
        return deploy(self.session(), templates, bootstrap_template({}))

    def stack_names(self) -> list[str]:
        api = self.session().means.services.api
        return sorted(
            stack["StackName"] for page in api.pages("cloudformation", "describe_stacks") for stack in page["Stacks"]
        )


@pytest.fixture
def local(clean_account: str, tmp_path: Path) -> Local:
    return Local(clean_account, tmp_path)


def test_the_whole_life_create_no_change_update_failed_update_destroy_and_create_again(local: Local) -> None:
    assert isinstance(local.deploy(clinic()), Deployed)
    first = json.loads((local.outputs / "local.json").read_text())
    assert first["topic_arn"].startswith("arn:aws:sns:us-east-1:")
    reviewed = [(path, change.logical_id) for path, change in local.somebody.saw(ReviewReady)[-1].review.all()]
    assert {((), "Archive"), (("Archive",), "Bucket"), (("Alerts",), "Topic"), (("Alerts",), "Parameter")} <= set(
        reviewed
    )

    assert isinstance(local.deploy(clinic()), NothingToDo)
    assert local.somebody.saw(Uploaded) == []

    assert isinstance(local.deploy(clinic("two")), Deployed)
    assert sorted(local.somebody.saw(Uploaded)[0].names) == ["alerts.json", "platform.json"]
    changed = [change.logical_id for path, change in local.somebody.saw(ReviewReady)[0].review.all() if path]
    assert changed == ["Topic"]
    assert json.loads((local.outputs / "local.json").read_text()) == first

    bad = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": NO_SUCH_KEY}}
    outcome = local.deploy(clinic("three", Log=bad))
    assert isinstance(outcome, RolledBack)
    assert outcome.cause is not None
    assert (outcome.cause.path, outcome.cause.event.logical_id) == (("Alerts",), "Log")
    assert "KMS key" in outcome.cause.event.reason
    failure = status(local.session()).failure
    assert failure is not None
    assert failure.event == outcome.cause.event

    outcome = destroy(local.session())
    assert isinstance(outcome, Destroyed)
    assert [kept.resource.logical_id for kept in outcome.kept] == ["Bucket"]
    assert local.stack_names() == ["stratopause-bootstrap"]
    assert isinstance(local.deploy(clinic()), Deployed)


def test_a_no_leaves_no_stack_and_no_change_set(local: Local) -> None:
    local.somebody.declines = (MakeChanges("clinic-local"),)
    assert isinstance(local.deploy(clinic()), Declined)
    assert local.stack_names() == ["stratopause-bootstrap"]
    local.somebody.declines = ()
    local.deploy(clinic())
    local.somebody.declines = (MakeChanges("clinic-local"),)
    assert isinstance(local.deploy(clinic("two")), Declined)
    session = local.session()
    stack = session.cloudformation.stack("clinic-local")
    assert stack is not None
    assert session.cloudformation.change_sets(stack.id) == ()


def test_a_first_creation_that_failed_is_deleted_and_made_again(local: Local) -> None:
    bad = {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": NO_SUCH_KEY}}
    assert isinstance(local.deploy(clinic("one", Log=bad)), RolledBack)
    assert isinstance(local.deploy(clinic()), Deployed)


def test_a_protected_database_is_let_go_by_destroy_only(local: Local) -> None:
    local.deploy(clinic("one", Database=database()))
    assert isinstance(destroy(local.session()), Destroyed)
    assert local.stack_names() == ["stratopause-bootstrap"]


def test_termination_protection_is_set_and_refuses_destruction(local: Local) -> None:
    local.protected = True
    local.deploy(clinic())
    with pytest.raises(TerminationProtected):
        destroy(local.session())
    assert "clinic-local" in local.stack_names()


def test_templates_that_make_no_change_set_say_why_and_leave_nothing(local: Local) -> None:
    templates = clinic()
    templates["alerts.json"] = templates["alerts.json"].replace(b'"BucketName": {"Type"', b'"Other": {"Type"')
    with pytest.raises(ChangeSetFailed, match=r"Alerts: .*BucketName"):
        local.deploy(templates)
    assert local.stack_names() == ["stratopause-bootstrap"]


def test_ctrl_c_on_the_way_leaves_the_stack_to_go_on(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    show = local.somebody.show

    def interrupt(event: Any) -> None:
        show(event)
        if isinstance(event, Executing) and event.stack == "clinic-local":
            raise KeyboardInterrupt

    monkeypatch.setattr(local.somebody, "show", interrupt)
    with pytest.raises(Interrupted):
        local.deploy(clinic())
    monkeypatch.undo()
    while (report := status(local.session())).stack is None or report.stack.status.is_in_progress:
        pass
    assert report.stack.status == "CREATE_COMPLETE"
    assert isinstance(local.deploy(clinic()), NothingToDo)
