from __future__ import annotations

import pytest

from stratopause.deployer.destruction import destroy
from stratopause.deployer.errors import NeedsRecovery, NotApproved, StackBusy, TerminationProtected, WrongTarget
from stratopause.deployer.events import DestructionReady
from stratopause.deployer.outcomes import Deployed, Destroyed, NothingToDestroy, Stuck
from tests.stratopause.deployer.fakes import Account, clinic
from tests.stratopause.deployer.orders import bring


@pytest.fixture
def deployed(account: Account) -> Account:
    assert isinstance(bring(account.session(), clinic()), Deployed)
    account.somebody.typed = "clinic-dev"
    return account


def status(account: Account) -> str:
    stack = account.stack()
    return str(stack.status) if stack else "absent"


def test_a_destroyed_stack_is_gone_with_its_outputs_and_can_be_made_again(deployed: Account) -> None:
    assert isinstance(destroy(deployed.session()), Destroyed)
    assert [name for name in deployed.stack_names() if name.startswith("clinic")] == []
    assert not (deployed.outputs / "dev.json").exists()
    assert isinstance(bring(deployed.session(), clinic()), Deployed)


def test_what_is_kept_by_policy_is_told_before_and_after(deployed: Account) -> None:
    outcome = destroy(deployed.session())
    (ready,) = deployed.somebody.saw(DestructionReady)
    assert isinstance(outcome, Destroyed)
    assert ready.kept == outcome.kept
    assert [(kept.path, kept.resource.logical_id, kept.as_snapshot) for kept in ready.kept] == [
        (("Keys",), "Key", False)
    ]
    assert ready.resources == 3


def test_the_deletion_protection_of_the_tree_is_lifted_first(deployed: Account) -> None:
    deployed.cloudformation.undeletable[("Database", "Instance")] = "DeletionProtection is on"
    assert isinstance(destroy(deployed.session()), Destroyed)
    assert deployed.protections.lifted == ["Instance"]


def test_another_name_than_the_stacks_destroys_nothing(deployed: Account) -> None:
    deployed.somebody.typed = "clinic-production"
    with pytest.raises(NotApproved) as refused:
        destroy(deployed.session())
    assert refused.value.exit_code == 3
    with pytest.raises(NotApproved):
        destroy(deployed.session(), confirmed="yes")
    assert status(deployed) == "CREATE_COMPLETE"
    assert deployed.protections.lifted == []


def test_nobody_there_needs_the_name_given(deployed: Account) -> None:
    deployed.somebody.can_ask = False
    with pytest.raises(NotApproved, match="no terminal"):
        destroy(deployed.session())
    assert isinstance(destroy(deployed.session(), confirmed="clinic-dev"), Destroyed)


def test_a_yes_to_everything_is_no_confirmation(deployed: Account) -> None:
    deployed.somebody.typed = ""
    with pytest.raises(NotApproved):
        destroy(deployed.session(assume_yes=True))


def test_termination_protection_is_refused_with_the_command_that_lifts_it(deployed: Account) -> None:
    stack = deployed.stack()
    assert stack is not None
    deployed.services.cloudformation.protect(stack.id)
    with pytest.raises(TerminationProtected) as refused:
        destroy(deployed.session())
    assert "--no-enable-termination-protection --stack-name clinic-dev" in str(refused.value.next_step)
    assert deployed.protections.lifted == []


def test_a_stack_that_is_absent_is_nothing_to_destroy(account: Account) -> None:
    outcome = destroy(account.session(), confirmed="clinic-dev")
    assert isinstance(outcome, NothingToDestroy)
    assert outcome.exit_code == 0


def test_what_blocks_the_deletion_is_named(deployed: Account) -> None:
    deployed.cloudformation.undeletable[("Database", "Subnets")] = "still in use"
    outcome = destroy(deployed.session())
    assert isinstance(outcome, Stuck)
    assert outcome.cause is not None
    assert (outcome.cause.path, outcome.cause.event.reason) == (("Database",), "still in use")
    assert (deployed.outputs / "dev.json").exists()


def test_a_deletion_that_failed_can_be_tried_again(deployed: Account) -> None:
    deployed.cloudformation.undeletable[("Database", "Subnets")] = "still in use"
    destroy(deployed.session())
    deployed.cloudformation.undeletable.clear()
    assert isinstance(destroy(deployed.session()), Destroyed)


def test_a_stack_at_work_is_refused(deployed: Account) -> None:
    for stack in deployed.cloudformation.stacks.values():
        stack.status = "UPDATE_IN_PROGRESS"
    with pytest.raises(StackBusy):
        destroy(deployed.session())


@pytest.mark.parametrize("state", ["UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"])
def test_a_stack_whose_update_can_still_be_rolled_back_is_never_deleted(deployed: Account, state: str) -> None:
    for stack in deployed.cloudformation.stacks.values():
        stack.status = state
    with pytest.raises(NeedsRecovery):
        destroy(deployed.session())
    assert status(deployed) == state


def test_a_stack_of_another_account_is_never_touched(deployed: Account) -> None:
    deployed.identity.account = "111111111111"
    with pytest.raises(WrongTarget):
        destroy(deployed.session())
