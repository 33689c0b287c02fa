"""More mistakes about the tree and its wires, written later from what `docs/lint.md` promises, again without a look.

They are of other kinds than the first ones: by way of tags, maps, texts and lists, and of what stands between stacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.mutations.blind import mutation
from tests.mutations.handle import (
    STACK,
    Json,
    NotApplicable,
    Place,
    Resource,
    Spot,
    Templates,
    Wire,
    equals,
    flat,
    has,
    lacks,
    many,
    targets,
)

ALARM = "AWS::CloudWatch::Alarm"
BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
CACHE = "AWS::ElastiCache::ReplicationGroup"
DATABASE = "AWS::RDS::DBInstance"
ENDPOINT = "AWS::EC2::VPCEndpoint"
GROUP = "AWS::EC2::SecurityGroup"
LOG_GROUP = "AWS::Logs::LogGroup"
SERVICE = "AWS::ECS::Service"
TASK = "AWS::ECS::TaskDefinition"

ABROAD = {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}


# What is looked for again and again


def output_of(templates: Templates, stack: Resource) -> Json:
    """Some output of a nested stack, as its parent reads it."""
    for name in templates.declared(templates.child(stack), "Outputs"):
        return {"Fn::GetAtt": [stack.logical_id, f"Outputs.{name}"]}
    raise NotApplicable(f"{stack.logical_id} gives nothing")


def pair(templates: Templates) -> tuple[Resource, Resource]:
    """A nested stack and one that takes from it and gives something itself."""
    for provider, consumer in templates.siblings():
        if templates.declared(templates.child(consumer), "Outputs"):
            return provider, consumer
    raise NotApplicable("no nested stack gives to one that gives")


def wait(stack: Resource, name: str) -> Place:
    stack.body["DependsOn"] = [*many(stack.body.get("DependsOn", [])), name]
    return stack.place


def near_root(templates: Templates, kind: str) -> tuple[Resource, Resource]:
    """A resource of a type in a template that the root nests, and the stack that it is nested by."""
    for resource in templates.all(kind):
        for stack in templates.nests(resource.file):
            if stack.file == templates.root:
                return resource, stack
    raise NotApplicable(f"no {kind} right below the root")


def ask(templates: Templates, name: str, *stacks: Resource) -> None:
    """Ask for a new parameter at the root, and pass it to stacks."""
    asked = {"Type": "String", "Default": "night shift", "Description": "Who is called"}
    templates.section(templates.root, "Parameters")[name] = asked
    for stack in stacks:
        templates.section(templates.child(stack), "Parameters")[name] = {"Type": "String"}
        stack.put({"Ref": name}, "Parameters", name)


def read_once(templates: Templates) -> Iterator[tuple[Json, str, str]]:
    """Outputs of the root, with the stack and the output that each alone reads."""
    for output in templates.declared(templates.root, "Outputs").values():
        stack, _, member = ".".join(output["Value"].get("Fn::GetAtt", "")).partition(".")
        name = member.removeprefix("Outputs.")
        body = templates.declared(templates.root, "Resources").get(stack, {})
        if body.get("Type") == STACK:
            file = templates.child(Resource(templates.root, stack, body))
            if len(templates.output_readers(file, name)) == 1:
                yield output, stack, name


def version(templates: Templates, resource: Resource) -> Spot:
    """Where the version of an engine is first written down: in a property, or in a map."""
    spot = templates.trace(resource.spot("EngineVersion"))[0][-1]
    if isinstance(spot.value, str):
        return spot
    try:
        table, first, second = spot.value["Fn::FindInMap"]
        return Spot(spot.file, templates.section(spot.file, "Mappings")[table][first], second)
    except (KeyError, TypeError) as error:
        raise NotApplicable(f"nobody knows the version of {resource.logical_id}") from error


def siblings_alarm(templates: Templates) -> tuple[Resource, str]:
    """An alarm in a template that takes an output of a sibling, and the parameter for it."""
    for wire, declaration in templates.wired_parameters():
        for alarm in templates.all(ALARM, has("Threshold")):
            if alarm.file == wire.inside and declaration["Type"] == "String":
                return alarm, wire.name
    raise NotApplicable("no alarm beside what a sibling gives")


def dimensions(alarm: Resource, name: str) -> list[Spot]:
    return [Spot(alarm.file, one, "Value") for one in alarm.get("Dimensions") or [] if one["Name"] == name]


# Nested stacks that need each other


@mutation("E9002", "a stack is tagged with what its consumer gives")
def tags_a_provider_with_its_consumers_output(templates: Templates) -> Place:
    provider, consumer = pair(templates)
    tags = provider.get("Tags") or []
    return provider.put([*tags, {"Key": "used-by", "Value": output_of(templates, consumer)}], "Tags")


@mutation("E9002", "a stack waits for one that needs it only by way of a third")
def lets_a_provider_wait_for_its_consumers_consumer(templates: Templates) -> Place:
    needs = {(giver.place, taker.place) for giver, taker in templates.siblings()}
    for giver, between in templates.siblings():
        for other, last in templates.siblings():
            if other.place == between.place and last.place != giver.place and (giver.place, last.place) not in needs:
                return wait(giver, last.logical_id)
    raise NotApplicable("no three stacks in a row")


@mutation("E9002", "a stack waits for a resource that is made of what its consumer gives")
def lets_a_provider_wait_for_a_note_about_its_consumer(templates: Templates) -> None:
    provider, consumer = pair(templates)
    note = {"Type": "String", "Description": "For scripts", "Value": output_of(templates, consumer)}
    templates.add(provider.file, "ConsumerNote", "AWS::SSM::Parameter", note)
    wait(provider, "ConsumerNote")


@mutation("E9002", "a stack takes from its consumer in one region only")
def takes_from_a_consumer_under_a_condition(templates: Templates) -> Place:
    for provider, consumer in templates.siblings():
        outputs = templates.declared(templates.child(consumer), "Outputs")
        for name, value in (provider.get("Parameters") or {}).items():
            if outputs:
                templates.section(provider.file, "Conditions")["Abroad"] = deepcopy(ABROAD)
                choice = {"Fn::If": ["Abroad", output_of(templates, consumer), value]}
                return provider.put(choice, "Parameters", name)
    raise NotApplicable("no provider takes a parameter")


# Values of the wrong kind


@mutation("E9003", "containers log to a group's ARN where its name is needed")
def tells_containers_the_arn_of_their_log_group(templates: Templates) -> Place:
    for task in templates.all(TASK):
        for at in range(len(task.get("ContainerDefinitions"))):
            path = ("ContainerDefinitions", at, "LogConfiguration", "Options", "awslogs-group")
            if task.get(*path) is not None:
                return templates.express(lambda group: group.att("Arn"), task, *path)
    raise NotApplicable("no container logs")


@mutation("E9003", "a dimension has the service's ARN, which is what its Ref is, for a name")
def watches_a_service_by_its_ref(templates: Templates) -> Place:
    for alarm in templates.all(ALARM):
        for spot in dimensions(alarm, "ServiceName"):
            end = templates.trace(spot)[1]
            if end and end.type == SERVICE and end.file == alarm.file:
                spot.put(end.ref)
                return alarm.place
    raise NotApplicable("no alarm watches a service")


@mutation("E9003", "what scales a service has its ARN, which is what its Ref is, in the place of its name")
def scales_a_service_by_its_ref(templates: Templates) -> Place:
    for scaled in templates.all("AWS::ApplicationAutoScaling::ScalableTarget"):
        services = [one for one in templates.all(SERVICE) if one.file == scaled.file]
        clusters = [one for one in templates.all("AWS::ECS::Cluster") if one.file == scaled.file]
        if services and clusters:
            text = f"service/${{{clusters[0].logical_id}}}/${{{services[0].logical_id}}}"
            return scaled.put({"Fn::Sub": text}, "ResourceId")
    raise NotApplicable("nothing is scaled")


@mutation("E9003", "a load balancer logs to a bucket's ARN where its name is needed")
def logs_requests_to_the_arn_of_a_bucket(templates: Templates) -> Place:
    balancer = templates.one(BALANCER, has("LoadBalancerAttributes"))
    for at, attribute in enumerate(balancer.get("LoadBalancerAttributes")):
        if attribute["Key"] == "access_logs.s3.bucket":
            path = ("LoadBalancerAttributes", at, "Value")
            return templates.express(lambda bucket: bucket.att("Arn"), balancer, *path)
    raise NotApplicable("no load balancer logs")


@mutation("E9003", "a policy is attached to a role's ARN where its name is needed")
def attaches_a_policy_to_the_arn_of_a_role(templates: Templates) -> Place:
    policy = templates.one("AWS::IAM::ManagedPolicy", has("Roles"))
    return templates.express(lambda role: role.att("Arn"), policy, "Roles", 0)


@mutation("E9003", "a rule's source is the VPC of a group and not the group")
def lets_in_a_vpc_for_a_group(templates: Templates) -> Place:
    for group in templates.all(GROUP):
        for rule in templates.rules(group, "Ingress"):
            spot = Spot(rule.owner.file, rule.body, "SourceSecurityGroupId")
            if isinstance(rule.peer(), dict):
                spot = templates.trace(spot)[0][-1]
                [source] = targets(spot.value)
                spot.put({"Fn::GetAtt": [source, "VpcId"]})
                return rule.place
    raise NotApplicable("no group lets another in")


@mutation("E9003", "the lists of an endpoint's subnets and of another's route tables are mistaken for each other")
def swaps_subnets_and_route_tables(templates: Templates) -> None:
    subnets = templates.listed(templates.one(ENDPOINT, has("SubnetIds")), "SubnetIds")
    tables = templates.listed(templates.one(ENDPOINT, has("RouteTableIds")), "RouteTableIds")
    first, second = subnets.value, tables.value
    subnets.put(second)
    tables.put(first)


@mutation("E9003", "a subscription to events has a database's ARN where its identifier is needed")
def subscribes_to_the_arn_of_a_database(templates: Templates) -> Place:
    events = templates.one("AWS::RDS::EventSubscription", has("SourceIds"))
    return templates.express(lambda database: database.att("DBInstanceArn"), events, "SourceIds", 0)


# Outputs that nobody reads


@mutation("W9004", "an output is given twice, under two names")
def gives_an_output_twice(templates: Templates) -> Place:
    child = templates.child(pair(templates)[0])
    outputs = templates.section(child, "Outputs")
    outputs["GivenAgain"] = deepcopy(next(iter(outputs.values())))
    outputs["GivenAgain"].pop("Export", None)
    return Place(child, "GivenAgain")


@mutation("W9004", "a parent reads another output of the same stack by mistake")
def reads_the_neighbour_of_an_output(templates: Templates) -> Place:
    for output, stack, name in read_once(templates):
        child = templates.child(Resource(templates.root, stack, templates.section(templates.root, "Resources")[stack]))
        for other in templates.declared(child, "Outputs"):
            if other != name:
                output["Value"] = {"Fn::GetAtt": [stack, f"Outputs.{other}"]}
                return Place(child, name)
    raise NotApplicable("no output has a neighbour")


@mutation("W9004", "a text names an output, but no Fn::Sub reads it")
def forgets_the_sub_around_an_output(templates: Templates) -> None:
    for output, stack, name in read_once(templates):
        output["Value"] = f"${{{stack}.Outputs.{name}}}"
        return
    raise NotApplicable("no output of the root reads one")


@mutation("W9004", "a stack is given up, and what was given to it alone is still given")
def gives_a_stack_up_and_still_serves_it(templates: Templates) -> None:
    stack = templates.nests(templates.one("AWS::CloudWatch::Dashboard").file)[0]
    child = templates.child(stack)
    root = templates.section(stack.file, "Outputs")
    for name in [name for name, output in root.items() if stack.logical_id in targets(output)]:
        del root[name]
    templates.remove(stack)
    del templates.files[child]


# Parameters that nobody reads at the end


@mutation("W9005", "a parameter is passed to two stacks of which none reads it")
def passes_a_parameter_to_two_that_do_not_read_it(templates: Templates) -> None:
    first, second = [stack for stack in templates.stacks() if stack.file == templates.root][:2]
    ask(templates, "ShiftName", first, second)


@mutation("W9005", "a parameter is passed to where a text names it, but no Fn::Sub reads it")
def forgets_the_sub_around_a_parameter(templates: Templates) -> None:
    alarm, stack = near_root(templates, ALARM)
    ask(templates, "ShiftName", stack)
    alarm.put("Wakes the ${ShiftName}", "AlarmDescription")


@mutation("W9005", "a parameter is passed to where a Fn::Sub has something else of that name")
def hides_a_parameter_behind_a_variable(templates: Templates) -> None:
    alarm, stack = near_root(templates, ALARM)
    ask(templates, "ShiftName", stack)
    text = "Wakes the ${ShiftName}"
    alarm.put({"Fn::Sub": [text, {"ShiftName": {"Ref": "AWS::StackName"}}]}, "AlarmDescription")


@mutation("W9005", "a VPC's id is written down in the only place that read the parameter for it")
def types_what_a_parameter_would_say(templates: Templates) -> None:
    for wire in templates.wires_of("AWS::EC2::VPC"):
        readers = templates.references(wire.inside, wire.name)
        if len(readers) == 1 and readers[0].key == "VpcId":
            readers[0].put("vpc-0a1b2c3d4e5f60718")
            return
    raise NotApplicable("every VPC is read twice")


# Nested stacks that compute on what a sibling gives


@mutation("E9006", "a nested stack divides a range that a sibling gives it")
def divides_a_siblings_range(templates: Templates) -> None:
    vpc = templates.one("AWS::EC2::VPC")
    wire = next(wire for wire in templates.wires_of("AWS::EC2::VPC") if _directly(templates, wire, vpc))
    [provider] = targets(wire.spot.value)
    templates.section(vpc.file, "Outputs")["Range"] = {"Description": "Its addresses", "Value": vpc.att("CidrBlock")}
    wire.stack.put({"Fn::GetAtt": [provider, "Outputs.Range"]}, "Parameters", "Range")
    templates.section(wire.inside, "Parameters")["Range"] = {"Type": "String"}
    group = templates.one(GROUP, lambda found: found.file == wire.inside)
    part = {"Fn::Select": [0, {"Fn::Cidr": [{"Ref": "Range"}, 4, 8]}]}
    templates.open(group, "Egress", IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp=part)


def _directly(templates: Templates, wire: Wire, vpc: Resource) -> bool:
    nesting = {(stack.file, stack.logical_id) for stack in templates.nests(vpc.file)}
    giving = {(wire.spot.file, name) for name in targets(wire.spot.value)}
    return giving <= nesting and any(group.file == wire.inside for group in templates.all(GROUP))


@mutation("E9006", "a nested stack looks up in a map what a sibling gives it")
def looks_a_siblings_output_up(templates: Templates) -> None:
    alarm, name = siblings_alarm(templates)
    templates.section(alarm.file, "Mappings")["Limits"] = {"busy": {"Most": 90}, "idle": {"Most": 50}}
    alarm.put({"Fn::FindInMap": ["Limits", {"Ref": name}, "Most"]}, "Threshold")


@mutation("E9006", "a nested stack allows two ports, and gets one from a sibling")
def allows_a_sibling_two_ports(templates: Templates) -> None:
    for wire, declaration in templates.wired_parameters():
        if wire.name.endswith("Port"):
            declaration["AllowedValues"] = ["5432", "6379"]
            return
    raise NotApplicable("no sibling gives a port")


@mutation("E9006", "a nested stack takes a sibling's subnets, however they get there, as a list that AWS looks up")
def types_the_subnets_of_a_sibling(templates: Templates) -> None:
    subnets = templates.one("AWS::ElastiCache::SubnetGroup", has("SubnetIds", "Ref"))
    declaration = templates.section(subnets.file, "Parameters")[subnets.get("SubnetIds", "Ref")]
    declaration["Type"] = "List<AWS::EC2::Subnet::Id>"


# Outputs of the root


@mutation("W9007", "an output's description is empty")
def describes_an_output_by_nothing(templates: Templates) -> Place:
    name, output = next(iter(templates.section(templates.root, "Outputs").items()))
    output["Description"] = ""
    return Place(templates.root, name)


@mutation("W9007", "a root gets another output, of which nobody says what it is for")
def adds_an_output_without_a_word(templates: Templates) -> Place:
    templates.section(templates.root, "Outputs")["Region"] = {"Value": {"Ref": "AWS::Region"}}
    return Place(templates.root, "Region")


@mutation("W9007", "a second root stands beside the first, and gives nothing")
def adds_a_root_that_gives_nothing(templates: Templates) -> None:
    note = {"Type": "String", "Description": "Read by the on-call rota", "Value": "night shift"}
    resources = {"Shift": {"Type": "AWS::SSM::Parameter", "Properties": note}}
    templates.files["rota.json"] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Who is called",
        "Resources": resources,
    }


@mutation("W9007", "the platform is nested in a new root, which hands none of its outputs on")
def wraps_the_platform_in_a_silent_root(templates: Templates) -> None:
    platform = {
        "Type": STACK,
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {"TemplateURL": templates.root},
    }
    templates.files["outermost.json"] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The platform",
        "Resources": {"Platform": platform},
    }


# Versions that can't be made


@mutation("E9008", "a version of PostgreSQL ends in a zero, as a number in YAML may; RDS begins with the one after it")
def takes_the_version_before_the_first(templates: Templates) -> None:
    spot = version(templates, templates.one(DATABASE, equals("postgres", "Engine")))
    spot.put(f"{spot.value.partition('.')[0]}.0")


@mutation("E9008", "a cache becomes one of another engine, which never had the version of the first")
def changes_the_caches_engine_and_keeps_its_version(templates: Templates) -> Place:
    cache = templates.one(CACHE, has("EngineVersion"))
    return cache.put("redis" if cache.get("Engine") == "valkey" else "valkey", "Engine")


@mutation("E9008", "a map has a version that RDS has withdrawn")
def looks_up_a_version_that_rds_has_withdrawn(templates: Templates) -> Place:
    database = templates.one(DATABASE, equals("postgres", "Engine"))
    templates.section(database.file, "Mappings")["Engines"] = {"postgres": {"Version": "9.6.24"}}
    return database.put({"Fn::FindInMap": ["Engines", "postgres", "Version"]}, "EngineVersion")


@mutation("E9008", "a cluster of Aurora is made in a version that was withdrawn")
def makes_a_cluster_of_a_withdrawn_aurora(templates: Templates) -> Place:
    database = templates.one(DATABASE)
    taken = ("DBSubnetGroupName", "KmsKeyId", "StorageEncrypted", "ManageMasterUserPassword", "MasterUserSecret")
    properties: Json = {name: deepcopy(database.get(*[name])) for name in taken if database.get(name) is not None}
    properties |= {"MasterUsername": "reports", "BackupRetentionPeriod": 35, "DeletionProtection": True}
    properties |= {"Engine": "aurora-postgresql", "EngineVersion": "9.6.22", "CopyTagsToSnapshot": True}
    properties["VpcSecurityGroupIds"] = deepcopy(database.get("VPCSecurityGroups"))
    kept = {"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}
    return templates.add(database.file, "Reports", "AWS::RDS::DBCluster", properties, **kept).place


# Two resources and one name


@mutation("E9009", "two roles in two stacks have one name, written in two ways")
def names_two_roles_alike_in_two_ways(templates: Templates) -> None:
    first, *others = templates.all("AWS::IAM::Role", lacks("RoleName"))
    second = next((role for role in others if role.file != first.file), None)
    if second is None:
        raise NotApplicable("all roles stand in one stack")
    first.put({"Fn::Sub": "platform-${AWS::Region}-worker"}, "RoleName")
    second.put({"Fn::Join": ["-", ["platform", {"Ref": "AWS::Region"}, "worker"]]}, "RoleName")


@mutation("E9009", "a template that names what it makes is nested twice")
def nests_a_dashboard_twice(templates: Templates) -> None:
    stack = templates.nests(templates.one("AWS::CloudWatch::Dashboard", has("DashboardName")).file)[0]
    again = templates.copy(stack, f"{stack.logical_id}Again")
    name = next(iter(templates.declared(templates.child(stack), "Outputs")), None)
    if name:
        value = again.att(f"Outputs.{name}")
        templates.section(stack.file, "Outputs")["Again"] = {"Description": "The second one", "Value": value}


@mutation("E9009", "a record is there twice, once with the dot at the end of its name")
def writes_a_record_with_and_without_a_dot(templates: Templates) -> None:
    record = templates.one("AWS::Route53::RecordSet", has("HostedZoneId"))
    name = flat(record.get("Name"))
    text = name.removesuffix(".") if name.endswith(".") else f"{name}."
    templates.copy(record, "SecondRecord").put({"Fn::Sub": text} if "${" in text else text, "Name")


@mutation("E9009", "a second user of a cache gets a name of its own, but the first one's id")
def copies_a_cache_user_and_forgets_its_id(templates: Templates) -> None:
    user = templates.one("AWS::ElastiCache::User", equals("iam", "AuthenticationMode", "Type"))
    templates.copy(user, "SecondUser").put("reports", "UserName")


# Names that the next creation would want again


@mutation("W9010", "a parent passes a log group that is kept its name")
def passes_a_kept_log_group_its_name(templates: Templates) -> Place:
    kept = [group for group in templates.all(LOG_GROUP, lacks("LogGroupName")) if "DeletionPolicy" in group.body]
    for group in kept:
        for stack in templates.nests(group.file):
            templates.section(group.file, "Parameters")["NameOfLogs"] = {"Type": "String"}
            stack.put("/platform/kept", "Parameters", "NameOfLogs")
            return group.put({"Ref": "NameOfLogs"}, "LogGroupName")
    raise NotApplicable("every log group has a name")


@mutation("W9010", "a bucket that is kept is named by account and region, which stay the same")
def names_a_kept_bucket_by_account_and_region(templates: Templates) -> Place:
    bucket = templates.one("AWS::S3::Bucket", lambda one: "Retain" in str(one.body.get("DeletionPolicy")))
    return bucket.put({"Fn::Sub": "logs-${AWS::AccountId}-${AWS::Region}"}, "BucketName")


@mutation("W9010", "a trail of a fixed name is kept when its stack goes")
def keeps_a_trail_and_its_name(templates: Templates) -> Place:
    trail = templates.one("AWS::CloudTrail::Trail", has("TrailName"))
    trail.body.update(DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    return trail.place


@mutation("W9010", "a secret of the root is named by its stack, whose name is chosen again")
def names_a_secret_by_the_roots_stack(templates: Templates) -> Place:
    way = templates.trace(templates.one(DATABASE).spot("MasterUserSecret", "KmsKeyId"))[0]
    key: Any = next(spot.value for spot in way if spot.file == templates.root)
    properties = {
        "Name": {"Fn::Sub": "${AWS::StackName}-session"},
        "Description": "Signs session cookies",
        "KmsKeyId": deepcopy(key),
        "GenerateSecretString": {"PasswordLength": 64},
    }
    return templates.add(templates.root, "SessionSecret", "AWS::SecretsManager::Secret", properties).place


# More ways than anybody looks at


@mutation("W9011", "forty features can each be switched")
def switches_forty_features(templates: Templates) -> Place | None:
    root = templates.root
    switch = {"Type": "String", "Default": "off", "AllowedValues": ["off", "on"]}
    for name in (f"Feature{number}" for number in range(40)):
        templates.section(root, "Parameters")[name] = dict(switch)
        templates.section(root, "Conditions")[f"Has{name}"] = {"Fn::Equals": [{"Ref": name}, "on"]}
    return None


@mutation("W9011", "forty regions are told apart, one condition each")
def tells_forty_regions_apart(templates: Templates) -> Place | None:
    for number in range(40):
        templates.section(templates.root, "Conditions")[f"In{number}"] = {
            "Fn::Equals": [{"Ref": "AWS::Region"}, f"xx-test-{number}"]
        }
    return None
