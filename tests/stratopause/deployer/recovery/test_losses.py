from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from stratopause.deployer.errors import NeedsRecovery, NotFound, Refused
from stratopause.deployer.events import Happened, Kept
from stratopause.deployer.inventory import StackInventory, inventory
from stratopause.deployer.recovery.losses import blocked, kept, lost, new_resources, refuse_losses_of, there
from stratopause.deployer.stacks import StackEvent, StackResource
from stratopause.deployer.status import ResourceStatus
from tests.stratopause.deployer.fakes import Account
from tests.stratopause.deployer.recovery import scenes

NOW = datetime(2026, 1, 2, tzinfo=UTC)
BUCKET, VAULT = "AWS::S3::Bucket", "AWS::Backup::BackupVault"


def resource(logical_id: str, kind: str, status: str = "CREATE_COMPLETE", physical_id: str = "") -> StackResource:
    return StackResource(logical_id, physical_id or logical_id.lower(), kind, ResourceStatus(status), NOW)


class Answers:
    """An `Api` that answers by operation; an error is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        answer = self.answers[operation]
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def pages(self, service: str, operation: str, **parameters: Any) -> Any:
        raise NotImplementedError


def why(kind: str, **answers: Any) -> list[str]:
    return [one.why for one in blocked(Answers(**answers), [((), resource("It", kind))], ())]


NOT_LOCKED = Refused("there is none", "ObjectLockConfigurationNotFoundError")
LOCKED: Mapping[str, Any] = {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
FULL: Mapping[str, Any] = {"Versions": [{"Key": "a"}]}


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ({"list_object_versions": {}}, []),
        ({"list_object_versions": FULL, "get_object_lock_configuration": NOT_LOCKED}, ["it isn't empty"]),
        ({"list_object_versions": FULL, "get_object_lock_configuration": NotFound("gone")}, ["it isn't empty"]),
        (
            {"list_object_versions": {"DeleteMarkers": [{"Key": "a"}]}, "get_object_lock_configuration": LOCKED},
            ["it isn't empty, and Object Lock keeps what is in it"],
        ),
        ({"list_object_versions": Refused("no", "AccessDenied")}, []),
        ({"list_object_versions": FULL, "get_object_lock_configuration": Refused("no", "AccessDenied")}, []),
    ],
)
def test_a_bucket_blocks_its_deletion_while_anything_is_in_it(answers: dict[str, Any], found: list[str]) -> None:
    assert why(BUCKET, **answers) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"NumberOfRecoveryPoints": 0}, []),
        ({}, []),
        ({"NumberOfRecoveryPoints": 1}, ["it holds 1 recovery point"]),
        ({"NumberOfRecoveryPoints": 35, "Locked": True}, ["it holds 35 recovery points, and is locked"]),
        (Refused("no", "AccessDenied"), []),
    ],
)
def test_a_vault_blocks_its_deletion_while_recovery_points_are_in_it(answer: Any, found: list[str]) -> None:
    assert why(VAULT, describe_backup_vault=answer) == found


def test_what_stays_by_policy_blocks_nothing_and_isnt_lost() -> None:
    bucket = resource("Archive", BUCKET)
    stays = [Kept((), bucket)]
    assert blocked(Answers(list_object_versions=FULL), [((), bucket)], stays) == ()
    assert lost([((), bucket)], stays) == ()
    assert lost([(("Storage",), bucket)], stays) == ((("Storage",), bucket),)


def test_only_what_holds_data_is_lost() -> None:
    placed = [((), resource("Archive", BUCKET)), ((), resource("Topic", "AWS::SNS::Topic"))]
    assert [one.logical_id for _, one in lost(placed, ())] == ["Archive"]


def test_what_is_gone_was_never_made_or_is_a_nested_stack_isnt_there() -> None:
    made = resource("Made", BUCKET)
    never = StackResource("Never", "", BUCKET, ResourceStatus("CREATE_FAILED"), NOW)
    nested = resource("Nested", "AWS::CloudFormation::Stack")
    part = StackInventory(("A",), "arn:1", (made, resource("Gone", BUCKET, "DELETE_COMPLETE"), never, nested))
    assert there([part]) == ((("A",), made),)


def happened(logical_id: str, status: str, physical_id: str, path: tuple[str, ...] = ()) -> Happened:
    event = StackEvent("1", "arn:1", logical_id, physical_id, BUCKET, ResourceStatus(status), NOW)
    return Happened("clinic-dev", path, event)


def test_new_is_what_an_operation_created_also_in_the_place_of_something_else() -> None:
    events = [
        happened("Old", "UPDATE_IN_PROGRESS", "old"),
        happened("Old", "UPDATE_COMPLETE", "old"),
        happened("Replaced", "UPDATE_IN_PROGRESS", "before"),
        happened("Replaced", "UPDATE_COMPLETE", "after"),
        happened("New", "CREATE_IN_PROGRESS", ""),
        happened("New", "CREATE_COMPLETE", "new", ("Storage",)),
        happened("clinic-dev", "CREATE_COMPLETE", "arn:1"),
    ]
    assert new_resources(events) == {((), "after"), (("Storage",), "new")}


def test_what_is_kept_is_told_of_every_stack_of_the_tree(account: Account) -> None:
    scenes.complete(account)
    cloudformation, stack = account.services.cloudformation, account.stack()
    assert stack is not None
    found = kept(cloudformation, tuple(inventory(cloudformation, stack.id)))
    assert [(one.path, one.resource.logical_id, one.as_snapshot) for one in found] == [(("Keys",), "Key", False)]


def test_a_yes_alone_deletes_nothing_that_holds_data(account: Account) -> None:
    scenes.complete(account)
    stack = account.stack()
    assert stack is not None
    with pytest.raises(NeedsRecovery, match="still has what holds data: Database/Instance") as refused:
        refuse_losses_of(stack, account.session())
    assert refused.value.next_step == "save it, then python build.py recover dev --delete"


def test_a_creation_that_was_undone_holds_nothing(account: Account) -> None:
    scenes.creation_rolled_back(account)
    stack = account.stack()
    assert stack is not None
    refuse_losses_of(stack, account.session())
