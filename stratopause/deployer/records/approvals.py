"""Approvals in the console, of which CloudTrail tells later."""

from __future__ import annotations

from stratopause.deployer.records.ledger import Ledger
from stratopause.deployer.services import Trail


def complete_pending(ledger: Ledger, trail: Trail) -> None:
    """Add who it was for each approval of which CloudTrail tells by now."""
    raise NotImplementedError
