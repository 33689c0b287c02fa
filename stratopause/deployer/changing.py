"""One root stack through its change set: proposed, then carried out and followed to its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from stratopause.deployer.answers import next_step
from stratopause.deployer.approving import Decision, decided_in_console, has_begun
from stratopause.deployer.changes import ChangeSet, Review
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.errors import (
    ChangeSetFailed,
    DeploymentError,
    Interrupted,
    LostSight,
    Stale,
    StalePlan,
    Throttled,
    Unreachable,
)
from stratopause.deployer.events import (
    ChangeSetRequested,
    CreationRolledBack,
    DeleteAndCreateAgain,
    Ended,
    Executing,
    Happened,
    Question,
    ReviewReady,
)
from stratopause.deployer.evidence import witness
from stratopause.deployer.execute import clear, discard, open_change_set, upload
from stratopause.deployer.follow import Watch, follow, newest_event
from stratopause.deployer.history import last_operation
from stratopause.deployer.outcomes import Declined, Deployed, NothingToDo, Outcome, RolledBack, Stuck
from stratopause.deployer.plan import DeleteRolledBack, Plan
from stratopause.deployer.reading import read, why_it_failed
from stratopause.deployer.recovery.losses import refuse_losses_of
from stratopause.deployer.review.findings import findings
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, Output
from stratopause.deployer.templates import Uploads

LAST_TRIES: Final = 30


class Proposal(Struct, frozen=True):
    """A change set that can be executed, and what it would do; `before` are the outputs that the stack has now.

    `type` is that of the change set, `uploads` are the templates that it was made of, where they are ours.
    """

    stack: str
    review: Review
    type: Literal["CREATE", "UPDATE"] = "UPDATE"
    before: tuple[Output, ...] = ()
    without_rollback: bool = False
    uploads: Uploads | None = None

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
            return carry_out(session, proposal, watch_from_now(session, proposal))
    discard(proposal.change_set, session.means)
    return Declined(question.stack)


def propose(session: Session, plan: Plan, deployed: DeployedStack | None = None) -> Proposal | Declined | NothingToDo:
    """What `plan` comes to, as CloudFormation works it out; where it comes to nothing, nothing is left behind.

    `deployed` is the stack as it is now, if it was looked at.

    Raises:
        ChangeSetFailed: CloudFormation can't make one of the templates.
    """
    name = plan.open.wanted.stack
    if plan.clear is not None and not _cleared(session, plan.clear):
        return Declined(name)
    if plan.upload is not None:
        uploaded = upload(plan.upload, session.means.services)
        if uploaded.names:
            session.conversation.show(uploaded)
    session.conversation.show(ChangeSetRequested(name, plan.open.type))
    change_set = open_change_set(plan.open, session.means)
    with removed_unless_executed(session, change_set):
        if change_set.has_failed and not change_set.says_no_changes:
            raise _failure(session, name, change_set)
        review = read(session.cloudformation, change_set)
        outputs = deployed.outputs if deployed else _outputs(session, change_set.stack_id)
        if not change_set.says_no_changes and not review.is_empty:
            return Proposal(name, review, plan.open.type, outputs, plan.open.without_rollback)
    discard(change_set, session.means)
    return NothingToDo(name, outputs)


def _failure(session: Session, name: str, change_set: ChangeSet) -> ChangeSetFailed:
    """Why there is no change set: what its validations and hooks found, or else the deepest reason."""
    told = f"CloudFormation can't make a change set for {name}"
    with suppress(DeploymentError):
        blocking = findings(session.cloudformation, read(session.cloudformation, change_set)).blocking
        lines = [f"{told}: {one.place or name}{f' {one.path}' if one.path else ''}: {one.reason}" for one in blocking]
        if lines:
            more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
            return ChangeSetFailed(f"{lines[0]}{more}", blocking[0].remedy)
    reason = why_it_failed(session.cloudformation, change_set)
    return ChangeSetFailed(f"{told}: {reason}", "correct the templates, then deploy again")


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


def watch_from_now(session: Session, proposal: Proposal) -> Watch:
    """Reads what happens to the stack from now on."""
    cloudformation, stack_id = session.cloudformation, proposal.change_set.stack_id
    return Watch(cloudformation, stack_id, proposal.stack, newest_event(cloudformation, stack_id))


def carry_out(session: Session, proposal: Proposal, watch: Watch) -> Outcome:
    """Execute exactly the change set that was proposed, and follow it to the end.

    Raises:
        Stale: the stack has changed since.
        LostSight: the stack changes, but can't be followed any more.
    """
    with session.while_it_goes_on(proposal.stack):
        _execute(session, proposal.change_set, proposal.without_rollback)
        return _to_the_end(session, proposal, watch)


def carry_out_in_console(session: Session, proposal: Proposal, watch: Watch) -> Outcome:
    """Wait until somebody executes what was proposed in the AWS console, and follow it to the end.

    Raises:
        StalePlan: another change to the stack came before.
        LostSight: the stack changes, but can't be followed any more.
    """
    try:
        decision = decided_in_console(session, proposal.change_set)
    except StalePlan:
        raise
    except BaseException as error:
        _refuse_to_forget(session, proposal, error)
        raise
    if decision is Decision.DELETED:
        return Declined(proposal.stack)
    with session.while_it_goes_on(proposal.stack):
        return _to_the_end(session, proposal, watch)


def _refuse_to_forget(session: Session, proposal: Proposal, error: BaseException) -> None:
    """Who stops waiting for the console, by Ctrl-C or for want of credentials, may have missed the decision.

    Raises:
        LostSight: it was executed, or nobody can tell.
    """
    try:
        begun = has_begun(session, proposal.change_set)
    except DeploymentError:
        begun = None
    if begun is False:
        return
    what = "goes on" if begun else "may be changed yet, by whoever executes the change set in the AWS console"
    because = f": {error.message}" if isinstance(error, DeploymentError) else ""
    kind = Interrupted if isinstance(error, KeyboardInterrupt) else LostSight
    raise kind(f"{proposal.stack} {what}; nobody waits for it here{because}", session.target.command("watch")) from None


def _to_the_end(session: Session, proposal: Proposal, watch: Watch) -> Outcome:
    """Whatever goes wrong here, the stack goes on."""
    try:
        session.conversation.show(Executing(proposal.stack, proposal.review))
        return followed(session, watch, proposal.before)
    except LostSight:
        raise
    except Exception as error:
        what = error.message if isinstance(error, DeploymentError) else f"{type(error).__name__}: {error}"
        raise LostSight(f"{proposal.stack} goes on, but {what}") from error


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


def followed(session: Session, watch: Watch, before: tuple[Output, ...] = (), longest: float | None = None) -> Outcome:
    """How the operation that `watch` looks at has ended; `longest` is for how many seconds it is followed."""
    clock, name = session.means.clock, watch.name
    began = clock.now()
    status = session.tell(follow(watch, clock, session.means.pace, witness(session.means.services.api), longest))
    session.conversation.show(Ended(name, status))
    has_failed = status.needs_recovery or status.is_rolled_back or status.is_absent
    outputs = () if has_failed else _outputs_in_the_end(session, watch.root_id)
    outcome = outcome_of(
        session,
        DeployedStack(watch.root_id, name, status, clock.time(), "", outputs),
        watch.happened,
        clock.now() - began,
        before,
    )
    return replace(outcome, evidence=watch.evidence) if isinstance(outcome, RolledBack | Stuck) else outcome


def outcome_of(
    session: Session,
    stack: DeployedStack,
    happened: Sequence[Happened],
    seconds: float,
    before: tuple[Output, ...] = (),
) -> Deployed | RolledBack | Stuck:
    """What an operation that has ended has come to, by the status in which it left the stack."""
    if stack.status.needs_recovery:
        return Stuck(stack.name, stack.status, root_cause(happened), next_step(stack.status, session.target.typed))
    if stack.status.is_rolled_back or stack.status.is_absent:
        return RolledBack(stack.name, stack.status, root_cause(happened))
    return Deployed(stack.name, stack.outputs, seconds, before)


def _cleared(session: Session, step: DeleteRolledBack) -> bool:
    """The stack that is in the way is explained, and deleted after a yes.

    Raises:
        NeedsRecovery: it can't be deleted, or something in it holds data: that takes more than a yes.
    """
    stack = session.cloudformation.stack(step.stack_id)
    if stack is None:
        return True
    refuse_losses_of(stack, session)
    cause = root_cause(last_operation(session.cloudformation, stack))
    session.conversation.show(CreationRolledBack(stack.name, cause))
    if not session.agrees(DeleteAndCreateAgain(stack.name)):
        return False
    with session.while_it_goes_on(stack.name):
        session.tell(clear(stack, session.means))
    return True


def _outputs_in_the_end(session: Session, stack_id: str) -> tuple[Output, ...]:
    """A success stays one, even if AWS has too much to do just then to tell its outputs."""
    for interval in islice(session.means.pace.intervals(), LAST_TRIES):
        try:
            return _outputs(session, stack_id)
        except (Throttled, Unreachable):
            session.means.clock.sleep(interval)
    return _outputs(session, stack_id)


def _outputs(session: Session, stack_id: str) -> tuple[Output, ...]:
    stack = session.cloudformation.stack(stack_id)
    return stack.outputs if stack else ()
