"""The resources that hold a stack up, and how CloudFormation wants them named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from stratopause.deployer.diagnosis import was_cancelled
from stratopause.deployer.errors import NotPossible
from stratopause.deployer.inventory import StackInventory
from stratopause.deployer.stacks import NESTED_STACK, Path, StackResource

UNRESTORED: Final = "UPDATE_FAILED"
UNDELETED: Final = "DELETE_FAILED"


class Failed(Struct, frozen=True):
    """A resource of the stack at `path` whose restoration or deletion failed."""

    path: Path
    stack_id: str
    resource: StackResource

    @property
    def name(self) -> str:
        """As it is typed: `Database.Instance`."""
        return ".".join((*self.path, self.resource.logical_id))

    @property
    def name_to_skip(self) -> str:
        """As ResourcesToSkip takes it: a nested stack goes by its own name there, not by its logical id.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html
        """
        return f"{_stack_name(self.stack_id)}.{self.resource.logical_id}" if self.path else self.resource.logical_id


def unrestored(tree: Sequence[StackInventory]) -> tuple[Failed, ...]:
    """What a rollback couldn't restore, and may go on without: only resources, not the nested stacks they are in.

    What failed because another one did can't be skipped.
    """
    failed = _failed(tree, UNRESTORED)
    return tuple(one for one in failed if not was_cancelled(one.resource.reason) and one.resource.type != NESTED_STACK)


def undeleted(tree: Sequence[StackInventory]) -> tuple[Failed, ...]:
    """What couldn't be deleted, and may be retained: only resources, not the nested stacks they are in."""
    return tuple(one for one in _failed(tree, UNDELETED) if one.resource.type != NESTED_STACK)


def chosen(names: Iterable[str], failed: Sequence[Failed], next_step: str) -> tuple[Failed, ...]:
    """Those that `names` name, written `Database.Instance` or `Database/Instance`.

    Raises:
        NotPossible: a name is of none of them.
    """
    by_name = {one.name: one for one in failed}
    wanted = [name.replace("/", ".") for name in names]
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        among = f"those that failed are {', '.join(by_name)}" if by_name else "no resource has failed by itself"
        raise NotPossible(f"{', '.join(unknown)} can't be left out: {among}", next_step)
    return tuple(by_name[name] for name in dict.fromkeys(wanted))


def _failed(tree: Sequence[StackInventory], status: str) -> Iterator[Failed]:
    for part in tree:
        for resource in part.resources:
            if resource.status == status:
                yield Failed(part.path, part.stack_id, resource)


def _stack_name(stack_id: str) -> str:
    """`arn:aws:cloudformation:eu-central-1:999988887777:stack/NAME/1`."""
    return stack_id.split("/")[1]
