from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from stratopause.deployer.attaching import watch
from stratopause.deployer.errors import Interrupted, LostSight, StackAbsent, WrongTarget
from stratopause.deployer.events import Attached, OutputsWritten, RollingBack
from stratopause.deployer.outcomes import Deployed, Destroyed, NothingRunning, Outcome, RolledBack, Stuck
from tests.stratopause.deployer.fakes import Account, clinic
from tests.stratopause.deployer.orders import bring


def leave(account: Account, templates: dict[str, bytes]) -> None:
    """Deploy, and have the client die as soon as CloudFormation is at work."""

    def die() -> None:
        account.clock.at_sleep.clear()
        raise KeyboardInterrupt

    account.while_working(lambda: die() if runs(account) else None)
    with pytest.raises(Interrupted):
        bring(account.session(assume_yes=True), templates)
    assert runs(account)


def runs(account: Account) -> bool:
    stack = account.stack()
    return stack is not None and stack.status.is_in_progress


def follow(account: Account) -> Outcome:
    account.somebody.shown.clear()
    return watch(account.session())


def test_a_run_whose_client_died_is_followed_to_its_end_and_its_outputs_collected(account: Account) -> None:
    leave(account, clinic())
    outcome = follow(account)
    assert isinstance(outcome, Deployed)
    assert outcome.exit_code == 0
    assert outcome.seconds > 1
    assert json.loads((account.outputs / "dev.json").read_text()) != {}
    (attached,) = account.somebody.saw(Attached)
    assert (attached.stack, attached.status) == ("clinic-dev", "CREATE_IN_PROGRESS")
    assert len(account.somebody.saw(OutputsWritten)) == 1


def test_a_run_that_rolls_back_ends_as_its_own_deployment_would_have(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    account.cloudformation.failing[("Database", "Instance")] = "Access Denied"
    leave(account, clinic(storage=40))
    outcome = follow(account)
    assert isinstance(outcome, RolledBack)
    assert outcome.exit_code == 4
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.cause.path == ("Database",)
    assert "may not do this" in outcome.diagnosis.plain
    assert len(account.somebody.saw(RollingBack)) == 1


def test_a_run_whose_rollback_fails_ends_stuck(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    account.cloudformation.failing[("Database", "Instance")] = "boom"
    account.cloudformation.unrestorable.add(("Database", "Instance"))
    leave(account, clinic(storage=40))
    outcome = follow(account)
    assert isinstance(outcome, Stuck)
    assert outcome.exit_code == 5
    assert "python build.py recover dev" in outcome.next_step


def test_a_deletion_is_followed_until_the_stack_is_gone_and_its_outputs_are_forgotten(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    stack = account.stack()
    assert stack is not None
    account.services.cloudformation.delete_stack(stack.id, "somebody-else")
    assert isinstance(follow(account), Destroyed)
    assert not (account.outputs / "dev.json").exists()


def test_who_began_is_told_by_the_token_of_the_request(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    stack = account.stack()
    assert stack is not None
    account.services.cloudformation.delete_stack(stack.id, "by-ada-0123456789ab-delete")
    follow(account)
    assert account.somebody.saw(Attached)[0].who == "ada"


def test_where_nothing_runs_the_last_outcome_is_told(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    outcome = follow(account)
    assert isinstance(outcome, NothingRunning)
    assert (outcome.exit_code, outcome.status, outcome.cause) == (0, "CREATE_COMPLETE", None)
    account.cloudformation.failing[("Database", "Instance")] = "boom"
    bring(account.session(assume_yes=True), clinic(storage=40))
    outcome = follow(account)
    assert isinstance(outcome, NothingRunning)
    assert outcome.cause is not None
    assert outcome.cause.event.reason == "boom"


def test_a_status_that_is_read_stale_just_after_the_beginning_is_not_believed(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    account.cloudformation.stale_reads = 1
    stack = account.stack()
    assert stack is not None
    account.services.cloudformation.delete_stack(stack.id, "somebody-else")
    assert isinstance(follow(account), Destroyed)


def test_there_must_be_a_stack(account: Account) -> None:
    with pytest.raises(StackAbsent):
        follow(account)


def test_another_account_is_refused(account: Account) -> None:
    account.identity.account = "111122223333"
    with pytest.raises(WrongTarget):
        follow(account)


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("happens", [interrupt, None])
def test_one_who_looks_away_is_told_how_to_look_again_and_how_to_cancel(
    account: Account, happens: Callable[[], None] | None
) -> None:
    leave(account, clinic())
    if happens:
        account.while_working(happens)
    with pytest.raises(LostSight) as lost:
        watch(account.session(), longest=0.5)
    assert lost.value.next_step is not None
    assert "python build.py watch dev" in lost.value.next_step
    assert "python build.py cancel dev" in lost.value.next_step


def test_finding_the_operation_costs_four_calls(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    stack = account.stack()
    assert stack is not None
    account.cloudformation.page_size = 100
    account.services.cloudformation.delete_stack(stack.id, "by-ada-0123456789ab-delete")
    account.api.requests.clear()
    with pytest.raises(LostSight):
        watch(account.session(), longest=0.0)
    assert account.api.calls[:4] == [
        ("sts", "get_caller_identity"),
        ("cloudformation", "describe_stacks"),
        ("cloudformation", "describe_stack_events"),
        ("cloudformation", "describe_stack_events"),
    ]
    assert set(account.api.calls[4:]) == {("cloudformation", "describe_stack_events")}
