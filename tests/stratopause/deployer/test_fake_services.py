"""The fakes of the other services, as the deployer's adapters meet them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from stratopause.deployer.errors import NotFound, Refused
from stratopause.deployer.services import Caller, Execution, OneOffTask, TaskState
from stratopause.deployer.stacks import StackResource
from stratopause.deployer.status import ResourceStatus
from stratopause.deployer.templates import Artifact
from tests.stratopause.deployer.fake_stacks import ACCOUNT
from tests.stratopause.deployer.fakes import Account, nested

KEY = "arn:aws:kms:eu-central-1:999988887777:key/12345678-1234-1234-1234-123456789012"
DIGEST = hashlib.sha256(b"plan").digest()
TASK = OneOffTask("cluster", "definition:1", ("subnet-a",), "sg-1")


def test_an_object_is_written_once_and_read_back(account: Account) -> None:
    objects = account.services.objects
    assert objects.write_new("b", "k", b"body")
    assert not objects.write_new("b", "k", b"other")
    assert objects.read("b", "k") == b"body"
    with pytest.raises(NotFound):
        objects.read("b", "none")


def test_keys_are_told_in_order_five_a_page(account: Account) -> None:
    objects = account.services.objects
    for number in range(12):
        objects.write_new("b", f"records/{number:02}", b"")
    objects.write_new("another", "records/00", b"")
    assert objects.keys("b", "records/") == tuple(f"records/{number:02}" for number in range(12))
    assert account.api.calls.count(("s3", "list_objects_v2")) == 3
    assert objects.newest("b", "records/1") == "records/10"
    assert objects.newest("b", "none") is None


def test_what_arrives_with_another_digest_is_refused(account: Account) -> None:
    with pytest.raises(Refused, match="BadDigest"):
        account.api.call("s3", "put_object", Bucket="b", Key="k", Body=b"x", ChecksumSHA256="no")


def test_a_template_is_present_with_its_digest_only_and_found_by_its_address(account: Account) -> None:
    artifacts, artifact = account.services.artifacts, Artifact.of("root.json", {"Resources": {}})
    assert artifacts.present("b", [artifact]) == frozenset()
    assert artifacts.put("b", artifact)
    assert not artifacts.put("b", artifact)
    assert artifacts.present("b", [artifact]) == {artifact.key}
    assert account.s3.read_url(artifacts.url("b", artifact.key)) == artifact.body
    account.s3.objects[f"b/{artifact.key}"] = b"altered"
    assert artifacts.present("b", [artifact]) == frozenset()
    assert "ChecksumSHA256" not in account.api.call("s3", "head_object", Bucket="b", Key=artifact.key)


def test_a_template_that_was_not_uploaded_makes_no_change_set(account: Account) -> None:
    where = nested("x")["Properties"]["TemplateURL"]
    with pytest.raises(Refused, match="key does not exist"):
        account.api.call(
            "cloudformation",
            "create_change_set",
            StackName="s",
            ChangeSetName="c",
            ChangeSetType="CREATE",
            TemplateURL=f"https://b.s3.eu-central-1.amazonaws.com/{where}",
        )


def test_a_bucket_of_somebody_else_is_refused(account: Account) -> None:
    account.s3.owners["b"] = "111111111111"
    with pytest.raises(Refused, match="AccessDenied"):
        account.services.objects.write_new("b", "k", b"")
    with pytest.raises(Refused, match="AccessDenied"):
        account.services.objects.keys("b", "")


def test_the_caller_is_who_it_is_set_to_be(account: Account) -> None:
    account.identity.partition = "aws-us-gov"
    caller = account.services.identity.caller()
    assert caller == Caller(ACCOUNT, f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/deployer/me")


def test_a_signature_verifies_with_its_key_and_digest_only(account: Account) -> None:
    signatures = account.services.signatures
    account.kms.keys |= {KEY: b"secret", f"{KEY[:-1]}3": b"another"}
    algorithm, signature = signatures.sign(KEY, DIGEST)
    assert signatures.verifies(KEY, algorithm, DIGEST, signature)
    assert not signatures.verifies(KEY, algorithm, hashlib.sha256(b"other").digest(), signature)
    assert not signatures.verifies(f"{KEY[:-1]}3", algorithm, DIGEST, signature)


def test_a_key_that_is_not_there_or_signs_otherwise_is_refused(account: Account) -> None:
    signatures = account.services.signatures
    with pytest.raises(Refused, match="does not exist"):
        signatures.sign(KEY, DIGEST)
    account.kms.keys[KEY] = b"secret"
    with pytest.raises(Refused, match="incompatible"):
        signatures.verifies(KEY, "RSASSA_PSS_SHA_256", DIGEST, b"x")
    with pytest.raises(Refused, match="invalid length"):
        signatures.sign(KEY, b"short")


def test_an_execution_is_seen_after_a_while_among_others(account: Account) -> None:
    since = account.clock.time()
    account.trail.note("ExecuteChangeSet", "you", {"changeSetName": "mine"})
    for number in range(7):
        account.trail.note("ExecuteChangeSet", "others", {"changeSetName": f"other-{number}"})
        account.trail.note("DeleteStack", "others", {})
    assert account.services.trail.execution("mine", since) is None
    account.clock.sleep(account.trail.lag)
    assert account.services.trail.execution("mine", since) == Execution("you", since)
    assert account.services.trail.execution("mine", since + timedelta(seconds=1)) is None
    account.trail.note("ExecuteChangeSet", "nobody", {"changeSetName": "denied"}, "AccessDenied")
    account.clock.sleep(account.trail.lag)
    assert account.services.trail.execution("denied", since) is None


def test_parameters_are_written_with_tags_and_overwritten_without(account: Account) -> None:
    store, tags = account.services.parameters, {"owner": "us"}
    values = {f"/clinic/{number:02}": "a" for number in range(12)}
    assert store.put(values, tags) == tuple(values)
    assert store.put({**values, "/clinic/03": "b"}, tags) == ("/clinic/03",)
    assert account.parameters.values["/clinic/03"] == "b"
    assert account.parameters.tags["/clinic/03"] == tags
    with pytest.raises(Refused, match="less than or equal to 10"):
        account.api.call("ssm", "get_parameters", Names=list(values))
    asked = {"Name": "/clinic/03", "Value": "c", "Type": "String"}
    with pytest.raises(Refused, match="already exists"):
        account.api.call("ssm", "put_parameter", **asked)
    with pytest.raises(Refused, match="together"):
        account.api.call("ssm", "put_parameter", Overwrite=True, Tags=[{"Key": "a", "Value": "b"}], **asked)


@pytest.mark.parametrize(
    "kind", ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::ElasticLoadBalancingV2::LoadBalancer"]
)
def test_lifting_protection_lets_a_resource_be_deleted(account: Account, kind: str) -> None:
    stack = account.cloudformation.put("root", "CREATE_COMPLETE")
    guarded = account.cloudformation.world.tell(stack, "Guarded", kind, "guarded-1", "CREATE_COMPLETE")
    account.cloudformation.undeletable[("Guarded",)] = "protected"
    resource = StackResource("Guarded", "guarded-1", kind, ResourceStatus("CREATE_COMPLETE"), guarded.since)
    account.services.protections.lift(resource)
    assert (account.protections.lifted, account.cloudformation.undeletable) == (["Guarded"], {})
    unknown = StackResource("Gone", "gone-1", kind, ResourceStatus("CREATE_COMPLETE"), guarded.since)
    with pytest.raises(Refused, match="not found"):
        account.services.protections.lift(unknown)


def test_a_task_is_started_once_and_runs_for_some_looks(account: Account) -> None:
    tasks = account.services.tasks
    arn = tasks.start(TASK, "run-1")
    assert tasks.start(TASK, "run-1") == arn
    assert tasks.start(TASK, "run-2") != arn
    assert account.tasks.started == [(TASK, "run-1"), (TASK, "run-2")]
    account.tasks.looks, account.tasks.end = 1, TaskState(is_stopped=True, exit_code=1, reason="boom")
    assert [tasks.state("cluster", arn) for _ in range(2)] == [TaskState(is_stopped=False), account.tasks.end]


def test_stopped_tasks_of_a_service_are_listed_and_described(account: Account) -> None:
    stopped = {"taskArn": "arn:task/1", "stoppedReason": "CannotPullContainerError", "lastStatus": "STOPPED"}
    account.tasks.stopped["cluster"] = [stopped]
    assert account.api.call("ecs", "list_tasks", cluster="cluster")["taskArns"] == ["arn:task/1"]
    told = account.api.call("ecs", "describe_tasks", cluster="cluster", tasks=["arn:task/1"])["tasks"]
    assert told == [stopped]
    assert account.api.call("ecs", "list_tasks", cluster="other")["taskArns"] == []


def test_an_execution_elsewhere_is_seen_by_the_trail(account: Account) -> None:
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    asked = {"StackName": "s", "ChangeSetName": "c", "ChangeSetType": "CREATE", "TemplateBody": template}
    change_set_id = account.api.call("cloudformation", "create_change_set", **asked)["Id"]
    for _ in range(2):
        account.services.cloudformation.change_set(change_set_id)
    since = account.clock.time()
    account.execute_elsewhere(change_set_id, "somebody")
    account.clock.sleep(account.trail.lag)
    assert account.services.trail.execution(change_set_id, since) == Execution("somebody", since)
    stack = account.stack("s")
    assert stack is not None
    assert stack.status.is_complete
