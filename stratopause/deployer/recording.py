"""Records of what a command does besides deploying, and of the runs that it finds or brings to their end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stratopause.deployer import bootstrap, resuming
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.records.ledger import Ledger, open_ledger
from stratopause.deployer.session import Session


@contextmanager
def recorded(session: Session) -> Iterator[Ledger]:
    """The records of the session's stack, for a command to add to; afterwards a run that has ended is told so.

    What can't be recorded now waits on this machine: nobody's way out of trouble depends on it.
    """
    ledger = open_ledger(session, _bucket(session))
    yield ledger
    if not ledger.is_settled:
        resuming.conclude(session, ledger, session.cloudformation.stack(session.target.stack))


def _bucket(session: Session) -> str | None:
    try:
        return bootstrap.of(session.cloudformation.stack(bootstrap.STACK)).bucket
    except DeploymentError:
        return None
