"""Approvals in the console, of which CloudTrail tells up to 15 minutes later."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.records.entries import ApprovalFound
from stratopause.deployer.records.ledger import Ledger
from stratopause.deployer.services import Trail

EARLIER: Final = timedelta(days=1)
"""A deployer that comes to a run late sees its approval that much later than it was given."""


def complete_pending(ledger: Ledger, trail: Trail) -> None:
    """Record who approved, for each approval of which CloudTrail tells by now; one that can't be asked for waits."""
    for awaited in ledger.awaited():
        try:
            found = trail.execution(awaited.change_set, awaited.when - EARLIER)
        except DeploymentError:
            return
        if found is not None:
            ledger.append(ApprovalFound(run=awaited.run, who=found.who, when=found.when), awaited.run)
