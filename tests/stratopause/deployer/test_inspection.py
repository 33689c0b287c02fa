from __future__ import annotations

from stratopause.deployer.inspection import status
from tests.stratopause.deployer.fakes import Account, clinic
from tests.stratopause.deployer.orders import bring


def test_a_stack_that_is_absent_is_reported_as_such(account: Account) -> None:
    report = status(account.session())
    assert report.stack is None
    assert report.as_data() == {"stack": "clinic-dev", "status": None, "nested": [], "last_failure": None}


def test_the_root_and_every_nested_stack_are_told_with_since_when(account: Account) -> None:
    bring(account.session(), clinic())
    data = status(account.session()).as_data()
    assert data["status"] == "CREATE_COMPLETE"
    assert [(one["stack"], one["status"]) for one in data["nested"]] == [
        ("Keys", "CREATE_COMPLETE"),
        ("Database", "CREATE_COMPLETE"),
    ]
    assert data["since"].startswith("2026-01-01T00:")
    assert data["last_failure"] is None


def test_the_last_failure_is_that_of_the_last_operation_only(account: Account) -> None:
    bring(account.session(), clinic())
    account.cloudformation.failing[("Database", "Instance")] = "no such class"
    bring(account.session(), clinic(storage=40))
    failed = status(account.session()).as_data()
    assert failed["status"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (failed["last_failure"]["stack"], failed["last_failure"]["logical_id"]) == ("Database", "Instance")
    account.cloudformation.failing.clear()
    bring(account.session(), clinic(storage=60))
    assert status(account.session()).failure is None
