from __future__ import annotations

from datetime import UTC, datetime

import pytest

from stratopause.deployer.errors import NotPossible
from stratopause.deployer.inventory import StackInventory
from stratopause.deployer.recovery.failed import chosen, undeleted, unrestored
from stratopause.deployer.stacks import StackResource
from stratopause.deployer.status import ResourceStatus

NOW = datetime(2026, 1, 2, tzinfo=UTC)
INNER = "arn:aws:cloudformation:eu-central-1:999988887777:stack/clinic-dev-Database-1X/2"


def resource(logical_id: str, status: str, reason: str = "", kind: str = "AWS::SNS::Topic") -> StackResource:
    return StackResource(logical_id, logical_id.lower(), kind, ResourceStatus(status), NOW, reason)


TREE = (
    StackInventory(
        (),
        "arn:aws:cloudformation:eu-central-1:999988887777:stack/clinic-dev/1",
        (
            resource("Topic", "UPDATE_FAILED", "it went wrong"),
            resource("Database", "UPDATE_FAILED", "Embedded stack", "AWS::CloudFormation::Stack"),
            resource("Bucket", "DELETE_FAILED", "not empty"),
        ),
    ),
    StackInventory(
        ("Database",),
        INNER,
        (
            resource("Instance", "UPDATE_FAILED", "it was deleted by hand"),
            resource("Other", "UPDATE_FAILED", "Resource update cancelled"),
            resource("Good", "UPDATE_COMPLETE"),
        ),
    ),
)


def test_skipped_can_be_what_a_rollback_couldnt_restore_but_no_nested_stack_and_nothing_cancelled() -> None:
    assert [(one.name, one.name_to_skip) for one in unrestored(TREE)] == [
        ("Topic", "Topic"),
        ("Database.Instance", "clinic-dev-Database-1X.Instance"),
    ]


def test_retained_can_be_what_couldnt_be_deleted() -> None:
    assert [one.name for one in undeleted(TREE)] == ["Bucket"]


def test_names_are_taken_with_dots_or_slashes_and_once() -> None:
    found = unrestored(TREE)
    assert chosen(["Database/Instance", "Topic", "Database.Instance"], found, "next") == (found[1], found[0])


def test_a_name_of_nothing_that_failed_is_refused_with_those_that_did() -> None:
    with pytest.raises(NotPossible, match=r"Good can't be left out: those that failed are Topic, Database.Instance"):
        chosen(["Good", "Topic"], unrestored(TREE), "next")
    with pytest.raises(NotPossible, match="no resource has failed by itself"):
        chosen(["Good"], (), "next")
