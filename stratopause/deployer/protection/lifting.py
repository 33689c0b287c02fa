"""An override: stack policies that let certain resources go for one run, and stand again after it.

The order is: record, lift, execute, restore, record. Whoever is killed on the way leaves the first record, by which
the next run restores.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from stratopause.deployer.errors import DeploymentError, LostSight
from stratopause.deployer.events import StackPoliciesLifted, StackPoliciesStayLifted
from stratopause.deployer.protection.policies import digest, open_policy, wanted_policies
from stratopause.deployer.protection.setting import deployed_tree, set_policies, stack_ids
from stratopause.deployer.session import Session

Begin = Callable[[tuple[str, ...]], object]
"""Records the paths of the stacks whose policy is about to be lifted, before it is."""
Restored = Callable[[Mapping[str, str]], object]
"""Records the digests of the policies that stand again, by path."""


@contextmanager
def lifted(
    session: Session, stack_id: str, allowed: Collection[str], begin: Begin, restored: Restored
) -> Iterator[None]:
    """For the time of one run, what is named in `allowed` (`Database/Instance`) may be deleted or replaced.

    `begin` is called in any case, without paths where no policy forbids what is allowed. While the stack goes on
    without this command, the policies stay lifted: an update would fail by one that is set in the middle of it.

    Raises:
        Refused: a policy can't be lifted; nothing was executed.
    """
    bodies = _relaxed(session, stack_id, allowed) if allowed else {}
    begin(tuple(bodies))
    if not bodies:
        yield
        return
    try:
        _lift(session, stack_id, bodies)
        session.conversation.show(StackPoliciesLifted(session.target.stack, tuple(sorted(allowed))))
        yield
    except LostSight as error:
        _tell(session, tuple(bodies), error.message)
        raise
    except BaseException:
        _restore_or_tell(session, tuple(bodies), restored)
        raise
    else:
        _restore_or_tell(session, tuple(bodies), restored)


def restore(session: Session, paths: Collection[str], restored: Restored) -> None:
    """Have the policies of the stacks at `paths` stand again that a run had lifted and didn't restore.

    They are those of what is deployed now. Nothing is done while the stack is at work, for the run that lifted them
    may go on.
    """
    if paths:
        _restore_or_tell(session, paths, restored)


def _relaxed(session: Session, stack_id: str, allowed: Collection[str]) -> dict[str, str]:
    tree = deployed_tree(session.cloudformation, stack_id)
    strict, relaxed = wanted_policies(tree), wanted_policies(tree, allowed)
    return {name: body for name, body in relaxed.items() if strict[name] != body}


def _lift(session: Session, stack_id: str, bodies: Mapping[str, str]) -> None:
    for name, found in stack_ids(session.cloudformation, stack_id, bodies).items():
        session.cloudformation.set_stack_policy(found, bodies[name])


def _restore_or_tell(session: Session, paths: Collection[str], restored: Restored) -> None:
    """What goes wrong here hides no outcome: the record still says that they are lifted."""
    try:
        stack = session.cloudformation.stack(session.target.stack)
        if stack is None or stack.status.is_absent:
            restored({name: digest("", "") for name in sorted(paths)})
        elif stack.status.is_in_progress:
            _tell(session, paths, f"{stack.name} is {stack.status}")
        else:
            _restore(session, stack.id, paths, restored)
    except DeploymentError as error:
        _tell(session, paths, error.message)


def _restore(session: Session, stack_id: str, paths: Collection[str], restored: Restored) -> None:
    policies = wanted_policies(deployed_tree(session.cloudformation, stack_id))
    bodies = {name: policies.get(name, open_policy()) for name in sorted(paths)}
    told = set_policies(session, stack_id, bodies)
    refused = tuple(name for name in bodies if told.get(name) is False)
    if stand := {name: digest(stack_id, bodies[name]) for name in bodies if name not in refused}:
        restored(stand)
    if refused:
        _tell(session, refused, "AWS refuses to set them")


def _tell(session: Session, paths: Collection[str], why: str) -> None:
    session.conversation.show(StackPoliciesStayLifted(session.target.stack, tuple(sorted(paths)), why))
