"""What it takes to change something: checked, uploaded, proposed and judged."""

from __future__ import annotations

from msgspec.structs import replace

from stratopause.deployer.errors import ChangeSetFailed, Refused
from stratopause.deployer.events import Examined, ReviewReady
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.plan import Plan, Upload, Wanted, plan
from stratopause.deployer.preflight.examine import Choice, examine
from stratopause.deployer.preflight.findings import refuse_failed
from stratopause.deployer.preflight.scene import Known
from stratopause.deployer.proposal import Proposal, propose, removed_unless_executed
from stratopause.deployer.protection.policies import tree_of
from stratopause.deployer.ready import Order, Ready
from stratopause.deployer.records.ledger import Ledger
from stratopause.deployer.review.judgement import Judgement, judged
from stratopause.deployer.review.losses import refuse_forgotten_snapshots
from stratopause.deployer.review.outputs import givers
from stratopause.deployer.session import Session
from stratopause.deployer.sight import Sight
from stratopause.deployer.templates import Uploads


def proposed(
    session: Session, order: Order, wanted: Wanted, uploads: Uploads, seen: Sight, ledger: Ledger
) -> Ready | Outcome:
    """Raises: DeploymentError, where it can't be deployed; nothing is left behind."""
    _examine(session, order, uploads, seen)
    proposal = _propose(session, _plan(session, order, wanted, uploads, seen), uploads, seen)
    if not isinstance(proposal, Proposal):
        return proposal
    with removed_unless_executed(session, proposal.change_set):
        judgement = present(session, proposal, uploads)
    return Ready(replace(proposal, uploads=uploads), uploads, judgement, ledger, seen.caller, seen.deployed)


def _propose(session: Session, steps: Plan, uploads: Uploads, seen: Sight) -> Proposal | Outcome:
    """Where the bucket has lost what the deployed stack was made of, it gets all templates again."""
    try:
        return propose(session, steps, seen.deployed)
    except (ChangeSetFailed, Refused) as error:
        everything = Upload(uploads.bucket, uploads.all)
        if not s3_lacks_a_template(error.message) or steps.upload == everything:
            raise
        # By a name of its own: what has been asked for once under a name isn't made anew.
        again = replace(session, means=replace(session.means, run=f"{session.means.run}-again"))
        return propose(again, replace(steps, upload=everything), seen.deployed)


def s3_lacks_a_template(message: str) -> bool:
    """CloudFormation's words for a TemplateURL that leads nowhere."""
    return "S3 error: The specified key does not exist" in message


def present(session: Session, proposal: Proposal, uploads: Uploads) -> Judgement:
    """Show what is proposed, and what that means, to whoever approves it.

    Raises:
        SnapshotForgotten: an empty database would take the place of one that was restored.
    """
    link = session.target.change_set_link(proposal.change_set.stack_id, proposal.change_set.id)
    judgement = judged(session.cloudformation, proposal.review, givers(tree_of(uploads.all)))
    refuse_forgotten_snapshots(proposal.review)
    session.conversation.show(ReviewReady(proposal.stack, proposal.review, link, judgement))
    return judgement


def _examine(session: Session, order: Order, uploads: Uploads, seen: Sight) -> None:
    """Raises: PreflightFailed, where a check finds what would fail."""
    services, target = session.means.services, session.target
    choice = Choice(order.skipped, changed={artifact.name for artifact in uploads.changed})
    known = Known(seen.caller, seen.deployed, seen.bootstrap) if seen.bootstrap else None
    findings = examine(services, target, order.templates, order.facts, choice, known)
    session.conversation.show(Examined(target.stack, findings))
    refuse_failed(findings)


def _plan(session: Session, order: Order, wanted: Wanted, uploads: Uploads, seen: Sight) -> Plan:
    steps = plan(wanted, seen.deployed, Upload(uploads.bucket, uploads.changed), session.target.typed)
    return replace(steps, open=replace(steps.open, reverts_drift=order.reverts_drift))
