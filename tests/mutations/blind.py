"""Mistakes as engineers make them, one each, written from what `docs/lint.md` promises and without a look at the rules.

Each is filed under the class that promises to find it, or under `cfn-lint` where that has always found it.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.mutations.handle import (
    ELSEWHERE,
    STACK,
    Json,
    NotApplicable,
    Place,
    Resource,
    Statement,
    Templates,
    elements,
    equals,
    flat,
    forget,
    has,
    lacks,
    many,
    members,
    revoke,
    reworded,
    says,
    statements,
)

ALARM = "AWS::CloudWatch::Alarm"
ALIAS = "AWS::KMS::Alias"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
BUCKET = "AWS::S3::Bucket"
BUCKET_POLICY = "AWS::S3::BucketPolicy"
CACHE = "AWS::ElastiCache::ReplicationGroup"
CLUSTER = "AWS::ECS::Cluster"
DATABASE = "AWS::RDS::DBInstance"
ENDPOINT = "AWS::EC2::VPCEndpoint"
FLOW_LOG = "AWS::EC2::FlowLog"
GROUP = "AWS::EC2::SecurityGroup"
KEY = "AWS::KMS::Key"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LOG_GROUP = "AWS::Logs::LogGroup"
PLAN = "AWS::Backup::BackupPlan"
ROLE = "AWS::IAM::Role"
SELECTION = "AWS::Backup::BackupSelection"
SERVICE = "AWS::ECS::Service"
SUBNET = "AWS::EC2::Subnet"
TARGETS = "AWS::ElasticLoadBalancingV2::TargetGroup"
TASK = "AWS::ECS::TaskDefinition"
TOPIC = "AWS::SNS::Topic"
TOPIC_POLICY = "AWS::SNS::TopicPolicy"
TRAIL = "AWS::CloudTrail::Trail"
VAULT = "AWS::Backup::BackupVault"
WAF_LOGGING = "AWS::WAFv2::LoggingConfiguration"

FARGATE_KEY = ("Configuration", "ManagedStorageConfiguration", "FargateEphemeralStorageKmsKeyId")
NETWORK = ("NetworkConfiguration", "AwsvpcConfiguration")
EVERYWHERE = "0.0.0.0/0"

Change = Callable[[Templates], Place | None]


@dataclass(frozen=True)
class Mutation:
    """A mistake, the class that it belongs to, and that class in other words."""

    rule: str
    claim: str
    apply: Change

    @property
    def name(self) -> str:
        return self.apply.__name__


MUTATIONS: list[Mutation] = []


def mutation(rule: str, claim: str) -> Callable[[Change], Change]:
    """File a mistake."""

    def collect(change: Change) -> Change:
        MUTATIONS.append(Mutation(rule, claim, change))
        return change

    return collect


# What is looked for again and again


def balanced(templates: Templates) -> Resource:
    return templates.one(SERVICE, has("LoadBalancers"))


def task(templates: Templates) -> Resource:
    return templates.end(balanced(templates), "TaskDefinition")


def task_with_secrets(templates: Templates) -> Resource:
    return templates.one(TASK, lambda found: any(one.get("Secrets") for one in found.get("ContainerDefinitions")))


def execution_role(templates: Templates) -> Resource:
    return templates.end(task(templates), "ExecutionRoleArn")


def secret_reader(templates: Templates) -> Resource:
    return templates.end(task_with_secrets(templates), "ExecutionRoleArn")


def task_policy(templates: Templates) -> list[Statement]:
    found = templates.permissions(templates.end(task(templates), "TaskRoleArn"))
    if not found:
        raise NotApplicable("the task may do nothing")
    return found


def logs_key(templates: Templates) -> Resource:
    return templates.key(templates.one(LOG_GROUP, has("KmsKeyId")), "KmsKeyId")


def data_key(templates: Templates) -> Resource:
    return templates.key(templates.one(DATABASE), "KmsKeyId")


def topic_key(templates: Templates) -> Resource:
    return templates.key(templates.one(TOPIC), "KmsMasterKeyId")


def trail_key(templates: Templates) -> Resource:
    return templates.key(templates.one(TRAIL), "KMSKeyId")


def secret_key(templates: Templates) -> Resource:
    return templates.key(templates.one(DATABASE), "MasterUserSecret", "KmsKeyId")


def naming(key: Resource, service: str) -> list[Statement]:
    """The statements of a policy that let a service, or by way of it."""
    found = [statement for statement in statements(key) if statement.allows and statement.names(service)]
    if not found:
        raise NotApplicable(f"{key.logical_id} doesn't name {service}")
    return found


def condition(key: Resource, service: str, asked: str, value: Any) -> None:
    """Ask for another value in each statement for a service that asks at all."""
    spots = [spot for statement in naming(key, service) for spot in statement.conditions(asked)]
    if not spots:
        raise NotApplicable(f"{key.logical_id} doesn't ask for {asked}")
    for spot in spots:
        spot.put(value)


def administrators(key: Resource) -> list[Statement]:
    found = [statement for statement in statements(key) if statement.allows_action("kms:PutKeyPolicy")]
    if not found:
        raise NotApplicable(f"{key.logical_id} has no administrators")
    return found


def trust(role: Resource, **members_: Any) -> Place:
    """Write something else into who may assume a role."""
    statements(role, trust=True)[0].put(**members_)
    return role.place


def attribute(balancer: Resource, name: str, value: str | None) -> Place:
    """Set an attribute of a load balancer, or take it away."""
    rows = balancer.get("LoadBalancerAttributes") or []
    if name not in {row["Key"] for row in rows}:
        raise NotApplicable(f"no attribute {name}")
    new = [{"Key": name, "Value": value} if row["Key"] == name else row for row in rows]
    return balancer.put([row for row in new if row["Value"] is not None], "LoadBalancerAttributes")


def container(found: Resource) -> Json:
    definition: Json = found.spot("ContainerDefinitions", 0).value
    return definition


def in_container(found: Resource, name: str, value: Any) -> Place:
    container(found)[name] = value
    return found.place


def named_group(templates: Templates, *parts: str) -> Resource:
    """A log group by what its name says."""
    return templates.one(LOG_GROUP, lambda group: all(part in flat(group.get("LogGroupName") or "") for part in parts))


def between(templates: Templates, way: str, server: Resource) -> Place:
    """Close one end of the way from the service to what it uses."""
    return templates.close(rule_between(templates, way, server))


def rule_between(templates: Templates, way: str, server: Resource) -> Any:
    client, group = templates.group(balanced(templates)), templates.group(server)
    return templates.rule(group, way, client) if way == "Ingress" else templates.rule(client, way, group)


def endpoint(templates: Templates, service: str) -> Resource:
    """The endpoint that tasks need, where there is no other way out."""
    if templates.all("AWS::EC2::NatGateway"):
        raise NotApplicable("there is a way out by NAT")
    return templates.one(ENDPOINT, lambda found: flat(found.get("ServiceName")).endswith(f".{service}"))


def only_first(templates: Templates, found: Resource, *path: str) -> Place:
    """Leave one element of a list, in whichever stack it is written down."""
    spot = templates.listed(found, *path)
    first = elements(spot.value)[0]
    spot.put([first] if isinstance(spot.value, list) else first)
    return found.place


def parameter_group(templates: Templates) -> Resource:
    return templates.end(templates.one(DATABASE), "DBParameterGroupName")


def log_bucket(templates: Templates) -> Resource:
    """The bucket that a load balancer logs to."""
    balancer = templates.one(BALANCER)
    for at, row in enumerate(balancer.get("LoadBalancerAttributes") or []):
        if row["Key"] == "access_logs.s3.bucket":
            return templates.end(balancer, "LoadBalancerAttributes", at, "Value")
    raise NotApplicable("no load balancer logs")


def after(dependent: Resource, first: Resource) -> Place:
    """Take a `DependsOn` away."""
    before = many(dependent.body.get("DependsOn", []))
    if first.logical_id not in before or dependent.file != first.file:
        raise NotApplicable(f"{dependent.logical_id} doesn't wait for {first.logical_id}")
    dependent.body["DependsOn"] = [name for name in before if name != first.logical_id]
    return dependent.place


def parent(templates: Templates, resource: Resource) -> Resource:
    """The nested stack that a resource is in."""
    stacks = templates.nests(resource.file)
    if not stacks:
        raise NotApplicable(f"{resource.logical_id} is in the root")
    return stacks[0]


# The tree and its wires


@mutation("E9001", "a nested template isn't where its parent says")
def misspells_a_nested_template(templates: Templates) -> Place | None:
    stack = templates.leaf()
    return stack.put(f"{flat(stack.get('TemplateURL'))}.old", "TemplateURL")


@mutation("E9001", "a nested template was never committed")
def forgets_to_commit_a_nested_template(templates: Templates) -> Place | None:
    stack = templates.leaf()
    del templates.files[templates.child(stack)]
    return stack.place


@mutation("E9001", "a template nests itself")
def nests_a_template_in_itself(templates: Templates) -> Place | None:
    file = templates.child(templates.leaf(lacks("Parameters")))
    return templates.add(file, "Again", STACK, {"TemplateURL": templates.address(file, file)}).place


@mutation("E9001", "a template nests its own parent")
def nests_the_root_in_a_leaf(templates: Templates) -> Place | None:
    file = templates.child(templates.leaf())
    templates.add(file, "Platform", STACK, {"TemplateURL": templates.address(file, templates.root)})
    return None


@mutation("E9002", "two stacks wait for each other")
def lets_a_provider_wait_for_its_consumer(templates: Templates) -> Place | None:
    provider, consumer = next(templates.siblings())
    provider.body["DependsOn"] = [*many(provider.body.get("DependsOn", [])), consumer.logical_id]
    return None


@mutation("E9002", "two stacks take outputs of each other")
def passes_an_output_back_to_its_provider(templates: Templates) -> Place | None:
    for provider, consumer in templates.siblings():
        outputs = templates.declared(templates.child(consumer), "Outputs")
        tagged = [one for one in templates.resources() if one.file == templates.child(provider) and one.get("Tags")]
        if outputs and tagged:
            templates.section(tagged[0].file, "Parameters")["Consumer"] = {"Type": "String", "Description": "Whose"}
            tagged[0].get("Tags").append({"Key": "consumer", "Value": {"Ref": "Consumer"}})
            provider.put(consumer.att(f"Outputs.{next(iter(outputs))}"), "Parameters", "Consumer")
            return None
    raise NotApplicable("no pair of stacks")


@mutation("E9002", "three stacks wait for each other")
def closes_a_circle_of_three_stacks(templates: Templates) -> Place | None:
    pairs = list(templates.siblings())
    for first, second in pairs:
        for again, third in pairs:
            if again.same(second) and not third.same(first):
                first.body["DependsOn"] = [*many(first.body.get("DependsOn", [])), third.logical_id]
                return None
    raise NotApplicable("no chain of three")


@mutation("E9003", "a key's id where its ARN is needed")
def gives_log_groups_the_id_of_their_key(templates: Templates) -> Place | None:
    group = templates.one(LOG_GROUP, has("KmsKeyId"))
    templates.express(lambda key: key.ref, group, "KmsKeyId")
    return None


@mutation("E9003", "a key's id where its ARN is needed")
def gives_the_vault_the_id_of_its_key(templates: Templates) -> Place | None:
    templates.express(lambda key: key.ref, templates.one(VAULT), "EncryptionKeyArn")
    return None


@mutation("E9003", "a log group's ARN with :* where the bare one is needed")
def gives_flow_logs_an_arn_with_a_star(templates: Templates) -> Place | None:
    return templates.express(lambda group: group.att("Arn"), templates.one(FLOW_LOG), "LogDestination")


@mutation("E9003", "a log group's ARN with :* where the bare one is needed")
def gives_the_firewall_an_arn_with_a_star(templates: Templates) -> Place | None:
    return templates.express(lambda group: group.att("Arn"), templates.one(WAF_LOGGING), "LogDestinationConfigs", 0)


@mutation("E9003", "a name where an ARN is needed")
def gives_the_trail_its_log_groups_name(templates: Templates) -> Place | None:
    return templates.express(lambda group: group.ref, templates.one(TRAIL), "CloudWatchLogsLogGroupArn")


@mutation("E9003", "a name where an ARN is needed")
def gives_flow_logs_their_roles_name(templates: Templates) -> Place | None:
    return templates.express(lambda role: role.ref, templates.one(FLOW_LOG), "DeliverLogsPermissionArn")


@mutation("E9003", "a name where an ARN is needed")
def gives_enhanced_monitoring_its_roles_name(templates: Templates) -> Place | None:
    return templates.express(lambda role: role.ref, templates.one(DATABASE), "MonitoringRoleArn")


@mutation("E9003", "a name where an ARN is needed")
def gives_alarms_the_topics_name(templates: Templates) -> Place | None:
    alarm = templates.one(ALARM, has("AlarmActions", 0))
    templates.express(lambda topic: topic.att("TopicName"), alarm, "AlarmActions", 0)
    return None


@mutation("E9003", "an ARN where a name is needed")
def gives_an_alarm_the_load_balancers_arn(templates: Templates) -> Place | None:
    for alarm in templates.all(ALARM):
        for at, dimension in enumerate(alarm.get("Dimensions") or []):
            if dimension["Name"] == "LoadBalancer":
                return templates.express(lambda balancer: balancer.ref, alarm, "Dimensions", at, "Value")
    raise NotApplicable("no alarm on a load balancer")


@mutation("E9003", "an ARN where a name is needed")
def gives_the_trail_its_buckets_arn(templates: Templates) -> Place | None:
    templates.express(lambda bucket: bucket.att("Arn"), templates.one(TRAIL), "S3BucketName")
    return None


@mutation("E9003", "a load balancer where a target group is needed")
def gives_the_service_the_load_balancers_arn(templates: Templates) -> Place | None:
    service, balancer = balanced(templates), templates.one(BALANCER)
    spot = templates.first(service, "LoadBalancers", 0, "TargetGroupArn")
    if spot.file != balancer.file:
        raise NotApplicable("target group and load balancer stand apart")
    spot.put(balancer.ref)
    return None


@mutation("E9003", "a subnet where a security group is needed")
def passes_a_subnet_for_a_security_group(templates: Templates) -> Place | None:
    wire, subnet = templates.wires_of(GROUP)[0], templates.ends(balanced(templates), *NETWORK, "Subnets")[0]
    for output, given in templates.declared(subnet.file, "Outputs").items():
        for stack in templates.nests(subnet.file):
            if given["Value"] == subnet.ref and stack.file == wire.stack.file:
                wire.spot.put(stack.att(f"Outputs.{output}"))
                return None
    raise NotApplicable("no subnet is given")


@mutation("E9003", "a security group where a VPC is needed")
def passes_a_security_group_for_a_vpc(templates: Templates) -> Place | None:
    vpcs, groups = templates.wires_of("AWS::EC2::VPC"), templates.wires_of(GROUP)
    for vpc in vpcs:
        for group in groups:
            if vpc.stack.same(group.stack):
                vpc.spot.put(deepcopy(group.spot.value))
                return None
    raise NotApplicable("no stack takes both")


@mutation("W9004", "an output is read by nobody")
def gives_the_vpcs_range_to_nobody(templates: Templates) -> Place | None:
    vpc = templates.one("AWS::EC2::VPC")
    parent(templates, vpc)
    output = {"Description": "The range of the VPC", "Value": vpc.att("CidrBlock")}
    templates.section(vpc.file, "Outputs")["VpcRange"] = output
    return Place(vpc.file, "VpcRange")


@mutation("W9004", "an output is read by nobody, once the root doesn't give it on")
def drops_the_only_reader_of_an_output(templates: Templates) -> Place | None:
    outputs = templates.declared(templates.root, "Outputs")
    for name, output in list(outputs.items()):
        for member in members(output["Value"]):
            stack, _, given = member.partition(".Outputs.")
            body = templates.files[templates.root]["Resources"].get(stack)
            child = templates.child(Resource(templates.root, stack, body)) if given and body else ""
            if child and len(templates.output_readers(child, given)) == 1:
                del outputs[name]
                return Place(child, given)
    raise NotApplicable("every output has two readers")


@mutation("W9004", "an output is read by nobody, since what it should say is typed")
def types_what_an_output_would_say(templates: Templates) -> Place | None:
    for wire in templates.wires():
        found = members(wire.spot.value) if isinstance(wire.spot.value, dict) else []
        stack, _, given = found[0].partition(".Outputs.") if len(found) == 1 else ("", "", "")
        body = templates.files[wire.stack.file]["Resources"].get(stack)
        child = templates.child(Resource(wire.stack.file, stack, body)) if given and body else ""
        if child and len(templates.output_readers(child, given)) == 1:
            wire.spot.put("typed-by-hand")
            return Place(child, given)
    raise NotApplicable("every output has two readers")


@mutation("W9005", "a parameter is read by nobody")
def passes_a_parameter_that_nobody_reads(templates: Templates) -> Place | None:
    stack = templates.leaf()
    templates.section(templates.child(stack), "Parameters")["Stage"] = {"Type": "String", "Description": "The stage"}
    stack.put("production", "Parameters", "Stage")
    return Place(templates.child(stack), "Stage")


@mutation("W9005", "a parameter of the root is read by nobody")
def asks_for_a_parameter_that_nobody_reads(templates: Templates) -> Place | None:
    stage = {"Type": "String", "Default": "production", "Description": "The stage"}
    templates.section(templates.root, "Parameters")["Stage"] = stage
    return Place(templates.root, "Stage")


@mutation("W9005", "a parameter is handed down, and read by nobody at its end")
def hands_a_parameter_down_to_nobody(templates: Templates) -> Place | None:
    stack = templates.leaf()
    stage = {"Type": "String", "Default": "production", "Description": "The stage"}
    templates.section(stack.file, "Parameters")["Stage"] = stage
    for outer in templates.nests(stack.file):
        outer.put("production", "Parameters", "Stage")
    templates.section(templates.child(stack), "Parameters")["Stage"] = {"Type": "String", "Description": "The stage"}
    stack.put({"Ref": "Stage"}, "Parameters", "Stage")
    return Place(templates.child(stack), "Stage")


@mutation("E9006", "a nested stack selects from what a sibling gives it")
def selects_from_a_siblings_subnets(templates: Templates) -> Place | None:
    group = templates.one("AWS::RDS::DBSubnetGroup")
    wire = templates.wire_to(group, "SubnetIds")
    return group.put([{"Fn::Select": [at, {"Ref": wire.name}]} for at in (0, 1)], "SubnetIds")


@mutation("E9006", "a nested stack splits what a sibling gives it")
def splits_a_siblings_topic(templates: Templates) -> Place | None:
    alarm = templates.one(ALARM, has("AlarmActions", 0), lambda one: "Ref" in str(one.get("AlarmActions")))
    wire = templates.wire_to(alarm, "AlarmActions")
    return alarm.put({"Fn::Select": [5, {"Fn::Split": [":", {"Ref": wire.name}]}]}, "AlarmDescription")


@mutation("E9006", "a nested stack's condition asks about what a sibling gives it")
def asks_a_condition_about_a_siblings_topic(templates: Templates) -> Place | None:
    alarm = templates.one(ALARM, has("AlarmActions", 0), lambda one: "Ref" in str(one.get("AlarmActions")))
    wire = templates.wire_to(alarm, "AlarmActions")
    told = {"Fn::Not": [{"Fn::Equals": [{"Ref": wire.name}, ""]}]}
    templates.section(alarm.file, "Conditions")["Told"] = told
    alarm.put({"Fn::If": ["Told", 3, 2]}, "EvaluationPeriods")
    return None


@mutation("E9006", "a nested stack's parameter has a type of AWS's own")
def types_a_siblings_vpc(templates: Templates) -> Place | None:
    for wire, declaration in templates.wired_parameters():
        end = templates.trace(wire.spot)[1]
        if end and end.type == "AWS::EC2::VPC" and declaration["Type"] == "String":
            declaration["Type"] = "AWS::EC2::VPC::Id"
            return Place(wire.inside, wire.name)
    raise NotApplicable("no VPC is passed")


@mutation("E9006", "a nested stack's parameter has a pattern")
def holds_a_siblings_output_against_a_pattern(templates: Templates) -> Place | None:
    for wire, declaration in templates.wired_parameters():
        end = templates.trace(wire.spot)[1]
        if end and end.type == KEY and "AllowedPattern" not in declaration:
            declaration["AllowedPattern"] = "arn:.+:kms:.+"
            return Place(wire.inside, wire.name)
    raise NotApplicable("no key is passed")


@mutation("W9007", "a root gives no outputs")
def drops_the_outputs_of_the_root(templates: Templates) -> Place | None:
    if not templates.files[templates.root].pop("Outputs", None):
        raise NotApplicable("the root gives nothing")
    return None


@mutation("W9007", "an output of the root doesn't say what it is for")
def leaves_an_output_of_the_root_undescribed(templates: Templates) -> Place | None:
    return undescribed(templates, templates.root)


@mutation("W9007", "an output of a nested stack doesn't say what it is for")
def leaves_an_output_of_a_nested_stack_undescribed(templates: Templates) -> Place | None:
    return undescribed(templates, templates.one("AWS::EC2::VPC").file)


def undescribed(templates: Templates, file: str) -> Place:
    for name, output in templates.declared(file, "Outputs").items():
        if output.pop("Description", None):
            return Place(file, name)
    raise NotApplicable("no output is described")


@mutation("E9008", "an engine version that RDS doesn't offer")
def pins_a_version_that_rds_has_withdrawn(templates: Templates) -> Place | None:
    return templates.one(DATABASE, equals("postgres", "Engine")).put("16.1", "EngineVersion")


@mutation("E9008", "an engine version that ElastiCache doesn't offer")
def pins_a_version_that_elasticache_never_had(templates: Templates) -> Place | None:
    return templates.one(CACHE).put("6.3", "EngineVersion")


@mutation("E9008", "an engine version that isn't offered, passed by the parent")
def passes_a_version_that_rds_has_withdrawn(templates: Templates) -> Place | None:
    database = templates.one(DATABASE, equals("postgres", "Engine"))
    version = {"Type": "String", "Description": "The version of PostgreSQL"}
    templates.section(database.file, "Parameters")["PostgresVersion"] = version
    parent(templates, database).put("16.1", "Parameters", "PostgresVersion")
    database.put({"Ref": "PostgresVersion"}, "EngineVersion")
    return None


@mutation("E9009", "two log groups want one name")
def makes_a_log_group_twice(templates: Templates) -> Place | None:
    templates.copy(templates.one(LOG_GROUP, has("LogGroupName")), "OtherLogGroup")
    return None


@mutation("E9009", "two aliases want one name")
def copies_an_alias_and_forgets_its_name(templates: Templates) -> Place | None:
    aliases = templates.all(ALIAS)
    if len(aliases) < 2:
        raise NotApplicable("fewer than two aliases")
    aliases[1].put(deepcopy(aliases[0].get("AliasName")), "AliasName")
    return None


@mutation("E9009", "two alarms of different stacks want one name")
def names_alarms_of_two_stacks_alike(templates: Templates) -> Place | None:
    first = templates.one(ALARM)
    first.put("platform-high-cpu", "AlarmName")
    templates.one(ALARM, lambda other: other.file != first.file).put("platform-high-cpu", "AlarmName")
    return None


@mutation("W9010", "a log group that is retained has a name of its own")
def gives_a_retained_log_group_a_fixed_name(templates: Templates) -> Place | None:
    group = templates.one(LOG_GROUP, lacks("LogGroupName"), lambda found: "Retain" in str(found.body))
    return group.put("/platform/flows", "LogGroupName")


@mutation("W9010", "a bucket that is retained has a name of its own")
def gives_a_retained_bucket_a_fixed_name(templates: Templates) -> Place | None:
    return templates.one(BUCKET, lambda found: "Retain" in str(found.body)).put("hospital-archive-logs", "BucketName")


@mutation("W9010", "a vault that is retained has a name of its own")
def gives_a_retained_vault_a_fixed_name(templates: Templates) -> Place | None:
    return templates.one(VAULT, lambda found: "Retain" in str(found.body)).put("hospital-vault", "BackupVaultName")


@mutation("W9010", "a secret has a name of its own")
def names_a_secret(templates: Templates) -> Place | None:
    return new_secret(templates, Name="hospital/partner", GenerateSecretString={"PasswordLength": 40}).place


def new_secret(templates: Templates, **properties: Any) -> Resource:
    database = templates.one(DATABASE)
    key = deepcopy(database.spot("MasterUserSecret", "KmsKeyId").value)
    properties = {"Description": "To log in to the partner", "KmsKeyId": key, **properties}
    return templates.add(database.file, "PartnerSecret", "AWS::SecretsManager::Secret", properties)


# Keys


@mutation("E9101", "a log group's key doesn't let CloudWatch Logs: principal")
def drops_the_logs_principal_from_the_key_policy(templates: Templates) -> Place | None:
    forget(statements(logs_key(templates)), "logs.")
    return None


@mutation("E9101", "a log group's key doesn't let CloudWatch Logs: principal misspelt")
def misspells_the_logs_principal_of_a_key(templates: Templates) -> Place | None:
    for statement in naming(logs_key(templates), "logs."):
        statement.put(Principal={"Service": {"Fn::Sub": "cloudwatchlogs.${AWS::Region}.amazonaws.com"}})
    return None


@mutation("E9101", "a log group's key doesn't let CloudWatch Logs: encryption context")
def narrows_the_encryption_context_to_other_log_groups(templates: Templates) -> Place | None:
    other = {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/other/*"}
    condition(logs_key(templates), "logs.", "kms:EncryptionContext:aws:logs:arn", other)
    return None


@mutation("E9101", "a log group's key doesn't let CloudWatch Logs: encryption context misspelt")
def misspells_the_encryption_context_of_logs(templates: Templates) -> Place | None:
    for statement in naming(logs_key(templates), "logs."):
        statement.put(
            Condition=reworded_keys(statement.body["Condition"], "aws:logs:arn", "aws:logs:log-group-arn"),
        )
    return None


def reworded_keys(value: Json, old: str, new: str) -> Json:
    if old not in str(value):
        raise NotApplicable(f"nothing asks for {old}")
    return {operator: {key.replace(old, new): one for key, one in keys.items()} for operator, keys in value.items()}


@mutation("E9101", "a log group's key doesn't let CloudWatch Logs: action")
def forgets_that_logs_generates_data_keys(templates: Templates) -> Place | None:
    revoke(naming(logs_key(templates), "logs."), "kms:GenerateDataKey")
    return None


@mutation("E9101", "a database's key can't be used by RDS: kms:ViaService")
def drops_rds_from_the_data_keys_services(templates: Templates) -> Place | None:
    forget(statements(data_key(templates)), "rds.")
    return None


@mutation("E9101", "a database's key can't be used by RDS: grants")
def drops_the_grants_of_rds(templates: Templates) -> Place | None:
    revoke(naming(data_key(templates), "rds."), "kms:CreateGrant")
    return None


@mutation("E9101", "a database's key can't be used by RDS: grants for no AWS resource")
def allows_rds_only_grants_for_no_resource(templates: Templates) -> Place | None:
    condition(data_key(templates), "rds.", "kms:GrantIsForAWSResource", "false")
    return None


@mutation("E9101", "a database's key can't be used by RDS: kms:CallerAccount")
def asks_rds_for_another_account(templates: Templates) -> Place | None:
    condition(data_key(templates), "rds.", "kms:CallerAccount", ELSEWHERE)
    return None


@mutation("E9101", "a cache's key can't be used by ElastiCache: kms:ViaService misspelt")
def misspells_elasticache_in_the_key_policy(templates: Templates) -> Place | None:
    key = templates.key(templates.one(CACHE), "KmsKeyId")
    for statement in naming(key, "elasticache."):
        statement.put(Condition=reworded(statement.body["Condition"], lambda one: one.replace("elasticache", "cache")))
    return None


@mutation("E9101", "a cache's key can't be used by ElastiCache: kms:ViaService")
def drops_elasticache_from_the_key_policy(templates: Templates) -> Place | None:
    forget(statements(templates.key(templates.one(CACHE), "KmsKeyId")), "elasticache.")
    return None


@mutation("E9101", "a secret's key can't be used by Secrets Manager: kms:ViaService")
def drops_secrets_manager_from_the_key_policy(templates: Templates) -> Place | None:
    forget(statements(secret_key(templates)), "secretsmanager.")
    return None


@mutation("E9101", "a vault's key can't be used by AWS Backup: kms:ViaService")
def drops_backup_from_the_key_policy(templates: Templates) -> Place | None:
    key = templates.key(templates.one(VAULT), "EncryptionKeyArn")
    forget(statements(key), "backup.${AWS::Region}")
    return None


@mutation("E9101", "a topic's key doesn't let CloudWatch's alarms: principal")
def drops_alarms_from_the_topics_key(templates: Templates) -> Place | None:
    forget(statements(topic_key(templates)), "cloudwatch.amazonaws.com")
    return None


@mutation("E9101", "a topic's key doesn't let RDS tell events: principal")
def drops_rds_events_from_the_topics_key(templates: Templates) -> Place | None:
    templates.one("AWS::RDS::EventSubscription")
    forget(statements(topic_key(templates)), "events.rds.amazonaws.com")
    return None


@mutation("E9101", "a topic's key doesn't let CloudWatch's alarms: action")
def forgets_that_alarms_generate_data_keys(templates: Templates) -> Place | None:
    revoke(naming(topic_key(templates), "cloudwatch.amazonaws.com"), "kms:GenerateDataKey")
    return None


@mutation("E9101", "a topic's key doesn't let CloudWatch's alarms: encryption context")
def asks_alarms_for_another_topic(templates: Templates) -> Place | None:
    other = {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:other-topic"}
    context = "kms:EncryptionContext:aws:sns:topicArn"
    condition(topic_key(templates), "cloudwatch.amazonaws.com", context, other)
    return None


@mutation("E9101", "a trail's key doesn't let CloudTrail: action")
def forgets_that_the_trail_generates_data_keys(templates: Templates) -> Place | None:
    revoke(naming(trail_key(templates), "cloudtrail.amazonaws.com"), "kms:GenerateDataKey")
    return None


@mutation("E9101", "a trail's key doesn't let CloudTrail: encryption context")
def asks_the_trail_for_another_account(templates: Templates) -> Place | None:
    other = {"Fn::Sub": f"arn:${{AWS::Partition}}:cloudtrail:*:{ELSEWHERE}:trail/*"}
    condition(trail_key(templates), "cloudtrail.amazonaws.com", "kms:EncryptionContext:aws:cloudtrail:arn", other)
    return None


@mutation("E9101", "a cluster's key doesn't let Fargate: principal")
def drops_fargate_from_the_key_policy(templates: Templates) -> Place | None:
    forget(statements(templates.key(templates.one(CLUSTER), *FARGATE_KEY)), "fargate.amazonaws.com")
    return None


@mutation("E9101", "a cluster's key doesn't let Fargate: grants")
def drops_the_grants_of_fargate(templates: Templates) -> Place | None:
    key = templates.key(templates.one(CLUSTER), *FARGATE_KEY)
    revoke(naming(key, "fargate.amazonaws.com"), "kms:CreateGrant")
    return None


@mutation("E9101", "log groups have a key that is for something else")
def passes_the_data_key_for_log_groups(templates: Templates) -> Place | None:
    group, database = templates.one(LOG_GROUP, has("KmsKeyId")), templates.one(DATABASE)
    if logs_key(templates).same(data_key(templates)) or naming_or_none(data_key(templates), "logs."):
        raise NotApplicable("the same key does")
    templates.give(group.spot("KmsKeyId"), database.spot("KmsKeyId"))
    return None


@mutation("E9101", "a topic has a key that is for something else")
def passes_the_data_key_for_the_topic(templates: Templates) -> Place | None:
    topic, database = templates.one(TOPIC), templates.one(DATABASE)
    if topic_key(templates).same(data_key(templates)) or naming_or_none(data_key(templates), "cloudwatch."):
        raise NotApplicable("the same key does")
    templates.give(topic.spot("KmsMasterKeyId"), database.spot("KmsKeyId"))
    return None


def naming_or_none(key: Resource, service: str) -> bool:
    return any(statement.names(service) for statement in statements(key))


@mutation("E9102", "nobody may change a key's policy")
def forgets_put_key_policy(templates: Templates) -> Place | None:
    key = data_key(templates)
    for statement in administrators(key):
        statement.put(Action=["kms:DescribeKey", "kms:GetKeyPolicy", "kms:EnableKeyRotation", "kms:TagResource"])
    return key.place


@mutation("E9102", "nobody of this account may change a key's policy")
def names_the_root_of_another_account_as_administrator(templates: Templates) -> Place | None:
    key = logs_key(templates)
    for statement in administrators(key):
        statement.put(Principal={"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{ELSEWHERE}:root"}})
    return key.place


@mutation("E9102", "a key has no administrators")
def drops_the_administrators_of_a_key(templates: Templates) -> Place | None:
    key = trail_key(templates)
    for statement in administrators(key):
        statement.drop()
    return key.place


@mutation("E9102", "everybody is denied to change a key's policy")
def denies_everybody_to_change_a_key(templates: Templates) -> Place | None:
    key = data_key(templates)
    deny = {"Sid": "Frozen", "Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    administrators(key)[0].siblings.append(deny)
    return key.place


def letting(key: Resource, **members_: Any) -> Place:
    """Add a statement to a key's policy."""
    use = ["kms:Decrypt", "kms:GenerateDataKey"]
    added = {"Sid": "Added", "Effect": "Allow", "Action": use, "Resource": "*", **members_}
    administrators(key)[0].siblings.append(added)
    return key.place


@mutation("E9103", "a key's policy gives its use to everybody")
def lets_everybody_use_the_data_key(templates: Templates) -> Place | None:
    return letting(data_key(templates), Principal="*")


@mutation("E9103", "a key's policy gives its use to every IAM policy of the account")
def leaves_the_data_key_to_iam(templates: Templates) -> Place | None:
    root = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    return letting(data_key(templates), Principal=root, Action="kms:*")


@mutation("E9103", "a key's policy gives its use to a service without saying for whom")
def drops_the_condition_on_the_trail(templates: Templates) -> Place | None:
    key = trail_key(templates)
    for statement in naming(key, "cloudtrail.amazonaws.com"):
        statement.body.pop("Condition", None)
    return key.place


@mutation("E9103", "a key's policy gives its use to a service without saying for whom")
def lets_a_service_decrypt_for_anybody(templates: Templates) -> Place | None:
    return letting(topic_key(templates), Principal={"Service": "s3.amazonaws.com"})


@mutation("E9103", "a key's policy gives its use to another account without a condition")
def lets_another_account_decrypt(templates: Templates) -> Place | None:
    root = {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{ELSEWHERE}:root"}}
    return letting(data_key(templates), Principal=root)


@mutation("W9104", "a key isn't rotated")
def turns_rotation_off(templates: Templates) -> Place | None:
    return data_key(templates).put(False, "EnableKeyRotation")


@mutation("W9104", "a key isn't rotated, since nobody says so")
def forgets_rotation(templates: Templates) -> Place | None:
    return logs_key(templates).drop("EnableKeyRotation")


@mutation("W9104", "a key is deleted in less than thirty days")
def deletes_a_key_in_a_week(templates: Templates) -> Place | None:
    return trail_key(templates).put(7, "PendingWindowInDays")


@mutation("E9105", "a key would be deleted with its stack")
def forgets_to_retain_a_key(templates: Templates) -> Place | None:
    return data_key(templates).attribute("DeletionPolicy")


@mutation("E9105", "a key would be deleted with its stack")
def deletes_a_key_with_its_stack(templates: Templates) -> Place | None:
    key = logs_key(templates)
    key.body["DeletionPolicy"] = "Delete"
    return key.place


@mutation("E9105", "a key would be deleted when it is replaced")
def forgets_to_retain_a_replaced_key(templates: Templates) -> Place | None:
    return data_key(templates).attribute("UpdateReplacePolicy")


@mutation("E9106", "a database isn't encrypted")
def leaves_the_database_unencrypted(templates: Templates) -> Place | None:
    database = templates.one(DATABASE)
    database.drop("KmsKeyId")
    return database.put(False, "StorageEncrypted")


@mutation("E9106", "a database is encrypted by AWS's key")
def leaves_the_database_to_the_default_key(templates: Templates) -> Place | None:
    return templates.one(DATABASE).drop("KmsKeyId")


@mutation("E9106", "a cache isn't encrypted")
def leaves_the_cache_unencrypted(templates: Templates) -> Place | None:
    cache = templates.one(CACHE)
    cache.drop("KmsKeyId")
    return cache.put(False, "AtRestEncryptionEnabled")


@mutation("E9106", "a cache is encrypted by AWS's key")
def leaves_the_cache_to_the_default_key(templates: Templates) -> Place | None:
    return templates.one(CACHE).drop("KmsKeyId")


@mutation("E9106", "a topic isn't encrypted")
def leaves_the_topic_unencrypted(templates: Templates) -> Place | None:
    return templates.one(TOPIC).drop("KmsMasterKeyId")


@mutation("E9106", "a topic is encrypted by AWS's key")
def encrypts_the_topic_by_the_default_key(templates: Templates) -> Place | None:
    return templates.one(TOPIC).put("alias/aws/sns", "KmsMasterKeyId")


@mutation("E9106", "a vault is encrypted by AWS's key")
def leaves_the_vault_to_the_default_key(templates: Templates) -> Place | None:
    return templates.one(VAULT).drop("EncryptionKeyArn")


@mutation("E9106", "statements in Performance Insights are encrypted by AWS's key")
def leaves_performance_insights_to_the_default_key(templates: Templates) -> Place | None:
    return templates.one(DATABASE, equals(True, "EnablePerformanceInsights")).drop("PerformanceInsightsKMSKeyId")


@mutation("E9106", "what tasks write is encrypted by AWS's key")
def leaves_the_tasks_storage_to_the_default_key(templates: Templates) -> Place | None:
    return templates.one(CLUSTER).drop(*FARGATE_KEY)


@mutation("E9106", "a bucket is encrypted by S3's key")
def makes_a_bucket_with_the_default_encryption(templates: Templates) -> Place | None:
    bucket = templates.second_bucket("Exports")
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return bucket.put([encryption], "BucketEncryption", "ServerSideEncryptionConfiguration")


# Reach


@mutation("E9201", "the service may not reach the database, which would let it")
def closes_the_services_way_to_the_database(templates: Templates) -> Place | None:
    between(templates, "Egress", templates.one(DATABASE))
    return None


@mutation("E9201", "the database doesn't let the service, which may reach it")
def closes_the_database_to_the_service(templates: Templates) -> Place | None:
    between(templates, "Ingress", templates.one(DATABASE))
    return None


@mutation("E9201", "the database lets the service by another port than it may reach")
def opens_the_database_one_port_off(templates: Templates) -> Place | None:
    rule_between(templates, "Ingress", templates.one(DATABASE)).move(5433)
    return None


@mutation("E9201", "the service may reach another port than the cache opens")
def opens_the_way_to_the_cache_one_port_off(templates: Templates) -> Place | None:
    rule_between(templates, "Egress", templates.one(CACHE)).move(6380)
    return None


@mutation("E9201", "the endpoints don't let the service, which may reach them")
def closes_the_endpoints_to_the_service(templates: Templates) -> Place | None:
    between(templates, "Ingress", templates.one(ENDPOINT, has("SecurityGroupIds")))
    return None


@mutation("E9201", "the service doesn't let the load balancer, which may reach it")
def closes_the_service_to_the_load_balancer(templates: Templates) -> Place | None:
    service, balancer = templates.group(balanced(templates)), templates.group(templates.one(BALANCER))
    templates.close(templates.rule(service, "Ingress", balancer))
    return None


@mutation("E9201", "the load balancer may not reach the service, which would let it")
def closes_the_load_balancers_way_to_the_service(templates: Templates) -> Place | None:
    service, balancer = templates.group(balanced(templates)), templates.group(templates.one(BALANCER))
    templates.close(templates.rule(balancer, "Egress", service))
    return None


@mutation("E9201", "the cache lets another group than the service's")
def lets_the_cache_be_reached_by_itself_only(templates: Templates) -> Place | None:
    cache = templates.group(templates.one(CACHE))
    rule = rule_between(templates, "Ingress", templates.one(CACHE))
    templates.close(rule)
    body = {name: value for name, value in rule.body.items() if name not in {"GroupId", "SourceSecurityGroupId"}}
    itself = {"GroupId": cache.ref, "SourceSecurityGroupId": cache.ref}
    templates.add(cache.file, "CacheFromItself", "AWS::EC2::SecurityGroupIngress", {**body, **itself})
    return None


@mutation("E9202", "a service names a port that its container hasn't")
def registers_a_port_that_the_container_hasnt(templates: Templates) -> Place | None:
    return balanced(templates).put(8080, "LoadBalancers", 0, "ContainerPort")


@mutation("E9202", "a service names a container that its task hasn't")
def registers_a_container_that_the_task_hasnt(templates: Templates) -> Place | None:
    return balanced(templates).put("web", "LoadBalancers", 0, "ContainerName")


@mutation("E9202", "a container listens to another port than its service names")
def maps_another_port_than_the_service_registers(templates: Templates) -> Place | None:
    found = task(templates)
    container(found)["PortMappings"] = [{"ContainerPort": 9443, "Protocol": "tcp"}]
    return None


@mutation("E9202", "a health check asks at a port that nobody listens to")
def checks_health_at_a_closed_port(templates: Templates) -> Place | None:
    templates.one(TARGETS).put("9999", "HealthCheckPort")
    return None


@mutation("E9202", "a health check asks without TLS where the targets speak it")
def checks_health_without_tls(templates: Templates) -> Place | None:
    return templates.one(TARGETS, equals("HTTPS", "Protocol")).put("HTTP", "HealthCheckProtocol")


@mutation("E9202", "a target group takes instances, where tasks have addresses of their own")
def forgets_that_tasks_are_targets_by_address(templates: Templates) -> Place | None:
    templates.one(TARGETS, equals("ip", "TargetType")).drop("TargetType")
    return None


@mutation("E9202", "a database listens to another port than its group opens")
def lets_the_database_listen_elsewhere(templates: Templates) -> Place | None:
    templates.one(DATABASE).put("5433", "Port")
    return None


@mutation("E9202", "a cache listens to another port than its group opens")
def lets_the_cache_listen_elsewhere(templates: Templates) -> Place | None:
    templates.one(CACHE).put(6380, "Port")
    return None


@mutation("E9202", "a service stands in a group that its load balancer can't reach")
def puts_the_service_into_the_load_balancers_group(templates: Templates) -> Place | None:
    service, balancer = balanced(templates), templates.one(BALANCER)
    templates.give(service.spot(*NETWORK, "SecurityGroups"), balancer.spot("SecurityGroups"))
    return None


@mutation("E9203", "the internet reaches the service")
def opens_the_service_to_the_internet(templates: Templates) -> Place | None:
    group = templates.group(balanced(templates))
    return templates.open(group, "Ingress", IpProtocol="tcp", FromPort=8443, ToPort=8443, CidrIp=EVERYWHERE)


@mutation("E9203", "the internet reaches the database")
def opens_the_database_to_the_internet(templates: Templates) -> Place | None:
    group = templates.group(templates.one(DATABASE))
    return templates.open(group, "Ingress", IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp=EVERYWHERE)


@mutation("E9203", "the internet reaches the cache, by IPv6")
def opens_the_cache_to_the_internet_by_ipv6(templates: Templates) -> Place | None:
    group = templates.group(templates.one(CACHE))
    return templates.open(group, "Ingress", IpProtocol="tcp", FromPort=6379, ToPort=6379, CidrIpv6="::/0")


@mutation("E9203", "the internet reaches a load balancer's every port")
def opens_every_port_of_the_load_balancer(templates: Templates) -> Place | None:
    return templates.open(templates.group(templates.one(BALANCER)), "Ingress", IpProtocol="-1", CidrIp=EVERYWHERE)


@mutation("E9203", "the internet reaches a load balancer by SSH's port")
def opens_ssh_on_the_load_balancer(templates: Templates) -> Place | None:
    group = templates.group(templates.one(BALANCER))
    return templates.open(group, "Ingress", IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp=EVERYWHERE)


@mutation("E9204", "a database has a public address")
def gives_the_database_a_public_address(templates: Templates) -> Place | None:
    return templates.one(DATABASE).put(True, "PubliclyAccessible")


@mutation("E9204", "a database stands in public subnets")
def puts_the_database_into_public_subnets(templates: Templates) -> Place | None:
    public = templates.one(BALANCER, equals("internet-facing", "Scheme")).spot("Subnets")
    templates.give(templates.end(templates.one(DATABASE), "DBSubnetGroupName").spot("SubnetIds"), public)
    return None


@mutation("E9204", "a cache stands in public subnets")
def puts_the_cache_into_public_subnets(templates: Templates) -> Place | None:
    public = templates.one(BALANCER, equals("internet-facing", "Scheme")).spot("Subnets")
    templates.give(templates.end(templates.one(CACHE), "CacheSubnetGroupName").spot("SubnetIds"), public)
    return None


@mutation("E9204", "a data store's subnets have a route to the internet")
def routes_the_data_subnets_to_the_internet(templates: Templates) -> Place | None:
    group = templates.end(templates.one(DATABASE), "DBSubnetGroupName")
    subnet, gateway = templates.ends(group, "SubnetIds")[0], templates.one("AWS::EC2::InternetGateway")
    kind = "AWS::EC2::SubnetRouteTableAssociation"
    found = templates.one(kind, lambda one: subnet.same(templates.trace(one.spot("SubnetId"))[1]))
    if found.file != gateway.file:
        raise NotApplicable("routes and gateway stand apart")
    table = deepcopy(found.get("RouteTableId"))
    route = {"RouteTableId": table, "DestinationCidrBlock": EVERYWHERE, "GatewayId": gateway.ref}
    templates.add(found.file, "DataWayOut", "AWS::EC2::Route", route)
    return None


@mutation("E9205", "a task can't ask for its image")
def drops_the_endpoint_of_the_registrys_api(templates: Templates) -> Place | None:
    templates.remove(endpoint(templates, "ecr.api"))
    return None


@mutation("E9205", "a task can't pull its image")
def drops_the_endpoint_of_the_registry(templates: Templates) -> Place | None:
    templates.remove(endpoint(templates, "ecr.dkr"))
    return None


@mutation("E9205", "a task can't pull its image's layers")
def drops_the_endpoint_of_s3(templates: Templates) -> Place | None:
    templates.remove(endpoint(templates, "s3"))
    return None


@mutation("E9205", "a task can't write its log")
def drops_the_endpoint_of_logs(templates: Templates) -> Place | None:
    templates.remove(endpoint(templates, "logs"))
    return None


@mutation("E9205", "a task can't get its secrets")
def drops_the_endpoint_of_secrets(templates: Templates) -> Place | None:
    task_with_secrets(templates)
    templates.remove(endpoint(templates, "secretsmanager"))
    return None


@mutation("E9205", "an endpoint isn't found by the name that tasks ask for")
def forgets_the_private_name_of_the_registry(templates: Templates) -> Place | None:
    endpoint(templates, "ecr.dkr").put(False, "PrivateDnsEnabled")
    return None


@mutation("E9205", "a task has no way out, where there are no endpoints")
def drops_the_way_out_by_nat(templates: Templates) -> Place | None:
    if templates.all(ENDPOINT, says("ecr.dkr")):
        raise NotApplicable("there are endpoints")
    for route in templates.all("AWS::EC2::Route", has("NatGatewayId")) or [templates.one("AWS::EC2::NatGateway")]:
        templates.remove(route)
    return None


@mutation("W9206", "a service stands in one zone")
def runs_the_service_in_one_zone(templates: Templates) -> Place | None:
    return only_first(templates, balanced(templates), *NETWORK, "Subnets")


@mutation("W9206", "a load balancer stands in one zone")
def runs_the_load_balancer_in_one_zone(templates: Templates) -> Place | None:
    return only_first(templates, templates.one(BALANCER), "Subnets")


@mutation("W9206", "the subnets of a database are all in one zone")
def makes_the_data_subnets_in_one_zone(templates: Templates) -> Place | None:
    group = templates.end(templates.one(DATABASE), "DBSubnetGroupName")
    first, *others = templates.ends(group, "SubnetIds")
    for subnet in others:
        subnet.put(deepcopy(first.get("AvailabilityZone")), "AvailabilityZone")
    return None


@mutation("E9207", "a security group lets everything out to everywhere")
def lets_everything_of_the_service_out(templates: Templates) -> Place | None:
    return templates.open(templates.group(balanced(templates)), "Egress", IpProtocol="-1", CidrIp=EVERYWHERE)


@mutation("E9207", "a security group lets everything out, since it says nothing")
def leaves_the_database_its_default_way_out(templates: Templates) -> Place | None:
    group = templates.group(templates.one(DATABASE))
    if any(not rule.inline for rule in templates.rules(group, "Egress")):
        raise NotApplicable("there is a rule besides")
    return group.drop("SecurityGroupEgress")


@mutation("E9207", "a security group lets out to any address by another port than HTTPS's")
def lets_the_service_reach_any_database(templates: Templates) -> Place | None:
    group = templates.group(balanced(templates))
    return templates.open(group, "Egress", IpProtocol="tcp", FromPort=5432, ToPort=5432, CidrIp=EVERYWHERE)


@mutation("E9208", "a VPC doesn't log its flows")
def drops_the_flow_log(templates: Templates) -> Place | None:
    templates.remove(templates.one(FLOW_LOG))
    return templates.one("AWS::EC2::VPC").place


@mutation("E9208", "a VPC logs the flows of one subnet only")
def logs_the_flows_of_one_subnet(templates: Templates) -> Place | None:
    log = templates.one(FLOW_LOG, equals("VPC", "ResourceType"))
    log.put(templates.one(SUBNET, lambda subnet: subnet.file == log.file).ref, "ResourceId")
    log.put("Subnet", "ResourceType")
    return None


@mutation("E9208", "a second VPC doesn't log its flows")
def makes_a_second_vpc_without_flow_logs(templates: Templates) -> Place | None:
    second = templates.copy(templates.one("AWS::EC2::VPC"), "SecondVpc")
    return second.put("10.99.0.0/16", "CidrBlock")


# Roles and policies


@mutation("E9301", "a role can't be assumed: flow logs")
def trusts_ec2_for_flow_logs(templates: Templates) -> Place | None:
    role = templates.end(templates.one(FLOW_LOG), "DeliverLogsPermissionArn")
    trust(role, Principal={"Service": "ec2.amazonaws.com"})
    return None


@mutation("E9301", "a role can't be assumed: tasks")
def trusts_ecs_instead_of_its_tasks(templates: Templates) -> Place | None:
    trust(execution_role(templates), Principal={"Service": "ecs.amazonaws.com"})
    return None


@mutation("E9301", "a role can't be assumed: enhanced monitoring")
def trusts_rds_instead_of_its_monitoring(templates: Templates) -> Place | None:
    role = templates.end(templates.one(DATABASE), "MonitoringRoleArn")
    trust(role, Principal={"Service": "rds.amazonaws.com"})
    return None


@mutation("E9301", "a role can't be assumed: backup")
def trusts_rds_for_backups(templates: Templates) -> Place | None:
    role = templates.end(templates.one(SELECTION), "BackupSelection", "IamRoleArn")
    trust(role, Principal={"Service": "rds.amazonaws.com"})
    return None


@mutation("E9301", "a role can't be assumed: trail")
def trusts_logs_for_the_trail(templates: Templates) -> Place | None:
    role = templates.end(templates.one(TRAIL), "CloudWatchLogsRoleArn")
    trust(role, Principal={"Service": {"Fn::Sub": "logs.${AWS::Region}.amazonaws.com"}})
    return None


@mutation("E9301", "a role can't be assumed: for another account only")
def trusts_the_tasks_of_another_account(templates: Templates) -> Place | None:
    role = templates.end(task(templates), "TaskRoleArn")
    trust(role, Condition={"StringEquals": {"aws:SourceAccount": ELSEWHERE}})
    return None


@mutation("E9301", "a role can't be assumed: by another action")
def trusts_tasks_with_the_wrong_action(templates: Templates) -> Place | None:
    trust(execution_role(templates), Action=["sts:AssumeRoleWithSAML"])
    return None


@mutation("E9302", "a role lacks its log group: action")
def forgets_that_tasks_write_logs(templates: Templates) -> Place | None:
    revoke(templates.permissions(execution_role(templates)), "logs:PutLogEvents")
    return None


@mutation("E9302", "a role lacks ECR: image")
def forgets_that_tasks_pull_images(templates: Templates) -> Place | None:
    revoke(templates.permissions(execution_role(templates)), "ecr:BatchGetImage")
    return None


@mutation("E9302", "a role lacks ECR: login")
def forgets_that_tasks_log_in_to_the_registry(templates: Templates) -> Place | None:
    revoke(templates.permissions(execution_role(templates)), "ecr:GetAuthorizationToken")
    return None


@mutation("E9302", "a role lacks its secret")
def forgets_that_a_task_reads_its_secret(templates: Templates) -> Place | None:
    revoke(templates.permissions(secret_reader(templates)), "secretsmanager:GetSecretValue")
    return None


@mutation("E9302", "a role lacks its secret: another one is named")
def lets_a_task_read_another_secret(templates: Templates) -> Place | None:
    other = {"Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:other-??????"}
    elsewhere(templates.permissions(secret_reader(templates)), "secretsmanager:GetSecretValue", other)
    return None


def elsewhere(found: list[Statement], action: str, resource: Any) -> None:
    """Allow an action on something else."""
    givers = [statement for statement in found if statement.allows_action(action)]
    if not givers:
        raise NotApplicable(f"nothing allows {action}")
    for statement in givers:
        statement.put(Resource=[resource])


@mutation("E9302", "a role lacks the key of its secret")
def forgets_the_key_of_a_secret(templates: Templates) -> Place | None:
    revoke(templates.permissions(secret_reader(templates)), "kms:Decrypt")
    return None


@mutation("E9302", "a role lacks the key of its secret: another service is named")
def lets_a_task_decrypt_for_another_service(templates: Templates) -> Place | None:
    other = {"Fn::Sub": "ssm.${AWS::Region}.amazonaws.com"}
    found = [one for one in templates.permissions(secret_reader(templates)) if one.allows_action("kms:Decrypt")]
    spots = [spot for statement in found for spot in statement.conditions("kms:ViaService")]
    if not spots:
        raise NotApplicable("no service is asked for")
    for spot in spots:
        spot.put(other)
    return None


@mutation("E9302", "a role lacks its log group: another one is named")
def lets_flow_logs_write_elsewhere(templates: Templates) -> Place | None:
    role = templates.end(templates.one(FLOW_LOG), "DeliverLogsPermissionArn")
    other = {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/other:*"}
    elsewhere(templates.permissions(role), "logs:PutLogEvents", other)
    return None


@mutation("E9302", "a role lacks its log group: stream")
def forgets_that_the_trail_makes_streams(templates: Templates) -> Place | None:
    role = templates.end(templates.one(TRAIL), "CloudWatchLogsRoleArn")
    revoke(templates.permissions(role), "logs:CreateLogStream")
    return None


@mutation("E9302", "a role lacks what AWS's policy would give it: monitoring")
def leaves_the_monitoring_role_empty(templates: Templates) -> Place | None:
    templates.end(templates.one(DATABASE), "MonitoringRoleArn").drop("ManagedPolicyArns")
    return None


@mutation("E9302", "a role lacks everything, since its policy hangs on another")
def attaches_a_policy_to_another_role(templates: Templates) -> Place | None:
    role = execution_role(templates)
    for policy in templates.all("AWS::IAM::ManagedPolicy", lambda one: one.get("Roles") == [role.ref]):
        if policy.file == role.file:
            policy.put([templates.end(task(templates), "TaskRoleArn").ref], "Roles")
            return None
    raise NotApplicable("no policy is attached so")


@mutation("E9303", "an identity's policy allows a whole service")
def allows_a_task_a_whole_service(templates: Templates) -> Place | None:
    task_policy(templates)[0].put(Action=["s3:*"])
    return None


@mutation("E9303", "an identity's policy allows everything")
def allows_a_task_everything(templates: Templates) -> Place | None:
    task_policy(templates)[0].put(Action="*", Resource="*")
    return None


@mutation("E9303", "an identity's policy allows an action on everything that could name one")
def allows_a_task_every_secret(templates: Templates) -> Place | None:
    every = {"Sid": "Every", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": "*"}
    task_policy(templates)[0].siblings.append(every)
    return None


@mutation("E9303", "an identity's policy allows all that it doesn't name")
def allows_a_task_all_but_iam(templates: Templates) -> Place | None:
    rest = {"Sid": "Rest", "Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}
    task_policy(templates)[0].siblings.append(rest)
    return None


@mutation("E9303", "an identity has AWS's policy for administrators")
def makes_a_task_an_administrator(templates: Templates) -> Place | None:
    role = templates.end(task(templates), "TaskRoleArn")
    administrator = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}
    return role.put([*(role.get("ManagedPolicyArns") or []), administrator], "ManagedPolicyArns")


def also_trusts(role: Resource, principal: Any) -> Place:
    added = {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]}
    statements(role, trust=True)[0].siblings.append(added)
    return role.place


@mutation("E9304", "a role may be assumed by anybody")
def lets_anybody_assume_the_tasks_role(templates: Templates) -> Place | None:
    return also_trusts(templates.end(task(templates), "TaskRoleArn"), {"AWS": "*"})


@mutation("E9304", "a role may be assumed by anybody")
def lets_everything_assume_the_execution_role(templates: Templates) -> Place | None:
    return also_trusts(execution_role(templates), "*")


@mutation("E9304", "a role may be assumed by another account without a condition")
def lets_another_account_assume_the_backup_role(templates: Templates) -> Place | None:
    role = templates.end(templates.one(SELECTION), "BackupSelection", "IamRoleArn")
    return also_trusts(role, {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{ELSEWHERE}:root"}})


@mutation("E9305", "a topic doesn't let alarms publish")
def drops_alarms_from_the_topics_policy(templates: Templates) -> Place | None:
    forget(statements(templates.one(TOPIC_POLICY)), "cloudwatch.amazonaws.com")
    return None


@mutation("E9305", "a topic doesn't let RDS publish its events")
def drops_rds_events_from_the_topics_policy(templates: Templates) -> Place | None:
    templates.one("AWS::RDS::EventSubscription")
    forget(statements(templates.one(TOPIC_POLICY)), "events.rds.amazonaws.com")
    return None


@mutation("E9305", "a topic doesn't let AWS Backup publish its notices")
def drops_backup_from_the_topics_policy(templates: Templates) -> Place | None:
    templates.one(VAULT, has("Notifications"))
    forget(statements(templates.one(TOPIC_POLICY)), "backup.amazonaws.com")
    return None


@mutation("E9305", "a topic lets the alarms of another account publish")
def lets_alarms_of_another_account_publish(templates: Templates) -> Place | None:
    condition(templates.one(TOPIC_POLICY), "cloudwatch.amazonaws.com", "aws:SourceAccount", ELSEWHERE)
    return None


@mutation("E9305", "a bucket doesn't let the load balancer's logs in")
def drops_the_delivery_of_load_balancer_logs(templates: Templates) -> Place | None:
    policy = templates.one(BUCKET_POLICY, says("logdelivery.elasticloadbalancing"))
    forget(statements(policy), "logdelivery.elasticloadbalancing")
    return None


@mutation("E9305", "a bucket lets the load balancer's logs in under another prefix")
def delivers_load_balancer_logs_under_an_unknown_prefix(templates: Templates) -> Place | None:
    balancer = templates.one(
        BALANCER, says("access_logs.s3.bucket"), lambda one: "access_logs.s3.prefix" not in str(one)
    )
    policy = templates.one(BUCKET_POLICY, says("logdelivery.elasticloadbalancing"))
    if "/AWSLogs/" not in str(policy.properties):
        raise NotApplicable("the bucket takes any prefix")
    balancer.get("LoadBalancerAttributes").append({"Key": "access_logs.s3.prefix", "Value": "entrance"})
    return None


@mutation("E9305", "a bucket doesn't let the access logs of others in")
def drops_the_delivery_of_access_logs(templates: Templates) -> Place | None:
    forget(statements(templates.one(BUCKET_POLICY, says("logging.s3.amazonaws.com"))), "logging.s3.amazonaws.com")
    return None


@mutation("E9305", "a bucket doesn't let the trail in")
def drops_the_delivery_of_the_trail(templates: Templates) -> Place | None:
    policy = templates.one(BUCKET_POLICY, says("cloudtrail.amazonaws.com"))
    revoke(naming(policy, "cloudtrail.amazonaws.com"), "s3:PutObject")
    return None


@mutation("E9305", "a bucket doesn't let the trail check it")
def forgets_that_the_trail_reads_the_buckets_acl(templates: Templates) -> Place | None:
    policy = templates.one(BUCKET_POLICY, says("cloudtrail.amazonaws.com"))
    revoke(naming(policy, "cloudtrail.amazonaws.com"), "s3:GetBucketAcl")
    return None


@mutation("E9305", "a bucket lets another trail in")
def lets_another_trail_in(templates: Templates) -> Place | None:
    policy = templates.one(BUCKET_POLICY, says("cloudtrail.amazonaws.com"))
    other = {"Fn::Sub": "arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/another"}
    condition(policy, "cloudtrail.amazonaws.com", "aws:SourceArn", other)
    return None


def open_to_all(policy: Resource, **members_: Any) -> Place:
    found = statements(policy)
    if not found:
        raise NotApplicable(f"{policy.logical_id} is a text")
    resource = deepcopy(found[0].body["Resource"])
    added = {"Sid": "Added", "Effect": "Allow", "Principal": "*", "Resource": resource, **members_}
    found[0].siblings.append(added)
    return policy.place


@mutation("E9306", "a topic's policy is open to everybody")
def lets_everybody_publish(templates: Templates) -> Place | None:
    return open_to_all(templates.one(TOPIC_POLICY), Action=["sns:Publish"])


@mutation("E9306", "a topic's policy is open to everybody")
def lets_everybody_subscribe(templates: Templates) -> Place | None:
    return open_to_all(templates.one(TOPIC_POLICY), Action=["sns:Subscribe"], Principal={"AWS": "*"})


@mutation("E9306", "a bucket's policy is open to everybody")
def lets_everybody_read_a_bucket(templates: Templates) -> Place | None:
    return open_to_all(templates.one(BUCKET_POLICY), Action=["s3:GetObject"])


@mutation("W9307", "a policy stands inline in a role")
def writes_a_policy_into_a_role(templates: Templates) -> Place | None:
    role = templates.one(ROLE, lacks("Policies"))
    statement = {"Effect": "Allow", "Action": ["sns:Publish"], "Resource": [{"Fn::Sub": sns_topic("notices")}]}
    inline = {"PolicyName": "notices", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    return role.put([inline], "Policies")


def sns_topic(name: str) -> str:
    return f"arn:${{AWS::Partition}}:sns:${{AWS::Region}}:${{AWS::AccountId}}:{name}"


@mutation("W9307", "a policy stands inline beside a role")
def writes_a_policy_beside_a_role(templates: Templates) -> Place | None:
    policy = templates.one("AWS::IAM::ManagedPolicy", has("Roles"))
    policy.body["Type"] = "AWS::IAM::Policy"
    policy.properties.pop("Description", None)
    policy.properties.pop("ManagedPolicyName", None)
    return policy.put("by-hand", "PolicyName")


@mutation("W9307", "a user is made")
def makes_a_user(templates: Templates) -> Place | None:
    return templates.add(execution_role(templates).file, "Deployer", "AWS::IAM::User", {"Path": "/people/"}).place


@mutation("W9307", "an access key is made")
def makes_an_access_key(templates: Templates) -> Place | None:
    file = execution_role(templates).file
    return templates.add(file, "DeployerKey", "AWS::IAM::AccessKey", {"UserName": "deployer"}).place


def literal_partition(resource: Resource) -> Place:
    changed = reworded(resource.properties, lambda text: text.replace("arn:${AWS::Partition}:", "arn:aws:"))
    if changed == resource.properties:
        raise NotApplicable("no partition is named")
    resource.properties.update(changed)
    return resource.place


@mutation("W9308", "an ARN in a role's policies names the partition")
def names_the_partition_in_a_roles_policies(templates: Templates) -> Place | None:
    return literal_partition(templates.end(templates.one(DATABASE), "MonitoringRoleArn"))


@mutation("W9308", "an ARN in a key's policy names the partition")
def names_the_partition_in_a_keys_policy(templates: Templates) -> Place | None:
    return literal_partition(logs_key(templates))


@mutation("W9308", "an ARN of a destination names the partition")
def names_the_partition_in_a_destination(templates: Templates) -> Place | None:
    return literal_partition(templates.one(FLOW_LOG))


@mutation("E9309", "a password stands in the template")
def types_the_databases_password(templates: Templates) -> Place | None:
    return templates.one(DATABASE, lacks("MasterUserPassword")).put("Tr0ub4dor-and-3", "MasterUserPassword")


@mutation("E9309", "a token stands in the template")
def types_the_caches_token(templates: Templates) -> Place | None:
    return templates.one(CACHE).put("a1b2c3d4e5f60718293a4b5c6d7e8f90", "AuthToken")


@mutation("E9309", "a secret's value stands in the template")
def types_a_secrets_value(templates: Templates) -> Place | None:
    return new_secret(templates, SecretString='{"username": "partner", "password": "Tr0ub4dor-and-3"}').place


def secret_parameter(templates: Templates, **members_: Any) -> Place:
    secret = new_secret(templates, SecretString={"Ref": "PartnerPassword"})
    stack = parent(templates, secret)
    hidden = {"Type": "String", "NoEcho": True, "Description": "To log in to the partner"}
    declared = {"Type": "String", "Description": "To log in to the partner", **members_}
    templates.section(secret.file, "Parameters")["PartnerPassword"] = declared
    templates.section(stack.file, "Parameters")["PartnerPassword"] = hidden
    for outer in templates.nests(stack.file):
        templates.section(outer.file, "Parameters")["PartnerPassword"] = hidden
        outer.put({"Ref": "PartnerPassword"}, "Parameters", "PartnerPassword")
    stack.put({"Ref": "PartnerPassword"}, "Parameters", "PartnerPassword")
    return Place(secret.file, "PartnerPassword")


@mutation("E9309", "a parameter for a password is shown")
def shows_a_parameter_for_a_password(templates: Templates) -> Place | None:
    return secret_parameter(templates)


@mutation("E9309", "a parameter for a password has a default")
def gives_a_password_a_default(templates: Templates) -> Place | None:
    return secret_parameter(templates, NoEcho=True, Default="Tr0ub4dor-and-3")


# Data stores


@mutation("E9401", "a database would be deleted with its stack")
def deletes_the_database_with_its_stack(templates: Templates) -> Place | None:
    database = templates.one(DATABASE)
    database.body["DeletionPolicy"] = "Delete"
    return database.place


@mutation("E9401", "a database would be deleted when it is replaced")
def forgets_the_snapshot_of_a_replaced_database(templates: Templates) -> Place | None:
    return templates.one(DATABASE).attribute("UpdateReplacePolicy")


@mutation("E9401", "a cache would be deleted with its stack")
def forgets_the_snapshot_of_the_cache(templates: Templates) -> Place | None:
    return templates.one(CACHE).attribute("DeletionPolicy")


@mutation("E9402", "a database isn't backed up")
def turns_the_databases_backups_off(templates: Templates) -> Place | None:
    return templates.one(DATABASE).put(0, "BackupRetentionPeriod")


@mutation("E9402", "a database is backed up for three days")
def keeps_the_databases_backups_for_three_days(templates: Templates) -> Place | None:
    return templates.one(DATABASE).put(3, "BackupRetentionPeriod")


@mutation("E9402", "a database is backed up for the day that is the default")
def leaves_the_databases_backups_to_the_default(templates: Templates) -> Place | None:
    return templates.one(DATABASE).drop("BackupRetentionPeriod")


@mutation("E9402", "a cache isn't backed up")
def turns_the_caches_snapshots_off(templates: Templates) -> Place | None:
    return templates.one(CACHE).drop("SnapshotRetentionLimit")


@mutation("E9403", "a database isn't protected against deletion")
def turns_the_databases_protection_off(templates: Templates) -> Place | None:
    return templates.one(DATABASE).put(False, "DeletionProtection")


@mutation("E9403", "a database isn't protected against deletion, since nobody says so")
def forgets_the_databases_protection(templates: Templates) -> Place | None:
    return templates.one(DATABASE).drop("DeletionProtection")


@mutation("W9404", "a database has no standby")
def runs_the_database_without_a_standby(templates: Templates) -> Place | None:
    return templates.one(DATABASE).put(False, "MultiAZ")


@mutation("W9404", "a cache has no standby in another zone")
def runs_the_cache_in_one_zone(templates: Templates) -> Place | None:
    return templates.one(CACHE).put(False, "MultiAZEnabled")


@mutation("W9404", "a cache has no standby")
def runs_the_cache_on_one_node(templates: Templates) -> Place | None:
    cache = templates.one(CACHE, has("NumCacheClusters"))
    cache.put(1, "NumCacheClusters")
    cache.put(False, "AutomaticFailoverEnabled")
    return cache.put(False, "MultiAZEnabled")


@mutation("E9405", "a database takes connections without TLS")
def lets_the_database_talk_in_clear(templates: Templates) -> Place | None:
    parameter_group(templates).put("0", "Parameters", "rds.force_ssl")
    return None


@mutation("E9405", "a database writes every statement to its log")
def logs_every_statement(templates: Templates) -> Place | None:
    parameter_group(templates).put("all", "Parameters", "log_statement")
    return None


@mutation("E9405", "a database writes slow statements to its log")
def logs_slow_statements(templates: Templates) -> Place | None:
    parameter_group(templates).put("500", "Parameters", "log_min_duration_statement")
    return None


@mutation("E9405", "a database writes statements to its log by pgaudit")
def audits_every_statement(templates: Templates) -> Place | None:
    group = parameter_group(templates)
    group.spot("Parameters", "pgaudit.log")
    group.put("all", "Parameters", "pgaudit.log")
    return None


@mutation("E9406", "a cache takes connections without TLS")
def lets_the_cache_talk_in_clear(templates: Templates) -> Place | None:
    cache = templates.one(CACHE)
    cache.properties.pop("TransitEncryptionMode", None)
    return cache.put(False, "TransitEncryptionEnabled")


@mutation("E9406", "a cache takes connections without TLS, too")
def prefers_tls_to_the_cache(templates: Templates) -> Place | None:
    return templates.one(CACHE).put("preferred", "TransitEncryptionMode")


@mutation("E9406", "a cache takes connections from anybody")
def drops_the_caches_users(templates: Templates) -> Place | None:
    return templates.one(CACHE, lacks("AuthToken")).drop("UserGroupIds")


@mutation("E9406", "a cache takes connections from a user without a password")
def asks_the_caches_user_for_nothing(templates: Templates) -> Place | None:
    user = templates.one("AWS::ElastiCache::User", equals("iam", "AuthenticationMode", "Type"))
    return user.put("no-password-required", "AuthenticationMode", "Type")


@mutation("E9407", "a bucket isn't closed to the public")
def leaves_a_bucket_open_to_policies(templates: Templates) -> Place | None:
    return templates.one(BUCKET).put(False, "PublicAccessBlockConfiguration", "BlockPublicPolicy")


@mutation("E9407", "a bucket isn't closed to the public, since nobody says so")
def forgets_to_close_a_bucket(templates: Templates) -> Place | None:
    return log_bucket(templates).drop("PublicAccessBlockConfiguration")


@mutation("E9407", "a bucket takes access lists")
def lets_a_bucket_take_access_lists(templates: Templates) -> Place | None:
    return templates.one(BUCKET).put([{"ObjectOwnership": "ObjectWriter"}], "OwnershipControls", "Rules")


def tls_only(templates: Templates) -> tuple[Resource, list[Statement]]:
    policy = templates.one(BUCKET_POLICY, says("aws:SecureTransport"))
    return policy, [one for one in statements(policy) if one.conditions("aws:SecureTransport")]


@mutation("E9408", "a bucket takes requests without TLS")
def drops_tls_from_a_buckets_policy(templates: Templates) -> Place | None:
    for statement in tls_only(templates)[1]:
        statement.drop()
    return None


@mutation("E9408", "a bucket takes requests without TLS: to list it")
def asks_tls_for_objects_only(templates: Templates) -> Place | None:
    for statement in tls_only(templates)[1]:
        objects = [one for one in many(statement.body["Resource"]) if flat(one).endswith("/*")]
        if not objects or len(objects) == len(many(statement.body["Resource"])):
            raise NotApplicable("the statement isn't written so")
        statement.put(Resource=objects)
    return None


@mutation("E9408", "a bucket takes requests without TLS: to write to it")
def asks_tls_for_reading_only(templates: Templates) -> Place | None:
    for statement in tls_only(templates)[1]:
        statement.put(Action=["s3:GetObject"])
    return None


@mutation("E9409", "a bucket keeps no versions")
def suspends_the_versions_of_a_bucket(templates: Templates) -> Place | None:
    return log_bucket(templates).put("Suspended", "VersioningConfiguration", "Status")


@mutation("E9409", "a bucket keeps no versions, since nobody says so")
def forgets_the_versions_of_a_bucket(templates: Templates) -> Place | None:
    bucket = templates.one(BUCKET, has("VersioningConfiguration"), lacks("ObjectLockEnabled"))
    return bucket.drop("VersioningConfiguration")


@mutation("E9409", "nothing ever expires in a bucket")
def drops_the_lifecycle_of_a_bucket(templates: Templates) -> Place | None:
    return templates.one(BUCKET).drop("LifecycleConfiguration")


@mutation("E9409", "nothing ever expires in a bucket, since its rules are off")
def turns_the_lifecycle_of_a_bucket_off(templates: Templates) -> Place | None:
    bucket = log_bucket(templates)
    for rule in bucket.spot("LifecycleConfiguration", "Rules").value:
        rule["Status"] = "Disabled"
    return bucket.place


@mutation("E9410", "a backup vault isn't locked")
def leaves_the_vault_unlocked(templates: Templates) -> Place | None:
    return templates.one(VAULT).drop("LockConfiguration")


def plan_rule(templates: Templates) -> Json:
    rule: Json = templates.one(PLAN).spot("BackupPlan", "BackupPlanRule", 0).value
    return rule


@mutation("E9410", "a plan keeps less than the lock asks for")
def keeps_less_than_the_lock_asks_for(templates: Templates) -> Place | None:
    least = templates.one(VAULT).spot("LockConfiguration", "MinRetentionDays").value
    plan_rule(templates)["Lifecycle"] = {"DeleteAfterDays": int(least) - 1}
    return None


@mutation("E9410", "a plan keeps more than the lock allows")
def keeps_more_than_the_lock_allows(templates: Templates) -> Place | None:
    most = templates.one(VAULT).spot("LockConfiguration", "MaxRetentionDays").value
    plan_rule(templates)["Lifecycle"] = {"DeleteAfterDays": int(most) + 1}
    return None


@mutation("E9410", "a plan keeps for ever what the lock lets go")
def keeps_for_ever_what_the_lock_lets_go(templates: Templates) -> Place | None:
    templates.one(VAULT).spot("LockConfiguration", "MaxRetentionDays")
    del plan_rule(templates)["Lifecycle"]
    return None


@mutation("E9410", "a plan selects nothing")
def drops_what_the_plan_selects(templates: Templates) -> Place | None:
    templates.one(SELECTION)
    for selection in templates.all(SELECTION):
        templates.remove(selection)
    return None


# Logs and audit


@mutation("E9501", "a log group has no key")
def forgets_the_key_of_a_log_group(templates: Templates) -> Place | None:
    return templates.one(LOG_GROUP).drop("KmsKeyId")


@mutation("E9501", "a log group has no key: the trail's")
def forgets_the_key_of_the_trails_log_group(templates: Templates) -> Place | None:
    return templates.end(templates.one(TRAIL), "CloudWatchLogsLogGroupArn").drop("KmsKeyId")


@mutation("E9501", "a new log group has no key")
def makes_a_log_group_without_a_key(templates: Templates) -> Place | None:
    group = templates.copy(templates.one(LOG_GROUP), "MigrationLogGroup")
    group.properties.pop("LogGroupName", None)
    return group.drop("KmsKeyId")


@mutation("E9502", "a log group keeps for thirty days")
def keeps_logs_for_thirty_days(templates: Templates) -> Place | None:
    return templates.one(LOG_GROUP).put(30, "RetentionInDays")


@mutation("E9502", "a log group keeps for five years")
def keeps_the_trails_logs_for_five_years(templates: Templates) -> Place | None:
    return templates.end(templates.one(TRAIL), "CloudWatchLogsLogGroupArn").put(1827, "RetentionInDays")


@mutation("E9502", "a log group keeps for ever")
def keeps_logs_for_ever(templates: Templates) -> Place | None:
    return templates.one(LOG_GROUP).drop("RetentionInDays")


@mutation("E9502", "an archive of logs keeps for a year")
def keeps_an_archive_for_a_year(templates: Templates) -> Place | None:
    bucket = log_bucket(templates)
    rules = [rule for rule in bucket.spot("LifecycleConfiguration", "Rules").value if "ExpirationInDays" in rule]
    for rule in rules:
        rule["ExpirationInDays"] = 365
    return bucket.place


@mutation("E9503", "a trail covers one region")
def follows_one_region(templates: Templates) -> Place | None:
    return templates.one(TRAIL).put(False, "IsMultiRegionTrail")


@mutation("E9503", "a trail isn't validated")
def forgets_the_validation_of_the_trail(templates: Templates) -> Place | None:
    return templates.one(TRAIL).drop("EnableLogFileValidation")


@mutation("E9503", "a trail isn't encrypted")
def leaves_the_trail_unencrypted(templates: Templates) -> Place | None:
    return templates.one(TRAIL).drop("KMSKeyId")


@mutation("E9503", "a trail doesn't log to a log group, too")
def leaves_the_trail_without_a_log_group(templates: Templates) -> Place | None:
    trail = templates.one(TRAIL)
    trail.drop("CloudWatchLogsRoleArn")
    return trail.drop("CloudWatchLogsLogGroupArn")


@mutation("E9504", "a load balancer doesn't log who used it")
def turns_the_load_balancers_log_off(templates: Templates) -> Place | None:
    return attribute(templates.one(BALANCER), "access_logs.s3.enabled", "false")


@mutation("E9504", "a bucket doesn't log who used it")
def turns_a_buckets_log_off(templates: Templates) -> Place | None:
    return templates.one(BUCKET, has("LoggingConfiguration")).drop("LoggingConfiguration")


@mutation("E9504", "a firewall doesn't log who it stopped")
def drops_the_firewalls_log(templates: Templates) -> Place | None:
    templates.remove(templates.one(WAF_LOGGING))
    return templates.one("AWS::WAFv2::WebACL").place


@mutation("E9504", "a database doesn't log who used it")
def turns_the_databases_log_off(templates: Templates) -> Place | None:
    return templates.one(DATABASE).drop("EnableCloudwatchLogsExports")


@mutation("E9504", "a cache doesn't log who used it")
def turns_the_caches_log_off(templates: Templates) -> Place | None:
    return templates.one(CACHE).drop("LogDeliveryConfigurations")


@mutation("W9505", "an alarm has no action")
def forgets_whom_an_alarm_tells(templates: Templates) -> Place | None:
    alarm = templates.one(ALARM, has("AlarmActions", 0))
    alarm.properties.pop("OKActions", None)
    return alarm.drop("AlarmActions")


@mutation("W9505", "an alarm's actions are off")
def turns_an_alarms_actions_off(templates: Templates) -> Place | None:
    return templates.one(ALARM, has("AlarmActions", 0)).put(False, "ActionsEnabled")


@mutation("W9505", "an alarm's list of whom it tells is empty")
def empties_whom_an_alarm_tells(templates: Templates) -> Place | None:
    return templates.one(ALARM, has("AlarmActions", 0)).put([], "AlarmActions")


@mutation("E9506", "RDS would make its log group itself")
def drops_the_databases_log_group(templates: Templates) -> Place | None:
    templates.remove(named_group(templates, "/aws/rds/instance/", "/postgresql"))
    return None


@mutation("E9506", "RDS would make its log group itself, since ours has another name")
def misspells_the_databases_log_group(templates: Templates) -> Place | None:
    group = named_group(templates, "/aws/rds/instance/", "/postgresql")
    name = group.get("LogGroupName")
    group.put(reworded(name, lambda text: text.replace("/postgresql", "/postgres")), "LogGroupName")
    return None


@mutation("E9506", "RDS would make its log group itself, since ours may come later")
def makes_the_database_before_its_log_group(templates: Templates) -> Place | None:
    after(templates.one(DATABASE), named_group(templates, "/aws/rds/instance/", "/postgresql"))
    return None


@mutation("E9506", "Container Insights would make its log group itself")
def drops_the_log_group_of_container_insights(templates: Templates) -> Place | None:
    templates.remove(named_group(templates, "/aws/ecs/containerinsights/"))
    return None


@mutation("E9506", "Container Insights would make its log group itself, since ours may come later")
def makes_the_cluster_before_its_log_group(templates: Templates) -> Place | None:
    after(templates.one(CLUSTER), named_group(templates, "/aws/ecs/containerinsights/"))
    return None


# Entrance and service


def https(templates: Templates) -> Resource:
    return templates.one(LISTENER, equals("HTTPS", "Protocol"))


@mutation("E9601", "a listener takes HTTP without redirecting")
def adds_a_listener_that_forwards_http(templates: Templates) -> Place | None:
    listener = templates.copy(https(templates), "PlainListener")
    for name in ("Certificates", "SslPolicy", "ListenerAttributes"):
        listener.properties.pop(name, None)
    listener.put("HTTP", "Protocol")
    return listener.put(80, "Port")


@mutation("E9601", "a listener takes HTTP where it took HTTPS")
def turns_https_into_http(templates: Templates) -> Place | None:
    listener = https(templates)
    for name in ("Certificates", "SslPolicy", "ListenerAttributes"):
        listener.properties.pop(name, None)
    return listener.put("HTTP", "Protocol")


@mutation("E9601", "a listener takes TLS 1.0")
def takes_old_tls(templates: Templates) -> Place | None:
    return https(templates).put("ELBSecurityPolicy-2016-08", "SslPolicy")


@mutation("E9601", "a listener takes TLS 1.1")
def takes_tls_one_point_one(templates: Templates) -> Place | None:
    return https(templates).put("ELBSecurityPolicy-TLS-1-1-2017-01", "SslPolicy")


@mutation("E9601", "a listener takes TLS 1.0, which is the default")
def leaves_tls_to_the_default(templates: Templates) -> Place | None:
    return https(templates).drop("SslPolicy")


@mutation("E9602", "targets are spoken to without TLS")
def speaks_to_targets_in_clear(templates: Templates) -> Place | None:
    targets = templates.one(TARGETS, equals("HTTPS", "Protocol"))
    targets.put("HTTP", "Protocol")
    return targets.put("HTTP", "HealthCheckProtocol")


@mutation("E9602", "a second group of targets is spoken to without TLS")
def adds_targets_that_are_spoken_to_in_clear(templates: Templates) -> Place | None:
    targets, listener = templates.copy(templates.one(TARGETS), "ReportTargets"), https(templates)
    if targets.file != listener.file:
        raise NotApplicable("targets and listener stand apart")
    targets.properties.pop("Name", None)
    targets.put("HTTP", "Protocol")
    forward = {"Type": "forward", "TargetGroupArn": targets.ref}
    path = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/reports/*"]}}
    rule = {"ListenerArn": listener.ref, "Priority": 10, "Actions": [forward], "Conditions": [path]}
    templates.add(listener.file, "ReportRule", "AWS::ElasticLoadBalancingV2::ListenerRule", rule)
    return targets.place


@mutation("E9603", "a load balancer takes invalid headers")
def lets_invalid_headers_in(templates: Templates) -> Place | None:
    return attribute(templates.one(BALANCER), "routing.http.drop_invalid_header_fields.enabled", None)


@mutation("E9603", "a load balancer can be deleted")
def lets_the_load_balancer_be_deleted(templates: Templates) -> Place | None:
    return attribute(templates.one(BALANCER), "deletion_protection.enabled", "false")


@mutation("E9603", "a load balancer that the internet reaches has no web ACL")
def drops_the_firewalls_association(templates: Templates) -> Place | None:
    balancer = templates.one(BALANCER, equals("internet-facing", "Scheme"))
    templates.remove(templates.one("AWS::WAFv2::WebACLAssociation"))
    return balancer.place


@mutation("E9604", "a container is privileged")
def makes_a_container_privileged(templates: Templates) -> Place | None:
    return in_container(task(templates), "Privileged", True)


@mutation("E9604", "a container runs as root")
def runs_a_container_as_root(templates: Templates) -> Place | None:
    return in_container(task(templates), "User", "0")


@mutation("E9604", "a container may write to its root file system")
def lets_a_container_write_to_its_root(templates: Templates) -> Place | None:
    return in_container(task(templates), "ReadonlyRootFilesystem", False)


@mutation("E9604", "a container may write to its root file system, since nobody says so")
def forgets_that_a_root_file_system_is_read_only(templates: Templates) -> Place | None:
    return templates.one(TASK, says("ReadonlyRootFilesystem")).drop("ContainerDefinitions", 0, "ReadonlyRootFilesystem")


@mutation("E9605", "an image is named by a tag")
def names_the_image_by_a_version(templates: Templates) -> Place | None:
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/example-service:1.4.2"}
    return in_container(task(templates), "Image", image)


@mutation("E9605", "an image is named by its latest tag, in this account")
def names_the_latest_image(templates: Templates) -> Place | None:
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/example-service:latest"}
    return in_container(task(templates), "Image", image)


@mutation("E9605", "an image isn't in a registry of the account")
def pulls_the_image_from_a_public_registry(templates: Templates) -> Place | None:
    return in_container(task(templates), "Image", f"public.ecr.aws/nginx/nginx@sha256:{'0f' * 32}")


@mutation("E9606", "a container gets a password as a plain variable")
def types_a_password_into_the_environment(templates: Templates) -> Place | None:
    return with_variable(task(templates), "DATABASE_PASSWORD", "Tr0ub4dor-and-3")


@mutation("E9606", "a container gets a secret as a plain variable, resolved at deployment")
def resolves_a_secret_into_the_environment(templates: Templates) -> Place | None:
    resolved = "{{resolve:secretsmanager:hospital/partner:SecretString:password}}"
    return with_variable(task(templates), "PARTNER_LOGIN", resolved)


def with_variable(found: Resource, name: str, value: str) -> Place:
    container(found).setdefault("Environment", []).append({"Name": name, "Value": value})
    return found.place


@mutation("E9607", "a service doesn't roll back")
def leaves_a_failed_deployment(templates: Templates) -> Place | None:
    return balanced(templates).put(False, "DeploymentConfiguration", "DeploymentCircuitBreaker", "Rollback")


@mutation("E9607", "a service has no circuit breaker")
def drops_the_circuit_breaker(templates: Templates) -> Place | None:
    return balanced(templates).drop("DeploymentConfiguration", "DeploymentCircuitBreaker")


@mutation("E9607", "a service's tasks have public addresses")
def gives_tasks_public_addresses(templates: Templates) -> Place | None:
    return balanced(templates).put("ENABLED", *NETWORK, "AssignPublicIp")


@mutation("E9607", "a service opens shells")
def opens_shells_in_tasks(templates: Templates) -> Place | None:
    return balanced(templates).put(True, "EnableExecuteCommand")


# What cfn-lint has always found


@mutation("cfn-lint", "a nested stack isn't given what it asks for")
def forgets_a_parameter_of_a_nested_stack(templates: Templates) -> Place | None:
    for wire, declaration in templates.wired_parameters():
        if "Default" not in declaration:
            return wire.stack.drop("Parameters", wire.name)
    raise NotApplicable("every parameter has a default")


@mutation("cfn-lint", "a nested stack is given what it doesn't ask for")
def passes_a_parameter_that_the_stack_hasnt(templates: Templates) -> Place | None:
    stack = templates.leaf(has("Parameters"))
    return stack.put("production", "Parameters", "Stagee")


@mutation("E9012", "a stack that is named by a URL isn't given what it asks for")
def forgets_a_parameter_of_a_stack_by_url(templates: Templates) -> Place | None:
    place = forgets_a_parameter_of_a_nested_stack(templates)
    templates.nest_by_url()
    return place


@mutation("E9012", "a stack that is named by a URL is given what it doesn't ask for")
def passes_a_parameter_that_the_stack_by_url_hasnt(templates: Templates) -> Place | None:
    place = passes_a_parameter_that_the_stack_hasnt(templates)
    templates.nest_by_url()
    return place


@mutation("E9012", "an output is read that a stack that is named by a URL doesn't give")
def renames_an_output_in_the_stack_by_url_only(templates: Templates) -> Place | None:
    place = renames_an_output_in_the_nested_stack_only(templates)
    templates.nest_by_url()
    return place


@mutation("cfn-lint", "an output that a nested stack doesn't give is read")
def renames_an_output_in_the_nested_stack_only(templates: Templates) -> Place | None:
    vpc = templates.one("AWS::EC2::VPC")
    outputs = templates.declared(vpc.file, "Outputs")
    for name, output in list(outputs.items()):
        if output["Value"] == vpc.ref and templates.output_readers(vpc.file, name):
            outputs[f"The{name}"] = outputs.pop(name)
            return None
    raise NotApplicable("the VPC isn't given")


@mutation("cfn-lint", "a property that the type hasn't")
def misspells_a_property(templates: Templates) -> Place | None:
    return templates.one(SUBNET).put(False, "MapPublicIpOnLauch")


@mutation("cfn-lint", "a reference to nothing")
def refers_to_nothing(templates: Templates) -> Place | None:
    return templates.one(SUBNET).put({"Ref": "Vpcc"}, "VpcId")


@mutation("cfn-lint", "an attribute that the type hasn't")
def asks_for_an_attribute_that_isnt(templates: Templates) -> Place | None:
    return templates.express(lambda role: role.att("RoleArn"), templates.one(FLOW_LOG), "DeliverLogsPermissionArn")


@mutation("cfn-lint", "a `DependsOn` on nothing")
def depends_on_nothing(templates: Templates) -> Place | None:
    log = templates.one(FLOW_LOG)
    log.body["DependsOn"] = "FlowLogPolicyy"
    return log.place


@mutation("cfn-lint", "a required property is missing")
def forgets_a_listeners_actions(templates: Templates) -> Place | None:
    return https(templates).drop("DefaultActions")


@mutation("cfn-lint", "a retention that CloudWatch Logs doesn't have")
def keeps_logs_for_a_number_of_days_that_isnt_offered(templates: Templates) -> Place | None:
    return templates.one(LOG_GROUP).put(3650, "RetentionInDays")


@mutation("cfn-lint", "a value that isn't one of those allowed")
def takes_a_protocol_that_isnt(templates: Templates) -> Place | None:
    return https(templates).put("HTPS", "Protocol")


@mutation("cfn-lint", "a range that isn't one")
def writes_a_range_that_isnt(templates: Templates) -> Place | None:
    return templates.one("AWS::EC2::VPC").put("10.40.0.0/33", "CidrBlock")


@mutation("cfn-lint", "a type that isn't")
def misspells_a_type(templates: Templates) -> Place | None:
    found = templates.one("AWS::ApplicationAutoScaling::ScalingPolicy")
    found.body["Type"] = "AWS::ApplicationAutoscaling::ScalingPolicy"
    return found.place
