"""What every check may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from threading import Lock
from typing import Final, Generic, TypeVar

from msgspec import Struct

from stratopause.deployer.inventory import inventory
from stratopause.deployer.preflight.asking import Asking, Call, answered
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import Unanswered
from stratopause.deployer.preflight.needs import Needs, Resource
from stratopause.deployer.services import Caller, Services
from stratopause.deployer.stacks import DeployedStack, Path, StackResource
from stratopause.deployer.status import StackStatus
from stratopause.deployer.target import Target

T = TypeVar("T")

LET_GO: Final = {"DELETE_COMPLETE", "DELETE_SKIPPED"}
"""Deleted, or retained where the stack no longer has it."""

STACKS: Final = Call("cloudformation", "describe_stacks", "cloudformation:DescribeStacks")
LIST_RESOURCES: Final = Call("cloudformation", "list_stack_resources", "cloudformation:ListStackResources")
WHO: Final = Call("sts", "get_caller_identity", "sts:GetCallerIdentity")


class Known(Struct, frozen=True):
    """What whoever wants the checks has asked for already: who it is, the root stack, the account's bootstrap."""

    caller: Caller
    root: DeployedStack | None
    bootstrap: DeployedStack | None


class Once(Generic[T]):
    """An answer that several threads want and one asks for; that there is none is an answer, too."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._asking = Lock()
        self._told: tuple[T] | None = None
        self._untold: Unanswered | None = None

    def value(self) -> T:
        """Raises: Unanswered."""
        with self._asking:
            if self._untold is not None:
                raise self._untold
            if self._told is None:
                try:
                    self._told = (self._ask(),)
                except Unanswered as error:
                    self._untold = error
                    raise
            return self._told[0]


class Scene:
    """`now` is in UTC. What several checks look at is asked for once, by whichever comes first; not what is `known`."""

    known: Known | None = None

    def __init__(self, services: Services, target: Target, needs: Needs, facts: Facts, now: datetime) -> None:
        self.services = services
        self.target = target
        self.needs = needs
        self.facts = facts
        self.now = now
        self.asking = Asking(services.api)
        self._deployed = Once(self._look)
        self._caller = Once(self._who)

    @property
    def deployed(self) -> dict[Path, StackResource]:
        """What the deployed tree has, by place.

        Raises:
            Unanswered
        """
        return self._deployed.value()

    @property
    def caller(self) -> Caller:
        """Raises: Unanswered."""
        return self._caller.value()

    def added(self, *types: str) -> Iterator[Resource]:
        """The resources of these types that the deployed tree doesn't have yet."""
        deployed = self.deployed
        for one in self.needs.of(*types):
            there = deployed.get(one.place)
            if there is None or there.type != one.type:
                yield one

    def _look(self) -> dict[Path, StackResource]:
        cloudformation = self.services.cloudformation
        with answered(STACKS):
            root = self.known.root if self.known else cloudformation.stack(self.target.stack)
        if root is None or not _lasts(root.status):
            return {}
        with answered(LIST_RESOURCES):
            return {
                (*stack.path, one.logical_id): one
                for stack in inventory(cloudformation, root.id, within=self.needs.stacks)
                for one in stack.resources
                if one.physical_id and one.status not in LET_GO
            }

    def _who(self) -> Caller:
        if self.known is not None:
            return self.known.caller
        with answered(WHO):
            return self.services.identity.caller()


def _lasts(status: StackStatus) -> bool:
    """What a failed creation has retained isn't the stack's that is created in its place."""
    return not (status.is_absent or status.is_in_review or status.is_failed_creation)
