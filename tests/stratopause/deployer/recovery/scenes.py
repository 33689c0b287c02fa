"""Stacks in every status, made by CloudFormation itself as far as it can."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from stratopause.deployer.plan import OpenChangeSet, TemplateUrl, Wanted
from stratopause.deployer.status import StackStatus
from stratopause.deployer.templates import address
from tests.stratopause.deployer.fakes import Account, clinic

BUCKET = "artifacts"


def run(account: Account) -> str:
    """A name as that of a run of Ann's, another one each time."""
    account.runs += 1
    return f"by-ann-{account.runs:012x}"


def change(account: Account, templates: Mapping[str, bytes]) -> None:
    """Create or update the root stack as it stands in `templates`; it is at work afterwards."""
    cloudformation = account.services.cloudformation
    url = partial(account.services.artifacts.url, BUCKET)
    artifacts = address(templates, url)
    for artifact in artifacts:
        account.services.artifacts.put(BUCKET, artifact)
    found = account.stack()
    is_new = found is None or found.status.is_in_review
    wanted = Wanted(account.target.stack, TemplateUrl(url(artifacts[-1].key)))
    step = OpenChangeSet(wanted, "CREATE" if is_new else "UPDATE")
    token = run(account)
    change_set = cloudformation.create_change_set(step, token, "")
    while (change_set := cloudformation.change_set(change_set.id)).is_pending:
        account.clock.sleep(1)
    cloudformation.execute_change_set(change_set, token)


def wait(account: Account) -> StackStatus:
    while account.cloudformation.is_busy:
        account.clock.sleep(1)
        account.stack()
    return status(account)


def status(account: Account) -> StackStatus:
    found = account.stack()
    return found.status if found else StackStatus.DELETE_COMPLETE


def complete(account: Account) -> Account:
    change(account, clinic())
    assert wait(account) is StackStatus.CREATE_COMPLETE
    return account


def updating(account: Account) -> Account:
    complete(account)
    change(account, clinic(storage=30))
    assert status(account) is StackStatus.UPDATE_IN_PROGRESS
    return account


def create_failed(account: Account) -> Account:
    account.cloudformation.keeps_failed = True
    account.cloudformation.failing["Database", "Instance"] = "quota exceeded"
    change(account, clinic())
    assert wait(account) is StackStatus.CREATE_FAILED
    account.cloudformation.failing.clear()
    return account


def creation_rolled_back(account: Account) -> Account:
    account.cloudformation.failing["Database", "Instance"] = "quota exceeded"
    change(account, clinic())
    assert wait(account) is StackStatus.ROLLBACK_COMPLETE
    account.cloudformation.failing.clear()
    return account


def rollback_failed(account: Account) -> Account:
    account.cloudformation.failing["Database", "Instance"] = "quota exceeded"
    account.cloudformation.undeletable["Database", "Subnets"] = "still in use"
    change(account, clinic())
    assert wait(account) is StackStatus.ROLLBACK_FAILED
    account.cloudformation.failing.clear()
    return account


def update_failed(account: Account) -> Account:
    complete(account)
    account.cloudformation.keeps_failed = True
    account.cloudformation.failing["Database", "Instance"] = "quota exceeded"
    change(account, clinic(storage=30))
    assert wait(account) is StackStatus.UPDATE_FAILED
    account.cloudformation.failing.clear()
    return account


def update_rollback_failed(account: Account) -> Account:
    complete(account)
    account.cloudformation.failing["Database", "Instance"] = "quota exceeded"
    account.cloudformation.unrestorable.add(("Database", "Instance"))
    change(account, clinic(storage=30))
    assert wait(account) is StackStatus.UPDATE_ROLLBACK_FAILED
    account.cloudformation.failing.clear()
    return account


def delete_failed(account: Account) -> Account:
    complete(account)
    account.cloudformation.undeletable["Database", "Subnets"] = "still in use"
    found = account.stack()
    assert found is not None
    account.services.cloudformation.delete_stack(found.id, run(account))
    assert wait(account) is StackStatus.DELETE_FAILED
    return account


def rolling_back(account: Account) -> Account:
    complete(account)
    account.cloudformation.failing["Database", "Instance"] = "quota exceeded"
    change(account, clinic(storage=30))
    while status(account) is StackStatus.UPDATE_IN_PROGRESS:
        account.clock.sleep(1)
    assert status(account) is StackStatus.UPDATE_ROLLBACK_IN_PROGRESS
    return account


def put(account: Account, wanted: StackStatus) -> Account:
    """The root stack, in a status that nothing here leads to."""
    complete(account)
    account.cloudformation.put(account.target.stack, str(wanted))
    return account
