"""A client that dies leaves a record open; whichever command comes next closes it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from stratopause.deployer.errors import LostSight
from stratopause.deployer.events import RunConcluded
from stratopause.deployer.outcomes import Deployed, NothingToDo
from stratopause.deployer.recording import recorded
from stratopause.deployer.records.entries import Began, Ended
from stratopause.deployer.records.ledger import Ledger, open_ledger
from stratopause.deployer.resuming import conclude
from tests.stratopause.deployer import orders
from tests.stratopause.deployer.fake_aws import Fault
from tests.stratopause.deployer.fakes import Account, clinic


class Killed(BaseException):
    """The client is no more: nothing of its own runs after this."""


def ledger(account: Account) -> Ledger:
    bucket = next(iter(account.s3.objects)).split("/")[0]
    return open_ledger(account.session(), bucket)


def lose_sight(account: Account, templates: dict[str, bytes]) -> None:
    """Begin to deploy, and be gone while CloudFormation works."""

    def interrupt() -> None:
        stack = account.stack()
        if stack is not None and stack.status.is_in_progress:
            raise KeyboardInterrupt

    account.while_working(interrupt)
    with pytest.raises(LostSight):
        orders.bring(account.session(), templates)
    account.clock.at_sleep.clear()


def go_on_alone(account: Account) -> None:
    while (stack := account.stack()) is not None and stack.status.is_in_progress:
        account.clock.sleep(1)
    account.clock.sleep(1000)


def last(account: Account) -> Ended:
    body = ledger(account).entries()[-1].body
    assert isinstance(body, Ended)
    return body


def test_a_run_that_went_on_alone_is_recorded_by_the_next_deployment(account: Account) -> None:
    orders.bring(account.session(), clinic())
    lose_sight(account, clinic(storage=40))
    assert ledger(account).open_run() is not None
    go_on_alone(account)
    assert isinstance(orders.bring(account.session(), clinic(storage=40)), NothingToDo)
    assert [(told.run, told.outcome) for told in account.somebody.saw(RunConcluded)] == [("run-2", "Deployed")]
    assert ledger(account).open_run() is None
    ended = last(account)
    assert (ended.outcome, ended.status) == ("Deployed", "UPDATE_COMPLETE")
    assert 0 < ended.seconds < 100


def test_while_it_goes_on_nothing_is_concluded(account: Account) -> None:
    orders.bring(account.session(), clinic())
    lose_sight(account, clinic(storage=40))
    conclude(account.session(), ledger(account), account.stack())
    assert ledger(account).open_run() is not None


def test_a_run_that_failed_alone_is_recorded_with_its_cause(account: Account) -> None:
    orders.bring(account.session(), clinic())
    account.cloudformation.failing["Database", "Instance"] = "no such class"
    lose_sight(account, clinic(storage=40))
    go_on_alone(account)
    conclude(account.session(), ledger(account), account.stack())
    ended = last(account)
    assert ended.outcome == "RolledBack"
    assert ended.cause is not None
    assert (ended.cause.path, ended.cause.logical_id) == ("Database", "Instance")


def test_a_run_that_never_began_is_recorded_so(account: Account) -> None:
    orders.bring(account.session(), clinic())
    account.api.faults.append(Fault(Killed(), "execute_change_set"))
    with pytest.raises(Killed):
        orders.bring(account.session(), clinic(storage=40))
    ended = last(account)
    assert ended.outcome == "NotExecuted"
    assert isinstance(orders.bring(account.session(), clinic(storage=40)), Deployed)


def test_a_run_whose_stack_is_gone_is_recorded_so(account: Account) -> None:
    orders.bring(account.session(), clinic())
    lose_sight(account, clinic(storage=40))
    conclude(account.session(), ledger(account), None)
    assert last(account).outcome == "Gone"


def test_an_operation_of_somebody_else_is_not_taken_for_the_run_s(account: Account) -> None:
    orders.bring(account.session(), clinic())
    of_nobody = "arn:aws:cloudformation:eu-central-1:999988887777:changeSet/nobody/1"
    ledger(account).append(Began(command="deploy", who="arn:aws:iam::1:user/me", change_set=of_nobody), "run-9")
    conclude(account.session(), ledger(account), account.stack())
    assert last(account).outcome == "NotExecuted"


def test_to_conclude_is_safe_to_repeat(account: Account) -> None:
    orders.bring(account.session(), clinic())
    lose_sight(account, clinic(storage=40))
    go_on_alone(account)
    for _ in range(3):
        conclude(account.session(), ledger(account), account.stack())
    assert [type(entry.body) for entry in ledger(account).entries()] == [Began, Ended, Began, Ended]


def test_a_command_that_records_concludes_what_was_left_too(account: Account) -> None:
    orders.bring(account.session(), clinic())
    lose_sight(account, clinic(storage=40))
    go_on_alone(account)
    with recorded(account.session()) as records:
        assert records.open_run() is not None
    assert ledger(account).open_run() is None


def test_what_cannot_be_recorded_in_the_bucket_hinders_no_command(account: Account) -> None:
    orders.bring(account.session(), clinic())
    account.api.denied |= {("s3", "list_objects_v2"), ("s3", "put_object"), ("s3", "get_object")}
    with recorded(account.session()) as records:
        records.append(Ended(outcome="delete"))
    account.api.denied.add(("cloudformation", "describe_stacks"))
    with recorded(account.session()) as records:
        records.append(Ended(outcome="delete"))


def test_a_first_creation_that_lost_its_client_is_protected_by_the_next_command(account: Account) -> None:
    account.target = replace(account.target, protected=True)
    lose_sight(account, clinic())
    go_on_alone(account)
    assert isinstance(orders.bring(account.session(), clinic()), NothingToDo)
    stack = account.stack()
    assert stack is not None
    assert stack.is_protected
    assert set(ledger(account).policies()) == {"", "Database", "Keys"}
