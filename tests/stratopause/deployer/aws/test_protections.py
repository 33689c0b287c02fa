from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.protections import AwsProtections
from stratopause.deployer.stacks import StackResource
from stratopause.deployer.status import ResourceStatus
from stratopause.deployer.target import LOCAL_ACCOUNT, Target

TARGET = Target("clinic", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url="http://127.0.0.1:9")


def resource(kind: str, physical_id: str = "id", status: str = "CREATE_COMPLETE") -> StackResource:
    return StackResource("A", physical_id, kind, ResourceStatus(status), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("kind", "service", "operation", "asked"),
    [
        (
            "AWS::RDS::DBInstance",
            "rds",
            "modify_db_instance",
            {"DBInstanceIdentifier": "id", "DeletionProtection": False, "ApplyImmediately": True},
        ),
        (
            "AWS::RDS::DBCluster",
            "rds",
            "modify_db_cluster",
            {"DBClusterIdentifier": "id", "DeletionProtection": False, "ApplyImmediately": True},
        ),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "elbv2",
            "modify_load_balancer_attributes",
            {"LoadBalancerArn": "id", "Attributes": [{"Key": "deletion_protection.enabled", "Value": "false"}]},
        ),
    ],
)
def test_protection_is_lifted_by_the_service_of_the_resource(
    kind: str, service: str, operation: str, asked: dict[str, Any]
) -> None:
    aws = Aws(TARGET)
    protections = AwsProtections(aws)
    assert protections.guards(resource(kind))
    with Stubber(aws.client(service)) as stub:
        stub.add_response(operation, {}, asked)
        protections.lift(resource(kind))
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    "harmless",
    [
        resource("AWS::S3::Bucket"),
        resource("AWS::RDS::DBInstance", physical_id=""),
        resource("AWS::RDS::DBInstance", status="DELETE_COMPLETE"),
    ],
)
def test_what_cannot_refuse_its_deletion_or_is_gone_is_left_alone(harmless: StackResource) -> None:
    assert not AwsProtections(Aws(TARGET)).guards(harmless)
