"""Whatever happens, in whatever order: nothing is asked of AWS that may not be, and nothing is without a way out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stratopause.deployer import planfile
from stratopause.deployer.answers import CONDITIONS, Command, Condition, Proceed, answer
from stratopause.deployer.applying import apply
from stratopause.deployer.attaching import watch
from stratopause.deployer.changes import STATEFUL
from stratopause.deployer.deployment import make_plan
from stratopause.deployer.destruction import delete
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.recovery.actions import cancel, recover, roll_back
from stratopause.deployer.recovery.options import ways
from stratopause.deployer.session import Session
from tests.stratopause.deployer.fake_stacks import FakeStack
from tests.stratopause.deployer.fakes import Account, clinic
from tests.stratopause.deployer.orders import bring, order
from tests.stratopause.deployer.recovery import scenes

NAME: Final = "clinic-dev"
INSTANCE: Final = ("Database", "Instance")
SUBNETS: Final = ("Database", "Subnets")
NEVER_DELETED: Final = {"UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"}
FOUND: Final = ("IMPORT_ROLLBACK_FAILED", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
KEEPING: Final = {"Retain", "RetainExceptOnCreate", "Snapshot"}
Asked = Mapping[str, Any]


class Guard:
    """Stands before CloudFormation, and knows what may not be asked of it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.world = account.cloudformation.world
        self.executed: set[str] = set()
        self.is_confirmed = False
        for operation, check in {
            "create_change_set": self.create,
            "execute_change_set": self.execute,
            "delete_stack": self.delete,
            "cancel_update_stack": self.cancel,
            "rollback_stack": self.roll_back,
            "continue_update_rollback": self.go_on,
            "set_stack_policy": self.write,
            "update_termination_protection": self.write,
        }.items():
            account.api.answers["cloudformation", operation] = self.guarded(operation, check)

    def guarded(self, operation: str, check: Callable[[Asked], None]) -> Callable[[dict[str, Any]], Any]:
        def ask(asked: dict[str, Any]) -> Any:
            self.account.stack()
            check(asked)
            return self.handler(operation)(asked)

        return ask

    def handler(self, operation: str) -> Any:
        fake = self.account.cloudformation
        return next(getattr(part, operation) for part in (fake, *fake.parts) if hasattr(part, operation))

    def root_of(self, asked: Asked) -> FakeStack | None:
        found = self.world.find(asked["StackName"])
        return self.world.root_of(found) if found else None

    def write(self, asked: Asked) -> None:
        root = self.root_of(asked)
        assert root is None or not root.told.is_in_progress, f"written while {root.status}"

    def create(self, asked: Asked) -> None:
        self.write(asked)
        root = self.root_of(asked)
        if asked["ChangeSetType"] == "CREATE":
            assert root is None or root.status == "REVIEW_IN_PROGRESS", f"created while {root.status}"
        else:
            assert root is not None
            assert root.status != "ROLLBACK_COMPLETE"

    def execute(self, asked: Asked) -> None:
        change_set = self.account.cloudformation.change_sets[asked["ChangeSetName"]]
        self.write({"StackName": change_set.stack_id})
        assert change_set.id not in self.executed, "executed twice"
        self.executed.add(change_set.id)

    def cancel(self, asked: Asked) -> None:
        assert self.world.known(asked["StackName"]).status == "UPDATE_IN_PROGRESS"

    def roll_back(self, asked: Asked) -> None:
        stack = self.world.known(asked["StackName"])
        assert stack.status in {"CREATE_FAILED", "UPDATE_FAILED"}
        if stack.status == "CREATE_FAILED":
            assert self.is_confirmed or not self.holds_data(stack), "data lost without a typed name"

    def go_on(self, asked: Asked) -> None:
        assert self.world.known(asked["StackName"]).status == "UPDATE_ROLLBACK_FAILED"
        nested = {one.name: one for one in self.world.stacks.values()}
        for name in asked.get("ResourcesToSkip", []):
            stack, _, logical_id = name.rpartition(".")
            assert nested[stack or NAME].resources[logical_id].status == "UPDATE_FAILED"

    def delete(self, asked: Asked) -> None:
        self.write(asked)
        stack = self.world.known(asked["StackName"])
        assert self.world.root_of(stack).status not in NEVER_DELETED
        assert self.is_confirmed or not self.holds_data(stack), "data lost without a typed name"
        if asked.get("RetainResources"):
            assert stack.status == "DELETE_FAILED"
            assert set(asked["RetainResources"]) <= stack.resources.keys()

    def holds_data(self, stack: FakeStack) -> bool:
        for resource in stack.resources.values():
            if resource.status in {"DELETE_COMPLETE", "DELETE_SKIPPED"}:
                continue
            policy = stack.template["Resources"].get(resource.logical_id, {}).get("DeletionPolicy", "Delete")
            if resource.type in STATEFUL and policy not in KEEPING:
                return True
            if resource.is_nested_stack and self.holds_data(self.world.stacks[resource.physical_id]):
                return True
        return False


def absent(account: Account) -> Account:
    return account


SCENES: Final = (
    absent,
    scenes.complete,
    scenes.updating,
    scenes.create_failed,
    scenes.creation_rolled_back,
    scenes.rollback_failed,
    scenes.update_failed,
    scenes.update_rollback_failed,
    scenes.delete_failed,
    scenes.rolling_back,
)


class Anything(RuleBasedStateMachine):
    """People who deploy, recover and delete one stack, here and elsewhere, while things go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.place = tempfile.TemporaryDirectory()
        self.account = Account(Path(self.place.name) / "outputs")
        self.guard = Guard(self.account)
        self.plan = Path(self.place.name) / "plan.json"

    def teardown(self) -> None:
        self.place.cleanup()

    @property
    def status(self) -> str | None:
        found = self.account.stack()
        return str(found.status) if found else None

    @initialize(scene=some.sampled_from(SCENES))
    def begin(self, scene: Callable[[Account], Account]) -> None:
        self.guard.is_confirmed = True
        scene(self.account)
        self.guard.is_confirmed = False

    @rule(
        failing=some.sets(some.sampled_from([INSTANCE, SUBNETS, ("Keys", "Key")])),
        undeletable=some.sets(some.sampled_from([INSTANCE, SUBNETS])),
        unrestorable=some.sets(some.sampled_from([INSTANCE, SUBNETS])),
        keeps=some.booleans(),
    )
    def fate(
        self,
        failing: set[tuple[str, ...]],
        undeletable: set[tuple[str, ...]],
        unrestorable: set[tuple[str, ...]],
        keeps: bool,
    ) -> None:
        knobs = self.account.cloudformation
        for mapping, places in ((knobs.failing, failing), (knobs.undeletable, undeletable)):
            mapping.clear()
            mapping.update(dict.fromkeys(places, "it went wrong"))
        knobs.unrestorable.clear()
        knobs.unrestorable.update(unrestorable)
        knobs.keeps_failed = keeps

    @rule(storage=some.sampled_from([20, 30, 40]), says=some.booleans())
    def deploy(self, storage: int, says: bool) -> None:
        self.run(lambda session: bring(session, clinic(storage)), says)

    @rule(storage=some.sampled_from([20, 30, 40]))
    def make_plan(self, storage: int) -> None:
        self.run(lambda session: make_plan(session, order(clinic(storage)), self.plan))

    @precondition(lambda self: self.plan.exists())
    @rule(says=some.booleans())
    def apply(self, says: bool) -> None:
        self.run(lambda session: apply(session, planfile.read(self.plan)), says)

    @rule(says=some.booleans())
    def cancel(self, says: bool) -> None:
        self.run(cancel, says)

    @rule(
        says=some.booleans(),
        skip=some.sampled_from([(), ("Database.Instance",), ("Database.Subnets", "Database.Instance")]),
        typed=some.sampled_from(["", NAME]),
    )
    def roll_back(self, says: bool, skip: tuple[str, ...], typed: str) -> None:
        self.run(lambda session: roll_back(session, skip), says, typed)

    @rule(says=some.booleans(), typed=some.sampled_from(["", NAME]))
    def recover(self, says: bool, typed: str) -> None:
        self.run(recover, says, typed)

    @rule(
        command=some.sampled_from([Command.DESTROY, Command.RECOVER_BY_DELETING]),
        retain=some.sampled_from([(), ("Database.Subnets",), ("Database.Instance", "Database.Subnets")]),
        typed=some.sampled_from([NAME, "", "clinic"]),
    )
    def delete(self, command: Command, retain: tuple[str, ...], typed: str) -> None:
        self.run(lambda session: delete(session, command, retain=retain), typed=typed)

    @precondition(lambda self: self.account.cloudformation.is_busy)
    @rule()
    def watch(self) -> None:
        self.run(watch)

    @precondition(lambda self: can_begin_elsewhere(self.status))
    @rule(storage=some.sampled_from([50, 60]))
    def begin_elsewhere(self, storage: int) -> None:
        with suppress(DeploymentError):
            scenes.change(self.account, clinic(storage))

    @rule(seconds=some.integers(1, 5))
    def time_passes(self, seconds: int) -> None:
        self.account.clock.sleep(seconds)

    @precondition(lambda self: self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"})
    @rule(status=some.sampled_from(FOUND))
    def is_found(self, status: str) -> None:
        self.account.cloudformation.put(NAME, status)

    @invariant()
    def there_is_a_way_on(self) -> None:
        """From every status a command leads on; only of a failed import nobody here can make anything else."""
        found = self.account.stack()
        status = found.status if found else None
        on = [one for one in CHANGING if isinstance(answer(one, status), Proceed)]
        is_for_support = CONDITIONS[status] is Condition.IMPORT_ROLLBACK_FAILED
        is_at_work = status is not None and status.is_in_progress
        assert on or is_at_work or is_for_support
        assert status is None or not is_at_work or ways(status)

    def run(self, act: Callable[[Session], object], says: bool = True, typed: str = "") -> None:
        """A refusal is an answer as well."""
        somebody = self.account.somebody
        somebody.answer, somebody.typed = says, typed
        self.guard.is_confirmed = typed == NAME
        with suppress(DeploymentError):
            act(self.account.session())
        self.guard.is_confirmed = False


ACTS: Final[Mapping[str, Callable[[Session], object]]] = {
    "deploy": lambda session: bring(session, clinic(storage=40)),
    "plan": lambda session: make_plan(session, order(clinic(storage=40))),
    "cancel": cancel,
    "rollback": roll_back,
    "rollback --skip Database.Instance": lambda session: roll_back(session, ("Database.Instance",)),
    "rollback --skip Database.Subnets": lambda session: roll_back(session, ("Database.Subnets",)),
    "recover": recover,
    "recover --delete": lambda session: delete(session, Command.RECOVER_BY_DELETING),
    "recover --delete --retain Database.Subnets": lambda session: delete(
        session, Command.RECOVER_BY_DELETING, retain=("Database.Subnets",)
    ),
    "destroy": lambda session: delete(session, Command.DESTROY),
    "watch": watch,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("typed", ["", NAME])
@pytest.mark.parametrize("act", ACTS)
def test_nothing_forbidden_is_asked_in_one_step(
    account: Account, scene: Callable[[Account], Account], typed: str, act: str
) -> None:
    scene(account)
    guard = Guard(account)
    guard.is_confirmed = typed == NAME
    account.somebody.typed = typed
    with suppress(DeploymentError):
        ACTS[act](account.session())


CHANGING: Final = (Command.DEPLOY, Command.ROLLBACK, Command.RECOVER, Command.RECOVER_BY_DELETING, Command.DESTROY)


def can_begin_elsewhere(status: str | None) -> bool:
    return status is None or status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}


Anything.TestCase.settings = settings(max_examples=100, stateful_step_count=15, deadline=None)
TestNothingForbiddenIsAsked = Anything.TestCase
