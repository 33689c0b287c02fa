"""The service on Fargate, its roles, and the one-off task that prepares its database."""

from __future__ import annotations

from typing import Annotated, Any

from awacs.aws import PolicyDocument, Statement
from troposphere import AWSHelperFn, GetAtt, Join, Ref, Region, Sub, ecs, iam, logs
from troposphere import applicationautoscaling as scaling

from policies.kms import FargateStorage, LogGroups, TopicPublisher, ViaService
from policies.roles import allows
from policies.tasks import assumed_by_tasks, logs_in, reads_secret, starts
from stacks.alarms import Metric, alarm
from stacks.containers import container, task
from stacks.database import DATABASE_NAME
from stacks.logs import kept_log_group
from stacks.names import unique
from stratopause.environments.schema import ServiceSettings
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    CacheArn,
    CacheEndpoint,
    CacheId,
    CachePort,
    CacheUserArn,
    CacheUserId,
    ClusterName,
    DatabaseEndpoint,
    DatabasePort,
    DatabaseResourceId,
    KeyArn,
    LogGroupName,
    LogStreamsArn,
    SecretArn,
    SecurityGroupId,
    ServiceName,
    SubnetIds,
    TargetGroupArn,
    TaskDefinitionArn,
    TopicArn,
)

DATABASE_USER = "service"
CONTAINER = "service"
PREPARE = ["migrate.py"]

# An environment without an image has no task that would pull this one.
NO_IMAGE = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/none@sha256:" + 64 * "0"


class Parameters(Record, frozen=True, kw_only=True):
    subnet_ids: SubnetIds
    security_group_id: SecurityGroupId
    target_group_arn: TargetGroupArn
    data_key_arn: Annotated[KeyArn, FargateStorage()]
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]
    database_endpoint: DatabaseEndpoint
    database_port: DatabasePort
    database_resource_id: DatabaseResourceId
    master_secret_arn: SecretArn
    secrets_key_arn: Annotated[KeyArn, ViaService("secretsmanager")]
    cache_endpoint: CacheEndpoint
    cache_port: CachePort
    cache_id: CacheId
    cache_arn: CacheArn
    cache_user_id: CacheUserId
    cache_user_arn: CacheUserArn


class Outputs(Record, frozen=True, kw_only=True):
    cluster_name: Annotated[ClusterName, "The cluster that the service's tasks run in"]
    service_name: Annotated[ServiceName, "The service, to deploy to or to look at"]
    log_group_name: Annotated[LogGroupName, "Where the service's tasks log"]
    preparation_task_arn: Annotated[TaskDefinitionArn, "Run once: makes the service's database user"]


class Service(Stack[Parameters, Outputs]):
    description = "The service on Fargate, its roles, and the one-off task that prepares its database."

    def __init__(self, prefix: str, settings: ServiceSettings, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings
        self.log_days = log_days
        self.image = settings.image or NO_IMAGE
        self.minimum, self.maximum = (settings.minimum, settings.maximum) if settings.image else (0, 0)

    def resources(self, given: Parameters) -> Outputs:
        log_group = self.log_group("TaskLogGroup", given)
        cluster = self.cluster(given)
        preparation = self.preparation_task(log_group, given)
        service = self.service(cluster, self.task(log_group, given), given)
        self.scale(cluster, service)
        self.alarms(cluster, service, given.topic_arn)
        return Outputs(
            cluster_name=ClusterName.of(cluster),
            service_name=ServiceName.of(service),
            log_group_name=LogGroupName.of(log_group),
            preparation_task_arn=TaskDefinitionArn.of(preparation),
        )

    def cluster(self, given: Parameters) -> ecs.Cluster:
        """Task storage is encrypted under our key, which may be neither an alias nor of several regions.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-create-storage-key.html
        """
        name = unique(self.prefix)
        # Made before the cluster: Container Insights would make it without a key and keep it for ever.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-reference-structured-logs-ECS.html
        insights = self.log_group(
            "InsightsLogGroup", given, Join("", ["/aws/ecs/containerinsights/", name, "/performance"])
        )
        return self.add(
            ecs.Cluster(
                "Cluster",
                ClusterName=name,
                ClusterSettings=[ecs.ClusterSetting(Name="containerInsights", Value="enhanced")],
                Configuration=ecs.ClusterConfiguration(
                    ManagedStorageConfiguration=ecs.ManagedStorageConfiguration(
                        FargateEphemeralStorageKmsKeyId=given.data_key_arn
                    )
                ),
                DependsOn=insights.title,
            )
        )

    def log_group(self, logical_id: str, given: Parameters, name: Join | None = None) -> logs.LogGroup:
        return self.add(kept_log_group(logical_id, given.logs_key_arn, self.log_days, name))

    def environment(self, given: Parameters) -> dict[str, AWSHelperFn | str]:
        """What the settings give, and where the platform's own things are."""
        return {
            **self.settings.environment,
            "AWS_REGION": Region,
            "PORT": str(self.settings.port),
            "DATABASE_HOST": given.database_endpoint,
            "DATABASE_PORT": given.database_port,
            "DATABASE_NAME": DATABASE_NAME,
            "DATABASE_USER": DATABASE_USER,
            "CACHE_HOST": given.cache_endpoint,
            "CACHE_PORT": given.cache_port,
            "CACHE_NAME": given.cache_id,
            "CACHE_USER": given.cache_user_id,
        }

    def container(self, name: str, log_group: logs.LogGroup, given: Parameters) -> ecs.ContainerDefinition:
        image = self.image if self.maximum else Sub(self.image)
        return container(name, image, self.environment(given), log_group)

    def task(self, log_group: logs.LogGroup, given: Parameters) -> ecs.TaskDefinition:
        """It logs in by IAM, so that no secret is in it that a rotation would make stale."""
        login = logs_in(given.database_resource_id, DATABASE_USER, given.cache_arn, given.cache_user_arn)
        definition = self.container(CONTAINER, log_group, given)
        definition.PortMappings = [ecs.PortMapping(ContainerPort=self.settings.port, Protocol="tcp")]
        return self.add(
            task(
                "Task",
                self.settings,
                definition,
                self.role("Execution", "start the service's tasks", allows(*self.starting(log_group))),
                self.role("Task", "log in to database and cache", login),
            )
        )

    def preparation_task(self, log_group: logs.LogGroup, given: Parameters) -> ecs.TaskDefinition:
        """CloudFormation can't make a database user; this task can, with the master's secret and nothing else."""
        may_start = allows(*self.starting(log_group), *reads_secret(given.master_secret_arn, given.secrets_key_arn))
        definition = self.container("preparation", log_group, given)
        definition.Command = PREPARE
        definition.Secrets = [ecs.Secret(Name="MASTER_SECRET", ValueFrom=given.master_secret_arn)]
        role = self.role("PreparationExecution", "start the task that prepares the database", may_start)
        preparation = task("PreparationTask", self.settings, definition, role)
        preparation.DependsOn = "PreparationExecutionPolicy"
        return self.add(preparation)

    def starting(self, log_group: logs.LogGroup) -> list[Statement]:
        return starts(self.image, LogStreamsArn.of(log_group))

    def role(self, name: str, purpose: str, policy: PolicyDocument) -> iam.Role:
        """A role for tasks and, as `<name>Policy`, what it may do."""
        role = self.add(
            iam.Role(f"{name}Role", Description=f"To {purpose}", AssumeRolePolicyDocument=assumed_by_tasks())
        )
        self.add(
            iam.ManagedPolicy(
                f"{name}Policy",
                Description=purpose.capitalize(),
                PolicyDocument=policy,
                Roles=[Ref(role)],
            )
        )
        return role

    def service(self, cluster: ecs.Cluster, definition: ecs.TaskDefinition, given: Parameters) -> ecs.Service:
        # Autoscaling sets the count; a count in the template would undo that with each update.
        count: dict[str, Any] = {} if self.maximum else {"DesiredCount": 0}
        return self.add(
            ecs.Service(
                "Service",
                Cluster=Ref(cluster),
                TaskDefinition=Ref(definition),
                LaunchType="FARGATE",
                PlatformVersion="1.4.0",
                AvailabilityZoneRebalancing="ENABLED",
                DeploymentConfiguration=ecs.DeploymentConfiguration(
                    DeploymentCircuitBreaker=ecs.DeploymentCircuitBreaker(Enable=True, Rollback=True),
                    MinimumHealthyPercent=100,
                    MaximumPercent=200,
                ),
                EnableExecuteCommand=False,
                EnableECSManagedTags=True,
                PropagateTags="SERVICE",
                HealthCheckGracePeriodSeconds=60,
                LoadBalancers=[
                    ecs.LoadBalancer(
                        ContainerName=CONTAINER,
                        ContainerPort=self.settings.port,
                        TargetGroupArn=given.target_group_arn,
                    )
                ],
                NetworkConfiguration=ecs.NetworkConfiguration(
                    AwsvpcConfiguration=ecs.AwsvpcConfiguration(
                        AssignPublicIp="DISABLED",
                        SecurityGroups=[given.security_group_id],
                        Subnets=given.subnet_ids,
                    )
                ),
                DependsOn=["ExecutionPolicy", "TaskPolicy"],
                **count,
            )
        )

    def scale(self, cluster: ecs.Cluster, service: ecs.Service) -> None:
        target = self.add(
            scaling.ScalableTarget(
                "ScalableTarget",
                ServiceNamespace="ecs",
                ScalableDimension="ecs:service:DesiredCount",
                ResourceId=Join("/", ["service", Ref(cluster), GetAtt(service, "Name")]),
                MinCapacity=self.minimum,
                MaxCapacity=self.maximum,
            )
        )
        for name, percent in (("CPU", 60), ("Memory", 70)):
            self.add(
                scaling.ScalingPolicy(
                    f"{name.title()}Scaling",
                    PolicyName=f"{name.lower()}-at-{percent}-percent",
                    PolicyType="TargetTrackingScaling",
                    ScalingTargetId=Ref(target),
                    TargetTrackingScalingPolicyConfiguration=scaling.TargetTrackingScalingPolicyConfiguration(
                        PredefinedMetricSpecification=scaling.PredefinedMetricSpecification(
                            PredefinedMetricType=f"ECSServiceAverage{name}Utilization"
                        ),
                        TargetValue=percent,
                        ScaleInCooldown=300,
                        ScaleOutCooldown=60,
                    ),
                )
            )

    def alarms(self, cluster: ecs.Cluster, service: ecs.Service, topic: TopicArn) -> None:
        here = {"ClusterName": Ref(cluster), "ServiceName": GetAtt(service, "Name")}
        self.add(alarm("CpuAlarm", "The service is short of CPU", Metric("AWS/ECS", "CPUUtilization", here, 90), topic))
        self.add(
            alarm(
                "MemoryAlarm", "The service is short of memory", Metric("AWS/ECS", "MemoryUtilization", here, 90), topic
            )
        )
        running = Metric(
            "ECS/ContainerInsights",
            "RunningTaskCount",
            here,
            self.minimum,
            comparison="LessThanThreshold",
            statistic="Minimum",
            period=60,
            periods=5,
            missing="breaching" if self.minimum else "notBreaching",
        )
        self.add(alarm("TasksAlarm", "Fewer tasks run than the service's minimum", running, topic))
