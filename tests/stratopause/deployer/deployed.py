"""A tree of stacks in the fake account, brought there without the deployer's flow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from stratopause.deployer.plan import OpenChangeSet, TemplateUrl, Wanted
from stratopause.deployer.templates import Artifact, address
from tests.stratopause.deployer.fakes import Account

BUCKET = "artifacts"


def addressed(account: Account, templates: Mapping[str, bytes]) -> tuple[Artifact, ...]:
    return address(templates, partial(account.services.artifacts.url, BUCKET))


def execute(account: Account, templates: Mapping[str, bytes]) -> str:
    """Have CloudFormation begin to bring the target's root stack to `templates`; the stack's id."""
    services, name = account.services, account.target.stack
    artifacts = addressed(account, templates)
    for artifact in artifacts:
        services.artifacts.put(BUCKET, artifact)
    wanted = Wanted(name, TemplateUrl(services.artifacts.url(BUCKET, artifacts[-1].key)), ("CAPABILITY_IAM",))
    deployed = services.cloudformation.stack(name)
    account.runs += 1
    step = OpenChangeSet(wanted, "CREATE" if deployed is None else "UPDATE")
    change_set = services.cloudformation.create_change_set(step, f"run-{account.runs}", "")
    while change_set.is_pending:
        change_set = services.cloudformation.change_set(change_set.id)
    assert change_set.is_available, change_set.reason
    services.cloudformation.execute_change_set(change_set, f"run-{account.runs}")
    return change_set.stack_id


def bring(account: Account, templates: Mapping[str, bytes]) -> str:
    """As `execute`, to the end of it, be that good or bad."""
    stack_id = execute(account, templates)
    while (stack := account.services.cloudformation.stack(stack_id)) is not None and stack.status.is_in_progress:
        account.clock.sleep(1)
    return stack_id
