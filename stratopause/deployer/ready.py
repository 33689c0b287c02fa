"""From an order to what can be approved: looked at, checked, uploaded, proposed and judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from stratopause.deployer import bootstrap, resuming, sight
from stratopause.deployer.answers import Command, consult
from stratopause.deployer.capabilities import needed
from stratopause.deployer.changing import Proposal, propose, removed_unless_executed
from stratopause.deployer.events import Examined, ReviewReady
from stratopause.deployer.outcomes import NothingToDo, Outcome
from stratopause.deployer.plan import Plan, TemplateUrl, Upload, Wanted, plan
from stratopause.deployer.preflight.examine import Choice, examine
from stratopause.deployer.preflight.findings import refuse_failed
from stratopause.deployer.preflight.scene import Facts, Known
from stratopause.deployer.protection.policies import tree_of
from stratopause.deployer.records.ledger import Ledger, open_ledger
from stratopause.deployer.review.judgement import Judgement, judged
from stratopause.deployer.review.losses import refuse_forgotten_snapshots
from stratopause.deployer.review.outputs import givers
from stratopause.deployer.services import Caller
from stratopause.deployer.session import Session
from stratopause.deployer.sight import Sight
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.templates import Artifact, Uploads, address, changed, parse


@dataclass(frozen=True)
class Order:
    """What shall be deployed: `templates` are JSON by file name, one tree; `bootstrap` gives the account's own.

    The checks in `skipped` aren't made. With `reverts_drift` what was changed by hand is changed back.
    """

    templates: Mapping[str, bytes]
    bootstrap: Callable[[], bytes]
    facts: Facts = field(default_factory=Facts)
    skipped: Collection[str] = ()
    reverts_drift: bool = False


@dataclass(frozen=True)
class Ready:
    """All that it takes to execute what is proposed."""

    proposal: Proposal
    uploads: Uploads
    judgement: Judgement
    ledger: Ledger
    caller: Caller
    deployed: DeployedStack | None


def make_ready(session: Session, order: Order, command: Command) -> Ready | Outcome:
    """Have CloudFormation work out what `order` comes to; an outcome where there is nothing to approve.

    Raises:
        DeploymentError: it can't be deployed, or not now; nothing is left behind.
    """
    seen = sight.look(session)
    consult(command, seen.deployed, session.target.stack, session.target.typed)
    found = bootstrap.make(session, order.bootstrap, seen.bootstrap)
    if not isinstance(found, bootstrap.Bootstrap):
        return found
    ledger = open_ledger(session, found.bucket)
    resuming.conclude(session, ledger, seen.deployed)
    url = partial(session.means.services.artifacts.url, found.bucket)
    artifacts = address(order.templates, url)
    wanted = _wanted(session, artifacts, url(artifacts[-1].key))
    if seen.deployed is not None and not order.reverts_drift and seen.is_as_wanted(wanted, artifacts):
        return NothingToDo(wanted.stack, seen.deployed.outputs)
    uploads = Uploads(found.bucket, artifacts, changed(artifacts, seen.template, url))
    _examine(session, order, uploads, Known(seen.caller, seen.deployed, seen.bootstrap) if seen.bootstrap else None)
    proposal = propose(session, _plan(session, wanted, seen, uploads, order), seen.deployed)
    if not isinstance(proposal, Proposal):
        return proposal
    with removed_unless_executed(session, proposal.change_set):
        judgement = present(session, proposal, uploads)
    return Ready(replace(proposal, uploads=uploads), uploads, judgement, ledger, seen.caller, seen.deployed)


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


def _wanted(session: Session, artifacts: tuple[Artifact, ...], url: str) -> Wanted:
    target = session.target
    capabilities = needed(parse(artifact.name, artifact.body) for artifact in artifacts)
    tags = tuple(sorted(target.tags.items()))
    return Wanted(target.stack, TemplateUrl(url), capabilities, tags, target.service_role)


def _examine(session: Session, order: Order, uploads: Uploads, known: Known | None) -> None:
    """Raises: PreflightFailed, where a check finds what would fail."""
    services, target = session.means.services, session.target
    choice = Choice(order.skipped, changed={artifact.name for artifact in uploads.changed})
    findings = examine(services, target, order.templates, order.facts, choice, known)
    session.conversation.show(Examined(target.stack, findings))
    refuse_failed(findings)


def _plan(session: Session, wanted: Wanted, seen: Sight, uploads: Uploads, order: Order) -> Plan:
    steps = plan(wanted, seen.deployed, Upload(uploads.bucket, uploads.changed), session.target.typed)
    return replace(steps, open=replace(steps.open, reverts_drift=order.reverts_drift))
