"""Reading a stack's Outputs, writing them to their file, and holding them against what the template declares."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from stratopause.deployer import contract, outputs
from stratopause.deployer.answers import Command, consult
from stratopause.deployer.errors import StackAbsent
from stratopause.deployer.events import OutputsWritten
from stratopause.deployer.inventory import inventory
from stratopause.deployer.outcomes import Deployed, NothingToDo, Outcome
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Output
from stratopause.deployer.templates import Template

AT_ONCE: Final = 8


def collect(session: Session, root: Template | None = None) -> DeployedStack:
    """Read the root's outputs and deliver them.

    Raises:
        StackAbsent: there is nothing to read from.
        OutputsBroken: they aren't what `root` declares.
    """
    stack = find(session)
    deliver(session, stack.outputs, root)
    return stack


def deliver(session: Session, collected: Iterable[Output], root: Template | None = None) -> None:
    """Write outputs to their file; `root` is the template that declares them, if known.

    Raises:
        OutputsBroken: they aren't what `root` declares; what is there, and is no secret, is written.
    """
    collected = tuple(collected)
    write(session, collected)
    check(session, collected, root)


def finished(session: Session, outcome: Outcome, root: Template | None) -> Outcome:
    """The outputs are collected also where nothing changed; `root` is the template that declares them.

    Raises:
        OutputsBroken: they aren't what it declares.
    """
    if isinstance(outcome, Deployed | NothingToDo):
        deliver(session, outcome.outputs, root)
    return outcome


def find(session: Session) -> DeployedStack:
    """Raises: StackAbsent."""
    target = session.target
    stack = session.cloudformation.stack(target.stack)
    if stack is None:
        raise StackAbsent(f"{target.stack} doesn't exist", target.command("deploy"))
    consult(Command.OUTPUTS, stack, target.stack, target.typed)
    return stack


def write(session: Session, collected: Iterable[Output]) -> None:
    collected = tuple(collected)
    outputs.write(collected, session.outputs_file)
    session.conversation.show(OutputsWritten(session.outputs_file, collected))


def check(session: Session, collected: Iterable[Output], root: Template | None = None) -> None:
    """Raises: OutputsBroken."""
    promised = None if root is None else contract.declared(root)
    contract.check(collected, promised, f"correct the templates, then {session.target.command('deploy')}")


def nested(session: Session, stack_id: str) -> dict[str, tuple[Output, ...]]:
    """The Outputs of all stacks that are nested below `stack_id`, by their path (`Database`)."""
    parts = [part for part in inventory(session.cloudformation, stack_id) if part.path]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        stacks = threads.map(lambda part: session.cloudformation.stack(part.stack_id), parts)
        return {"/".join(part.path): stack.outputs for part, stack in zip(parts, stacks, strict=True) if stack}
