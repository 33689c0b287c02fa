"""Containers and tasks on Fargate, hardened alike."""

from __future__ import annotations

from collections.abc import Mapping

from troposphere import AWSHelperFn, GetAtt, Ref, Region, ecs, iam, logs

from stratopause.environments.schema import ServiceSettings

USER = "10001:10001"
WRITABLE = "tmp"


def container(
    name: str, image: AWSHelperFn | str, environment: Mapping[str, AWSHelperFn | str], log_group: logs.LogGroup
) -> ecs.ContainerDefinition:
    """Not root, without capabilities, and nothing to write to but `/tmp`.

    The image says who may write there: its `VOLUME ["/tmp"]` carries the permissions.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
    """
    return ecs.ContainerDefinition(
        Name=name,
        Image=image,
        Essential=True,
        User=USER,
        ReadonlyRootFilesystem=True,
        LinuxParameters=ecs.LinuxParameters(InitProcessEnabled=True, Capabilities=ecs.KernelCapabilities(Drop=["ALL"])),
        MountPoints=[ecs.MountPoint(SourceVolume=WRITABLE, ContainerPath=f"/{WRITABLE}", ReadOnly=False)],
        Environment=[ecs.Environment(Name=key, Value=value) for key, value in sorted(environment.items())],
        LogConfiguration=ecs.LogConfiguration(
            LogDriver="awslogs",
            Options={
                "awslogs-group": Ref(log_group),
                "awslogs-region": Region,
                "awslogs-stream-prefix": name,
                # A log that can't be written must not stop the service.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        ),
    )


def task(
    logical_id: str,
    settings: ServiceSettings,
    definition: ecs.ContainerDefinition,
    execution_role: iam.Role,
    task_role: iam.Role | None = None,
) -> ecs.TaskDefinition:
    """A task of one container; without a task role it may call nothing of AWS."""
    result = ecs.TaskDefinition(
        logical_id,
        RequiresCompatibilities=["FARGATE"],
        NetworkMode="awsvpc",
        RuntimePlatform=ecs.RuntimePlatform(OperatingSystemFamily="LINUX", CpuArchitecture="X86_64"),
        Cpu=str(settings.cpu),
        Memory=str(settings.memory),
        ExecutionRoleArn=GetAtt(execution_role, "Arn"),
        Volumes=[ecs.Volume(Name=WRITABLE)],
        ContainerDefinitions=[definition],
    )
    if task_role is not None:
        result.TaskRoleArn = GetAtt(task_role, "Arn")
    return result
