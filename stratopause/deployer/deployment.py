"""`deploy`: from rendered templates to a running stack and its collected outputs, with somebody's yes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from stratopause.deployer import bootstrap, outputs, sight
from stratopause.deployer.capabilities import needed
from stratopause.deployer.changing import change
from stratopause.deployer.errors import StackAbsent
from stratopause.deployer.events import MakeChanges, OutputsWritten, ProtectionSet
from stratopause.deployer.outcomes import Deployed, NothingToDo, Outcome
from stratopause.deployer.plan import TemplateUrl, Upload, Wanted, plan
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack
from stratopause.deployer.templates import Artifact, address, changed, parse


def deploy(session: Session, templates: Mapping[str, bytes], bootstrap_template: bytes) -> Outcome:
    """Bring the target's root stack to `templates` (JSON by file name, one tree), and collect its outputs.

    Where the account has no bucket for templates yet, `bootstrap_template` makes it, after a yes of its own.

    Raises:
        DeploymentError: before the stack has been changed, or where it isn't followed any more.
    """
    session.require_somebody()
    seen = sight.look(session)
    found = bootstrap.make(session, bootstrap_template, seen.bootstrap)
    if not isinstance(found, bootstrap.Bootstrap):
        return found
    url = partial(session.means.services.artifacts.url, found.bucket)
    artifacts = address(templates, url)
    wanted = _wanted(session, artifacts, url(artifacts[-1].key))
    if seen.deployed is not None and seen.is_as_wanted(wanted, artifacts):
        protect(session)
        collect(session)
        return NothingToDo(wanted.stack, seen.deployed.outputs)
    upload = Upload(found.bucket, changed(artifacts, seen.template, url))
    outcome = change(session, plan(wanted, seen.deployed, upload), MakeChanges(wanted.stack))
    if isinstance(outcome, Deployed | NothingToDo):
        protect(session)
        collect(session)
    return outcome


def collect(session: Session) -> DeployedStack:
    """Read the root's outputs and write them to their file.

    Raises:
        StackAbsent: there is nothing to read from.
    """
    stack = session.cloudformation.stack(session.target.stack)
    if stack is None or stack.status.is_in_review:
        raise StackAbsent(f"{session.target.stack} doesn't exist", session.target.command("deploy"))
    outputs.write(stack.outputs, session.outputs_file)
    session.conversation.show(OutputsWritten(session.outputs_file, stack.outputs))
    return stack


def protect(session: Session) -> None:
    stack = session.cloudformation.stack(session.target.stack)
    if session.target.protected and stack is not None and not stack.is_protected:
        session.cloudformation.protect(stack.id)
        session.conversation.show(ProtectionSet(stack.name))


def _wanted(session: Session, artifacts: tuple[Artifact, ...], url: str) -> Wanted:
    capabilities = needed(parse(artifact.name, artifact.body) for artifact in artifacts)
    return Wanted(session.target.stack, TemplateUrl(url), capabilities, tuple(sorted(session.target.tags.items())))
