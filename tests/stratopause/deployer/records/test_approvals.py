from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from stratopause.deployer.approval import Approval
from stratopause.deployer.errors import Refused
from stratopause.deployer.records.approvals import EARLIER, complete_pending
from stratopause.deployer.records.entries import ApprovalFound, Began, Ended
from stratopause.deployer.services import Execution
from tests.stratopause.deployer.records.bucket import NOON, Bucket, Machine

WHO = "arn:aws:iam::111122223333:user/approver"


@dataclass
class FakeTrail:
    found: dict[str, Execution] = field(default_factory=dict)
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    refuses: bool = False

    def execution(self, change_set_id: str, since: datetime) -> Execution | None:
        self.asked.append((change_set_id, since))
        if self.refuses:
            raise Refused("not allowed", "AccessDenied")
        return self.found.get(change_set_id)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, Bucket())


def apply(machine: Machine, run: str, change_set: str) -> None:
    approval = Approval(how="console", when=NOON, pending=True)
    ledger = machine.ledger(run)
    ledger.append(
        Began(command="apply", who="arn:aws:iam::111122223333:role/ci", change_set=change_set, approval=approval)
    )
    ledger.append(Ended(outcome="Deployed"))


def test_an_approval_is_pending_until_cloudtrail_tells_and_recorded_once(machine: Machine) -> None:
    trail = FakeTrail()
    apply(machine, "run-1", "change-set-1")
    apply(machine, "run-2", "change-set-2")
    complete_pending(machine.ledger("run-3"), trail)
    assert trail.asked == [("change-set-1", NOON - EARLIER), ("change-set-2", NOON - EARLIER)]
    assert len(machine.ledger().entries()) == 4

    when = NOON + timedelta(minutes=10)
    trail.found["change-set-2"] = Execution(WHO, when)
    complete_pending(machine.ledger("run-4"), trail)
    last = machine.ledger().last()
    assert last is not None
    assert (last.run, last.body) == ("run-2", ApprovalFound(run="run-2", who=WHO, when=when))
    assert [one.change_set for one in machine.ledger().awaited()] == ["change-set-1"]

    trail.asked.clear()
    complete_pending(machine.ledger("run-5"), trail)
    assert [change_set for change_set, _ in trail.asked] == ["change-set-1"]


def test_where_nothing_is_pending_cloudtrail_isnt_asked(machine: Machine) -> None:
    trail = FakeTrail()
    machine.ledger().append(Began(command="deploy", who=WHO))
    complete_pending(machine.ledger(), trail)
    assert trail.asked == []


def test_who_may_not_ask_cloudtrail_leaves_it_to_the_next_one(machine: Machine) -> None:
    apply(machine, "run-1", "change-set-1")
    complete_pending(machine.ledger(), FakeTrail(refuses=True))
    assert len(machine.ledger().awaited()) == 1
