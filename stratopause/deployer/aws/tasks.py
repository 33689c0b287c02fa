"""One-off tasks on Fargate."""

from __future__ import annotations

from stratopause.deployer.aws.api import Api
from stratopause.deployer.errors import Refused
from stratopause.deployer.services import OneOffTask, TaskState

PLATFORM_VERSION = "1.4.0"


class AwsTasks:
    """`preparation.Tasks` in ECS."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def start(self, task: OneOffTask, token: str) -> str:
        """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html"""
        network = {
            "subnets": list(task.subnets),
            "securityGroups": [task.security_group],
            "assignPublicIp": "DISABLED",
        }
        told = self.api.call(
            "ecs",
            "run_task",
            cluster=task.cluster,
            taskDefinition=task.definition,
            launchType="FARGATE",
            platformVersion=PLATFORM_VERSION,
            networkConfiguration={"awsvpcConfiguration": network},
            propagateTags="TASK_DEFINITION",
            clientToken=token[:64],
        )
        if told["failures"]:
            raise Refused(f"ECS doesn't start {task.definition}: {told['failures'][0].get('reason', 'no reason')}")
        return str(told["tasks"][0]["taskArn"])

    def state(self, cluster: str, arn: str) -> TaskState:
        """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html"""
        told = self.api.call("ecs", "describe_tasks", cluster=cluster, tasks=[arn])["tasks"]
        if not told:
            return TaskState(is_stopped=True, reason="ECS knows it no more")
        codes = [container.get("exitCode") for container in told[0]["containers"]]
        failed = [code for code in codes if code]
        code = None if None in codes else (failed or [0])[0]
        return TaskState(told[0]["lastStatus"] == "STOPPED", code, told[0].get("stoppedReason", ""))
