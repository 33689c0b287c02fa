from __future__ import annotations

import pytest

from stratopause.deployer.recovery.holder import holder
from tests.stratopause.deployer.fakes import Account
from tests.stratopause.deployer.recovery import scenes


@pytest.mark.parametrize(
    ("token", "who"),
    [
        ("by-ann-0123456789ab", "ann"),
        ("by-ann-de-groot-0123456789ab-continue-rollback", "ann-de-groot"),
        ("by-ann-0123456789ab-delete-Database", "ann"),
        ("Console-UpdateStack-7f59c3cf-00d2-40c7-b2ff-e75db0987002", "somebody in the AWS console"),
        ("terraform-1", None),
        ("", None),
    ],
)
def test_the_token_of_the_last_operation_tells_who_holds_a_stack(account: Account, token: str, who: str | None) -> None:
    scenes.complete(account)
    root = account.cloudformation.world.known("clinic-dev")
    root.token = token
    account.cloudformation.put("clinic-dev", "UPDATE_IN_PROGRESS")
    stack = account.stack()
    assert stack is not None
    assert holder(account.services.cloudformation, stack) == who


def test_what_was_never_asked_for_has_no_holder(account: Account) -> None:
    scenes.complete(account)
    for event in account.cloudformation.world.known("clinic-dev").events:
        event.pop("ClientRequestToken", None)
    stack = account.stack()
    assert stack is not None
    assert holder(account.services.cloudformation, stack) is None
    account.cloudformation.world.known("clinic-dev").events.clear()
    assert holder(account.services.cloudformation, stack) is None
