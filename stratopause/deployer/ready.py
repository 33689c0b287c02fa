"""From an order to what can be approved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from stratopause.deployer import bootstrap, sight
from stratopause.deployer.answers import Command, consult
from stratopause.deployer.capabilities import needed
from stratopause.deployer.outcomes import NothingToDo, Outcome
from stratopause.deployer.plan import TemplateUrl, Wanted
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.records.ledger import Ledger, open_ledger
from stratopause.deployer.session import Session
from stratopause.deployer.templates import Artifact, Uploads, address, changed, parse

if TYPE_CHECKING:
    from stratopause.deployer.proposal import Proposal
    from stratopause.deployer.review.judgement import Judgement
    from stratopause.deployer.services import Caller
    from stratopause.deployer.stacks import DeployedStack


class Order(Struct, frozen=True):
    """What shall be deployed: `templates` are JSON by file name, one tree; `bootstrap` gives the account's own.

    The checks in `skipped` aren't made. With `reverts_drift` what was changed by hand is changed back.
    """

    templates: Mapping[str, bytes]
    bootstrap: Callable[[], bytes]
    facts: Facts = field(default_factory=Facts)
    skipped: Collection[str] = ()
    reverts_drift: bool = False


class Ready(Struct, frozen=True):
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
    if seen.bootstrap is not None and not seen.bootstrap.status.is_stable:
        seen = replace(seen, bootstrap=None)  # it is another by now
    ledger = open_ledger(session, found.bucket)
    if not ledger.is_settled:
        from stratopause.deployer import resuming

        resuming.conclude(session, ledger, seen.deployed)
    url = partial(session.means.services.artifacts.url, found.bucket)
    artifacts = address(order.templates, url)
    wanted = _wanted(session, artifacts, url(artifacts[-1].key))
    if seen.deployed is not None and not order.reverts_drift and seen.is_as_wanted(wanted, artifacts):
        return NothingToDo(wanted.stack, seen.deployed.outputs)
    # Loaded here, as is all that it takes to change something: mostly nothing changes, and that is to be instant.
    from stratopause.deployer.proposing import proposed

    uploads = Uploads(found.bucket, artifacts, changed(artifacts, seen.template, url))
    return proposed(session, order, wanted, uploads, seen, ledger)


def _wanted(session: Session, artifacts: tuple[Artifact, ...], url: str) -> Wanted:
    target = session.target
    capabilities = needed(parse(artifact.name, artifact.body) for artifact in artifacts)
    tags = tuple(sorted(target.tags.items()))
    return Wanted(target.stack, TemplateUrl(url), capabilities, tags, target.service_role)
