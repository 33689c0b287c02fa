"""Setting the stack policies of a tree: only those that aren't known to stand already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.events import StackPoliciesSet, StackPolicyRefused
from stratopause.deployer.inventory import inventory
from stratopause.deployer.protection.policies import digest, open_policy, path_of
from stratopause.deployer.services import CloudFormation
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import Path
from stratopause.deployer.templates import Template

CALLS_AT_ONCE: Final = 8


def protect(session: Session, stack_id: str, wanted: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Set the stack policies `wanted` (by path, see `wanted_policies`) whose digest isn't `known`; safe to repeat.

    What is known and no longer wanted is opened. A policy that AWS refuses is told, and tried again by the next run.

    Returns:
        The digests of the policies that stand now, by path: what is known next time.
    """
    bodies = {name: open_policy() for name in known} | dict(wanted)
    digests = {name: digest(stack_id, body) for name, body in bodies.items()}
    due = {name: body for name, body in bodies.items() if known.get(name) != digests[name]}
    told = set_policies(session, stack_id, due)
    stand = {name: digests[name] for name in wanted if name not in due or told.get(name)}
    return stand | {name: known[name] for name in set(due) - set(wanted) if told.get(name) is False}


def set_policies(session: Session, stack_id: str, bodies: Mapping[str, str]) -> dict[str, bool]:
    """Set `bodies` on the stacks at their paths below the root `stack_id`.

    Returns:
        Whether AWS took it, by path; without those whose stack isn't there.
    """
    if not bodies:
        return {}
    ids = stack_ids(session.cloudformation, stack_id, bodies)

    def set_one(name: str) -> DeploymentError | None:
        try:
            session.cloudformation.set_stack_policy(ids[name], bodies[name])
        except DeploymentError as error:
            return error
        return None

    with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
        errors = dict(zip(ids, threads.map(set_one, ids), strict=True))
    for name, error in errors.items():
        if error is not None:
            session.conversation.show(StackPolicyRefused(session.target.stack, name, error.message))
    if done := tuple(name for name, error in errors.items() if error is None):
        session.conversation.show(StackPoliciesSet(session.target.stack, done))
    return {name: error is None for name, error in errors.items()}


def stack_ids(cloudformation: CloudFormation, stack_id: str, names: Collection[str]) -> dict[str, str]:
    """Ids by path, of those that are there; only the stacks above them are asked what they nest."""
    paths = {path_of(name): name for name in names}

    def below(path: Path, found: str) -> Iterator[tuple[str, str]]:
        if path in paths:
            yield paths[path], found
        wanted = {one[len(path)] for one in paths if len(one) > len(path) and one[: len(path)] == path}
        for resource in cloudformation.resources(found) if wanted else ():
            if resource.logical_id in wanted and resource.is_nested_stack and not resource.status.is_gone:
                yield from below((*path, resource.logical_id), resource.physical_id)

    return dict(sorted(below((), stack_id)))


def deployed_tree(cloudformation: CloudFormation, stack_id: str) -> dict[Path, Template]:
    """The templates of the root and of all that is nested in it, as they are deployed."""
    parts = tuple(inventory(cloudformation, stack_id))
    with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
        templates = threads.map(lambda part: cloudformation.template(part.stack_id), parts)
        return {part.path: template for part, template in zip(parts, templates, strict=True)}
