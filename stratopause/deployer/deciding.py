"""What comes of a decision, made here or in the console."""

from __future__ import annotations

from contextlib import suppress

from stratopause.deployer import planning
from stratopause.deployer.answers import Command
from stratopause.deployer.approval import Approval, How
from stratopause.deployer.approving import refuse_losses
from stratopause.deployer.assent import Assent
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.events import MakeChanges
from stratopause.deployer.execute import carry_out, carry_out_in_console
from stratopause.deployer.outcomes import Declined, Deployed, Outcome
from stratopause.deployer.planfile import PlanFile
from stratopause.deployer.protection.forbidding import forbidden
from stratopause.deployer.protection.termination import protect_from_termination
from stratopause.deployer.ready import Ready
from stratopause.deployer.review.noise import Certainty
from stratopause.deployer.running import Mandate, run
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack


def plan_of(session: Session, ready: Ready) -> PlanFile:
    return planning.plan_of(session, ready.proposal, ready.judgement.loss_names, ready.uploads, ready.caller)


def decided(session: Session, ready: Ready, assent: Assent, command: Command, digest: str) -> Outcome:
    """What comes of the decision, here or in the console.

    Raises:
        DataLossNotAllowed: data would be lost that nobody has named.
        StalePlan: the templates in the bucket aren't those that were reviewed.
    """
    losses, held = ready.judgement.loss_names, _held(session, ready)
    refuse_losses(losses, assent.losses, assent.again or session.target.command(command), held)
    if not assent.in_console and not session.agrees(MakeChanges(ready.proposal.stack)):
        return Declined(ready.proposal.stack)
    planning.hold_uploads(session, ready.uploads)
    overrides = tuple(dict.fromkeys((*losses, *held)))
    mandate = Mandate(command, ready.caller, _approval(session, ready, assent, digest), overrides)
    execution = carry_out_in_console if assent.in_console else carry_out
    outcome = run(session, ready.ledger, ready.proposal, mandate, execution)
    if isinstance(outcome, Deployed):
        protect_from_termination(session, _as_it_is(session, ready))
    return outcome


def _as_it_is(session: Session, ready: Ready) -> DeployedStack | None:
    """The stack of the change set: where a failed creation was cleared first, that isn't the one that was there."""
    stack_id = ready.proposal.change_set.stack_id
    if ready.deployed is not None and ready.deployed.id == stack_id:
        return ready.deployed
    with suppress(DeploymentError):
        return session.cloudformation.stack(stack_id)
    return None


def _held(session: Session, ready: Ready) -> tuple[str, ...]:
    """What would go of that which stack policies keep."""
    changes = ready.proposal.review.all()
    real = [(path, one) for path, one in changes if ready.judgement.of(path, one) is not Certainty.NOTHING]
    return forbidden(session.cloudformation, real)


def _approval(session: Session, ready: Ready, assent: Assent, digest: str) -> Approval:
    when = session.means.clock.time()
    if assent.in_console:
        return Approval(how="console", when=when, plan_digest=digest, pending=True)
    how: How = "yes" if session.assume_yes else "terminal"
    return Approval(how=how, when=when, who=ready.caller.arn, plan_digest=digest)
