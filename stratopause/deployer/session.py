"""One command at work: where it goes, what with, and who reads along."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from stratopause.deployer.errors import Interrupted, LostSight, NotApproved, WrongTarget
from stratopause.deployer.events import Conversation, Event, Question
from stratopause.deployer.means import Means
from stratopause.deployer.services import Caller, CloudFormation
from stratopause.deployer.target import Target

T = TypeVar("T")


class Session(Struct, frozen=True):
    """Collected outputs go to the directory `outputs`, copies of records to `records`."""

    target: Target
    means: Means
    conversation: Conversation
    outputs: Path = Path("outputs")
    assume_yes: bool = False
    records: Path = Path("records")

    @property
    def cloudformation(self) -> CloudFormation:
        return self.means.cloudformation

    @property
    def outputs_file(self) -> Path:
        return self.outputs / f"{self.target.copy}.json"

    @property
    def records_directory(self) -> Path:
        return self.records / self.target.copy

    def tell(self, events: Generator[Event, None, T]) -> T:
        """Show the events as they come; return what they lead to."""
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                result: T = end.value
                return result
            self.conversation.show(event)

    def agrees(self, question: Question) -> bool:
        """Raises: NotApproved, where nobody is there to answer."""
        self.require_somebody()
        return self.assume_yes or self.conversation.agrees(question)

    def require_somebody(self) -> None:
        """Refuse to begin what will need a yes that nobody can give.

        Raises:
            NotApproved: no --yes, and no terminal.
        """
        if not self.assume_yes and not self.conversation.can_ask:
            raise NotApproved("nobody can be asked: there is no terminal", "run it in a terminal, or with --yes")

    def check_caller(self) -> Caller:
        """Hold whom the credentials belong to against whom the environment is meant for.

        Raises:
            WrongTarget: another account or partition.
        """
        caller, target = self.means.services.identity.caller(), self.target
        if caller.account != target.account:
            raise WrongTarget(
                f"{target.environment} is meant for account {target.account}, "
                f"the credentials are of account {caller.account} ({caller.arn})",
                f"choose credentials of account {target.account}, by AWS_PROFILE for example",
            )
        if caller.partition != target.partition:
            raise WrongTarget(
                f"{target.environment} is meant for the partition {target.partition}, "
                f"the credentials are of {caller.partition}",
                "correct the environment's region, or choose other credentials",
            )
        return caller

    @contextmanager
    def while_it_goes_on(self, stack: str) -> Iterator[None]:
        """What interrupts this command doesn't interrupt CloudFormation: say so, and how to look again."""
        watch, cancel = self.target.command("watch"), self.target.command("cancel")
        look_again = f"{watch} follows it again; {cancel} takes an update back"
        try:
            yield
        except KeyboardInterrupt:
            raise Interrupted(f"interrupted; {stack} goes on without this command", look_again) from None
        except LostSight as error:
            raise LostSight(error.message, error.next_step or look_again) from None
