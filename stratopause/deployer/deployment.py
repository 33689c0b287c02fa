"""`plan` and `deploy`: from rendered templates to a running stack and its collected outputs.

What is approved is one change set, and only that one is executed: at once (`deploy`), or later, by whoever brings
the plan (`applying.apply`). What it takes to change something is loaded when something is to be changed.
"""

from __future__ import annotations

from pathlib import Path

from stratopause.deployer import files
from stratopause.deployer.answers import Command
from stratopause.deployer.assent import NONE, Assent, require_somebody
from stratopause.deployer.collecting import finished
from stratopause.deployer.events import PlanWritten
from stratopause.deployer.outcomes import Declined, NothingToDo, Outcome, Planned
from stratopause.deployer.ready import Order, Ready, make_ready
from stratopause.deployer.session import Session
from stratopause.deployer.templates import root_of


def make_plan(session: Session, order: Order, file: Path | None = None) -> Planned | Outcome:
    """Work out what would change, and leave it for approval: in the console, or by the plan in `file`.

    Where nothing would, no older plan stays in `file`.

    Raises:
        DeploymentError: there is nothing that could be approved; nothing is left behind.
    """
    if file is not None:
        files.require_writable(file, "name a file in a directory that can be written")
    ready = make_ready(session, order, Command.PLAN)
    if not isinstance(ready, Ready):
        if file is not None and isinstance(ready, NothingToDo):
            files.remove(file, "name another file with --out")
        return ready
    from stratopause.deployer.proposal import removed_unless_executed

    with removed_unless_executed(session, ready.proposal.change_set):
        if file is not None:
            _write(session, ready, file)
    return Planned(ready.proposal.stack, ready.proposal.review, ready.judgement, file)


def deploy(session: Session, order: Order, assent: Assent = NONE) -> Outcome:
    """Bring the target's root stack to the templates, and collect its outputs.

    Where the account has no bucket for templates yet, it is made, after a yes of its own. What isn't approved is
    removed.

    Raises:
        DeploymentError: before the stack has been changed, or where it isn't followed any more.
    """
    require_somebody(session, assent)
    ready = make_ready(session, order, Command.DEPLOY)
    if not isinstance(ready, Ready):
        return finished(session, ready, root_of(order.templates))
    from stratopause.deployer import planfile
    from stratopause.deployer.deciding import decided, plan_of
    from stratopause.deployer.proposal import discard, removed_unless_executed

    with removed_unless_executed(session, ready.proposal.change_set):
        outcome = decided(session, ready, assent, Command.DEPLOY, planfile.digest(plan_of(session, ready)))
    if isinstance(outcome, Declined):
        discard(ready.proposal.change_set, session.means)
    return finished(session, outcome, root_of(order.templates))


def _write(session: Session, ready: Ready, file: Path) -> None:
    from stratopause.deployer import planfile, signing
    from stratopause.deployer.deciding import plan_of

    plan = plan_of(session, ready)
    key = session.target.signing_key
    signature = signing.sign(session.means.services.signatures, key, plan) if key else None
    signed = planfile.write(plan, file, signature)
    session.conversation.show(PlanWritten(file, signed.digest, signature is not None))
