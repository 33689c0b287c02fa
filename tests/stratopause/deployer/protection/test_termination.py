from __future__ import annotations

from msgspec.structs import replace

from stratopause.deployer.events import ProtectionSet
from stratopause.deployer.protection.termination import protect_from_termination
from tests.stratopause.deployer.deployed import bring
from tests.stratopause.deployer.fakes import Account, clinic


def protected(account: Account) -> bool:
    stack = account.stack()
    assert stack is not None
    return stack.is_protected


def test_a_protected_target_gets_termination_protection_once(account: Account) -> None:
    account.target = replace(account.target, protected=True)
    bring(account, clinic())
    for _ in range(2):
        protect_from_termination(account.session(), account.stack())
    assert protected(account)
    assert account.somebody.saw(ProtectionSet) == [ProtectionSet("clinic-dev")]


def test_any_other_target_and_one_without_a_stack_get_none(account: Account) -> None:
    protect_from_termination(account.session(), account.stack())
    bring(account, clinic())
    protect_from_termination(account.session(), account.stack())
    assert not protected(account)
    assert account.somebody.shown == []
