"""One dashboard over all stacks."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from msgspec import Struct
from troposphere import Sub, cloudwatch

from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    CacheId,
    ClusterName,
    DatabaseIdentifier,
    LoadBalancerName,
    ServiceName,
    TargetGroupName,
    Url,
)

Partition = Literal["aws", "aws-us-gov"]
CONSOLES: dict[Partition, str] = {
    "aws": "${AWS::Region}.console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}

# A dashboard is 24 columns wide; three graphs stand beside each other.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
WIDTH, HEIGHT, PER_ROW = 8, 6, 3


class Parameters(Record, frozen=True, kw_only=True):
    load_balancer_name: LoadBalancerName
    target_group_name: TargetGroupName
    cluster_name: ClusterName
    service_name: ServiceName
    database_identifier: DatabaseIdentifier
    cache_id: CacheId


class Outputs(Record, frozen=True, kw_only=True):
    url: Annotated[Url, "The dashboard in the console"]


class Graph(Struct, frozen=True):
    """Metrics (name, statistic) of one namespace over time; `dimensions` alternate name and value."""

    title: str
    namespace: str
    dimensions: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]

    def widget(self, index: int) -> dict[str, Any]:
        """The widget, as the body of a dashboard holds it, at its place in reading order."""
        return {
            "type": "metric",
            "x": index % PER_ROW * WIDTH,
            "y": index // PER_ROW * HEIGHT,
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": self.title,
                "region": "${AWS::Region}",
                "view": "timeSeries",
                "period": 300,
                "metrics": [
                    [self.namespace, name, *self.dimensions, {"stat": statistic}] for name, statistic in self.metrics
                ],
            },
        }


BALANCER = ("LoadBalancer", "${LoadBalancer}")
TARGETS = (*BALANCER, "TargetGroup", "${TargetGroup}")
SERVICE = ("ClusterName", "${Cluster}", "ServiceName", "${Service}")
DATABASE = ("DBInstanceIdentifier", "${Database}")
# The first node; which of them is the primary changes with a failover.
CACHE = ("CacheClusterId", "${Cache}-001")

GRAPHS = (
    Graph("Requests", "AWS/ApplicationELB", BALANCER, (("RequestCount", "Sum"), ("RejectedConnectionCount", "Sum"))),
    Graph(
        "Errors",
        "AWS/ApplicationELB",
        BALANCER,
        (("HTTPCode_ELB_5XX_Count", "Sum"), ("HTTPCode_Target_5XX_Count", "Sum"), ("HTTPCode_Target_4XX_Count", "Sum")),
    ),
    Graph(
        "Response time", "AWS/ApplicationELB", TARGETS, (("TargetResponseTime", "p50"), ("TargetResponseTime", "p99"))
    ),
    Graph(
        "Targets", "AWS/ApplicationELB", TARGETS, (("HealthyHostCount", "Minimum"), ("UnHealthyHostCount", "Maximum"))
    ),
    Graph(
        "Tasks", "ECS/ContainerInsights", SERVICE, (("RunningTaskCount", "Average"), ("DesiredTaskCount", "Average"))
    ),
    Graph("Service", "AWS/ECS", SERVICE, (("CPUUtilization", "Average"), ("MemoryUtilization", "Average"))),
    Graph("Database CPU", "AWS/RDS", DATABASE, (("CPUUtilization", "Average"),)),
    Graph("Database connections", "AWS/RDS", DATABASE, (("DatabaseConnections", "Maximum"),)),
    Graph("Database storage", "AWS/RDS", DATABASE, (("FreeStorageSpace", "Minimum"), ("FreeableMemory", "Minimum"))),
    Graph("Database latency", "AWS/RDS", DATABASE, (("ReadLatency", "Average"), ("WriteLatency", "Average"))),
    Graph(
        "Cache",
        "AWS/ElastiCache",
        CACHE,
        (("EngineCPUUtilization", "Average"), ("DatabaseMemoryUsagePercentage", "Average")),
    ),
    Graph("Cache hits", "AWS/ElastiCache", CACHE, (("CacheHits", "Sum"), ("CacheMisses", "Sum"), ("Evictions", "Sum"))),
)


class Dashboard(Stack[Parameters, Outputs]):
    description = "One dashboard over all stacks."

    def __init__(self, prefix: str, partition: Partition) -> None:
        super().__init__()
        self.prefix = prefix
        self.console = CONSOLES[partition]

    def resources(self, given: Parameters) -> Outputs:
        body = {"widgets": [graph.widget(index) for index, graph in enumerate(GRAPHS)]}
        self.add(
            cloudwatch.Dashboard(
                "Dashboard",
                DashboardName=self.prefix,
                DashboardBody=Sub(
                    json.dumps(body, sort_keys=True),
                    LoadBalancer=given.load_balancer_name,
                    TargetGroup=given.target_group_name,
                    Cluster=given.cluster_name,
                    Service=given.service_name,
                    Database=given.database_identifier,
                    Cache=given.cache_id,
                ),
            )
        )
        return Outputs(
            url=Url(
                Sub(
                    f"https://{self.console}/cloudwatch/home?region=${{AWS::Region}}"
                    "#dashboards/dashboard/${Dashboard}"
                )
            )
        )
