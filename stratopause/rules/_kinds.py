"""What a value is: of which type of resource, and in which form (its ARN, its id, its name…).

What `Ref` and `Fn::GetAtt` return stands on each type's page, "Return values":
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from stratopause.rules._kind_needs import needed
from stratopause.tree.model import Resource, Tree
from stratopause.tree.text import BEGIN, END, is_known, referred, shown

ARN: Final = "ARN"
STARRED: Final = "ARN with :*"
TEXT: Final = "text"
ATTRIBUTE: Final = "other attribute"


class Kind(NamedTuple):
    """`what` is a type without `AWS::`; empty where any may be meant. `form` is empty where it isn't known."""

    what: str
    form: str

    def __str__(self) -> str:
        if self.form == TEXT:
            return "no ARN"
        if self.form == ATTRIBUTE:
            return f"another attribute of {_with_article(self.what)}"
        if not self.what:
            return _with_article(self.form or "value")
        return f"the {self.form or 'reference'} of {_with_article(self.what)}"


def _with_article(word: str) -> str:
    # KMS, SNS, S3, RDS… are spelled out, so they begin with the sound of their first letter.
    spelled = word.partition(":")[0].isupper()
    return f"{'an' if word[:1] in ('AEFHILMNORSX' if spelled else 'AEIaei') else 'a'} {word}"


# What `Ref` returns, by its form.
_REFS: Final = {
    "id": """
        AmazonMQ::Broker AmazonMQ::Configuration ApiGateway::ApiKey ApiGateway::Authorizer ApiGateway::Resource
        ApiGateway::RestApi ApiGateway::UsagePlan ApiGateway::VpcLink ApiGatewayV2::Api ApiGatewayV2::Authorizer
        ApiGatewayV2::Integration ApiGatewayV2::Route ApiGatewayV2::VpcLink Backup::BackupPlan
        CloudFront::CachePolicy CloudFront::CloudFrontOriginAccessIdentity CloudFront::Distribution
        CloudFront::OriginAccessControl CloudFront::OriginRequestPolicy CloudFront::ResponseHeadersPolicy
        Cognito::IdentityPool Cognito::UserPool Cognito::UserPoolClient EC2::ClientVpnEndpoint EC2::CustomerGateway
        EC2::DHCPOptions EC2::EgressOnlyInternetGateway EC2::FlowLog EC2::Instance EC2::InternetGateway
        EC2::LaunchTemplate EC2::NatGateway EC2::NetworkAcl EC2::NetworkInterface EC2::PrefixList EC2::RouteTable
        EC2::SecurityGroup EC2::Subnet EC2::TransitGateway EC2::TransitGatewayRouteTable EC2::VPC EC2::VPCEndpoint
        EC2::VPCEndpointService EC2::VPCPeeringConnection EC2::VPNConnection EC2::VPNGateway EC2::Volume
        EFS::AccessPoint EFS::FileSystem EFS::MountTarget EMR::Cluster ElastiCache::ReplicationGroup ElastiCache::User
        ElastiCache::UserGroup FSx::FileSystem GuardDuty::Detector IAM::AccessKey KMS::Key KMS::ReplicaKey
        Route53::DNSSEC Route53::HealthCheck Route53::HostedZone Route53Resolver::ResolverEndpoint
        Route53Resolver::ResolverRule
        ServiceDiscovery::HttpNamespace ServiceDiscovery::PrivateDnsNamespace ServiceDiscovery::PublicDnsNamespace
        ServiceDiscovery::Service
        """,
    "name": """
        ApiGateway::DomainName ApiGateway::Stage ApiGatewayV2::DomainName ApiGatewayV2::Stage Athena::WorkGroup
        AutoScaling::AutoScalingGroup AutoScaling::LaunchConfiguration AutoScaling::WarmPool Backup::BackupVault
        Backup::LogicallyAirGappedBackupVault CloudTrail::Trail CloudWatch::Alarm CloudWatch::CompositeAlarm
        CloudWatch::Dashboard CodeBuild::Project CodeDeploy::Application CodePipeline::Pipeline Config::ConfigRule
        Config::ConfigurationRecorder Config::DeliveryChannel DAX::Cluster DAX::ParameterGroup DAX::SubnetGroup
        DocDB::DBCluster DocDB::DBClusterParameterGroup DocDB::DBInstance DocDB::DBSubnetGroup DynamoDB::GlobalTable
        DynamoDB::Table EC2::KeyPair EC2::PlacementGroup ECR::Repository ECS::CapacityProvider ECS::Cluster
        ECS::ClusterCapacityProviderAssociations
        EKS::Cluster ElastiCache::CacheCluster ElastiCache::ParameterGroup ElastiCache::ServerlessCache
        ElastiCache::SubnetGroup ElasticLoadBalancing::LoadBalancer Elasticsearch::Domain Events::EventBus
        Events::Rule Glue::Crawler Glue::Database Glue::Job IAM::Group IAM::InstanceProfile IAM::Role
        IAM::ServiceLinkedRole IAM::User KMS::Alias Kinesis::Stream KinesisFirehose::DeliveryStream Lambda::Function
        Logs::LogGroup Logs::LogStream MWAA::Environment MemoryDB::ACL MemoryDB::Cluster MemoryDB::ParameterGroup
        MemoryDB::SubnetGroup MemoryDB::User Neptune::DBCluster Neptune::DBClusterParameterGroup Neptune::DBInstance
        Neptune::DBParameterGroup Neptune::DBSubnetGroup OpenSearchService::Domain RDS::DBCluster
        RDS::DBClusterParameterGroup RDS::DBInstance RDS::DBParameterGroup RDS::DBProxy RDS::DBSubnetGroup
        RDS::EventSubscription RDS::GlobalCluster RDS::OptionGroup Redshift::Cluster Redshift::ClusterParameterGroup
        Redshift::ClusterSubnetGroup Route53::RecordSet S3::AccessPoint S3::Bucket S3::BucketPolicy SSM::Document
        SSM::Parameter
        """,
    ARN: """
        AppSync::GraphQLApi AutoScaling::ScalingPolicy ApplicationAutoScaling::ScalingPolicy Batch::ComputeEnvironment
        Batch::JobQueue CertificateManager::Certificate CloudFront::Function
        DMS::Certificate DMS::Endpoint ECS::Service ECS::TaskDefinition ElasticLoadBalancingV2::Listener
        ElasticLoadBalancingV2::ListenerRule ElasticLoadBalancingV2::LoadBalancer ElasticLoadBalancingV2::TargetGroup
        ElasticLoadBalancingV2::TrustStore GlobalAccelerator::Accelerator GlobalAccelerator::Listener
        IAM::ManagedPolicy IAM::OIDCProvider IAM::SAMLProvider Kinesis::StreamConsumer Lambda::Alias
        Lambda::CodeSigningConfig Lambda::LayerVersion Lambda::Version MSK::Cluster MSK::Configuration
        MSK::ServerlessCluster NetworkFirewall::Firewall NetworkFirewall::FirewallPolicy NetworkFirewall::RuleGroup
        SNS::Subscription SNS::Topic SNS::TopicInlinePolicy SecretsManager::ResourcePolicy
        SecretsManager::RotationSchedule SecretsManager::Secret SecretsManager::SecretTargetAttachment
        StepFunctions::Activity StepFunctions::StateMachine StepFunctions::StateMachineAlias
        StepFunctions::StateMachineVersion WAFv2::LoggingConfiguration
        """,
    "URL": "SQS::Queue",
    "address": "EC2::EIP",
    "name, id and scope": "WAFv2::IPSet WAFv2::RegexPatternSet WAFv2::RuleGroup WAFv2::WebACL",
}
_REF: Final = {what: form for form, types in _REFS.items() for what in types.split()}

# What SAM makes of its types; a reference to one is a reference to what is made.
# https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
_MADE: Final = {
    "Serverless::Api": "ApiGateway::RestApi",
    "Serverless::Function": "Lambda::Function",
    "Serverless::HttpApi": "ApiGatewayV2::Api",
    "Serverless::LayerVersion": "Lambda::LayerVersion",
    "Serverless::SimpleTable": "DynamoDB::Table",
    "Serverless::StateMachine": "StepFunctions::StateMachine",
}

# Types that stand in for another, or whose reference is that of what they are of.
_SAME: Final = {
    "AutoScaling::WarmPool": "AutoScaling::AutoScalingGroup",
    "Backup::LogicallyAirGappedBackupVault": "Backup::BackupVault",
    "DynamoDB::GlobalTable": "DynamoDB::Table",
    "ECS::ClusterCapacityProviderAssociations": "ECS::Cluster",
    "IAM::ServiceLinkedRole": "IAM::Role",
    "KMS::ReplicaKey": "KMS::Key",
    "Lambda::Alias": "Lambda::Function",
    "Lambda::Url": "Lambda::Function",
    "Lambda::Version": "Lambda::Function",
    "Route53::DNSSEC": "Route53::HostedZone",
    "S3::BucketPolicy": "S3::Bucket",
    "SNS::TopicInlinePolicy": "SNS::Topic",
    "SQS::QueueInlinePolicy": "SQS::Queue",
    "SecretsManager::ResourcePolicy": "SecretsManager::Secret",
    "SecretsManager::RotationSchedule": "SecretsManager::Secret",
    "SecretsManager::SecretTargetAttachment": "SecretsManager::Secret",
    "WAFv2::LoggingConfiguration": "WAFv2::WebACL",
}

# Attributes whose names don't say what they are: of which type and in which form.
_ATTRIBUTES: Final = {
    ("AmazonMQ::Broker", "ConfigurationId"): Kind("AmazonMQ::Configuration", "id"),
    ("ApiGateway::RestApi", "RootResourceId"): Kind("ApiGateway::Resource", "id"),
    ("AppSync::Api", "ApiId"): Kind("AppSync::Api", "api id"),
    ("AppSync::FunctionConfiguration", "FunctionArn"): Kind("AppSync::FunctionConfiguration", ARN),
    ("AppSync::GraphQLApi", "ApiId"): Kind("AppSync::GraphQLApi", "api id"),
    ("EC2::EIP", "AllocationId"): Kind("EC2::EIP", "allocation id"),
    ("EC2::NatGateway", "EniId"): Kind("EC2::NetworkInterface", "id"),
    ("EC2::VPC", "DefaultSecurityGroup"): Kind("EC2::SecurityGroup", "id"),
    ("EC2::VPC", "DefaultNetworkAcl"): Kind("EC2::NetworkAcl", "id"),
    ("EKS::Cluster", "ClusterSecurityGroupId"): Kind("EC2::SecurityGroup", "id"),
    ("EKS::Cluster", "EncryptionConfigKeyArn"): Kind("KMS::Key", ARN),
    ("ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"): Kind(
        "ElasticLoadBalancingV2::LoadBalancer", "full name"
    ),
    ("ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName"): Kind(
        "ElasticLoadBalancingV2::TargetGroup", "full name"
    ),
    ("FSx::FileSystem", "RootVolumeId"): Kind("FSx::Volume", "id"),
    ("IAM::ManagedPolicy", "PolicyArn"): Kind("IAM::ManagedPolicy", ARN),
    ("IAM::Role", "RoleId"): Kind("IAM::Role", "unique id"),
    ("Lambda::Version", "FunctionArn"): Kind("Lambda::Function", ARN),
    ("Logs::LogGroup", "Arn"): Kind("Logs::LogGroup", STARRED),
    ("MediaLive::Input", "SecurityGroups"): Kind("MediaLive::InputSecurityGroup", "id"),
    ("Route53Resolver::ResolverEndpoint", "HostVPCId"): Kind("EC2::VPC", "id"),
    # It takes a bucket's place: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html
    ("S3::AccessPoint", "Alias"): Kind("", ""),
    ("S3::AccessPoint", "Bucket"): Kind("S3::Bucket", "name"),
    **{
        (f"SecretsManager::{of}", "Id"): Kind("SecretsManager::Secret", ARN)
        for of in ("ResourcePolicy", "RotationSchedule", "Secret", "SecretTargetAttachment")
    },
    ("SQS::Queue", "QueueUrl"): Kind("SQS::Queue", "URL"),
    ("SSM::Parameter", "Value"): Kind("", ""),
}

# The attribute that gives a form, where a reference gives another.
_WAYS: Final = {
    ("Arn", ARN): """
        CloudTrail::Trail CloudWatch::Alarm Cognito::UserPool DynamoDB::Table ECR::Repository ECS::Cluster
        EFS::AccessPoint EFS::FileSystem EKS::Cluster Events::EventBus Events::Rule IAM::Group IAM::InstanceProfile
        IAM::Role IAM::User KMS::Key KMS::ReplicaKey Kinesis::Stream KinesisFirehose::DeliveryStream Lambda::Function
        S3::Bucket SQS::Queue WAFv2::WebACL
        """,
    ("Arn", STARRED): "Logs::LogGroup",
    ("AllocationId", "allocation id"): "EC2::EIP",
    ("BackupVaultArn", ARN): "Backup::BackupVault",
    ("DBClusterArn", ARN): "RDS::DBCluster",
    ("DBInstanceArn", ARN): "RDS::DBInstance",
    ("LoadBalancerFullName", "full name"): "ElasticLoadBalancingV2::LoadBalancer",
    ("Name", "name"): "ECS::Service StepFunctions::StateMachine",
    ("QueueName", "name"): "SQS::Queue",
    ("TargetGroupFullName", "full name"): "ElasticLoadBalancingV2::TargetGroup",
    ("TopicName", "name"): "SNS::Topic",
}
_WAY: Final = {(what, form): attribute for (attribute, form), types in _WAYS.items() for what in types.split()}


def of_attribute(type_: str, attribute: str) -> tuple[Kind, ...]:
    """What an attribute may be; a `Ref` has none. Nothing is known of custom resources and what others registered."""
    what = type_.removeprefix("AWS::")
    if what == type_ or what.startswith("CloudFormation::"):
        return ()
    what = _MADE.get(what, what)
    if (what, attribute) in _ATTRIBUTES:
        return (_ATTRIBUTES[what, attribute],)
    same = _SAME.get(what, what)
    if not attribute:
        return (Kind(same, _REF.get(what, "")),)
    own = _own(what, attribute) or _own(same, attribute)
    return (Kind(same, own),) if own else _other(what, attribute)


def _own(what: str, attribute: str) -> str:
    """The form, if an attribute is the resource's own ARN, id or name: `Arn`, `TopicArn`, `Id`, `VpcId`, `Name`…"""
    name, lowered = what.rpartition("::")[2].lower(), attribute.lower()
    for end, form in (("arn", ARN), ("id", "id"), ("name", "name")):
        # The last words of the type's name, such as the target group of `DBProxyTargetGroup`.
        if lowered.endswith(end) and name.endswith(lowered.removeprefix(f"{name}.").removesuffix(end)):
            return form
    return ""


def _other(what: str, attribute: str) -> tuple[Kind, ...]:
    last = attribute.rpartition(".")[2]
    if found := needed(what, attribute):
        return kinds(found)
    if last.endswith(("Arn", "ARN")):
        return (Kind("", ARN),)
    return (Kind(what, ATTRIBUTE),) if what in _REF else ()


def kinds(written: tuple[str, ...]) -> tuple[Kind, ...]:
    """As the tables of needs write them: `KMS::Key ARN`, `EC2::Subnet id`, `* ARN`."""
    return tuple(_kind(one) for one in written)


def _kind(written: str) -> Kind:
    what, _, form = written.partition(" ")
    return Kind("" if what == "*" else what, form)


# A part of an ARN: the names of tokens have colons, too.
_PART: Final = re.compile(f"(?:^|(?<=:))(?:{BEGIN}[^{END}]*{END}|[^:{BEGIN}])*(?=:|$)")

# What an ARN's service and the beginning of its last part say. https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_ARNS: Final = (
    ("acm", "certificate/", "CertificateManager::Certificate"),
    ("backup", "backup-vault:", "Backup::BackupVault"),
    ("cognito-idp", "userpool/", "Cognito::UserPool"),
    ("dynamodb", "table/", "DynamoDB::Table"),
    ("ec2", "subnet/", "EC2::Subnet"),
    ("ec2", "security-group/", "EC2::SecurityGroup"),
    ("ec2", "vpc/", "EC2::VPC"),
    ("ecs", "cluster/", "ECS::Cluster"),
    ("ecs", "service/", "ECS::Service"),
    ("ecs", "task-definition/", "ECS::TaskDefinition"),
    ("elasticloadbalancing", "targetgroup/", "ElasticLoadBalancingV2::TargetGroup"),
    ("elasticloadbalancing", "listener/", "ElasticLoadBalancingV2::Listener"),
    ("elasticloadbalancing", "loadbalancer/", "ElasticLoadBalancingV2::LoadBalancer"),
    ("firehose", "deliverystream/", "KinesisFirehose::DeliveryStream"),
    ("iam", "role/", "IAM::Role"),
    ("iam", "policy/", "IAM::ManagedPolicy"),
    ("iam", "instance-profile/", "IAM::InstanceProfile"),
    ("iam", "user/", "IAM::User"),
    ("kinesis", "stream/", "Kinesis::Stream"),
    ("kms", "key/", "KMS::Key"),
    ("kms", "alias/", "KMS::Alias"),
    ("lambda", "function:", "Lambda::Function"),
    ("logs", "log-group:", "Logs::LogGroup"),
    ("secretsmanager", "secret:", "SecretsManager::Secret"),
    ("sns", "", "SNS::Topic"),
    ("sqs", "", "SQS::Queue"),
    ("ssm", "parameter/", "SSM::Parameter"),
    ("states", "stateMachine:", "StepFunctions::StateMachine"),
)

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
_IDS: Final = {
    "acl": "EC2::NetworkAcl",
    "eni": "EC2::NetworkInterface",
    "i": "EC2::Instance",
    "igw": "EC2::InternetGateway",
    "lt": "EC2::LaunchTemplate",
    "nat": "EC2::NatGateway",
    "pl": "EC2::PrefixList",
    "rtb": "EC2::RouteTable",
    "sg": "EC2::SecurityGroup",
    "subnet": "EC2::Subnet",
    "tgw": "EC2::TransitGateway",
    "vol": "EC2::Volume",
    "vpc": "EC2::VPC",
    "vpce": "EC2::VPCEndpoint",
}
_ID: Final = re.compile(r"([a-z]+)-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_WITH_PREFIX: Final = frozenset(_IDS.values())

# A key's own id, a multi-Region key's, or what stands for a key of AWS, such as AWS_OWNED_KMS_KEY or aws/sns.
_KEY_ID: Final = re.compile(r"(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})|[A-Z_]+|aws/[\w/-]+")


def of_value(tree: Tree, value: str) -> tuple[Kind, ...]:
    """What a resolved value may be; nothing if that can't be known."""
    if not value or "{{resolve:" in value:
        return ()
    if referred(value):
        found = tree.referred(value)
        return of_attribute(found[0].type, found[1]) if found else ()
    return _of_text(tree, value)


def _of_text(tree: Tree, text: str) -> tuple[Kind, ...]:
    if text.startswith("arn:"):
        return (_of_arn(text),)
    if text.startswith(BEGIN):
        return _of_composed(tree, text)
    if (match := _ID.fullmatch(text)) and match[1] in _IDS:
        return (Kind(_IDS[match[1]], "id"),)
    return (Kind("", TEXT),)


def _of_arn(arn: str) -> Kind:
    parts = _PART.findall(arn)
    service, rest = (parts[2], arn.removeprefix(":".join(parts[:5]) + ":")) if len(parts) > 5 else ("", "")
    for of, begin, what in _ARNS:
        if service == of and rest.startswith(begin):
            return Kind(what, _form_of_arn(what, rest))
    return Kind("", ARN if is_known(arn) else "")


def _form_of_arn(what: str, rest: str) -> str:
    if what != "Logs::LogGroup":
        return ARN
    if rest.endswith(":*"):
        return STARRED
    # What isn't known may end in anything.
    return "" if rest.endswith(END) and rest.rpartition(BEGIN)[2].startswith("?") else ARN


def _of_composed(tree: Tree, text: str) -> tuple[Kind, ...]:
    """A text that begins with a token."""
    token, _, rest = text.partition(END)
    head = tree.referred(token + END)
    found = of_attribute(head[0].type, head[1]) if head else ()
    if not found or any(not one.form for one in found):
        return ()
    if Kind("Logs::LogGroup", STARRED) in found and rest.startswith(":*"):
        return (Kind("Logs::LogGroup", "ARN with :*:*"),)
    return (Kind("", ARN if any(one.form in {ARN, STARRED} for one in found) else TEXT),)


def fits(given: Kind, needed: Kind, value: str) -> bool:
    if given.form == TEXT:
        return _text_fits(needed, value)
    if needed.form == "no ARN":
        return given.form not in {ARN, STARRED}
    if not needed.what and needed.form == ARN and given.form == STARRED:
        return True
    return (not needed.what or not given.what or needed.what == given.what) and (
        not needed.form or not given.form or needed.form == given.form
    )


def _text_fits(needed: Kind, value: str) -> bool:
    if needed.form in {ARN, STARRED}:
        return False
    if BEGIN in value:
        return True
    if needed.form == "id" and needed.what in _WITH_PREFIX:
        return False
    if needed == Kind("KMS::Key", "id"):
        return _KEY_ID.fullmatch(value) is not None
    return needed != Kind("KMS::Alias", "name") or value.startswith("alias/")


def told(tree: Tree, value: str, given: Kind) -> str:
    """For a message: what a value is."""
    found = tree.referred(value)
    if found is None or given.form == TEXT:
        return f'"{shown(value)}"' + ("" if given.form == TEXT else f", {given}")
    return f"{_form(found[0], found[1], given)} {found[0].name}"


def _form(resource: Resource, attribute: str, given: Kind) -> str:
    what = resource.type.removeprefix("AWS::")
    what = _MADE.get(what, what)
    own = given.what == _SAME.get(what, what)
    if own and given.form and given.form != ATTRIBUTE:
        return f"the {given.form} of"
    return f"{attribute} of" if attribute else "the reference to"


_MOST: Final = 3
"""More kinds than these say less."""


def told_needed(given: Kind, wanted: tuple[Kind, ...]) -> str:
    """For a message: what is needed instead, of what is given if that has it."""
    own = [one for one in wanted if one.what and one.what == given.what]
    if own:
        return f"its {_either([one.form for one in own])}"
    forms: dict[str, list[str]] = {}
    for one in wanted:
        if one.what:
            forms.setdefault(one.what, []).append(one.form)
    by_form: dict[str, list[str]] = {}
    for what, found in forms.items():
        by_form.setdefault(_either(found), []).append(_with_article(what))
    if not by_form:
        return _either(["an ARN" if one.form == ARN else "a name or an id" for one in wanted])
    return _either([f"the {form} of {_either(whats)}" for form, whats in by_form.items()])


def _either(words: list[str]) -> str:
    different = list(dict.fromkeys(words))
    if len(different) > _MOST:
        return f"{', '.join(different[:_MOST])} or the like"
    return " or ".join(filter(None, (", ".join(different[:-1]), *different[-1:])))


def way(tree: Tree, value: str, given: Kind, wanted: tuple[Kind, ...]) -> str:
    """For a message, behind what is needed: what gives that of the same resource; empty if that isn't known."""
    found = tree.referred(value)
    what = found[0].type.removeprefix("AWS::") if found else ""
    for one in wanted if what else ():
        if given.what == _SAME.get(what, what) and one.what in ("", given.what):
            if _REF.get(what) == one.form:
                return ", which Ref gives"
            if attribute := _WAY.get((what, one.form)):
                return f", which GetAtt {attribute} gives"
            if given.form == STARRED and one.form == ARN:
                return " without :*, composed of its name"
    return ""
