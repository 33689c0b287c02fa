"""An approved change set on its way: recorded, executed, followed, protected, recorded again."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from stratopause.deployer.approval import Approval
from stratopause.deployer.errors import DeploymentError, LostSight
from stratopause.deployer.events import StackPolicyRefused
from stratopause.deployer.execute import carry_out
from stratopause.deployer.outcomes import Declined, Deployed, Outcome
from stratopause.deployer.proposal import Proposal
from stratopause.deployer.protection.lifting import lifted
from stratopause.deployer.protection.policies import tree_of, wanted_policies
from stratopause.deployer.protection.setting import deployed_tree, protect
from stratopause.deployer.records.entries import Began, Ended, Restored
from stratopause.deployer.records.ledger import Ledger
from stratopause.deployer.records.telling import ended
from stratopause.deployer.services import Caller
from stratopause.deployer.session import Session
from stratopause.deployer.templates import Uploads
from stratopause.deployer.watch import Watch

NOT_EXECUTED = "NotExecuted"
"""The outcome of a run whose change set was never executed."""


class Mandate(Struct, frozen=True):
    """A yes to a proposal: `losses` are those that were allowed, of what it would lose (`Database/Instance`)."""

    command: str
    caller: Caller
    approval: Approval
    losses: tuple[str, ...] = ()


Execution = Callable[[Session, Proposal, Watch], Outcome]
"""Has the change set executed, and follows it to its end."""


def run(
    session: Session, ledger: Ledger, proposal: Proposal, mandate: Mandate, execution: Execution = carry_out
) -> Outcome:
    """Have exactly what was proposed executed, with a record of it before and after.

    Stack policies that forbid the losses that were allowed are lifted for this run.

    Raises:
        Stale: the stack has changed since; nothing was executed.
        LostSight: the stack changes, but can't be followed any more. The record stays open, for the next command.
    """
    began_at = session.means.clock.now()
    watch = Watch.from_now(session.cloudformation, proposal.change_set.stack_id, proposal.stack)

    def begin(overrides: tuple[str, ...]) -> None:
        ledger.append(_began(session, proposal, mandate, overrides))

    def restored(policies: Mapping[str, str]) -> None:
        ledger.append(Restored(policies=dict(policies)))

    try:
        with lifted(session, proposal.change_set.stack_id, mandate.losses, begin, restored):
            outcome = execution(session, proposal, watch)
    except LostSight:
        raise
    except BaseException:
        ledger.append(Ended(outcome=NOT_EXECUTED))
        raise
    seconds = session.means.clock.now() - began_at
    policies = None
    if isinstance(outcome, Deployed):
        policies = guard(session, ledger, proposal.change_set.stack_id, proposal.uploads)
    happened = () if isinstance(outcome, Declined) else watch.happened
    ledger.append(ended(outcome, seconds, happened, policies))
    return outcome


def guard(session: Session, ledger: Ledger, stack_id: str, uploads: Uploads | None = None) -> Mapping[str, str] | None:
    """Set the stack policies of what is deployed now, as far as they don't stand already.

    What goes wrong is told and left to the next run: it makes no failure of a deployment that has succeeded.
    """
    try:
        tree = tree_of(uploads.all) if uploads else deployed_tree(session.cloudformation, stack_id)
        return protect(session, stack_id, wanted_policies(tree), ledger.policies())
    except DeploymentError as error:
        session.conversation.show(StackPolicyRefused(session.target.stack, "", error.message))
        return None


def _began(session: Session, proposal: Proposal, mandate: Mandate, overrides: tuple[str, ...]) -> Began:
    return Began(
        command=mandate.command,
        who=mandate.caller.arn,
        commit=session.means.description.removeprefix("commit "),
        change_set=proposal.change_set.id,
        plan_digest=mandate.approval.plan_digest,
        approval=mandate.approval,
        allowed_losses=mandate.losses,
        overrides=overrides,
    )
