"""Statuses as types with questions, so that no call site compares strings."""

from __future__ import annotations

from enum import StrEnum

from stratopause.deployer.errors import UnknownStatus


class StackStatus(StrEnum):
    """Every status of a stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
    """

    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_FAILED = "CREATE_FAILED"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    ROLLBACK_COMPLETE = "ROLLBACK_COMPLETE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_FAILED = "DELETE_FAILED"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    UPDATE_ROLLBACK_IN_PROGRESS = "UPDATE_ROLLBACK_IN_PROGRESS"
    UPDATE_ROLLBACK_FAILED = "UPDATE_ROLLBACK_FAILED"
    UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE = "UPDATE_ROLLBACK_COMPLETE"
    REVIEW_IN_PROGRESS = "REVIEW_IN_PROGRESS"
    IMPORT_IN_PROGRESS = "IMPORT_IN_PROGRESS"
    IMPORT_COMPLETE = "IMPORT_COMPLETE"
    IMPORT_ROLLBACK_IN_PROGRESS = "IMPORT_ROLLBACK_IN_PROGRESS"
    IMPORT_ROLLBACK_FAILED = "IMPORT_ROLLBACK_FAILED"
    IMPORT_ROLLBACK_COMPLETE = "IMPORT_ROLLBACK_COMPLETE"

    @classmethod
    def of(cls, text: str) -> StackStatus:
        """Read a status as AWS writes it.

        Raises:
            UnknownStatus: AWS has a status that this version doesn't know, and what to do about it neither.
        """
        try:
            return cls(text)
        except ValueError:
            raise UnknownStatus(text) from None

    @property
    def is_in_review(self) -> bool:
        """The stack holds change sets, and nothing has been created yet."""
        return self is StackStatus.REVIEW_IN_PROGRESS

    @property
    def is_in_progress(self) -> bool:
        """CloudFormation is at work on the stack."""
        return self.endswith("_IN_PROGRESS") and not self.is_in_review

    @property
    def is_absent(self) -> bool:
        return self is StackStatus.DELETE_COMPLETE

    @property
    def is_complete(self) -> bool:
        """The last operation did what was asked."""
        return self in {StackStatus.CREATE_COMPLETE, StackStatus.UPDATE_COMPLETE, StackStatus.IMPORT_COMPLETE}

    @property
    def is_failed_creation(self) -> bool:
        """A first creation that was rolled back: the stack can only be deleted."""
        return self is StackStatus.ROLLBACK_COMPLETE

    @property
    def is_rolled_back(self) -> bool:
        """The last operation failed and what was there before is restored."""
        return self.endswith("ROLLBACK_COMPLETE")

    @property
    def needs_recovery(self) -> bool:
        return self.endswith("_FAILED")

    @property
    def is_stable(self) -> bool:
        """The stack can be updated."""
        return not (
            self.is_in_progress or self.is_in_review or self.is_absent or self.is_failed_creation or self.needs_recovery
        )


class ResourceStatus(str):
    """The status that an event tells, of a resource or of a stack; what AWS adds later is one as well.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html
    """

    __slots__ = ()

    @property
    def is_in_progress(self) -> bool:
        return self.endswith("_IN_PROGRESS")

    @property
    def is_failure(self) -> bool:
        return self.endswith("_FAILED")

    @property
    def is_gone(self) -> bool:
        return self == "DELETE_COMPLETE"

    @property
    def is_rollback(self) -> bool:
        return "ROLLBACK" in self

    @property
    def is_beginning(self) -> bool:
        """Of a stack: CloudFormation is at work, and not only clearing up after what is done already."""
        return self.is_in_progress and not self.startswith("REVIEW") and "CLEANUP" not in self

    @property
    def begins_operation(self) -> bool:
        """Of a stack: somebody asked for this; a rollback or a cleanup only follows from it."""
        return self in {f"{operation}_IN_PROGRESS" for operation in ("CREATE", "UPDATE", "DELETE", "IMPORT")}
