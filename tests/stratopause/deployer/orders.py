"""What is ordered in tests: without the checks before it, which have tests of their own."""

from __future__ import annotations

from collections.abc import Mapping

from stratopause.deployer.deployment import NONE, Assent, deploy
from stratopause.deployer.outcomes import Outcome
from stratopause.deployer.preflight.checks import CHECKS
from stratopause.deployer.ready import Order
from stratopause.deployer.session import Session
from tests.stratopause.deployer.fakes import BOOTSTRAP


def order(templates: Mapping[str, bytes], bootstrap: bytes = BOOTSTRAP) -> Order:
    return Order(templates, lambda: bootstrap, skipped=[check.name for check in CHECKS])


def bring(
    session: Session, templates: Mapping[str, bytes], bootstrap: bytes = BOOTSTRAP, assent: Assent = NONE
) -> Outcome:
    """Deploy."""
    return deploy(session, order(templates, bootstrap), assent)
