"""Something goes wrong at each call of a deployment in turn, on both sides of it: the fake makes that quick."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from stratopause.deployer.errors import StackBusy
from stratopause.deployer.outcomes import Deployed, NothingToDo
from stratopause.deployer.records.ledger import open_ledger
from stratopause.errors import StratopauseError
from tests.stratopause.deployer.fake_aws import Fault
from tests.stratopause.deployer.fakes import TARGET, Account, clinic
from tests.stratopause.deployer.faults.place import Injected, moments
from tests.stratopause.deployer.orders import bring

DONE = (Deployed, NothingToDo)
AFTERWARDS = 50
IN_ONE_ACCOUNT = 6  # the fake keeps every change set that was executed, and tells five at a time


class Killed(BaseException):
    """The process is gone: nothing that it asks from now on reaches anybody."""


# An exception is raised once: it remembers what it was raised in.
KINDS: dict[str, Callable[[], BaseException]] = {
    "killed": Killed,
    "throttled": lambda: ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "Any"),
    "expired": lambda: ClientError({"Error": {"Code": "ExpiredToken", "Message": "The token is expired"}}, "Any"),
    "unreachable": lambda: EndpointConnectionError(endpoint_url="https://nowhere"),
    "unanswered": lambda: ReadTimeoutError(endpoint_url="https://nowhere"),
}


@dataclass
class Run:
    """Versions of the clinic, one after the other, in one account."""

    account: Account
    storage: int = 20
    begun: dict[str, int] = field(default_factory=dict)

    def command(self) -> object:
        return bring(self.account.session(assume_yes=True), clinic(self.storage))

    def faulty(self, at: int, kind: str, after: bool) -> None:
        """A command in which a call goes wrong: it is done all the same, or tells what to do next."""
        self.storage += 1
        count = AFTERWARDS if kind == "killed" else 1
        self.account.api.faults = [
            Fault(KINDS[kind](), skip=at - 1, takes_effect=after and not number) for number in range(count)
        ]
        try:
            outcome = self.command()
        except Killed:
            return
        except StratopauseError as problem:
            told = problem
        else:
            assert isinstance(outcome, DONE), outcome
            return
        finally:
            self.account.api.faults = []
        assert told.next_step, f"{told.message!r} leaves it open what to do"

    def again(self) -> object:
        """The same command, as often as what it says asks for."""
        while True:
            try:
                return self.command()
            except StackBusy:
                self.account.clock.sleep(5)

    def calls(self) -> int:
        """How many there are in an update."""
        before = len(self.account.api.calls)
        self.storage += 1
        assert isinstance(self.command(), Deployed)
        return len(self.account.api.calls) - before

    def operations(self) -> int:
        """How often an update of the root began."""
        stack = self.account.stack()
        assert stack is not None
        events = self.account.services.cloudformation.events(stack.id)
        return [(event.logical_id, str(event.status)) for event in events].count((TARGET.stack, "UPDATE_IN_PROGRESS"))

    def holds(self) -> None:
        """What was asked for is there, once; nothing is left over; what is known of it is right."""
        services, stack = self.account.services, self.account.stack()
        assert stack is not None
        assert str(stack.status) in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        (database,) = [one for one in services.cloudformation.resources(stack.id) if one.logical_id == "Database"]
        template = services.cloudformation.template(database.physical_id)
        assert template["Resources"]["Instance"]["Properties"]["AllocatedStorage"] == self.storage
        assert services.cloudformation.change_sets(stack.id) == ()
        written = json.loads((self.account.outputs / "dev.json").read_text())
        assert sorted(written) == ["db_endpoint", "kms_key_arn"]
        ledger = open_ledger(self.account.session(), self._bucket())
        assert ledger.verify() == ()
        assert ledger.open_run() is None

    def _bucket(self) -> str:
        stack = self.account.stack("stratopause-bootstrap")
        assert stack is not None
        return next(output.value for output in stack.outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_in_which_any_call_goes_wrong_is_completed_by_the_same_command(
    tmp_path: Path, injected: Injected, kind: str
) -> None:
    first = Run(Account(tmp_path / "first" / "outputs"))
    first.command()
    wrong = list(moments(first.calls(), 1, exhaustive=True))
    for number, (at, after) in enumerate(wrong):
        if number % IN_ONE_ACCOUNT == 0:
            run = Run(Account(tmp_path / str(number) / "outputs"))
            assert isinstance(run.command(), Deployed)
        begun = run.operations()
        run.faulty(at, kind, after)
        assert isinstance(run.again(), DONE)
        run.holds()
        assert run.operations() == begun + 1, f"call {at}"
    injected(len(wrong))


@pytest.mark.parametrize("kind", KINDS)
def test_a_creation_in_which_any_call_goes_wrong_is_completed_by_the_same_command(
    tmp_path: Path, injected: Injected, exhaustive: bool, kind: str
) -> None:
    first = Account(tmp_path / "first" / "outputs")
    assert isinstance(Run(first).command(), Deployed)
    wrong = list(moments(len(first.api.calls), 1, exhaustive))
    for at, after in wrong:
        run = Run(Account(tmp_path / f"{at}-{after}" / "outputs"))
        run.faulty(at, kind, after)
        assert isinstance(run.again(), DONE)
        run.holds()
        assert run.operations() == 0, f"call {at}"
    injected(len(wrong))
