"""One root stack through its change set: opened, reviewed, approved, executed, followed to its end."""

from __future__ import annotations

from contextlib import suppress

from stratopause.deployer.changes import ChangeSet, Review
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import ChangeSetFailed, DeploymentError, LostSight
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
from stratopause.deployer.plan import RECOVERIES, DeleteRolledBack, Plan
from stratopause.deployer.reading import read, why_it_failed
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import Output


def change(session: Session, plan: Plan, question: Question) -> Outcome:
    """Open the change set of `plan`, and execute it if the answer to `question` is yes.

    What isn't executed is removed.

    Raises:
        ChangeSetFailed: CloudFormation can't make one of the templates.
        LostSight: the stack changes, but can't be followed any more.
    """
    if plan.clear is not None and not _cleared(session, plan.clear):
        return Declined(question.stack)
    if plan.upload is not None:
        session.conversation.show(upload(plan.upload, session.means.services))
    session.conversation.show(ChangeSetRequested(question.stack, plan.open.type))
    change_set = open_change_set(plan.open, session.means)
    try:
        return _reviewed(session, change_set, question)
    except LostSight:
        raise
    except BaseException:
        with suppress(DeploymentError):
            discard(change_set, session.means)
        raise


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


def _reviewed(session: Session, change_set: ChangeSet, question: Question) -> Outcome:
    if change_set.has_failed and not change_set.says_no_changes:
        raise ChangeSetFailed(
            f"CloudFormation can't make a change set for {question.stack}: "
            f"{why_it_failed(session.cloudformation, change_set)}",
            "correct the templates, then deploy again",
        )
    review = read(session.cloudformation, change_set)
    if change_set.says_no_changes or review.is_empty:
        discard(change_set, session.means)
        return NothingToDo(question.stack, _outputs(session, change_set.stack_id))
    link = session.target.change_set_link(change_set.stack_id, change_set.id)
    session.conversation.show(ReviewReady(question.stack, review, link))
    if not session.agrees(question):
        discard(change_set, session.means)
        return Declined(question.stack)
    return _executed(session, review, question.stack)


def _executed(session: Session, review: Review, name: str) -> Outcome:
    cloudformation, clock = session.cloudformation, session.means.clock
    stack_id, began = review.change_set.stack_id, clock.now()
    watch = Watch(cloudformation, stack_id, name, newest_event(cloudformation, stack_id))
    before = _outputs(session, stack_id)
    with session.while_it_goes_on(name):
        cloudformation.execute_change_set(review.change_set, session.means.run)
        session.conversation.show(Executing(name, review))
        status = session.tell(follow(watch, clock, session.means.pace))
        session.conversation.show(Ended(name, status))
        if status.needs_recovery:
            return Stuck(name, status, root_cause(watch.happened), RECOVERIES[status].format(stack=name))
        if status.is_rolled_back:
            return RolledBack(name, status, root_cause(watch.happened))
        return Deployed(name, _outputs(session, stack_id), clock.now() - began, before)


def _outputs(session: Session, stack_id: str) -> tuple[Output, ...]:
    stack = session.cloudformation.stack(stack_id)
    return stack.outputs if stack else ()
