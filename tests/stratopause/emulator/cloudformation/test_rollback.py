from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.emulator

DATABASE: Any = {
    "Type": "AWS::RDS::DBInstance",
    "DeletionPolicy": "Snapshot",
    "Properties": {
        "DBInstanceIdentifier": "records",
        "Engine": "postgres",
        "DBInstanceClass": "db.t4g.medium",
        "AllocatedStorage": "20",
        "MasterUsername": "owner",
        "ManageMasterUserPassword": True,
        "DeletionProtection": True,
    },
}
REFUSED = "Cannot delete protected DB Instance, please disable deletion protection and try again."


def value(content: Any, **more: Any) -> Any:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": content}, **more}


def broken(*after: str) -> Any:
    """Fails at its creation, after the others: SSM has no such attribute."""
    return value({"Fn::GetAtt": ["Fine", "Nothing"]}, DependsOn=list(after))


def holder(cloud: Any, key: str = "holder.json", **more: Any) -> Any:
    """A nested stack, two levels deep, with a protected database."""
    inner = cloud.nested(f"inner-{key}", {"Resources": {"Database": DATABASE, "Fine": value("1")}})
    return cloud.nested(key, {"Resources": {"Inner": inner, "Fine": value("1"), **more}})


def lift(cloud: Any) -> None:
    cloud.client("rds").modify_db_instance(DBInstanceIdentifier="records", DeletionProtection=False)


def statuses(cloud: Any, stack: str = "root") -> dict[str, str]:
    return {name: each["ResourceStatus"] for name, each in cloud.resources(stack).items()}


def instances(cloud: Any) -> Any:
    return cloud.client("rds").describe_db_instances()["DBInstances"]


def test_what_a_rollback_cannot_delete_stays_listed_at_every_level(cloud: Any) -> None:
    tree = {"Resources": {"Holder": holder(cloud), "Fine": value("1"), "Broken": broken("Holder", "Fine")}}
    assert cloud.deploy(tree) == "ROLLBACK_FAILED"
    assert statuses(cloud) == {"Holder": "DELETE_FAILED"}
    middle = cloud.child("Holder")
    assert (middle["StackStatus"], statuses(cloud, middle["StackId"])) == ("DELETE_FAILED", {"Inner": "DELETE_FAILED"})
    inner = cloud.child("Inner", middle["StackId"])
    assert (inner["StackStatus"], statuses(cloud, inner["StackId"])) == ("DELETE_FAILED", {"Database": "DELETE_FAILED"})
    assert REFUSED in cloud.resources(inner["StackId"])["Database"]["ResourceStatusReason"]
    assert middle["StackId"] in cloud.resources()["Holder"]["ResourceStatusReason"]
    (listed,) = cloud.cloudformation.list_stack_resources(StackName="root")["StackResourceSummaries"]
    assert (listed["LogicalResourceId"], listed["ResourceStatus"]) == ("Holder", "DELETE_FAILED")


def test_a_deletion_tries_again_what_a_rollback_could_not_delete(cloud: Any) -> None:
    tree = {"Resources": {"Holder": holder(cloud), "Fine": value("1"), "Broken": broken("Holder", "Fine")}}
    assert cloud.deploy(tree) == "ROLLBACK_FAILED"
    assert cloud.delete() == "DELETE_FAILED"
    assert statuses(cloud) == {"Holder": "DELETE_FAILED"}
    lift(cloud)
    assert cloud.delete() == "DELETE_COMPLETE"
    assert instances(cloud) == []
    assert cloud.cloudformation.describe_stacks()["Stacks"] == []
    assert len(cloud.client("rds").describe_db_snapshots()["DBSnapshots"]) == 1


def test_a_nested_stack_that_failed_itself_is_listed_and_deleted_later(cloud: Any) -> None:
    failing = holder(cloud, Broken=broken("Inner", "Fine"))
    assert cloud.deploy({"Resources": {"Holder": failing}}) == "ROLLBACK_FAILED"
    assert statuses(cloud) == {"Holder": "DELETE_FAILED"}
    lift(cloud)
    assert cloud.delete() == "DELETE_COMPLETE"
    assert instances(cloud) == []


def test_a_deletion_that_failed_below_is_tried_again(cloud: Any) -> None:
    assert cloud.deploy({"Resources": {"Holder": holder(cloud), "Fine": value("1")}}) == "CREATE_COMPLETE"
    assert cloud.delete() == "DELETE_FAILED"
    assert statuses(cloud) == {"Holder": "DELETE_FAILED"}
    assert cloud.child("Holder")["StackStatus"] == "DELETE_FAILED"
    lift(cloud)
    assert cloud.delete() == "DELETE_COMPLETE"
    assert instances(cloud) == []


def test_a_root_whose_rollback_failed_is_deleted_by_its_own_policies(cloud: Any) -> None:
    tree = {"Resources": {"Database": DATABASE, "Fine": value("1"), "Broken": broken("Database", "Fine")}}
    assert cloud.deploy(tree) == "ROLLBACK_FAILED"
    assert statuses(cloud) == {"Database": "DELETE_FAILED"}
    lift(cloud)
    assert cloud.delete() == "DELETE_COMPLETE"
    assert len(cloud.client("rds").describe_db_snapshots()["DBSnapshots"]) == 1


def test_a_root_that_failed_without_rollback_is_deleted_by_its_own_policies(cloud: Any) -> None:
    kept = value("kept", DeletionPolicy="Retain")
    change_set = cloud.change_set({"Resources": {"Kept": kept, "Fine": value("1"), "Broken": broken("Kept", "Fine")}})
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"], DisableRollback=True)
    assert cloud.settled() == "CREATE_FAILED"
    assert cloud.delete() == "DELETE_COMPLETE"
    assert list(cloud.values().values()) == ["kept"]


def test_an_update_whose_added_stack_cannot_be_deleted_is_rolled_back_and_can_go_on(cloud: Any) -> None:
    """What the cleanup of a rollback can't delete leaves the stack, and nothing of the stack waits for it."""
    cloud.deploy({"Resources": {"Fine": value("1")}})
    more = {"Resources": {"Fine": value("1"), "Holder": holder(cloud), "Broken": broken("Holder", "Fine")}}
    assert cloud.deploy(more) == "UPDATE_ROLLBACK_COMPLETE"
    assert set(statuses(cloud)) == {"Fine"}
    assert cloud.deploy({"Resources": {"Fine": value("2")}}) == "UPDATE_COMPLETE"
    assert cloud.delete() == "DELETE_COMPLETE"
