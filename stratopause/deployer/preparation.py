"""The one-off task that does in the VPC what CloudFormation can't: making the service's database user.

It runs after the first deployment with an image and after each that changes the task, and may run any number of
times.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping

from stratopause.deployer import collecting
from stratopause.deployer.answers import Command, consult
from stratopause.deployer.errors import InvalidOutputs, TaskFailed
from stratopause.deployer.events import Event, TaskEnded, TaskStarted
from stratopause.deployer.means import Means
from stratopause.deployer.outcomes import Deployed
from stratopause.deployer.outputs import collect
from stratopause.deployer.services import OneOffTask, TaskState
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import Output

SECONDS_AT_MOST = 900
TASK_OUTPUT = "preparation_task_arn"


def task_of(outputs: Mapping[str, str]) -> OneOffTask:
    """The task that a root's collected outputs name.

    Raises:
        InvalidOutputs: they don't name one whole.
    """
    subnets = tuple(value for name, value in sorted(outputs.items()) if name.startswith("service_subnet_id_"))
    try:
        return OneOffTask(outputs["cluster_name"], outputs[TASK_OUTPUT], subnets, outputs["service_security_group_id"])
    except KeyError as missing:
        raise InvalidOutputs(
            f"the outputs name no {missing.args[0]}", "deploy again: an older version made them"
        ) from None


def is_task_new(deployed: Deployed) -> bool:
    """The deployment has made or changed the task: each change of it, of its image above all, is another ARN."""
    before, after = (collect(outputs).get(TASK_OUTPUT) for outputs in (deployed.before, deployed.outputs))
    return after is not None and after != before


def prepare(session: Session) -> None:
    """Run the task that the deployed stack names.

    Raises:
        StackAbsent, StackBusy, NeedsRecovery: there is none to run, or not now.
        DeploymentError: as `prepare_database`.
    """
    session.check_caller()
    name = session.target.stack
    consult(Command.PREPARE, session.cloudformation.stack(name), name, session.target.typed)
    prepare_database(session, collecting.collect(session).outputs)


def prepare_if_new(session: Session, deployed: Deployed) -> None:
    """Raises: what `prepare_database` does, where the deployment has made or changed the task."""
    if is_task_new(deployed):
        prepare_database(session, deployed.outputs)


def prepare_database(session: Session, outputs: Iterable[Output]) -> None:
    """Run the task that the root's outputs name, and wait for its end.

    Raises:
        InvalidOutputs: they name none.
        TaskFailed: it never started, exited with an error, or takes longer than a quarter of an hour.
    """
    session.tell(run(task_of(collect(outputs)), session.means, session.target.command("prepare")))


def run(task: OneOffTask, means: Means, again: str) -> Generator[Event, None, None]:
    """`again` is the command that runs it once more."""
    tasks, began = means.services.tasks, means.clock.now()
    arn = tasks.start(task, means.run)
    yield TaskStarted(arn)
    state = _end_of(task.cluster, arn, means, again)
    if state.exit_code != 0:
        how = "never started" if state.exit_code is None else f"exited with {state.exit_code}"
        because = f": {state.reason}" if state.reason else ""
        raise TaskFailed(f"{arn} {how}{because}", f"look at the service's log group, then {again}")
    yield TaskEnded(arn, means.clock.now() - began)


def _end_of(cluster: str, arn: str, means: Means, again: str) -> TaskState:
    began = means.clock.now()
    for interval in means.pace.intervals():
        state = means.services.tasks.state(cluster, arn)
        if state.is_stopped:
            return state
        if means.clock.now() - began > SECONDS_AT_MOST:
            break
        means.clock.sleep(interval)
    raise TaskFailed(f"{arn} doesn't end", f"look at the service's log group, then {again}")
