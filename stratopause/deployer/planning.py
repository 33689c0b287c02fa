"""From a proposal to a plan that can be carried to whoever applies it, and back to what was proposed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Final

from stratopause import __version__
from stratopause.deployer import canonical, planfile, signing
from stratopause.deployer.changes import ChangeSet, Review
from stratopause.deployer.errors import NotFound, StalePlan
from stratopause.deployer.planfile import PlanFile, PlannedTemplate, SignedPlan
from stratopause.deployer.proposal import Proposal
from stratopause.deployer.reading import read
from stratopause.deployer.review.digest import digest as digest_of_review
from stratopause.deployer.services import Caller
from stratopause.deployer.session import Session
from stratopause.deployer.templates import Artifact, Uploads, nested_stacks, parse

READS_AT_ONCE: Final = 8


def plan_of(session: Session, proposal: Proposal, losses: Sequence[str], uploads: Uploads, caller: Caller) -> PlanFile:
    """What was planned, by digests and names."""
    target, change_set = session.target, proposal.change_set
    return PlanFile(
        environment=target.environment,
        suffix=target.suffix,
        account=target.account,
        region=target.region,
        partition=target.partition,
        stack=target.stack,
        stack_id=change_set.stack_id,
        change_set=change_set.id,
        change_set_type=proposal.type,
        bucket=uploads.bucket,
        templates=tuple(
            PlannedTemplate(name=one.name, key=one.key, digest=one.digest, changed=one in uploads.changed)
            for one in uploads.all
        ),
        parameters_digest=canonical.digest(change_set.parameters),
        review_digest=digest_of_review(proposal.review),
        commit=session.means.description.removeprefix("commit "),
        created=session.means.clock.time(),
        created_by=caller.arn,
        run=session.means.run,
        losses=tuple(losses),
        tool_version=__version__,
    )


def verify(session: Session, signed: SignedPlan) -> None:
    """The plan is for this target, and signed where that is demanded.

    Raises:
        WrongTarget, UnsignedPlan, AlteredPlan
    """
    planfile.hold_against(signed.plan, session.target)
    if session.target.signing_key is not None:
        signing.verify(session.means.services.signatures, session.target.signing_key, signed)


def change_set_of(session: Session, plan: PlanFile) -> ChangeSet:
    """The very change set that was planned, as it is now; it may have been executed.

    Raises:
        StalePlan: it is gone or can't be executed any more.
    """
    try:
        change_set = session.cloudformation.change_set(plan.change_set)
    except NotFound:
        stack = session.cloudformation.stack(plan.stack_id)
        if stack is not None and stack.was_last_changed_by(plan.change_set):
            return ChangeSet(plan.change_set, plan.stack_id, "CREATE_COMPLETE", execution="EXECUTE_COMPLETE")
        raise _stale(session, "its change set is gone: the stack has changed since, or somebody deleted it") from None
    if not change_set.was_executed and not change_set.is_available:
        raise _stale(session, f"its change set is {change_set.execution or change_set.status}")
    return change_set


def review_of(session: Session, plan: PlanFile, change_set: ChangeSet) -> Review:
    """What the change set would do, which is what was planned to the last value.

    Raises:
        StalePlan: it isn't.
    """
    review = read(session.cloudformation, change_set)
    if canonical.digest(change_set.parameters) != plan.parameters_digest:
        raise _stale(session, "the parameters aren't those that were planned")
    if digest_of_review(review) != plan.review_digest:
        raise _stale(session, "the change set doesn't do what was planned")
    return review


def uploads_of(session: Session, plan: PlanFile) -> Uploads:
    """The templates that were planned, read from the bucket and held against their digests.

    Raises:
        StalePlan: one is gone, or another lies in its place.
    """
    artifacts = session.means.services.artifacts

    def fetched(planned: PlannedTemplate) -> Artifact:
        try:
            body = artifacts.read(plan.bucket, planned.key)
        except NotFound:
            raise _stale(session, f"{planned.name} is gone from {plan.bucket}") from None
        if sha256(body).hexdigest() != planned.digest:
            raise _stale(session, f"{planned.name} in {plan.bucket} isn't the template that was planned")
        return Artifact(planned.name, body, planned.digest)

    with ThreadPoolExecutor(READS_AT_ONCE) as threads:
        found = tuple(threads.map(fetched, plan.templates))
    by_url = {artifacts.url(plan.bucket, one.key): one.name for one in found}
    every = tuple(Artifact(one.name, one.body, one.digest, _children(one, by_url)) for one in found)
    changed = {one.name for one in plan.templates if one.changed}
    return Uploads(plan.bucket, every, tuple(one for one in every if one.name in changed))


def hold_uploads(session: Session, uploads: Uploads) -> None:
    """What was uploaded lies in the bucket, byte for byte, when it is about to be deployed.

    Raises:
        StalePlan: it doesn't.
    """
    present = session.means.services.artifacts.present(uploads.bucket, uploads.changed)
    for artifact in uploads.changed:
        if artifact.key not in present:
            raise _stale(session, f"{artifact.name} in {uploads.bucket} isn't the template that was reviewed")


def _children(artifact: Artifact, by_url: dict[str, str]) -> tuple[str, ...]:
    nested = (url for _, url in nested_stacks(parse(artifact.name, artifact.body)))
    return tuple(dict.fromkeys(by_url[url] for url in nested if url in by_url))


def _stale(session: Session, why: str) -> StalePlan:
    return StalePlan(f"the plan can't be applied: {why}", f"{session.target.command('plan')} --out PLAN, to plan again")
