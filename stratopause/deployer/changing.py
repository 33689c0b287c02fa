"""One root stack through its change set: proposed, then carried out and followed to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from stratopause.deployer.answers import next_step
from stratopause.deployer.approving import has_begun
from stratopause.deployer.changes import ChangeSet, Review
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import ChangeSetFailed, DeploymentError, LostSight, Stale, Throttled, Unreachable
from stratopause.deployer.events import (
    ChangeSetRequested,
    CreationRolledBack,
    DeleteAndCreateAgain,
    Ended,
    Executing,
    Question,
    ReviewReady,
)
from stratopause.deployer.execute import clear, discard, open_change_set, upload
from stratopause.deployer.follow import Watch, follow, newest_event
from stratopause.deployer.history import last_operation
from stratopause.deployer.outcomes import Declined, Deployed, NothingToDo, Outcome, RolledBack, Stuck
from stratopause.deployer.plan import DeleteRolledBack, Plan
from stratopause.deployer.reading import read, why_it_failed
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import Output


@dataclass(frozen=True)
class Proposal:
    """A change set that can be executed, and what it would do; `before` are the outputs that the stack has now."""

    stack: str
    review: Review
    before: tuple[Output, ...] = ()
    without_rollback: bool = False

    @property
    def change_set(self) -> ChangeSet:
        return self.review.change_set


def change(session: Session, plan: Plan, question: Question) -> Outcome:
    """Open the change set of `plan`, and execute it if the answer to `question` is yes.

    What isn't executed is removed.

    Raises:
        ChangeSetFailed: CloudFormation can't make one of the templates.
        LostSight: the stack changes, but can't be followed any more.
    """
    proposal = propose(session, plan)
    if not isinstance(proposal, Proposal):
        return proposal
    with removed_unless_executed(session, proposal.change_set):
        link = session.target.change_set_link(proposal.change_set.stack_id, proposal.change_set.id)
        session.conversation.show(ReviewReady(proposal.stack, proposal.review, link))
        if session.agrees(question):
            return carry_out(session, proposal)
    discard(proposal.change_set, session.means)
    return Declined(question.stack)


def propose(session: Session, plan: Plan) -> Proposal | Declined | NothingToDo:
    """What `plan` comes to, as CloudFormation works it out; where it comes to nothing, nothing is left behind.

    Raises:
        ChangeSetFailed: CloudFormation can't make one of the templates.
    """
    name = plan.open.wanted.stack
    if plan.clear is not None and not _cleared(session, plan.clear):
        return Declined(name)
    if plan.upload is not None:
        session.conversation.show(upload(plan.upload, session.means.services))
    session.conversation.show(ChangeSetRequested(name, plan.open.type))
    change_set = open_change_set(plan.open, session.means)
    with removed_unless_executed(session, change_set):
        if change_set.has_failed and not change_set.says_no_changes:
            raise ChangeSetFailed(
                f"CloudFormation can't make a change set for {name}: "
                f"{why_it_failed(session.cloudformation, change_set)}",
                "correct the templates, then deploy again",
            )
        review = read(session.cloudformation, change_set)
        outputs = _outputs(session, change_set.stack_id)
        if not change_set.says_no_changes and not review.is_empty:
            return Proposal(name, review, outputs, plan.open.without_rollback)
    discard(change_set, session.means)
    return NothingToDo(name, outputs)


@contextmanager
def removed_unless_executed(session: Session, change_set: ChangeSet) -> Iterator[None]:
    """What goes wrong before the stack changes leaves no change set behind."""
    try:
        yield
    except LostSight:
        raise
    except BaseException:
        with suppress(DeploymentError):
            discard(change_set, session.means)
        raise


def carry_out(session: Session, proposal: Proposal) -> Outcome:
    """Execute exactly the change set that was proposed, and follow it to the end.

    Raises:
        Stale: the stack has changed since.
        LostSight: the stack changes, but can't be followed any more.
    """
    cloudformation, stack_id = session.cloudformation, proposal.change_set.stack_id
    watch = Watch(cloudformation, stack_id, proposal.stack, newest_event(cloudformation, stack_id))
    with session.while_it_goes_on(proposal.stack):
        _execute(session, proposal.change_set, proposal.without_rollback)
        session.conversation.show(Executing(proposal.stack, proposal.review))
        return followed(session, watch, proposal.before)


def _execute(session: Session, change_set: ChangeSet, without_rollback: bool) -> None:
    """Whether a request that got no answer took effect, only CloudFormation knows: then it is asked.

    Raises:
        LostSight: it can't be asked either.
    """
    try:
        session.cloudformation.execute_change_set(change_set, session.means.run, without_rollback)
    except (Unreachable, Stale, Throttled):
        try:
            begun = has_begun(session, change_set)
        except DeploymentError as error:
            raise LostSight(f"it isn't known whether the change set runs: {error.message}") from None
        if not begun:
            raise


def followed(session: Session, watch: Watch, before: tuple[Output, ...] = ()) -> Outcome:
    """How the operation that `watch` looks at has ended."""
    clock, name = session.means.clock, watch.name
    began = clock.now()
    status = session.tell(follow(watch, clock, session.means.pace))
    session.conversation.show(Ended(name, status))
    if status.needs_recovery:
        return Stuck(name, status, root_cause(watch.happened), next_step(status, session.target.typed))
    if status.is_rolled_back:
        return RolledBack(name, status, root_cause(watch.happened))
    return Deployed(name, _outputs(session, watch.root_id), clock.now() - began, before)


def _cleared(session: Session, step: DeleteRolledBack) -> bool:
    """The stack that is in the way is explained, and deleted after a yes."""
    stack = session.cloudformation.stack(step.stack_id)
    if stack is None:
        return True
    cause = root_cause(last_operation(session.cloudformation, stack))
    session.conversation.show(CreationRolledBack(stack.name, cause))
    if not session.agrees(DeleteAndCreateAgain(stack.name)):
        return False
    with session.while_it_goes_on(stack.name):
        session.tell(clear(stack, session.means))
    return True


def _outputs(session: Session, stack_id: str) -> tuple[Output, ...]:
    stack = session.cloudformation.stack(stack_id)
    return stack.outputs if stack else ()
