"""ECS: capacity providers of a cluster, and what a service needs before it starts."""

from __future__ import annotations

from typing import Any

from ministack.services import alb, ecs
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.handlers import Change, Result, add, before_change
from stratopause.emulator.resources.refusals import Refusal
from stratopause.emulator.resources.schema import Properties


def put_capacity_providers(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Ref is the cluster."""
    name = properties["Cluster"]
    cluster = ecs._clusters.get(ecs._resolve_cluster_name(name))
    if cluster is None:
        raise Refusal("Cluster not found.", "Ecs", "ClusterNotFoundException")
    cluster["capacityProviders"] = properties["CapacityProviders"]
    strategy = properties["DefaultCapacityProviderStrategy"]
    cluster["defaultCapacityProviderStrategy"] = provisioners._pascal_to_camel(strategy)
    return name, {}


def update_capacity_providers(name: str, _before: Properties, after: Properties) -> Result:
    """The whole set anew."""
    put_capacity_providers("", after, "")
    return name, {}


def delete_capacity_providers(name: str, _properties: Properties) -> None:
    """The cluster is left without any."""
    cluster = ecs._clusters.get(ecs._resolve_cluster_name(name))
    if cluster is not None:
        cluster["capacityProviders"], cluster["defaultCapacityProviderStrategy"] = [], []


_start = ecs._ACTION_MAP["RunTask"]


def _run_and_end(request: dict[str, Any]) -> Any:
    """A one-off task ends at once, and well: no container runs here, so that it would never end otherwise."""
    answer = _start(request)
    for task in ecs._tasks.values():
        if task["lastStatus"] == "RUNNING" and not task["group"].startswith("service:"):
            task.update(
                lastStatus="STOPPED",
                desiredStatus="STOPPED",
                stopCode="EssentialContainerExited",
                stoppedReason="Essential container in task exited",
            )
            for container in task["containers"]:
                container.update(lastStatus="STOPPED", exitCode=0)
    return answer


ecs._ACTION_MAP["RunTask"] = _run_and_end


@before_change("AWS::ECS::Service")
def _service_can_start(change: Change) -> None:
    cluster = change.properties.get("Cluster", "default")
    if ecs._resolve_cluster_name(cluster) not in ecs._clusters:
        raise Refusal("Cluster not found.", "AmazonECS", "ClusterNotFoundException")
    definition = change.properties.get("TaskDefinition")
    if definition is not None and task_definition(definition) is None:
        raise Refusal("Unable to describe task definition.", "AmazonECS", "InvalidRequest")
    for target in change.properties.get("LoadBalancers", ()):
        _refuse_unattached(target["TargetGroupArn"])


def task_definition(reference: str) -> dict[str, Any] | None:
    """The record of a task definition by ARN, family and revision, or family alone."""
    key = reference.rpartition("/")[2]
    if ":" not in key:
        key = f"{key}:{ecs._task_def_latest.get(key, 0)}"
    definition: dict[str, Any] | None = ecs._task_defs.get(key)
    return definition


def _refuse_unattached(target_group: str) -> None:
    """A service is registered only with a target group that a listener forwards to."""
    if target_group not in alb._tgs:
        raise Refusal(f"The target group {target_group} does not exist.", "AmazonECS", "InvalidRequest")
    rules = [*alb._listeners.values(), *alb._rules.values()]
    actions = [action for rule in rules for action in rule.get("DefaultActions", rule.get("Actions", ()))]
    if not any(target_group in str(action) for action in actions):
        message = f"The target group with targetGroupArn {target_group} does not have an associated load balancer."
        raise Refusal(message, "AmazonECS", "InvalidRequest")


add(
    "AWS::ECS::ClusterCapacityProviderAssociations",
    put_capacity_providers,
    delete_capacity_providers,
    update_capacity_providers,
)
