"""Every command in every status, against what the table of answers says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from stratopause.deployer import inspection, planfile
from stratopause.deployer.answers import Command, How, Nothing, Proceed, Refuse, answer
from stratopause.deployer.applying import apply
from stratopause.deployer.attaching import watch
from stratopause.deployer.collecting import collect
from stratopause.deployer.deployment import make_plan
from stratopause.deployer.destruction import delete, destroy
from stratopause.deployer.drift import detect
from stratopause.deployer.errors import NotApproved
from stratopause.deployer.events import EvidenceWritten, StateExplained
from stratopause.deployer.outcomes import Deployed
from stratopause.deployer.preflight.examine import examine
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preparation import prepare
from stratopause.deployer.records.recalling import recall
from stratopause.deployer.recovery.actions import cancel, recover, roll_back
from stratopause.deployer.status import StackStatus
from tests.stratopause.deployer.fakes import Account, clinic, template
from tests.stratopause.deployer.orders import bring, order

STATUSES: Final = (None, *StackStatus)
WRITES: Final = {
    "create_change_set",
    "execute_change_set",
    "delete_change_set",
    "delete_stack",
    "cancel_update_stack",
    "rollback_stack",
    "continue_update_rollback",
    "update_termination_protection",
    "set_stack_policy",
    "run_task",
    "modify_db_instance",
}
EFFECTS: Final[dict[How, tuple[str, ...]]] = {
    How.CREATE: ("create_change_set",),
    How.UPDATE: ("create_change_set",),
    How.UPDATE_WITHOUT_ROLLBACK: ("create_change_set",),
    How.CLEAR_AND_CREATE: ("delete_stack", "create_change_set"),
    How.EXECUTE: ("execute_change_set",),
    How.EXECUTE_WITHOUT_ROLLBACK: ("execute_change_set",),
    How.PREPARE: ("run_task",),
    How.CANCEL: ("cancel_update_stack",),
    How.ROLL_BACK: ("rollback_stack",),
    How.CONTINUE_ROLLBACK: ("continue_update_rollback",),
    How.DELETE: ("delete_stack",),
}
"""What is written first, by what a command does; what isn't here writes nothing."""
Sign = Callable[[Account, Mapping[str, Any]], bool]


def creates(account: Account, asked: Mapping[str, Any]) -> bool:
    return bool(asked["create_change_set"]["ChangeSetType"] == "CREATE")


def updates(account: Account, asked: Mapping[str, Any]) -> bool:
    return bool(asked["create_change_set"]["ChangeSetType"] == "UPDATE")


def explains(account: Account, asked: Mapping[str, Any]) -> bool:
    return len(account.somebody.saw(StateExplained)) == 1


def explains_nothing(account: Account, asked: Mapping[str, Any]) -> bool:
    return account.somebody.saw(StateExplained) == []


def looks(account: Account, asked: Mapping[str, Any]) -> bool:
    return "describe_stacks" in asked


SIGNS: Final[dict[How, Sign]] = {
    How.CREATE: creates,
    How.CLEAR_AND_CREATE: creates,
    How.UPDATE: updates,
    How.UPDATE_WITHOUT_ROLLBACK: updates,
    How.EXECUTE: lambda _, asked: "DisableRollback" not in asked["execute_change_set"],
    How.EXECUTE_WITHOUT_ROLLBACK: lambda _, asked: bool(asked["execute_change_set"]["DisableRollback"]),
    How.PREPARE: lambda account, _: len(account.tasks.started) == 1,
    How.CANCEL: explains_nothing,
    How.ROLL_BACK: explains_nothing,
    How.CONTINUE_ROLLBACK: explains_nothing,
    How.DELETE: explains_nothing,
    How.OFFER: explains,
    How.EXPLAIN: explains,
    How.DETECT: lambda _, asked: "detect_stack_drift" in asked,
    How.COLLECT: lambda account, _: (account.outputs / "dev.json").exists(),
    How.FOLLOW: looks,
    How.TELL: looks,
    How.CHECK: looks,
    How.RETELL: looks,
}
"""What tells that it was done as the table says, besides what was written."""
TASK: Final = {
    "ClusterName": {"Value": "cluster"},
    "PreparationTaskArn": {"Value": "task"},
    "ServiceSecurityGroupId": {"Value": "sg-1"},
}


def run(account: Account, command: Command, file: Path) -> object:
    session = account.session(assume_yes=command is not Command.RECOVER)
    flows: dict[Command, Callable[[], object]] = {
        Command.PLAN: lambda: make_plan(session, order(clinic(storage=40)), file),
        Command.APPLY: lambda: apply(session, planfile.read(file)),
        Command.DEPLOY: lambda: bring(session, clinic(storage=40)),
        Command.PREPARE: lambda: prepare(session),
        Command.CANCEL: lambda: cancel(session),
        Command.ROLLBACK: lambda: roll_back(session, confirmed="clinic-dev"),
        Command.RECOVER: lambda: recover(session),
        Command.RECOVER_BY_DELETING: lambda: delete(session, command, "clinic-dev"),
        Command.DESTROY: lambda: destroy(session, "clinic-dev"),
        Command.DOCTOR: lambda: examine(session.means.services, session.target, clinic(), Facts()),
        Command.WATCH: lambda: watch(session),
        Command.STATUS: lambda: inspection.status(session),
        Command.OUTPUTS: lambda: collect(session),
        Command.DRIFT: lambda: detect(session),
        Command.HISTORY: lambda: recall(session),
    }
    return flows[command]()


def brought(account: Account, command: Command, status: StackStatus | None, file: Path) -> None:
    """The stack in `status`; to apply there is a plan from before. What is at work ends after a while."""
    if command is Command.APPLY and status is StackStatus.REVIEW_IN_PROGRESS:
        make_plan(account.session(assume_yes=True), order(clinic()), file)
        return
    if status is StackStatus.REVIEW_IN_PROGRESS or (status is None and command is not Command.APPLY):
        bring(account.session(assume_yes=True), clinic())
        destroy(account.session(), "clinic-dev")
        account.somebody.shown.clear()
    else:
        assert isinstance(bring(account.session(assume_yes=True), with_task()), Deployed)
    if command is Command.APPLY:
        make_plan(account.session(assume_yes=True), order(clinic(storage=30)), file)
    if status is None:
        destroy(account.session(), "clinic-dev")
    else:
        account.cloudformation.put("clinic-dev", str(status))
    if status is StackStatus.ROLLBACK_COMPLETE:
        undo(account)
    if status is not None and status.is_in_progress:
        account.clock.at_sleep.append(lambda: end(account))


def undo(account: Account) -> None:
    """Nothing is left of the root's resources, as after the rollback of a creation."""
    for resource in account.cloudformation.world.known("clinic-dev").resources.values():
        resource.status = "DELETE_COMPLETE"


def with_task() -> Mapping[str, bytes]:
    templates = clinic()
    root = json.loads(templates["platform.json"])
    return {**templates, "platform.json": template(root["Resources"], {**root["Outputs"], **TASK})}


def end(account: Account) -> None:
    found = account.cloudformation.world.known("clinic-dev")
    if found.told.is_in_progress:
        ends = {"DELETE_IN_PROGRESS": "DELETE_FAILED", "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE"}
        account.cloudformation.put("clinic-dev", ends.get(found.status, "UPDATE_ROLLBACK_COMPLETE"))


def since(account: Account, mark: int) -> list[tuple[str, dict[str, Any]]]:
    return [(operation, asked) for _, operation, asked in account.api.requests[mark:]]


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("status", STATUSES)
def test_each_command_does_in_each_status_what_the_table_says(
    account: Account, tmp_path: Path, command: Command, status: StackStatus | None
) -> None:
    file = tmp_path / "plan.json"
    brought(account, command, status, file)
    mark = len(account.api.requests)
    given = answer(command, status)
    account.somebody.typed = "nothing"
    account.somebody.answer = command is not Command.RECOVER
    if isinstance(given, Refuse):
        with pytest.raises(given.error) as refused:
            run(account, command, file)
        assert refused.value.exit_code == given.exit_code
        assert "ENV" not in str(refused.value.next_step)
        assert written(account, mark) == []
        return
    outcome = run(account, command, file) if given != Proceed(How.OFFER) else offered(account, command, file)
    if isinstance(given, Nothing):
        assert getattr(outcome, "exit_code", 0) == 0
        assert written(account, mark) == []
        return
    assert_done(account, mark, given)


def offered(account: Account, command: Command, file: Path) -> object:
    """With somebody who declines: by a no, or by another name than the stack's."""
    try:
        return run(account, command, file)
    except NotApproved as no:
        return no


def written(account: Account, mark: int) -> list[str]:
    return [operation for operation, _ in since(account, mark) if operation in WRITES]


def assert_done(account: Account, mark: int, given: Proceed) -> None:
    effects = EFFECTS.get(given.how, ())
    first = [one for one in written(account, mark) if one != "modify_db_instance"][: max(1, len(effects))]
    assert tuple(first) == effects
    asked = dict(reversed(since(account, mark)))
    assert SIGNS[given.how](account, asked)


def test_what_was_left_failed_is_updated_without_rollback_by_deploy(account: Account, tmp_path: Path) -> None:
    brought(account, Command.DEPLOY, StackStatus.UPDATE_FAILED, tmp_path / "plan.json")
    mark = len(account.api.requests)
    assert isinstance(bring(account.session(assume_yes=True), clinic(storage=50)), Deployed)
    assert dict(since(account, mark))["execute_change_set"]["DisableRollback"]


def test_an_import_that_cant_be_undone_is_explained_with_evidence(account: Account, tmp_path: Path) -> None:
    brought(account, Command.RECOVER, StackStatus.IMPORT_ROLLBACK_FAILED, tmp_path / "plan.json")
    run(account, Command.RECOVER, tmp_path / "plan.json")
    assert len(account.somebody.saw(EvidenceWritten)) == 1
