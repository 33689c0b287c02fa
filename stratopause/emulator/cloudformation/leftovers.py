"""What belongs to a nested change set goes with it: the change sets below, and the stacks that are only in review.

(DeleteChangeSet: "will delete all change sets that belong to the stacks hierarchy and will also delete all
change sets for nested stacks with the status of REVIEW_IN_PROGRESS".)
"""

from __future__ import annotations

from ministack.services import cloudformation as tables

from stratopause.emulator.cloudformation.records import Record, change_sets, stacks


def end_review(root: Record) -> None:
    """After an operation: what its change set planned and it didn't get to is dropped."""
    executed = root.get("ChangeSetId")
    for change_set in change_sets():
        if change_set.get("RootChangeSetId") == executed and change_set["ExecutionStatus"] == "AVAILABLE":
            del tables._change_sets[change_set["ChangeSetId"]]
    prune()


def prune() -> None:
    """Drops nested change sets without a root, and nested stacks in review without a change set."""
    for change_set in change_sets():
        if change_set.get("RootChangeSetId", change_set["ChangeSetId"]) not in tables._change_sets:
            del tables._change_sets[change_set["ChangeSetId"]]
    planned = {change_set["StackId"] for change_set in change_sets()}
    for stack in stacks():
        if stack["StackStatus"] == "REVIEW_IN_PROGRESS" and "ParentId" in stack and stack["StackId"] not in planned:
            stack["StackStatus"] = "DELETE_COMPLETE"
