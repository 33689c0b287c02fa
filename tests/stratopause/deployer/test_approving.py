"""Approval in the AWS console: the deployer waits, sees what is decided, and goes on as if it had been here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stratopause.deployer.approving import refuse_losses
from stratopause.deployer.assent import Assent
from stratopause.deployer.errors import (
    DataLossNotAllowed,
    Interrupted,
    LostSight,
    NoCredentials,
    StalePlan,
    Throttled,
    Unreachable,
)
from stratopause.deployer.events import Executing, ReviewReady, WaitingForConsole
from stratopause.deployer.outcomes import Declined, Deployed, Outcome
from stratopause.deployer.records.approvals import complete_pending
from stratopause.deployer.records.entries import ApprovalFound, Began, Ended
from stratopause.deployer.records.ledger import Ledger, open_ledger
from tests.stratopause.deployer import orders
from tests.stratopause.deployer.fake_aws import Fault
from tests.stratopause.deployer.fakes import Account, clinic

IN_CONSOLE = Assent(in_console=True)


def wait(account: Account, templates: dict[str, bytes]) -> Outcome:
    return orders.bring(account.session(), templates, assent=IN_CONSOLE)


def after(account: Account, naps: int, happen: Callable[[str], None]) -> None:
    """Something happens to the change set that waits, once the deployer has slept so often."""
    left = [naps]

    def nap() -> None:
        waiting = account.somebody.saw(WaitingForConsole)
        if waiting and left[0] >= 0:
            left[0] -= 1
            if left[0] < 0:
                happen(account.somebody.saw(ReviewReady)[-1].review.change_set.id)

    account.clock.at_sleep.append(nap)


def ledger(account: Account) -> Ledger:
    return open_ledger(account.session(), next(iter(account.s3.objects)).split("/")[0])


def test_what_is_executed_in_the_console_is_followed_and_recorded_like_our_own(account: Account) -> None:
    orders.bring(account.session(), clinic())
    after(account, 3, account.cloudformation.execute_elsewhere)
    assert isinstance(wait(account, clinic(storage=40)), Deployed)
    assert account.somebody.saw(Executing)
    began, ended = (entry.body for entry in ledger(account).entries()[-2:])
    assert isinstance(began, Began)
    assert began.approval is not None
    assert (began.approval.how, began.approval.pending, began.approval.who) == ("console", True, None)
    assert isinstance(ended, Ended)
    assert ended.outcome == "Deployed"


def test_who_approved_is_filled_in_by_a_later_command_once_cloudtrail_tells(account: Account) -> None:
    orders.bring(account.session(), clinic())
    after(account, 1, account.cloudformation.execute_elsewhere)
    wait(account, clinic(storage=40))
    assert len(ledger(account).awaited()) == 1
    complete_pending(ledger(account), account.services.trail)
    assert len(ledger(account).awaited()) == 1
    change_set = account.somebody.saw(ReviewReady)[-1].review.change_set.id
    approver = "arn:aws:iam::999988887777:user/approver"
    account.trail.note("ExecuteChangeSet", approver, {"changeSetName": change_set})
    account.clock.sleep(account.trail.lag)
    complete_pending(ledger(account), account.services.trail)
    found = ledger(account).entries()[-1].body
    assert isinstance(found, ApprovalFound)
    assert found.who.endswith("user/approver")
    assert ledger(account).awaited() == ()


def test_a_creation_is_approved_in_the_console_too(account: Account) -> None:
    account.somebody.answer = True
    after(account, 2, account.cloudformation.execute_elsewhere)
    assert isinstance(wait(account, clinic()), Deployed)


def test_what_is_deleted_in_the_console_is_declined_and_leaves_nothing(account: Account) -> None:
    orders.bring(account.session(), clinic())
    before = account.contents()
    after(account, 2, account.cloudformation.delete_elsewhere)
    assert isinstance(wait(account, clinic(storage=40)), Declined)
    assert account.contents() == before
    assert ledger(account).open_run() is None
    assert ledger(account).awaited() == ()


def test_a_creation_that_is_declined_in_the_console_leaves_no_stack(account: Account) -> None:
    after(account, 2, account.cloudformation.delete_elsewhere)
    assert isinstance(wait(account, clinic()), Declined)
    assert "clinic-dev" not in account.stack_names()


def test_another_change_that_came_before_makes_it_stale(account: Account) -> None:
    orders.bring(account.session(), clinic())
    after(account, 2, lambda _: account.cloudformation.change_elsewhere("clinic-dev"))
    with pytest.raises(StalePlan, match="the stack has changed since"):
        wait(account, clinic(storage=40))


def test_an_execution_is_seen_even_where_cloudformation_forgets_the_change_set(account: Account) -> None:
    orders.bring(account.session(), clinic())
    account.cloudformation.forgets_executed = True
    after(account, 2, account.cloudformation.execute_elsewhere)
    assert isinstance(wait(account, clinic(storage=40)), Deployed)


def test_a_look_that_goes_wrong_is_made_again(account: Account) -> None:
    orders.bring(account.session(), clinic())
    errors = iter([Throttled("slow down", "Throttling"), Unreachable("no answer")])

    def trouble() -> None:
        if account.somebody.saw(WaitingForConsole) and not account.cloudformation.is_busy:
            error = next(errors, None)
            if error is not None:
                account.api.faults.append(Fault(error, "describe_change_set"))

    account.clock.at_sleep.append(trouble)
    after(account, 5, account.cloudformation.execute_elsewhere)
    assert isinstance(wait(account, clinic(storage=40)), Deployed)


def test_nobody_needs_to_sit_here_where_the_console_decides(account: Account) -> None:
    orders.bring(account.session(), clinic())
    account.somebody.can_ask = False
    after(account, 2, account.cloudformation.execute_elsewhere)
    assert isinstance(wait(account, clinic(storage=40)), Deployed)


def test_ctrl_c_while_it_waits_removes_what_nobody_has_approved(account: Account) -> None:
    orders.bring(account.session(), clinic())

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    after(account, 2, interrupt)
    with pytest.raises(KeyboardInterrupt) as interrupted:
        wait(account, clinic(storage=40))
    assert not isinstance(interrupted.value, Interrupted)
    stack = account.stack()
    assert stack is not None
    assert account.services.cloudformation.change_sets(stack.id) == ()
    assert ledger(account).open_run() is None


def test_every_loss_must_be_allowed_and_the_whole_command_is_told() -> None:
    refuse_losses(["A", "B"], {"A", "B", "C"}, "deploy")
    refuse_losses([], (), "deploy")
    with pytest.raises(DataLossNotAllowed, match="with B,") as refused:
        refuse_losses(["A", "B"], {"A"}, "python build.py deploy dev")
    assert refused.value.next_step == "if it shall be: python build.py deploy dev --allow-data-loss A B"


def test_another_command_leaves_a_run_that_waits_for_the_console_alone(account: Account) -> None:
    orders.bring(account.session(), clinic())

    def plan_and_execute(change_set_id: str) -> None:
        account.clock.at_sleep.clear()
        orders.plan(account.session(assume_yes=True), clinic(storage=50))
        assert ledger(account).open_run() is not None
        assert len(ledger(account).awaited()) == 1
        account.cloudformation.execute_elsewhere(change_set_id)

    after(account, 2, plan_and_execute)
    assert isinstance(wait(account, clinic(storage=40)), Deployed)
    kinds = [type(entry.body) for entry in ledger(account).entries()]
    assert kinds == [Began, Ended, Began, Ended]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), NoCredentials("expired")])
def test_who_stops_waiting_just_after_the_execution_is_told_that_it_goes_on(
    account: Account, error: BaseException
) -> None:
    orders.bring(account.session(), clinic())

    def execute_and_fail(change_set_id: str) -> None:
        account.cloudformation.execute_elsewhere(change_set_id)
        raise error

    after(account, 1, execute_and_fail)
    with pytest.raises(LostSight, match="goes on"):
        wait(account, clinic(storage=40))
    assert ledger(account).open_run() is not None


def test_who_loses_credentials_while_waiting_leaves_the_run_open_for_the_next_command(account: Account) -> None:
    orders.bring(account.session(), clinic())
    after(account, 1, lambda _: account.api.faults.extend(Fault(NoCredentials("expired")) for _ in range(20)))
    with pytest.raises(LostSight, match="may be changed yet"):
        wait(account, clinic(storage=40))
