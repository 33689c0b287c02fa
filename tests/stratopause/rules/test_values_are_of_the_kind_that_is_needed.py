from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, resource, template
from tests.hostile import hostile

RULE = "E9003"
OTHERS = {
    "Key": resource("KMS::Key"),
    "Alias": resource("KMS::Alias", {"AliasName": "alias/data", "TargetKeyId": {"Ref": "Key"}}),
    "Role": resource("IAM::Role"),
    "Profile": resource("IAM::InstanceProfile", {"Roles": [{"Ref": "Role"}]}),
    "Group": resource("Logs::LogGroup"),
    "Bucket": resource("S3::Bucket"),
    "Topic": resource("SNS::Topic"),
    "Queue": resource("SQS::Queue"),
    "Function": resource("Lambda::Function"),
    "Vpc": resource("EC2::VPC"),
    "Subnet": resource("EC2::Subnet"),
    "Guard": resource("EC2::SecurityGroup"),
    "Address": resource("EC2::EIP"),
    "Internet": resource("EC2::InternetGateway"),
    "Nat": resource("EC2::NatGateway"),
    "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer"),
    "Targets": resource("ElasticLoadBalancingV2::TargetGroup"),
    "Acl": resource("WAFv2::WebACL"),
    "Cluster": resource("ECS::Cluster"),
    "Service": resource("ECS::Service"),
    "Secret": resource("SecretsManager::Secret"),
    "Database": resource("RDS::DBInstance"),
    "Vault": resource("Backup::BackupVault"),
    "Custom": {"Type": "Custom::Thing", "Properties": {}},
    "Kubernetes": resource("EKS::Cluster"),
    "Replica": resource("KMS::ReplicaKey"),
    "Endpoint": resource("Route53Resolver::ResolverEndpoint"),
    "Lattice": resource("VpcLattice::TargetGroup"),
    "Trust": resource("WorkSpacesWeb::TrustStore"),
    "Files": resource("S3Files::FileSystem"),
    "Access": resource("S3::AccessPoint"),
    "Investigations": resource("AIOps::InvestigationGroup"),
    "BucketRules": resource("S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}}),
    "Providers": resource("ECS::ClusterCapacityProviderAssociations", {"Cluster": {"Ref": "Cluster"}}),
    "SecretRules": resource("SecretsManager::ResourcePolicy", {"SecretId": {"Ref": "Secret"}}),
    "Resolver": resource("AppSync::FunctionConfiguration"),
    "Rest": resource("ApiGateway::RestApi"),
    "Memory": resource("MemoryDB::Cluster"),
    "Lake": resource("Timestream::Table"),
    "SamFunction": resource("Serverless::Function"),
    "SamHttp": resource("Serverless::HttpApi"),
    "SamTable": resource("Serverless::SimpleTable"),
}

GROUP_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"


def ref(name: str) -> dict[str, Any]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, attribute]}


def at(type_: str, properties: Body) -> list[tuple[str | int, ...]]:
    """Below the properties, where something is found."""
    problems = found(RULE, forest(platform=template(**OTHERS, Judged=resource(type_, properties))))
    assert all(problem.path[:3] == ("Resources", "Judged", "Properties") for problem in problems)
    return [problem.path[3:] for problem in problems]


WRONG = [
    ("Logs::LogGroup", "KmsKeyId", ref("Key")),
    ("Logs::LogGroup", "KmsKeyId", ref("Alias")),
    ("Logs::LogGroup", "KmsKeyId", "11111111-2222-3333-4444-555555555555"),
    ("Backup::BackupVault", "EncryptionKeyArn", ref("Key")),
    ("Backup::BackupVault", "EncryptionKeyArn", ref("Bucket")),
    ("SQS::Queue", "KmsMasterKeyId", att("Role", "Arn")),
    ("SQS::Queue", "KmsMasterKeyId", "our-key"),
    ("SNS::Topic", "KmsMasterKeyId", {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/data"}),
    ("KMS::Alias", "TargetKeyId", ref("Alias")),
    ("RDS::DBInstance", "KmsKeyId", ref("Topic")),
    ("RDS::DBInstance", "MonitoringRoleArn", ref("Role")),
    ("RDS::DBInstance", "MonitoringRoleArn", "monitor"),
    ("RDS::DBInstance", "MonitoringRoleArn", att("Role", "RoleId")),
    ("Lambda::Function", "Role", ref("Role")),
    ("Lambda::Function", "Role", att("Profile", "Arn")),
    ("EC2::Instance", "IamInstanceProfile", ref("Role")),
    ("EC2::Instance", "IamInstanceProfile", att("Profile", "Arn")),
    ("IAM::InstanceProfile", "Roles", [att("Role", "Arn")]),
    ("CloudTrail::Trail", "CloudWatchLogsLogGroupArn", ref("Group")),
    (
        "CloudTrail::Trail",
        "CloudWatchLogsLogGroupArn",
        {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"},
    ),
    ("CloudTrail::Trail", "CloudWatchLogsLogGroupArn", {"Fn::Sub": "${Group.Arn}:*"}),
    ("CloudTrail::Trail", "S3BucketName", att("Bucket", "Arn")),
    ("EC2::FlowLog", "LogDestination", att("Group", "Arn")),
    ("EC2::FlowLog", "LogDestination", {"Fn::Sub": f"{GROUP_ARN}:*"}),
    ("EC2::FlowLog", "LogDestination", {"Fn::Sub": "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:topic"}),
    ("EC2::FlowLog", "LogDestination", ref("Group")),
    ("EC2::FlowLog", "LogGroupName", att("Group", "Arn")),
    ("WAFv2::LoggingConfiguration", "LogDestinationConfigs", [att("Group", "Arn")]),
    ("WAFv2::WebACLAssociation", "ResourceArn", ref("Targets")),
    ("WAFv2::WebACLAssociation", "WebACLArn", ref("Acl")),
    ("EC2::RouteTable", "VpcId", ref("Subnet")),
    ("EC2::RouteTable", "VpcId", "subnet-0123456789abcdef0"),
    ("EC2::RouteTable", "VpcId", att("Vpc", "CidrBlock")),
    ("EC2::Route", "GatewayId", ref("Nat")),
    ("EC2::Route", "NatGatewayId", ref("Internet")),
    ("EC2::NatGateway", "AllocationId", ref("Address")),
    ("RDS::DBSubnetGroup", "SubnetIds", [ref("Subnet"), ref("Guard")]),
    ("Lambda::EventSourceMapping", "EventSourceArn", ref("Queue")),
    ("SQS::QueuePolicy", "Queues", [att("Queue", "Arn")]),
    ("SNS::TopicPolicy", "Topics", [att("Topic", "TopicName")]),
    ("CloudWatch::Alarm", "AlarmActions", [att("Topic", "TopicName")]),
    ("CloudWatch::Alarm", "AlarmActions", [ref("Function")]),
    ("ElasticLoadBalancingV2::Listener", "LoadBalancerArn", ref("Targets")),
    ("ElasticLoadBalancingV2::Listener", "LoadBalancerArn", att("Balancer", "LoadBalancerFullName")),
    ("SecretsManager::SecretTargetAttachment", "TargetId", ref("Secret")),
    ("Lambda::Permission", "SourceArn", ref("Bucket")),
    ("ApplicationAutoScaling::ScalableTarget", "ResourceId", {"Fn::Sub": "service/${Cluster}/${Service}"}),
    ("RDS::EventSubscription", "SourceIds", [att("Database", "DBInstanceArn")]),
    ("Lambda::Permission", "FunctionName", ref("SamTable")),
    ("SNS::Topic", "KmsMasterKeyId", att("SamFunction", "Arn")),
    ("DataZone::Domain", "KmsKeyIdentifier", ref("Key")),
    ("NeptuneGraph::Graph", "KmsKeyIdentifier", ref("Alias")),
    ("APS::Workspace", "KmsKeyArn", {"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:alias/data"}),
    (
        "Cognito::LogDeliveryConfiguration",
        "LogConfigurations",
        [{"CloudWatchLogsConfiguration": {"LogGroupArn": att("Group", "Arn")}}],
    ),
    ("BackupGateway::Hypervisor", "LogGroupArn", {"Fn::Sub": GROUP_ARN}),
    ("ECS::Service", "VpcLatticeConfigurations", [{"TargetGroupArn": ref("Targets")}]),
    ("EC2::RouteTable", "VpcId", att("Kubernetes", "ClusterSecurityGroupId")),
    ("ApiGatewayV2::Route", "ApiId", ref("Rest")),
    ("Lambda::Permission", "FunctionName", att("Resolver", "FunctionArn")),
]


@pytest.mark.parametrize(("type_", "name", "value"), WRONG)
def test_a_value_of_the_wrong_kind_is_found_where_it_arrives(type_: str, name: str, value: Any) -> None:
    (path,) = at(type_, {name: value})
    assert path[0] == name


RIGHT = [
    ("Logs::LogGroup", "KmsKeyId", att("Key", "Arn")),
    (
        "Logs::LogGroup",
        "KmsKeyId",
        {"Fn::Sub": "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}"},
    ),
    ("Logs::LogGroup", "KmsKeyId", {"Fn::ImportValue": "key"}),
    ("Logs::LogGroup", "KmsKeyId", "{{resolve:ssm:key}}"),
    ("Logs::LogGroup", "KmsKeyId", att("Custom", "Key")),
    ("SQS::Queue", "KmsMasterKeyId", ref("Key")),
    ("SQS::Queue", "KmsMasterKeyId", ref("Alias")),
    ("SQS::Queue", "KmsMasterKeyId", "alias/aws/sqs"),
    ("SQS::Queue", "KmsMasterKeyId", att("Key", "KeyId")),
    ("RDS::DBInstance", "KmsKeyId", "mrk-0123456789abcdef0123456789abcdef"),
    ("RDS::DBInstance", "DBSubnetGroupName", "made-elsewhere"),
    ("Lambda::Function", "KmsKeyArn", ""),
    ("Lambda::Function", "Role", {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Role}"}),
    ("EC2::Instance", "IamInstanceProfile", ref("Profile")),
    ("IAM::InstanceProfile", "Roles", [ref("Role")]),
    ("IAM::Role", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"]),
    ("CloudTrail::Trail", "CloudWatchLogsLogGroupArn", att("Group", "Arn")),
    ("CloudTrail::Trail", "CloudWatchLogsLogGroupArn", {"Fn::Sub": f"{GROUP_ARN}:*"}),
    ("CloudTrail::Trail", "CloudWatchLogsLogGroupArn", {"Fn::Join": ["", ["arn:", {"Fn::ImportValue": "rest"}]]}),
    ("CloudTrail::Trail", "S3BucketName", ref("Bucket")),
    ("CloudTrail::Trail", "KMSKeyId", ref("Key")),
    ("EC2::FlowLog", "LogDestination", {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"}),
    ("EC2::FlowLog", "LogDestination", {"Fn::Sub": "${Bucket.Arn}/flows"}),
    ("WAFv2::LoggingConfiguration", "ResourceArn", att("Acl", "Arn")),
    ("WAFv2::WebACLAssociation", "ResourceArn", ref("Balancer")),
    (
        "WAFv2::WebACLAssociation",
        "ResourceArn",
        {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/a/stages/b"},
    ),
    ("EC2::RouteTable", "VpcId", att("Vpc", "VpcId")),
    ("EC2::RouteTable", "VpcId", att("Subnet", "VpcId")),
    ("EC2::RouteTable", "VpcId", "vpc-0123456789abcdef0"),
    ("EC2::SecurityGroupIngress", "GroupId", att("Vpc", "DefaultSecurityGroup")),
    ("EC2::SecurityGroupIngress", "GroupId", att("Guard", "GroupId")),
    ("EC2::Route", "GatewayId", ref("Internet")),
    ("EC2::NatGateway", "AllocationId", att("Address", "AllocationId")),
    ("CloudWatch::Alarm", "AlarmActions", [ref("Topic"), "arn:aws:automate:eu-central-1:ec2:recover"]),
    ("ApiGateway::Stage", "AccessLogSetting", {"DestinationArn": att("Group", "Arn")}),
    ("Events::Rule", "Targets", [{"Id": "a", "Arn": att("Group", "Arn")}]),
    ("RDS::DBProxy", "Auth", [{"SecretArn": att("Database", "MasterUserSecret.SecretArn")}]),
    ("Lambda::Permission", "SourceArn", "*"),
    ("SNS::Topic", "KmsMasterKeyId", "aws/sns"),
    ("SecretsManager::RotationSchedule", "HostedRotationLambda", {"VpcSubnetIds": "subnet-12345678,subnet-87654321"}),
    ("ApiGateway::UsagePlan", "ApiStages", [{"ApiId": ref("Rest"), "Stage": "live"}]),
    ("ApiGatewayV2::ApiMapping", "ApiId", ref("Rest")),
    ("Lambda::EventSourceMapping", "DestinationConfig", {"OnFailure": {"Destination": "kafka://failed"}}),
    ("DataSync::LocationS3", "S3BucketArn", att("Access", "Arn")),
    ("SecretsManager::SecretTargetAttachment", "TargetId", att("Database", "DBInstanceArn")),
    ("Lambda::Function", "VpcConfig", {"SecurityGroupIds": [att("Kubernetes", "ClusterSecurityGroupId")]}),
    ("RDS::DBInstance", "KmsKeyId", att("Replica", "KeyId")),
    ("EC2::Route", "NetworkInterfaceId", att("Nat", "EniId")),
    ("EC2::RouteTable", "VpcId", att("Endpoint", "HostVPCId")),
    ("ECS::Service", "VpcLatticeConfigurations", [{"TargetGroupArn": att("Lattice", "Arn")}]),
    ("WorkSpacesWeb::Portal", "TrustStoreArn", att("Trust", "TrustStoreArn")),
    ("S3Files::MountTarget", "FileSystemId", ref("Files")),
    ("Lambda::Function", "Code", {"S3Bucket": att("Access", "Alias")}),
    ("CloudWatch::Alarm", "AlarmActions", [att("Investigations", "Arn")]),
    ("CloudTrail::Trail", "S3BucketName", ref("BucketRules")),
    ("ECS::Service", "Cluster", ref("Providers")),
    ("SecretsManager::RotationSchedule", "SecretId", ref("SecretRules")),
    ("ECS::DaemonTaskDefinition", "TaskRoleArn", ref("Role")),
    ("EKS::Cluster", "EncryptionConfig", [{"Provider": {"KeyArn": ref("Alias")}}]),
    ("Lambda::LayerVersionPermission", "LayerVersionArn", "shared"),
    ("Lambda::Permission", "FunctionName", att("SamFunction", "Arn")),
    ("Lambda::Permission", "FunctionName", ref("SamFunction")),
    ("ApiGatewayV2::Route", "ApiId", ref("SamHttp")),
    *(
        ("CloudWatch::Alarm", "Metrics", [{"MetricStat": {"Metric": {"Namespace": of, "Dimensions": [dimension]}}}])
        for of, dimension in (
            ("AWS/MemoryDB", {"Name": "ClusterName", "Value": ref("Memory")}),
            ("AWS/Timestream", {"Name": "TableName", "Value": att("Lake", "Name")}),
            ("AWS/VpcLattice", {"Name": "TargetGroup", "Value": att("Lattice", "Id")}),
        )
    ),
    ("ECS::TaskDefinition", "ExecutionRoleArn", ref("Role")),
    ("ECS::TaskDefinition", "TaskRoleArn", ref("Role")),
    ("SSM::MaintenanceWindowTask", "TaskArn", "AWS-ConfigureAWSPackage"),
    ("SSM::MaintenanceWindowTask", "TaskArn", att("Function", "Arn")),
    ("Route53::RecordSet", "AliasTarget", {"HostedZoneId": att("Balancer", "CanonicalHostedZoneID")}),
    ("ApplicationAutoScaling::ScalableTarget", "ResourceId", {"Fn::Sub": "service/${Cluster}/${Service.Name}"}),
]


@pytest.mark.parametrize(("type_", "name", "value"), RIGHT)
def test_a_value_of_the_right_kind_or_that_is_not_known_is_fine(type_: str, name: str, value: Any) -> None:
    assert not at(type_, {name: value})


@pytest.mark.parametrize(
    ("dimension", "wrong", "right"),
    [
        ("LoadBalancer", ref("Balancer"), att("Balancer", "LoadBalancerFullName")),
        ("TargetGroup", ref("Targets"), att("Targets", "TargetGroupFullName")),
        ("ServiceName", ref("Service"), att("Service", "Name")),
        ("QueueName", ref("Queue"), att("Queue", "QueueName")),
        ("DBInstanceIdentifier", att("Database", "DBInstanceArn"), ref("Database")),
    ],
)
def test_a_dimension_names_what_the_metric_is_of(dimension: str, wrong: Any, right: Any) -> None:
    def alarm(value: Any, namespace: str = "AWS/Any") -> Body:
        return {"Namespace": namespace, "Dimensions": [{"Name": dimension, "Value": value}]}

    assert at("CloudWatch::Alarm", alarm(wrong)) == [("Dimensions", 0, "Value")]
    assert not at("CloudWatch::Alarm", alarm(right))
    assert not at("CloudWatch::Alarm", alarm(wrong, "Ours"))


def test_what_stands_beside_says_what_is_needed() -> None:
    def attributes(bucket: Any) -> Body:
        return {"LoadBalancerAttributes": [{"Key": "access_logs.s3.bucket", "Value": bucket}]}

    assert at("ElasticLoadBalancingV2::LoadBalancer", attributes(att("Bucket", "Arn")))
    assert not at("ElasticLoadBalancingV2::LoadBalancer", attributes(ref("Bucket")))
    assert at("SNS::Subscription", {"Protocol": "sqs", "Endpoint": ref("Queue")}) == [("Endpoint",)]
    assert not at("SNS::Subscription", {"Protocol": "email", "Endpoint": "us@example.org"})
    assert at("EC2::FlowLog", {"ResourceType": "VPC", "ResourceId": ref("Subnet")}) == [("ResourceId",)]


def test_a_value_is_followed_through_stacks() -> None:
    keys = {**template(Key=resource("KMS::Key")), "Outputs": {"Key": {"Value": ref("Key")}}}
    logs = template(Logs=resource("Logs::LogGroup", {"KmsKeyId": ref("Key")})) | {"Parameters": {"Key": {}}}
    middle = template(Inner=nested("logs.json", Key=ref("Key"))) | {"Parameters": {"Key": {}}}
    root = template(Keys=nested("keys.json"), Middle=nested("middle.json", Key=att("Keys", "Outputs.Key")))
    (problem,) = found(RULE, forest(platform=root, keys=keys, middle=middle, logs=logs))
    assert (problem.file, problem.path) == ("logs.json", ("Resources", "Logs", "Properties", "KmsKeyId"))
    assert problem.message == (
        "Middle/Inner/Logs (Logs::LogGroup) gets the id of Keys/Key (KMS::Key) as KmsKeyId, "
        "but needs its ARN, which GetAtt Arn gives"
    )


def test_what_a_parameter_of_systems_manager_holds_is_not_known() -> None:
    child = template(Table=resource("EC2::RouteTable", {"VpcId": ref("Vpc")}))
    child["Parameters"] = {"Vpc": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>"}}
    assert not found(RULE, forest(platform=template(Net=nested("net.json", Vpc="/network/vpc")), net=child))


@pytest.mark.parametrize(
    ("type_", "name", "value", "message"),
    [
        ("CloudTrail::Trail", "S3BucketName", att("Bucket", "Arn"), "but needs its name, which Ref gives"),
        ("EC2::FlowLog", "LogDestination", att("Group", "Arn"), "but needs its ARN without :*, composed of its name"),
        ("Lambda::Permission", "SourceArn", ref("Bucket"), "but needs an ARN, which GetAtt Arn gives"),
        ("EC2::Route", "GatewayId", ref("Nat"), "but needs the id of an EC2::InternetGateway or an EC2::VPNGateway"),
        ("RDS::EventSubscription", "SourceIds", [att("Database", "DBInstanceArn")], "but needs a name or an id"),
    ],
)
def test_a_message_says_what_to_write_instead(type_: str, name: str, value: Any, message: str) -> None:
    (problem,) = found(RULE, forest(platform=template(**OTHERS, Judged=resource(type_, {name: value}))))
    assert problem.message.endswith(message)


def test_what_a_scenario_chose_is_not_judged() -> None:
    body = template(Queue=resource("SQS::Queue", {"KmsMasterKeyId": {"Fn::If": ["Own", ref("Key"), "alias/aws/sqs"]}}))
    body["Parameters"] = {"Key": {"Type": "String", "Default": ""}}
    body["Conditions"] = {"Own": {"Fn::Not": [{"Fn::Equals": [ref("Key"), ""]}]}}
    assert not found(RULE, forest(platform=body))


def test_a_default_that_says_that_there_is_none_is_left_to_whom_fills_it_in() -> None:
    def group(default: str, given: Any) -> Body:
        body = template(In=resource("EC2::SecurityGroupIngress", {"GroupId": given}, Condition="Shared"))
        body["Parameters"] = {"Group": {"Type": "String", "Default": default}, "Shared": {"Default": "yes"}}
        return body | {"Conditions": {"Shared": {"Fn::Equals": [ref("Shared"), "yes"]}}}

    assert not found(RULE, forest(platform=group("NA", ref("Group"))))
    assert found(RULE, forest(platform=group("guard", ref("Group"))))
    assert found(RULE, forest(platform=group("guard", "NA")))


def test_values_of_any_type_are_taken() -> None:
    judged = {
        "A": resource(
            "CloudWatch::Alarm", {"Namespace": "AWS/A", "Dimensions": [{"Name": "LoadBalancer", "Value": "a"}]}
        ),
        "F": resource("EC2::FlowLog", {"ResourceType": "VPC", "ResourceId": "vpc", "LogDestination": "a"}),
        "S": resource("ApplicationAutoScaling::ScalableTarget", {"ResourceId": "service/a/b"}),
    }
    for changed in hostile(template(**judged)):
        found(RULE, forest(platform=changed))
