"""One sentence for each event and each outcome."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from typing import TYPE_CHECKING

from stratopause.deployer import events, outcomes
from stratopause.deployer.stacks import Path
from stratopause.reports.wording import clean, counted, cut, duration, failure, place

AT_WORK = 4
"""So many resources at work are named in one line."""

if TYPE_CHECKING:
    from stratopause.deployer.diagnosis import Diagnosis


@singledispatch
def sentence(told: object) -> str:
    """What happened, in one line or a few; it says what to do where something is to be done."""
    raise TypeError(f"no sentence for {type(told).__name__}")


@sentence.register
def _(told: events.BootstrapMissing) -> str:
    return f"{told.stack} is missing: it holds the templates of every deployment to this account and region"


@sentence.register
def _(told: events.Uploaded) -> str:
    return f"uploaded {counted(len(told.names), 'template')} to {told.bucket}"


@sentence.register
def _(told: events.CreationRolledBack) -> str:
    because = f"\n  {failure(told.cause)}" if told.cause else ""
    return f"the creation of {told.stack} was rolled back: it can only be deleted and created again{because}"


@sentence.register
def _(told: events.Deleting) -> str:
    return f"deleting {told.stack}"


@sentence.register
def _(told: events.ChangeSetRequested) -> str:
    return f"working out what changes in {told.stack}"


@sentence.register
def _(told: events.PlanWritten) -> str:
    signed = ", signed" if told.is_signed else ""
    return f"the plan is in {told.file}{signed} ({told.digest[:12]})"


@sentence.register
def _(told: events.WaitingForConsole) -> str:
    where = f"\n  {told.link}" if told.link else ""
    return f"waiting until {told.change_set} is executed or deleted in the AWS console{where}"


@sentence.register
def _(told: events.Executing) -> str:
    return f"making the changes to {told.stack}"


@sentence.register
def _(told: events.Attached) -> str:
    who = f", begun by {clean(told.who)}" if told.who else ""
    return f"following {told.stack}: {told.status} since {told.since:%Y-%m-%d %H:%M:%S %Z}{who}"


@sentence.register
def _(told: events.RollingBack) -> str:
    return f"{told.stack} failed and is being rolled back{_because(_diagnosed(told.cause, told.evidence))}"


@sentence.register
def _(told: events.StillAtWork) -> str:
    if not told.at_work:
        return f"{told.stack} still goes on"
    first = (f"{place(told.stack, path, name)} for {duration(took)}" for path, name, took in told.at_work[:AT_WORK])
    more = f", and {len(told.at_work) - AT_WORK} more" if len(told.at_work) > AT_WORK else ""
    return f"  still at work: {', '.join(first)}{more}"


@sentence.register
def _(told: events.Ended) -> str:
    return f"{told.stack}: {told.status}"


@sentence.register
def _(told: events.ProtectionSet) -> str:
    return f"{told.stack} has termination protection now"


@sentence.register
def _(told: events.StackPoliciesSet) -> str:
    where = counted(len(told.paths), "stack")
    return f"stack policies keep what holds data in {where} of {told.stack} from being deleted or replaced"


@sentence.register
def _(told: events.ProtectionRefused) -> str:
    return (
        f"warning: {told.stack} has no termination protection: {clean(told.why)}\n"
        f"  next: allow cloudformation:UpdateTerminationProtection, then deploy again"
    )


@sentence.register
def _(told: events.StackPolicyRefused) -> str:
    return (
        f"warning: no stack policy protects what holds data in {place(told.stack, _path_of(told.path))}: "
        f"{clean(told.why)}\n  next: allow cloudformation:SetStackPolicy, then deploy again"
    )


@sentence.register
def _(told: events.StackPoliciesLifted) -> str:
    return f"lifted the stack policies for this run: {clean(', '.join(told.resources))} may be deleted or replaced"


@sentence.register
def _(told: events.StackPoliciesStayLifted) -> str:
    return (
        f"warning: stack policies are still lifted: {_stacks(told.stack, told.paths)}: {clean(told.why)}\n"
        "  next: deploy again once the stack is at rest; that restores them first"
    )


@sentence.register
def _(told: events.DriftDetectionStarted) -> str:
    return f"comparing what is there with the templates of {told.stack}, in {counted(told.stacks, 'stack')}"


@sentence.register
def _(told: events.OutputsWritten) -> str:
    return f"outputs are in {told.file}"


@sentence.register
def _(told: events.ProtectionLifted) -> str:
    return f"lifted the deletion protection of {place('', told.path, told.resource.logical_id).lstrip('/')}"


@sentence.register
def _(told: events.TaskStarted) -> str:
    return f"preparing the database: {told.arn}"


@sentence.register
def _(told: events.TaskEnded) -> str:
    return f"the database is prepared, in {duration(told.seconds)}"


@sentence.register
def _(told: events.RecordsOutOfReach) -> str:
    return (
        f"warning: the records of {told.stack} in the bucket can't be reached: {clean(told.reason)}\n"
        "  next: nothing; what this command does is recorded here, and sent by the next one"
    )


@sentence.register
def _(told: events.RecordsNotKept) -> str:
    return f"warning: no copy of the records of {told.stack} is kept here: {clean(told.reason)}"


@sentence.register
def _(told: events.RecordsSent) -> str:
    return f"sent {counted(told.count, 'record')} of {told.stack} that only this machine had to the bucket"


@sentence.register
def _(told: events.RecordsDiffer) -> str:
    return (
        f"warning: record {told.number} of {told.stack}: {clean(told.problem)}\n"
        "  next: the history command, with --verify, tells all that is wrong"
    )


@sentence.register
def _(told: events.RunConcluded) -> str:
    how = {"NotExecuted": "was left before anything changed", "Gone": "was left; the stack is gone"}
    return f"an earlier run, {told.run}, {how.get(told.outcome, f'was left and has ended: {told.outcome}')}"


@sentence.register
def _(told: events.StateExplained) -> str:
    stack = told.stack
    by = f", by {clean(told.who)}" if told.who else ""
    reason = f"\n  {cut(stack.reason)}" if stack.reason else ""
    ways = "".join(f"\n  {clean(typed)}\n      {effect}" for typed, effect in told.ways)
    out = f"\nwhat can be done:{ways}" if ways else ""
    return (
        f"{stack.name} is {stack.status} since {stack.since:%Y-%m-%d %H:%M:%S %Z}{by}{reason}\n"
        f"{told.meaning}{_because(_diagnosed(told.cause))}{out}"
    )


@sentence.register
def _(told: events.RollbackLoses) -> str:
    names = "".join(f"\n  {place(told.stack, path, resource.logical_id)}" for path, resource in told.lost)
    return f"going back deletes these, which hold data, without a snapshot:{names}"


@sentence.register
def _(told: events.SkippedMayDiffer) -> str:
    return (
        f"left as they are: {clean(', '.join(told.names))}\n"
        f"  CloudFormation takes them for restored: how they are may differ from what the template of {told.stack}\n"
        "  says, and a later update may fail because of that, until they are repaired or the template is"
    )


@sentence.register
def _(told: events.DeletingNested) -> str:
    return f"deleting {place('', told.path).lstrip('/')} first, without {clean(', '.join(told.retained))}"


@sentence.register
def _(told: events.EvidenceWritten) -> str:
    return f"what AWS Support needs is in {told.file}: open a case for CloudFormation with it"


@sentence.register
def _(told: outcomes.Restored) -> str:
    state = "gone" if told.status.is_absent else f"back: {told.status}"
    return f"{told.stack} is {state}\n  next: {told.next_step}"


@sentence.register
def _(told: outcomes.NotNeeded) -> str:
    return f"{told.stack} {told.why}: nothing to do"


@sentence.register
def _(told: outcomes.Explained) -> str:
    return f"{told.stack} stays as it is: {told.status}"


@sentence.register
def _(told: outcomes.Planned) -> str:
    losses = "".join(f" {name}" for name in told.judgement.loss_names)
    how = f"python build.py apply {told.file}{losses and f' --allow-data-loss{losses}'}"
    return (
        f"{told.stack} can be changed like this\n"
        f"  next: {clean(how) if told.file else 'in the AWS console, or plan --out FILE and apply FILE'}"
    )


@sentence.register
def _(told: outcomes.Deployed) -> str:
    return f"{told.stack} is deployed, in {duration(told.seconds)}"


@sentence.register
def _(told: outcomes.NothingToDo) -> str:
    return f"{told.stack} is already as it is wanted: nothing to do"


@sentence.register
def _(told: outcomes.Declined) -> str:
    return f"declined: {told.stack} stays as it is"


@sentence.register
def _(told: outcomes.RolledBack) -> str:
    next_step = told.diagnosis.next_step if told.diagnosis else "correct it, then deploy again"
    return f"{told.stack} failed and was rolled back: {told.status}{_because(told.diagnosis)}\n  next: {next_step}"


@sentence.register
def _(told: outcomes.Stuck) -> str:
    return f"{told.stack} needs recovery: {told.status}{_because(told.diagnosis)}\n  next: {told.next_step}"


@sentence.register
def _(told: outcomes.NothingRunning) -> str:
    since = f"{told.since:%Y-%m-%d %H:%M:%S %Z}"
    return f"nothing is running: {told.stack} is {told.status} since {since}{_because(_diagnosed(told.cause))}"


@sentence.register
def _(told: outcomes.Destroyed) -> str:
    kept = "; nothing stays" if not told.kept else f"; {counted(len(told.kept), 'resource')} left, listed above"
    return f"{told.stack} is destroyed{kept}"


@sentence.register
def _(told: outcomes.NothingToDestroy) -> str:
    return f"{told.stack} doesn't exist: nothing to destroy"


def _stacks(root: str, paths: Iterable[str]) -> str:
    return ", ".join(place(root, _path_of(path)) for path in paths)


def _diagnosed(cause: events.Happened | None, evidence: tuple[str, ...] = ()) -> Diagnosis | None:
    # Loaded here: where nothing fails, nobody asks.
    from stratopause.deployer.diagnosis import diagnosed

    return diagnosed(cause, evidence)


def _path_of(name: str) -> Path:
    """`Database/Inner` as a path; the root's name is empty."""
    return tuple(name.split("/")) if name else ()


def _because(diagnosis: Diagnosis | None) -> str:
    """The cause, what it means, and what else is known, a line each."""
    if diagnosis is None:
        return ""
    lines = [failure(diagnosis.cause), f"that is: {clean(diagnosis.plain)}"]
    return "".join(f"\n  {line}" for line in (*lines, *(f"also: {cut(line)}" for line in diagnosis.evidence)))
