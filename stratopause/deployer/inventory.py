"""What is deployed: the stacks of a tree, and the resources in each."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from stratopause.deployer.services import CloudFormation
from stratopause.deployer.stacks import Path, StackResource


class StackInventory(Struct, frozen=True):
    path: Path
    stack_id: str
    resources: tuple[StackResource, ...]


def inventory(
    cloudformation: CloudFormation, stack_id: str, path: Path = (), within: Collection[Path] | None = None
) -> Iterator[StackInventory]:
    """The stack at `path` and, after it, all that are nested in it; or only those that lead to the paths `within`."""
    resources = cloudformation.resources(stack_id)
    yield StackInventory(path, stack_id, resources)
    for resource in resources:
        below = (*path, resource.logical_id)
        is_wanted = within is None or any(one[: len(below)] == below for one in within)
        if resource.is_nested_stack and not resource.status.is_gone and is_wanted:
            yield from inventory(cloudformation, resource.physical_id, below, within)
