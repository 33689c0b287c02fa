"""One stack through its change set, after one question."""

from __future__ import annotations

from stratopause.deployer.events import Question, ReviewReady
from stratopause.deployer.execute import carry_out
from stratopause.deployer.outcomes import Declined, Outcome
from stratopause.deployer.plan import Plan
from stratopause.deployer.proposal import Proposal, discard, propose, removed_unless_executed
from stratopause.deployer.session import Session
from stratopause.deployer.watch import Watch


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
            watch = Watch.from_now(session.cloudformation, proposal.change_set.stack_id, proposal.stack)
            return carry_out(session, proposal, watch)
    discard(proposal.change_set, session.means)
    return Declined(question.stack)
