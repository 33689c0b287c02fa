"""What is ordered in tests: without the checks before it, which have tests of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stratopause.deployer import planfile
from stratopause.deployer.assent import NONE, Assent
from stratopause.deployer.deployment import deploy, make_plan
from stratopause.deployer.outcomes import Outcome, Planned
from stratopause.deployer.planfile import SignedPlan
from stratopause.deployer.preflight.checks import CHECKS
from stratopause.deployer.ready import Order
from stratopause.deployer.session import Session
from tests.stratopause.deployer.fakes import BOOTSTRAP, Account


def order(templates: Mapping[str, bytes], bootstrap: bytes = BOOTSTRAP) -> Order:
    return Order(templates, lambda: bootstrap, skipped=[check.name for check in CHECKS])


def bring(
    session: Session, templates: Mapping[str, bytes], bootstrap: bytes = BOOTSTRAP, assent: Assent = NONE
) -> Outcome:
    """Deploy."""
    return deploy(session, order(templates, bootstrap), assent)


def plan(session: Session, templates: Mapping[str, bytes], file: Path | None = None) -> Outcome:
    return make_plan(session, order(templates), file)


def planned(account: Account, templates: Mapping[str, bytes], file: Path) -> SignedPlan:
    """A plan as it is read from its file."""
    assert isinstance(plan(account.session(assume_yes=True), templates, file), Planned)
    return planfile.read(file)
