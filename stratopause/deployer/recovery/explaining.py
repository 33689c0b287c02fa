"""How a stack has come to its status, and what leads out of it."""

from __future__ import annotations

from msgspec import Struct

from stratopause.deployer.answers import CONDITIONS, Condition
from stratopause.deployer.diagnosis import root_cause
from stratopause.deployer.events import StateExplained
from stratopause.deployer.history import last_operation
from stratopause.deployer.inventory import inventory
from stratopause.deployer.recovery.failed import Failed, undeleted, unrestored
from stratopause.deployer.recovery.holder import holder
from stratopause.deployer.recovery.options import Way, meaning, ways
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack


class Explanation(Struct, frozen=True):
    told: StateExplained
    ways: tuple[Way, ...]


def explain(session: Session, stack: DeployedStack) -> Explanation:
    cloudformation, environment = session.cloudformation, session.target.typed
    out = ways(stack.status, tuple(one.name for one in holding_up(session, stack)))
    told = StateExplained(
        stack=stack,
        meaning=meaning(stack.status),
        who=holder(cloudformation, stack),
        cause=root_cause(last_operation(cloudformation, stack)),
        ways=tuple((way.typed(environment), way.effect) for way in out),
    )
    return Explanation(told, out)


def holding_up(session: Session, stack: DeployedStack) -> tuple[Failed, ...]:
    """The resources that a way out may leave behind."""
    find = {Condition.UPDATE_ROLLBACK_FAILED: unrestored, Condition.DELETE_FAILED: undeleted}.get(
        CONDITIONS[stack.status]
    )
    return find(tuple(inventory(session.cloudformation, stack.id))) if find else ()
