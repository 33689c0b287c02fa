"""`plan`, `apply` and `deploy`: from rendered templates to a running stack and its collected outputs.

What is approved is one change set, and only that one is executed: at once (`deploy`), or later, by whoever brings
the plan (`apply`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from stratopause.deployer import planfile, planning, resuming, signing
from stratopause.deployer.answers import Command, consult
from stratopause.deployer.approval import Approval, How
from stratopause.deployer.approving import refuse_losses
from stratopause.deployer.changing import (
    Proposal,
    carry_out,
    carry_out_in_console,
    followed,
    outcome_of,
    removed_unless_executed,
)
from stratopause.deployer.collecting import deliver
from stratopause.deployer.errors import StalePlan
from stratopause.deployer.events import MakeChanges, PlanWritten
from stratopause.deployer.execute import discard
from stratopause.deployer.history import attach, last_operation
from stratopause.deployer.outcomes import Declined, Deployed, NothingToDo, Outcome, Planned
from stratopause.deployer.planfile import PlanFile, SignedPlan
from stratopause.deployer.protection.forbidding import forbidden
from stratopause.deployer.protection.termination import protect_from_termination
from stratopause.deployer.ready import Order, Ready, make_ready, present
from stratopause.deployer.records.ledger import Ledger, open_ledger
from stratopause.deployer.review.noise import Certainty
from stratopause.deployer.running import Consent, run
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.templates import Template, parse, root_of


@dataclass(frozen=True)
class Assent:
    """What whoever runs the command agrees to beforehand, or that the decision is made in the console.

    `again` is what was typed, where that isn't the command with the environment.
    """

    losses: Collection[str] = ()
    in_console: bool = False
    again: str = ""


NONE = Assent()


def make_plan(session: Session, order: Order, file: Path | None = None) -> Planned | Outcome:
    """Work out what would change, and leave it for approval: in the console, or by the plan in `file`.

    Raises:
        DeploymentError: there is nothing that could be approved; nothing is left behind.
    """
    ready = make_ready(session, order, Command.PLAN)
    if not isinstance(ready, Ready):
        return ready
    with removed_unless_executed(session, ready.proposal.change_set):
        if file is not None:
            _write(session, _plan_of(session, ready), file)
    return Planned(ready.proposal.stack, ready.proposal.review, ready.judgement, file)


def deploy(session: Session, order: Order, assent: Assent = NONE) -> Outcome:
    """Bring the target's root stack to the templates, and collect its outputs.

    Where the account has no bucket for templates yet, it is made, after a yes of its own. What isn't approved is
    removed.

    Raises:
        DeploymentError: before the stack has been changed, or where it isn't followed any more.
    """
    _require_somebody(session, assent)
    ready = make_ready(session, order, Command.DEPLOY)
    if not isinstance(ready, Ready):
        return _finished(session, ready, root_of(order.templates))
    with removed_unless_executed(session, ready.proposal.change_set):
        outcome = _decided(session, ready, assent, Command.DEPLOY, planfile.digest(_plan_of(session, ready)))
    if isinstance(outcome, Declined):
        discard(ready.proposal.change_set, session.means)
    return _finished(session, outcome, root_of(order.templates))


def apply(session: Session, signed: SignedPlan, assent: Assent = NONE) -> Outcome:
    """Execute exactly what was planned; where that was done already, follow it to its end.

    What isn't approved stays, to be applied later.

    Raises:
        WrongTarget, UnsignedPlan, AlteredPlan, StalePlan: it isn't what was planned any more, or not for here.
        DeploymentError: before the stack has been changed, or where it isn't followed any more.
    """
    plan = signed.plan
    planning.verify(session, signed)
    caller = session.check_caller()
    change_set = planning.change_set_of(session, plan)
    deployed = session.cloudformation.stack(plan.stack_id)
    ledger = open_ledger(session, plan.bucket)
    if change_set.was_executed:
        return _finished(session, _applied_already(session, plan, ledger, deployed), None)
    consult(Command.APPLY, deployed, session.target.stack, session.target.typed)
    _require_somebody(session, assent)
    resuming.conclude(session, ledger, deployed)
    uploads = planning.uploads_of(session, plan)
    review = planning.review_of(session, plan, change_set)
    before = deployed.outputs if deployed else ()
    keeps = deployed is not None and deployed.status.needs_recovery
    proposal = Proposal(plan.stack, review, plan.change_set_type, before, keeps, uploads)
    ready = Ready(proposal, uploads, present(session, proposal, uploads), ledger, caller, deployed)
    outcome = _decided(session, ready, assent, Command.APPLY, signed.digest)
    root = uploads.all[-1]
    return _finished(session, outcome, parse(root.name, root.body))


def _require_somebody(session: Session, assent: Assent) -> None:
    if not assent.in_console:
        session.require_somebody()


def _plan_of(session: Session, ready: Ready) -> PlanFile:
    return planning.plan_of(session, ready.proposal, ready.judgement.loss_names, ready.uploads, ready.caller)


def _write(session: Session, plan: PlanFile, file: Path) -> None:
    key = session.target.signing_key
    signature = signing.sign(session.means.services.signatures, key, plan) if key else None
    signed = planfile.write(plan, file, signature)
    session.conversation.show(PlanWritten(file, signed.digest, signature is not None))


def _decided(session: Session, ready: Ready, assent: Assent, command: Command, digest: str) -> Outcome:
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
    consent = Consent(command, ready.caller, _approval(session, ready, assent, digest), overrides)
    execution = carry_out_in_console if assent.in_console else carry_out
    outcome = run(session, ready.ledger, ready.proposal, consent, execution)
    if isinstance(outcome, Deployed):
        protect_from_termination(session, ready.deployed or session.cloudformation.stack(ready.proposal.stack))
    return outcome


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


def _applied_already(session: Session, plan: PlanFile, ledger: Ledger, deployed: DeployedStack | None) -> Outcome:
    """Nothing is deployed twice: whoever began it, it is followed to its end and recorded."""
    if deployed is None or not planning.is_of_last_change(deployed, plan.change_set):
        raise StalePlan("the plan was applied already, and the stack has changed since", "plan again")
    if deployed.status.is_in_progress:
        with session.while_it_goes_on(plan.stack):
            outcome = followed(session, attach(session.cloudformation, deployed))
        deployed = session.cloudformation.stack(plan.stack_id)
    else:
        outcome = outcome_of(session, deployed, last_operation(session.cloudformation, deployed), 0.0)
    resuming.conclude(session, ledger, deployed)
    return outcome


def _finished(session: Session, outcome: Outcome, root: Template | None) -> Outcome:
    """The outputs are collected also where nothing changed; `root` is the template that declares them.

    Raises:
        OutputsBroken: they aren't what it declares.
    """
    if isinstance(outcome, Deployed | NothingToDo):
        deliver(session, outcome.outputs, root)
    return outcome
