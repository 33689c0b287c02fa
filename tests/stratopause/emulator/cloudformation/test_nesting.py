from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.emulator


def value(content: Any, **more: Any) -> Any:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": content, **more}}


def bucket(name: str, **more: Any) -> Any:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}, **more}


# Fails at its creation: SSM refuses an empty value.
BROKEN = value({"Fn::GetAtt": ["Fine", "Nothing"]})


def template(cloud: Any, number: int, last: Any = None) -> Any:
    """Three stacks in a row and one below the second; `last` is what the third one holds beside its own."""
    leaf = {"Resources": {"Leaf": value(f"leaf {number}", Name=f"leaf-{number}")}}
    first = {"Resources": {"Fine": value(f"first {number}")}, "Outputs": {"Name": {"Value": {"Ref": "Fine"}}}}
    second = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Fine": value({"Ref": "Name"}), "Leaves": cloud.nested(f"leaf{number}.json", leaf)},
        "Outputs": {"Name": {"Value": {"Ref": "Fine"}}},
    }
    third = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Fine": value({"Ref": "Name"}), **(last or {})},
        "Outputs": {"Name": {"Value": {"Ref": "Fine"}}},
    }
    return {
        "Resources": {
            "First": cloud.nested(f"first{number}.json", first),
            "Second": cloud.nested(f"second{number}.json", second, Name={"Fn::GetAtt": ["First", "Outputs.Name"]}),
            "Third": cloud.nested(f"third{number}.json", third, Name={"Fn::GetAtt": ["Second", "Outputs.Name"]}),
        },
        "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Third", "Outputs.Name"]}}},
    }


def state(cloud: Any) -> Any:
    """Every stack of the tree with its template, outputs and physical ids."""
    live = cloud.cloudformation.describe_stacks()["Stacks"]
    return {
        stack["StackId"]: (
            cloud.cloudformation.get_template(StackName=stack["StackId"])["TemplateBody"],
            stack.get("Outputs"),
            stack.get("Parameters"),
            {name: each["PhysicalResourceId"] for name, each in cloud.resources(stack["StackId"]).items()},
        )
        for stack in live
    }


def test_a_tree_is_created_and_its_outputs_reach_the_root(cloud: Any) -> None:
    assert cloud.deploy(template(cloud, 1)) == "CREATE_COMPLETE"
    third = cloud.child("Third")
    fine = cloud.resources(third["StackId"])["Fine"]["PhysicalResourceId"]
    assert cloud.outputs() == {"Name": fine}
    assert {each["ResourceStatus"] for each in cloud.resources().values()} == {"CREATE_COMPLETE"}
    assert cloud.resources()["Third"]["PhysicalResourceId"] == third["StackId"]


def test_the_reviewed_stacks_are_the_ones_that_are_created(cloud: Any) -> None:
    change_set = cloud.change_set(template(cloud, 1))
    planned = {name: cloud.below(change_set, name)["StackId"] for name in ("First", "Second", "Third")}
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    assert cloud.settled() == "CREATE_COMPLETE"
    assert {name: each["PhysicalResourceId"] for name, each in cloud.resources().items()} == planned
    assert cloud.stack()["ChangeSetId"] == change_set["ChangeSetId"]
    assert cloud.describe(change_set["ChangeSetId"])["ExecutionStatus"] == "EXECUTE_COMPLETE"
    assert cloud.below(change_set, "Third")["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_what_was_reviewed_is_deployed_even_if_the_file_changed_since(cloud: Any) -> None:
    change_set = cloud.change_set(template(cloud, 1))
    cloud.put("first1.json", {"Resources": {"Other": value("other")}})
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    assert cloud.settled() == "CREATE_COMPLETE"
    assert list(cloud.resources(cloud.child("First")["StackId"])) == ["Fine"]


def test_a_stack_created_without_a_change_set_nests_the_same(cloud: Any) -> None:
    cloud.cloudformation.create_stack(StackName="root", TemplateBody=json.dumps(template(cloud, 1)))
    assert cloud.settled() == "CREATE_COMPLETE"
    cloud.cloudformation.update_stack(StackName="root", TemplateBody=json.dumps(template(cloud, 2)))
    assert cloud.settled() == "UPDATE_COMPLETE"
    assert cloud.child("Third")["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def test_a_failed_creation_deletes_every_stack_of_the_tree(cloud: Any) -> None:
    assert cloud.deploy(template(cloud, 1, {"Broken": BROKEN})) == "ROLLBACK_COMPLETE"
    assert cloud.values() == {}
    assert [stack["StackName"] for stack in cloud.cloudformation.describe_stacks()["Stacks"]] == ["root"]
    assert cloud.resources() == {}
    third = next(
        event["PhysicalResourceId"]
        for event in cloud.told()
        if event["LogicalResourceId"] == "Third" and event["PhysicalResourceId"]
    )
    created = "was not successfully created: The following resource(s) failed to create: [Broken]. "
    assert cloud.reason("Third", "CREATE_FAILED") == f"Embedded stack {third} {created}"
    assert cloud.reason("root", "ROLLBACK_IN_PROGRESS") == (
        "The following resource(s) failed to create: [Third]. Rollback requested by user."
    )
    assert ("Third", "DELETE_COMPLETE") in cloud.events()
    assert cloud.reason(cloud.stack(third)["StackName"], "CREATE_FAILED", third) == (
        "The following resource(s) failed to create: [Broken]. "
    )
    assert ("Fine", "DELETE_COMPLETE") in cloud.events(third)


def test_a_child_that_was_never_reached_does_not_stay_in_review(cloud: Any) -> None:
    broken = template(cloud, 1)
    broken["Resources"]["First"] = cloud.nested("broken.json", {"Resources": {"Fine": value("1"), "Broken": BROKEN}})
    broken["Resources"]["Second"]["Properties"]["Parameters"] = {"Name": "n"}
    broken["Resources"]["Second"]["DependsOn"] = "First"
    assert cloud.deploy(broken) == "ROLLBACK_COMPLETE"
    assert [stack["StackName"] for stack in cloud.cloudformation.describe_stacks()["Stacks"]] == ["root"]


def test_a_failed_creation_without_rollback_keeps_what_there_is(cloud: Any) -> None:
    change_set = cloud.change_set(template(cloud, 1, {"Broken": BROKEN}))
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"], DisableRollback=True)
    assert cloud.settled() == "CREATE_FAILED"
    assert cloud.child("Third")["StackStatus"] == "CREATE_FAILED"
    assert cloud.resources()["Third"]["ResourceStatus"] == "CREATE_FAILED"
    assert len(cloud.values()) == 4
    cloud.cloudformation.rollback_stack(StackName="root")
    assert cloud.settled() == "ROLLBACK_COMPLETE"
    assert cloud.values() == {}


def test_after_a_failed_update_every_stack_is_what_it_was_before(cloud: Any) -> None:
    cloud.deploy(template(cloud, 1))
    before, values = state(cloud), cloud.values()
    assert cloud.deploy(template(cloud, 2, {"Broken": BROKEN})) == "UPDATE_ROLLBACK_COMPLETE"
    assert state(cloud) == before
    assert cloud.values() == values
    assert {stack["StackStatus"] for stack in cloud.cloudformation.describe_stacks()["Stacks"]} == {
        "UPDATE_ROLLBACK_COMPLETE"
    }
    third = cloud.child("Third")["StackId"]
    assert cloud.reason("Third", "UPDATE_FAILED") == (
        f"Embedded stack {third} was not successfully updated. Currently in UPDATE_ROLLBACK_IN_PROGRESS "
        "with reason: The following resource(s) failed to create: [Broken]. "
    )
    assert cloud.deploy(template(cloud, 3)) == "UPDATE_COMPLETE"
    assert cloud.values()["leaf-3"] == "leaf 3"
    assert "leaf-1" not in cloud.values()


def test_a_failed_update_brings_back_a_resource_that_was_replaced_or_dropped_elsewhere(cloud: Any) -> None:
    def tree(number: int, dropped: Any, broken: Any) -> Any:
        holder = {"Resources": {"Named": bucket(f"bucket-{number}"), **dropped}}
        user = {"Resources": {"Fine": value("1"), **broken}}
        stacks = {"Holder": cloud.nested(f"h{number}.json", holder), "User": cloud.nested(f"u{number}.json", user)}
        stacks["User"]["DependsOn"] = "Holder"
        return {"Resources": stacks}

    cloud.deploy(tree(1, {"Dropped": value("kept", Name="dropped")}, {}))
    cloud.s3.put_object(Bucket="bucket-1", Key="data", Body=b"1")
    before = state(cloud)
    assert cloud.deploy(tree(2, {}, {"Broken": BROKEN})) == "UPDATE_ROLLBACK_COMPLETE"
    assert state(cloud) == before
    assert cloud.s3.get_object(Bucket="bucket-1", Key="data")["Body"].read() == b"1"
    assert cloud.values()["dropped"] == "kept"
    assert [each["Name"] for each in cloud.s3.list_buckets()["Buckets"]] == ["artifacts", "bucket-1"]


def test_an_update_removes_what_it_replaced_once_the_whole_tree_is_updated(cloud: Any) -> None:
    def tree(number: int) -> Any:
        holder = {"Resources": {"Named": bucket(f"bucket-{number}"), f"Own{number}": value("1", Name=f"own-{number}")}}
        stacks = {"Holder": cloud.nested(f"h{number}.json", holder)}
        return {"Resources": {**stacks, f"Root{number}": value("1", Name=f"root-{number}")}}

    cloud.deploy(tree(1))
    assert cloud.deploy(tree(2)) == "UPDATE_COMPLETE"
    assert [each["Name"] for each in cloud.s3.list_buckets()["Buckets"]] == ["artifacts", "bucket-2"]
    assert set(cloud.values()) == {"own-2", "root-2"}
    holder = cloud.child("Holder")["StackId"]
    events = cloud.events(holder)
    cleanup = events.index((cloud.stack(holder)["StackName"], "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"))
    assert set(events[cleanup:]) >= {("Named", "DELETE_COMPLETE"), ("Own1", "DELETE_COMPLETE")}
    assert ("Named", "DELETE_COMPLETE") not in events[:cleanup]
    assert events[-1] == (cloud.stack(holder)["StackName"], "UPDATE_COMPLETE")


def test_a_removal_that_fails_leaves_the_resource_in_the_stack_and_the_update_complete(cloud: Any) -> None:
    def tree(number: int, resources: Any) -> Any:
        return {
            "Resources": {"Holder": cloud.nested(f"h{number}.json", {"Resources": {"Fine": value("1"), **resources}})}
        }

    cloud.deploy(tree(1, {"Full": bucket("full")}))
    cloud.s3.put_object(Bucket="full", Key="data", Body=b"1")
    assert cloud.deploy(tree(2, {})) == "UPDATE_COMPLETE"
    holder = cloud.child("Holder")["StackId"]
    assert cloud.resources(holder)["Full"]["ResourceStatus"] == "DELETE_FAILED"
    assert "not empty" in cloud.reason("Full", "DELETE_FAILED", holder)


def test_an_update_touches_only_the_stacks_and_resources_that_change(cloud: Any) -> None:
    cloud.deploy(template(cloud, 1))
    before = {name: each["StackId"] for name in ("First", "Second", "Third") for each in [cloud.child(name)]}
    counts = {name: len(cloud.told(stack_id)) for name, stack_id in before.items()}
    changed = template(cloud, 1)
    third = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Fine": value({"Ref": "Name"}), "More": value("2")},
    }
    third["Outputs"] = {"Name": {"Value": {"Ref": "Fine"}}}
    changed["Resources"]["Third"]["Properties"]["TemplateURL"] = cloud.put("changed.json", third)
    assert cloud.deploy(changed) == "UPDATE_COMPLETE"
    assert {name: len(cloud.told(before[name])) for name in ("First", "Second")} == {
        name: counts[name] for name in ("First", "Second")
    }
    assert [
        logical_id
        for logical_id, _ in cloud.events(before["Third"])[counts["Third"] :]
        if logical_id != cloud.child("Third")["StackName"]
    ] == ["More"] * 3
    assert cloud.resources()["First"]["ResourceStatus"] == "CREATE_COMPLETE"
    assert cloud.resources(before["Third"])["Fine"]["ResourceStatus"] == "CREATE_COMPLETE"


def test_a_nested_stack_that_is_added_and_one_that_is_removed(cloud: Any) -> None:
    one = {"Resources": {"One": cloud.nested("one.json", {"Resources": {"Fine": value("1", Name="one")}})}}
    two = {"Resources": {"Two": cloud.nested("two.json", {"Resources": {"Fine": value("2", Name="two")}})}}
    cloud.deploy(one)
    gone = cloud.child("One")["StackId"]
    assert cloud.deploy(two) == "UPDATE_COMPLETE"
    assert cloud.values() == {"two": "2"}
    assert cloud.stack(gone)["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.child("Two")["StackStatus"] == "CREATE_COMPLETE"


def test_an_added_stack_is_deleted_when_a_sibling_fails(cloud: Any) -> None:
    cloud.deploy(template(cloud, 1))
    before = state(cloud)
    more = template(cloud, 2, {"Broken": BROKEN})
    more["Resources"]["Added"] = cloud.nested("added.json", {"Resources": {"Fine": value("1", Name="added")}})
    more["Resources"]["Third"]["DependsOn"] = "Added"
    assert cloud.deploy(more) == "UPDATE_ROLLBACK_COMPLETE"
    assert state(cloud) == before
    assert "added" not in cloud.values()


def test_deletion_policies_hold_in_nested_stacks(cloud: Any) -> None:
    kept = {**value("1", Name="kept"), "DeletionPolicy": "Retain"}
    kept_later = {**value("1", Name="kept-later"), "DeletionPolicy": "RetainExceptOnCreate"}
    holder = {"Resources": {"Kept": kept, "Later": kept_later, "Gone": value("1", Name="gone")}}
    cloud.deploy({"Resources": {"Holder": cloud.nested("holder.json", holder)}})
    assert cloud.delete() == "DELETE_COMPLETE"
    assert set(cloud.values()) == {"kept", "kept-later"}


def test_retain_except_on_create_is_deleted_when_its_creation_is_rolled_back(cloud: Any) -> None:
    held = {**value("1", Name="held"), "DeletionPolicy": "RetainExceptOnCreate"}
    kept = {**value("1", Name="kept"), "DeletionPolicy": "Retain"}
    broken = {**BROKEN, "DependsOn": ["Held", "Kept"]}
    holder = {"Resources": {"Fine": value("1"), "Held": held, "Kept": kept, "Broken": broken}}
    assert cloud.deploy({"Resources": {"Holder": cloud.nested("holder.json", holder)}}) == "ROLLBACK_COMPLETE"
    assert set(cloud.values()) == {"kept"}


def test_a_deletion_that_fails_below_names_the_embedded_stack(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Holder": cloud.nested("holder.json", {"Resources": {"Full": bucket("full")}})}})
    cloud.s3.put_object(Bucket="full", Key="data", Body=b"1")
    holder = cloud.child("Holder")["StackId"]
    assert cloud.delete() == "DELETE_FAILED"
    assert cloud.reason("Holder", "DELETE_FAILED") == (
        f"Embedded stack {holder} was not successfully deleted: The following resource(s) failed to delete: [Full]. "
    )
    cloud.s3.delete_object(Bucket="full", Key="data")
    assert cloud.delete() == "DELETE_COMPLETE"


def test_a_nested_stack_may_be_deleted_directly(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Holder": cloud.nested("holder.json", {"Resources": {"Fine": value("1")}})}})
    assert cloud.delete(cloud.child("Holder")["StackId"]) == "DELETE_COMPLETE"
    assert cloud.values() == {}


def test_create_destroy_and_create_again(cloud: Any) -> None:
    for _ in range(2):
        assert cloud.deploy(template(cloud, 1)) == "CREATE_COMPLETE"
        assert cloud.delete() == "DELETE_COMPLETE"
        assert cloud.values() == {}


def test_a_missing_output_fails_with_its_name_and_its_stack(cloud: Any) -> None:
    user = {"Resources": {"Holder": cloud.nested("holder.json", {"Resources": {"Fine": value("1")}})}}
    user["Resources"]["User"] = value({"Fn::GetAtt": ["Holder", "Outputs.Missing"]})
    assert cloud.deploy(user) == "ROLLBACK_COMPLETE"
    assert cloud.reason("User", "CREATE_FAILED").startswith(
        "Output 'Missing' not found in stack 'arn:aws:cloudformation:"
    )


def test_a_list_is_refused_as_a_parameter(cloud: Any) -> None:
    child = {"Parameters": {"P": {"Type": "CommaDelimitedList"}}, "Resources": {"Fine": value("1")}}
    root = {"Resources": {"Holder": cloud.nested("holder.json", child, P=["a", "b"])}}
    assert "must be an object with String" in cloud.below(cloud.change_set(root), "Holder")["StatusReason"]


def test_a_boolean_and_a_number_reach_the_child_as_text(cloud: Any) -> None:
    child = {
        "Parameters": {"Flag": {"Type": "String"}, "Count": {"Type": "Number"}},
        "Resources": {"Fine": value({"Fn::Sub": "${Flag} ${Count}"}, Name="told")},
    }
    cloud.deploy({"Resources": {"Holder": cloud.nested("holder.json", child, Flag=True, Count=3)}})
    assert cloud.values() == {"told": "true 3"}


def test_a_deleted_stack_is_found_by_its_arn_when_another_has_its_name(cloud: Any) -> None:
    for _ in range(2):
        cloud.deploy(template(cloud, 1))
        first = cloud.stack()["StackId"]
        cloud.delete()
    cloud.deploy(template(cloud, 1))
    assert cloud.stack(first)["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.events(first)[-1] == ("root", "DELETE_COMPLETE")
    assert cloud.stack()["StackId"] != first


def test_a_failed_update_without_rollback_stays_and_can_be_rolled_back_later(cloud: Any) -> None:
    cloud.deploy(template(cloud, 1))
    before, values = state(cloud), cloud.values()
    change_set = cloud.change_set(template(cloud, 2, {"Broken": BROKEN}))
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"], DisableRollback=True)
    assert cloud.settled() == "UPDATE_FAILED"
    assert cloud.child("Third")["StackStatus"] == "UPDATE_FAILED"
    assert cloud.values()["leaf-2"] == "leaf 2"
    cloud.cloudformation.rollback_stack(StackName="root")
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert state(cloud) == before
    assert cloud.values() == values


def test_retained_resources_go_too_where_the_execution_says_so(cloud: Any) -> None:
    kept = {**value("1", Name="kept"), "DeletionPolicy": "Retain"}
    broken = {**BROKEN, "DependsOn": "Kept"}
    holder = {"Resources": {"Fine": value("1"), "Kept": kept, "Broken": broken}}
    change_set = cloud.change_set({"Resources": {"Holder": cloud.nested("holder.json", holder)}})
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"], RetainExceptOnCreate=True)
    assert cloud.settled() == "ROLLBACK_COMPLETE"
    assert cloud.values() == {}


def test_a_child_updated_behind_the_same_address_is_rolled_back_too(cloud: Any) -> None:
    def tree(broken: Any) -> Any:
        user = {"Resources": {"Fine": value("1"), **broken}}
        stacks = {"Holder": dict(holder), "User": cloud.nested(f"user{len(broken)}.json", user)}
        stacks["User"]["DependsOn"] = "Holder"
        return {"Resources": stacks}

    holder = cloud.nested("holder.json", {"Resources": {"Fine": value("1", Name="held")}})
    cloud.deploy(tree({}))
    before = state(cloud)
    cloud.put("holder.json", {"Resources": {"Fine": value("2", Name="held")}})
    assert cloud.deploy(tree({"Broken": BROKEN})) == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.values()["held"] == "1"
    assert state(cloud) == before


def test_a_rollback_that_fails_below_is_continued_from_the_root(cloud: Any) -> None:
    kms = cloud.client("kms")
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
            "Action": "kms:*",
            "Resource": "*",
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    keys = [kms.create_key(Policy=policy)["KeyMetadata"] for _ in range(2)]

    def tree(number: int, broken: Any) -> Any:
        log_group = {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": "l", "KmsKeyId": keys[number]["Arn"]},
        }
        values = {f"Value{index:02}": value(str(number)) for index in range(60)}
        stacks = {
            "Holder": cloud.nested(f"h{number}.json", {"Resources": {"Logs": log_group}}),
            "User": cloud.nested(f"u{number}.json", {"Resources": {"Fine": value("1"), **values, **broken}}),
        }
        return {"Resources": {**stacks, "User": {**stacks["User"], "DependsOn": "Holder"}}}

    cloud.deploy(tree(0, {}))
    broken = {"Broken": {**BROKEN, "DependsOn": [f"Value{index:02}" for index in range(60)]}}
    change_set = cloud.change_set(tree(1, broken))
    cloud.cloudformation.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
    holder = cloud.child("Holder")["StackId"]
    cloud.wait_for("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", holder)
    kms.disable_key(KeyId=keys[0]["KeyId"])
    assert cloud.settled() == "UPDATE_ROLLBACK_FAILED"
    assert cloud.status(holder) == "UPDATE_ROLLBACK_FAILED"
    assert "Currently in UPDATE_ROLLBACK_FAILED" in cloud.reason("Holder", "UPDATE_FAILED")
    kms.enable_key(KeyId=keys[0]["KeyId"])
    cloud.cloudformation.continue_update_rollback(StackName="root")
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.status(holder) == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.client("logs").describe_log_groups()["logGroups"][0]["kmsKeyId"] == keys[0]["Arn"]


def test_a_renamed_resource_is_removed_once_and_only_when_the_whole_tree_is_updated(cloud: Any) -> None:
    def tree(name: str, broken: Any) -> Any:
        user = cloud.nested(f"u{name}.json", {"Resources": {"Fine": value("1"), **broken}})
        holder = cloud.nested(f"h{name}.json", {"Resources": {"Named": value("1", Name=name)}})
        return {"Resources": {"Holder": holder, "User": {**user, "DependsOn": "Holder"}}}

    cloud.deploy(tree("first", {}))
    assert cloud.deploy(tree("second", {"Broken": BROKEN})) == "UPDATE_ROLLBACK_COMPLETE"
    assert {"first", "second"} & set(cloud.values()) == {"first"}
    assert cloud.deploy(tree("third", {})) == "UPDATE_COMPLETE"
    assert {"first", "third"} & set(cloud.values()) == {"third"}
    events = cloud.events(cloud.child("Holder")["StackId"])
    assert events[-3:-1] == [("Named", "DELETE_IN_PROGRESS"), ("Named", "DELETE_COMPLETE")]
    assert events.count(("Named", "DELETE_COMPLETE")) == 2


def test_a_snapshot_is_taken_with_the_removal_and_not_if_it_is_rolled_back(cloud: Any) -> None:
    database = {
        "Type": "AWS::RDS::DBInstance",
        "DeletionPolicy": "Snapshot",
        "Properties": {
            "DBInstanceIdentifier": "records",
            "Engine": "postgres",
            "DBInstanceClass": "db.t4g.medium",
            "AllocatedStorage": "20",
            "MasterUsername": "owner",
            "ManageMasterUserPassword": True,
        },
    }

    def tree(number: int, resources: Any, broken: Any) -> Any:
        user = cloud.nested(f"u{number}.json", {"Resources": {"Fine": value("1"), **broken}})
        holder = cloud.nested(f"h{number}.json", {"Resources": {"Other": value("1"), **resources}})
        return {"Resources": {"Holder": holder, "User": {**user, "DependsOn": "Holder"}}}

    rds = cloud.client("rds")
    cloud.deploy(tree(1, {"Database": database}, {}))
    assert cloud.deploy(tree(2, {}, {"Broken": BROKEN})) == "UPDATE_ROLLBACK_COMPLETE"
    assert rds.describe_db_snapshots()["DBSnapshots"] == []
    assert len(rds.describe_db_instances()["DBInstances"]) == 1
    assert cloud.deploy(tree(3, {}, {})) == "UPDATE_COMPLETE"
    assert len(rds.describe_db_snapshots()["DBSnapshots"]) == 1
    assert rds.describe_db_instances()["DBInstances"] == []


def test_a_root_is_deleted_after_its_child_was(cloud: Any) -> None:
    cloud.deploy({"Resources": {"Holder": cloud.nested("holder.json", {"Resources": {"Fine": value("1")}})}})
    assert cloud.delete(cloud.child("Holder")["StackId"]) == "DELETE_COMPLETE"
    assert cloud.delete() == "DELETE_COMPLETE"


def test_new_tags_of_the_root_update_every_nested_stack(cloud: Any) -> None:
    cloud.deploy(template(cloud, 1), Tags=[{"Key": "owner", "Value": "one"}])
    assert cloud.deploy(template(cloud, 1), Tags=[{"Key": "owner", "Value": "two"}]) == "UPDATE_COMPLETE"
    for name in ("First", "Second", "Third"):
        assert cloud.child(name)["Tags"] == [{"Key": "owner", "Value": "two"}]
    assert cloud.child("Leaves", cloud.child("Second")["StackId"])["Tags"] == [{"Key": "owner", "Value": "two"}]


def test_a_nested_template_that_is_gone_fails_the_update_and_nothing_else(cloud: Any) -> None:
    cloud.deploy(template(cloud, 1))
    before = state(cloud)
    broken = template(cloud, 1)
    broken["Resources"]["Third"]["Properties"]["TemplateURL"] = "https://artifacts.s3.amazonaws.com/gone.json"
    cloud.cloudformation.update_stack(StackName="root", TemplateBody=json.dumps(broken))
    assert cloud.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert "gone.json" in cloud.reason("Third", "UPDATE_FAILED")
    assert state(cloud) == before
