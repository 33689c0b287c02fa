"""`apply`: what was planned, executed later and by whoever brings the plan."""

from __future__ import annotations

from stratopause.deployer import planning, resuming
from stratopause.deployer.answers import Command, consult
from stratopause.deployer.approval import Approval
from stratopause.deployer.assent import NONE, Assent, require_somebody
from stratopause.deployer.collecting import finished
from stratopause.deployer.deciding import decided
from stratopause.deployer.errors import StalePlan
from stratopause.deployer.execute import followed, outcome_of
from stratopause.deployer.history import attach, last_operation
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.planfile import PlanFile, SignedPlan
from stratopause.deployer.proposal import Proposal
from stratopause.deployer.proposing import present
from stratopause.deployer.ready import Ready
from stratopause.deployer.records.entries import Began
from stratopause.deployer.records.ledger import Ledger, open_ledger
from stratopause.deployer.services import Caller
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.templates import parse


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
        _note_if_unrecorded(session, signed, ledger, caller)
        return finished(session, _applied_already(session, plan, ledger, deployed), None)
    consult(Command.APPLY, deployed, session.target.stack, session.target.typed)
    require_somebody(session, assent)
    resuming.conclude(session, ledger, deployed)
    uploads = planning.uploads_of(session, plan)
    review = planning.review_of(session, plan, change_set)
    before = deployed.outputs if deployed else ()
    keeps = deployed is not None and deployed.status.needs_recovery
    proposal = Proposal(plan.stack, review, plan.change_set_type, before, keeps, uploads)
    ready = Ready(proposal, uploads, present(session, proposal, uploads), ledger, caller, deployed)
    outcome = decided(session, ready, assent, Command.APPLY, signed.digest)
    root = uploads.all[-1]
    return finished(session, outcome, parse(root.name, root.body))


def _note_if_unrecorded(session: Session, signed: SignedPlan, ledger: Ledger, caller: Caller) -> None:
    """Executed in the console while nobody waited for that: CloudTrail will tell by whom."""
    plan = signed.plan
    if any(isinstance(one.body, Began) and one.body.change_set == plan.change_set for one in ledger.entries()):
        return
    when = session.means.clock.time()
    approval = Approval(how="console", when=when, plan_digest=signed.digest, pending=True)
    began = Began(
        command=Command.APPLY,
        who=caller.arn,
        commit=plan.commit,
        change_set=plan.change_set,
        plan_digest=signed.digest,
        approval=approval,
    )
    ledger.append(began, plan.run)


def _applied_already(session: Session, plan: PlanFile, ledger: Ledger, deployed: DeployedStack | None) -> Outcome:
    """Nothing is deployed twice: whoever began it, it is followed to its end and recorded."""
    if deployed is None or not deployed.was_last_changed_by(plan.change_set):
        raise StalePlan("the plan was applied already, and the stack has changed since", "plan again")
    if deployed.status.is_in_progress:
        with session.while_it_goes_on(plan.stack):
            outcome = followed(session, attach(session.cloudformation, deployed))
        deployed = session.cloudformation.stack(plan.stack_id)
    else:
        outcome = outcome_of(session, deployed, last_operation(session.cloudformation, deployed), 0.0, deployed.outputs)
    resuming.conclude(session, ledger, deployed)
    return outcome
