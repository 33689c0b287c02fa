"""Changes that make nothing worse: the same written otherwise, or something more that is made well."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.mutations.blind import (
    ALARM,
    ALIAS,
    BALANCER,
    BUCKET_POLICY,
    CACHE,
    DATABASE,
    ENDPOINT,
    EVERYWHERE,
    FLOW_LOG,
    LISTENER,
    LOG_GROUP,
    NETWORK,
    ROLE,
    TARGETS,
    TOPIC,
    TOPIC_POLICY,
    TRAIL,
    VAULT,
    WAF_LOGGING,
    attribute,
    balanced,
    container,
    data_key,
    execution_role,
    https,
    in_container,
    log_bucket,
    logs_key,
    naming,
    parameter_group,
    parent,
    plan_rule,
    rule_between,
    task,
    task_policy,
    task_with_secrets,
    topic_key,
    trail_key,
    with_variable,
)
from tests.mutations.handle import (
    STACK,
    Json,
    NotApplicable,
    Resource,
    Templates,
    elements,
    equals,
    flat,
    has,
    lacks,
    many,
    members,
    reworded,
    says,
    statements,
)

Change = Callable[[Templates], Any]


@dataclass(frozen=True)
class Harmless:
    """A change that nothing may be said of."""

    claim: str
    apply: Change

    @property
    def name(self) -> str:
        return self.apply.__name__


CHANGES: list[Harmless] = []


def harmless(claim: str) -> Callable[[Change], Change]:
    """File a change."""

    def collect(change: Change) -> Change:
        CHANGES.append(Harmless(claim, change))
        return change

    return collect


def rename(templates: Templates, file: str, old: str, new: str) -> None:
    """Call a resource or parameter of a template otherwise, wherever the template says its name."""
    template = templates.files[file]
    for section in ("Resources", "Parameters"):
        if old in template.get(section, {}):
            template[section] = {new if name == old else name: body for name, body in template[section].items()}
    for section in ("Resources", "Outputs", "Conditions"):
        for inner in template.get(section, {}).values():
            _rename_in(inner, old, new)


def _rename_in(value: Any, old: str, new: str) -> None:
    if isinstance(value, list):
        for inner in value:
            _rename_in(inner, old, new)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in {"Ref", "DependsOn"}:
            value[key] = _swap(inner, old, new)
        elif key == "Fn::GetAtt":
            name, *attribute_ = inner if isinstance(inner, list) else inner.split(".", 1)
            value[key] = [_swap(name, old, new), *attribute_]
        elif key == "Fn::Sub":
            value[key] = reworded(inner, lambda text: re.sub(rf"\$\{{{old}(?=[.}}])", f"${{{new}", text))
            _rename_in(value[key], old, new)
        else:
            _rename_in(inner, old, new)


def _swap(value: Any, old: str, new: str) -> Any:
    return [_swap(inner, old, new) for inner in value] if isinstance(value, list) else new if value == old else value


def region_is(templates: Templates, file: str, name: str) -> None:
    """A condition that is true in one region only."""
    is_it = {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-central-1"]}
    templates.section(file, "Conditions")[name] = is_it


def new_log_group(templates: Templates, **attributes: Any) -> Resource:
    group = templates.copy(templates.one(LOG_GROUP, has("KmsKeyId"), has("RetentionInDays")), "MigrationLogGroup")
    group.properties.pop("LogGroupName", None)
    group.body.update(attributes)
    return group


# Policies, written otherwise


@harmless("actions in another order")
def reverses_the_actions_of_a_key_policy(templates: Templates) -> None:
    for statement in statements(data_key(templates)):
        statement.put(Action=statement.actions[::-1])


@harmless("statements in another order")
def reverses_the_statements_of_a_key_policy(templates: Templates) -> None:
    document = data_key(templates).get("KeyPolicy")
    document["Statement"] = many(document["Statement"])[::-1]


@harmless("one value where a list of one stood")
def writes_lists_of_one_as_one(templates: Templates) -> None:
    changed = False
    for statement in statements(logs_key(templates)) + statements(templates.one(TOPIC_POLICY)):
        for name in ("Action", "Resource"):
            value = statement.body.get(name)
            if isinstance(value, list) and len(value) == 1:
                statement.body[name] = value[0]
                changed = True
    if not changed:
        raise NotApplicable("no list of one")


@harmless("a list of one where one value stood")
def writes_a_principal_as_a_list(templates: Templates) -> None:
    for statement in naming(logs_key(templates), "logs."):
        spot = statement.service_spots()[0]
        if isinstance(spot.value, list):
            raise NotApplicable("it is a list")
        spot.put([spot.value])


@harmless("one statement split in two")
def splits_the_statement_for_logs(templates: Templates) -> None:
    statement = naming(logs_key(templates), "logs.")[0]
    if len(statement.actions) < 2:
        raise NotApplicable("one action can't be split")
    rest = deepcopy(statement.body)
    rest.update(Action=statement.actions[1:], Sid="LogGroupsToo")
    statement.put(Action=statement.actions[:1])
    statement.siblings.append(rest)


@harmless("two statements made one: services by which a key is used")
def merges_the_services_of_the_data_key(templates: Templates) -> None:
    key = data_key(templates)
    uses = [
        one for one in naming(key, "rds.") if one.allows_action("kms:Decrypt") and one.conditions("kms:CallerAccount")
    ]
    caches = [one for one in naming(key, "elasticache.") if one.allows_action("kms:Decrypt")]
    if not uses or not caches or uses[0].body is caches[0].body or uses[0].actions != caches[0].actions:
        raise NotApplicable("nothing to merge")
    mine, theirs = uses[0].conditions("kms:ViaService")[0], caches[0].conditions("kms:ViaService")[0]
    mine.put([*many(mine.value), *many(theirs.value)])
    caches[0].drop()


@harmless("two statements made one: services that a topic lets publish")
def merges_the_publishers_of_the_topic(templates: Templates) -> None:
    policy = templates.one(TOPIC_POLICY)
    first, second = naming(policy, "cloudwatch.amazonaws.com")[0], naming(policy, "backup.amazonaws.com")[0]
    if first.body is second.body or first.body.get("Condition") != second.body.get("Condition"):
        raise NotApplicable("nothing to merge")
    first.put(Principal={"Service": ["cloudwatch.amazonaws.com", "backup.amazonaws.com"]})
    second.drop()


def operator(body: Json, old: str, new: str) -> None:
    conditions = body["Condition"]
    if old not in conditions or new in conditions:
        raise NotApplicable(f"no {old}")
    conditions[new] = conditions.pop(old)


@harmless("StringLike where ArnLike stood")
def compares_the_logs_context_as_text(templates: Templates) -> None:
    operator(naming(logs_key(templates), "logs.")[0].body, "ArnLike", "StringLike")


@harmless("ArnEquals where ArnLike stood, which is the same")
def compares_the_logs_context_by_arn_equals(templates: Templates) -> None:
    operator(naming(logs_key(templates), "logs.")[0].body, "ArnLike", "ArnEquals")


@harmless("ArnLike where StringEquals stood, with the whole ARN")
def compares_the_trails_arn_by_arn_like(templates: Templates) -> None:
    policy = templates.one(BUCKET_POLICY, says("cloudtrail.amazonaws.com"))
    for statement in naming(policy, "cloudtrail.amazonaws.com"):
        equal = statement.body["Condition"].get("StringEquals", {})
        if "aws:SourceArn" not in equal:
            raise NotApplicable("no whole ARN is asked for")
        statement.body["Condition"]["ArnLike"] = {"aws:SourceArn": equal.pop("aws:SourceArn")}
        if not equal:
            del statement.body["Condition"]["StringEquals"]


@harmless("actions of one beginning by a star")
def writes_generate_data_key_with_a_star(templates: Templates) -> None:
    for statement in naming(logs_key(templates), "logs."):
        rest = [
            action for action in statement.actions if not action.startswith(("kms:GenerateDataKey", "kms:ReEncrypt"))
        ]
        statement.put(Action=[*rest, "kms:GenerateDataKey*", "kms:ReEncrypt*"])


@harmless("AWS's suffix written out")
def writes_the_services_suffix_out(templates: Templates) -> None:
    for statement in naming(data_key(templates), "rds.${AWS::Region}"):
        for spot in statement.conditions("kms:ViaService"):
            written = reworded(spot.value, lambda text: text.replace("${AWS::URLSuffix}", "amazonaws.com"))
            if written == spot.value:
                raise NotApplicable("it is written out")
            spot.put(written)


@harmless("other names for statements")
def renames_the_statements_of_a_key_policy(templates: Templates) -> None:
    for number, statement in enumerate(statements(trail_key(templates))):
        statement.put(Sid=f"Statement{number}")


@harmless("one permission more for those who administer a key")
def lets_administrators_list_key_rotations(templates: Templates) -> None:
    for statement in statements(data_key(templates)):
        if statement.allows_action("kms:PutKeyPolicy"):
            statement.put(Action=[*statement.actions, "kms:ListKeyRotations"])


@harmless("a denial besides")
def denies_tasks_to_pass_roles(templates: Templates) -> None:
    deny = {"Sid": "Never", "Effect": "Deny", "Action": ["iam:PassRole"], "Resource": ["*"]}
    task_policy(templates)[0].siblings.append(deny)


@harmless("a policy in two")
def splits_a_roles_policy_in_two(templates: Templates) -> None:
    role = execution_role(templates)
    for policy in templates.all("AWS::IAM::ManagedPolicy", lambda one: one.get("Roles") == [role.ref]):
        found = statements(policy)
        if len(found) > 1 and policy.file == role.file:
            document = {"Version": "2012-10-17", "Statement": [deepcopy(found[-1].body)]}
            found[-1].drop()
            second = {"Description": "The rest", "PolicyDocument": document, "Roles": [role.ref]}
            templates.add(policy.file, "RestOfPolicy", "AWS::IAM::ManagedPolicy", second)
            balanced(templates).body["DependsOn"] = [
                *many(balanced(templates).body.get("DependsOn", [])),
                "RestOfPolicy",
            ]
            return
    raise NotApplicable("no policy of several statements")


@harmless("a policy attached by the role, where it named the role")
def lets_a_role_name_its_policy(templates: Templates) -> None:
    role = templates.end(templates.one(FLOW_LOG), "DeliverLogsPermissionArn")
    policy = templates.one("AWS::IAM::ManagedPolicy", lambda one: one.get("Roles") == [role.ref])
    if policy.file != role.file:
        raise NotApplicable("role and policy stand apart")
    policy.drop("Roles")
    role.put([*(role.get("ManagedPolicyArns") or []), policy.ref], "ManagedPolicyArns")
    log = templates.one(FLOW_LOG)
    left = [name for name in many(log.body.get("DependsOn", [])) if name != policy.logical_id]
    log.body.pop("DependsOn", None)
    if left:
        log.body["DependsOn"] = left


@harmless("a trust policy's action as one value")
def writes_a_trust_policys_action_as_one(templates: Templates) -> None:
    statement = statements(execution_role(templates), trust=True)[0]
    first = statement.actions[0]
    statement.put(Action=first if isinstance(statement.body["Action"], list) else [first])


@harmless("a secret named by one of its keys")
def takes_one_member_of_a_secret(templates: Templates) -> None:
    found = task_with_secrets(templates)
    for definition in found.get("ContainerDefinitions"):
        for secret in definition.get("Secrets", []):
            if members(secret["ValueFrom"]) and "Ref" in secret["ValueFrom"]:
                whole = secret["ValueFrom"]["Ref"]
                secret["ValueFrom"] = {"Fn::Sub": f"${{{whole}}}:password::"}
                return
    raise NotApplicable("no secret is named whole")


# Values, written otherwise


@harmless("an ARN by Sub where it was by GetAtt")
def writes_a_keys_arn_by_sub(templates: Templates) -> None:
    templates.express(lambda key: {"Fn::Sub": f"${{{key.logical_id}.Arn}}"}, templates.one(DATABASE), "KmsKeyId")


@harmless("a log group's bare ARN by Sub of another form")
def writes_a_log_groups_arn_by_sub_with_names(templates: Templates) -> None:
    arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Group}"
    templates.express(lambda group: {"Fn::Sub": [arn, {"Group": group.ref}]}, templates.one(FLOW_LOG), "LogDestination")


@harmless("a security group by Ref where it was by GetAtt")
def names_a_security_group_by_ref(templates: Templates) -> None:
    spot = templates.first(templates.one(DATABASE), "VPCSecurityGroups")
    group = templates.group(templates.one(DATABASE))
    spot.put(group.att("GroupId") if spot.value == group.ref else group.ref)


@harmless("a list of subnets by Sub where it was by Join")
def writes_a_list_of_subnets_by_sub(templates: Templates) -> None:
    spot = templates.listed(balanced(templates), *NETWORK, "Subnets")
    if "Fn::Join" not in spot.value:
        raise NotApplicable("it isn't joined")
    spot.put({"Fn::Sub": ",".join(flat(one) for one in elements(spot.value))})


@harmless("a topic's key by its alias")
def names_the_topics_key_by_its_alias(templates: Templates) -> None:
    key, topic = topic_key(templates), templates.one(TOPIC)
    spot = templates.first(topic, "KmsMasterKeyId")
    alias = templates.one(ALIAS, lambda one: key.same(templates.trace(one.spot("TargetKeyId"))[1]))
    users = [one for one in templates.resources() if one.type != TOPIC and _uses(templates, one, key)]
    if users or alias.file != key.file:
        raise NotApplicable("others need its ARN")
    spot.put(alias.ref)


def _uses(templates: Templates, resource: Resource, key: Resource) -> bool:
    names = ("KmsKeyId", "KMSKeyId", "EncryptionKeyArn", "KmsMasterKeyId", "PerformanceInsightsKMSKeyId")
    return any(key.same(templates.trace(resource.spot(name))[1]) for name in names if resource.get(name) is not None)


@harmless("one value shared by two resources, as YAML's aliases do")
def shares_one_list_of_tags(templates: Templates) -> None:
    key, topic = data_key(templates), templates.one(TOPIC)
    shared = [*(key.get("Tags") or []), {"Key": "reviewed", "Value": "yes"}]
    key.put(shared, "Tags")
    topic.put(shared, "Tags")


@harmless("a dependency as a list")
def writes_a_dependency_as_a_list(templates: Templates) -> None:
    for resource in templates.resources():
        if isinstance(resource.body.get("DependsOn"), str):
            resource.body["DependsOn"] = [resource.body["DependsOn"]]
            return
    raise NotApplicable("none is alone")


@harmless("a number as a text, and a word for true as one")
def writes_numbers_as_texts(templates: Templates) -> None:
    database = templates.one(DATABASE)
    database.put("35", "BackupRetentionPeriod")
    database.put("true", "DeletionProtection")


# Names, changed on both sides


@harmless("a parameter renamed in the child and its parents")
def renames_a_parameter_on_both_sides(templates: Templates) -> None:
    wire, _ = next(templates.wired_parameters())
    stacks = templates.nests(wire.inside)
    rename(templates, wire.inside, wire.name, "Renamed")
    for stack in stacks:
        parameters = stack.get("Parameters")
        parameters["Renamed"] = parameters.pop(wire.name)


@harmless("an output renamed in the child and where it is read")
def renames_an_output_on_both_sides(templates: Templates) -> None:
    vpc = templates.one("AWS::EC2::VPC")
    outputs = templates.declared(vpc.file, "Outputs")
    old = next((name for name, output in outputs.items() if output["Value"] == vpc.ref), "")
    readers = templates.output_readers(vpc.file, old) if old else []
    if not readers:
        raise NotApplicable("the VPC isn't given")
    for spot in readers:
        spot.put(reworded(spot.value, lambda text: re.sub(rf"\bOutputs\.{old}\b", "Outputs.TheVpc", text)))
    outputs["TheVpc"] = outputs.pop(old)


@harmless("a resource renamed wherever it is named: a security group")
def renames_a_security_group(templates: Templates) -> None:
    group = templates.group(templates.one(CACHE))
    rename(templates, group.file, group.logical_id, "RenamedGroup")


@harmless("a resource renamed wherever it is named: a key")
def renames_a_key(templates: Templates) -> None:
    key = data_key(templates)
    rename(templates, key.file, key.logical_id, "RenamedKey")


@harmless("a resource renamed wherever it is named: a task")
def renames_a_task(templates: Templates) -> None:
    found = task(templates)
    rename(templates, found.file, found.logical_id, "RenamedTask")


@harmless("a nested stack renamed wherever it is named")
def renames_a_nested_stack(templates: Templates) -> None:
    stack = parent(templates, templates.one("AWS::EC2::VPC"))
    rename(templates, stack.file, stack.logical_id, "RenamedStack")


@harmless("a template in a file of another name")
def renames_a_templates_file(templates: Templates) -> None:
    stack = templates.leaf()
    old = templates.child(stack)
    url, new = flat(stack.get("TemplateURL")), re.sub(r"(\w+)\.(\w+)$", r"\1_again.\2", old)
    for one in templates.nests(old):
        one.put(re.sub(r"(\w+)\.(\w+)$", r"\1_again.\2", url), "TemplateURL")
    templates.files[new] = templates.files.pop(old)


# Words and tags


@harmless("another description of a key")
def describes_a_key_otherwise(templates: Templates) -> None:
    data_key(templates).put("What patients told us", "Description")


@harmless("another description of an alarm")
def describes_an_alarm_otherwise(templates: Templates) -> None:
    templates.one(ALARM).put("Look at the runbook, page three", "AlarmDescription")


@harmless("another description of an output")
def describes_an_output_otherwise(templates: Templates) -> None:
    outputs = templates.declared(templates.root, "Outputs")
    next(iter(outputs.values()))["Description"] = "What others build on"


@harmless("a tag more")
def tags_the_vpc(templates: Templates) -> None:
    vpc = templates.one("AWS::EC2::VPC")
    vpc.put([*(vpc.get("Tags") or []), {"Key": "reviewed", "Value": "yes"}], "Tags")


@harmless("notes in a template's and a resource's metadata")
def adds_metadata(templates: Templates) -> None:
    network = templates.one("AWS::EC2::VPC")
    templates.section(network.file, "Metadata")["Owner"] = "platform-team"
    network.body["Metadata"] = {"Why": "One for each environment"}


@harmless("a parameter of the root that tags a stack")
def asks_for_an_owner(templates: Templates) -> None:
    owner = {"Type": "String", "Default": "platform-team", "Description": "Who answers for it"}
    templates.section(templates.root, "Parameters")["Steward"] = owner
    stack = templates.one(STACK, lambda found: found.file == templates.root)
    tags = [one for one in stack.get("Tags") or [] if one["Key"] != "steward"]
    stack.put([*tags, {"Key": "steward", "Value": {"Ref": "Steward"}}], "Tags")


# Other values that are as good


@harmless("a longer retention, or one of six years still")
def keeps_logs_for_seven_years(templates: Templates) -> None:
    templates.one(LOG_GROUP).put(2557, "RetentionInDays")


@harmless("six years of retention, which is what is asked for")
def keeps_logs_for_six_years(templates: Templates) -> None:
    templates.one(LOG_GROUP, has("KmsKeyId")).put(2192, "RetentionInDays")


@harmless("an archive that keeps for eleven years")
def keeps_an_archive_for_longer(templates: Templates) -> None:
    for rule in log_bucket(templates).spot("LifecycleConfiguration", "Rules").value:
        if "ExpirationInDays" in rule:
            rule["ExpirationInDays"] = 4018


@harmless("backups for two weeks, where seven days are asked for")
def keeps_the_databases_backups_for_two_weeks(templates: Templates) -> None:
    templates.one(DATABASE).put(14, "BackupRetentionPeriod")


@harmless("snapshots for three weeks")
def keeps_the_caches_snapshots_for_three_weeks(templates: Templates) -> None:
    templates.one(CACHE).put(21, "SnapshotRetentionLimit")


@harmless("a key retained from the beginning")
def retains_a_key_even_on_creation(templates: Templates) -> None:
    key = data_key(templates)
    new = "Retain" if key.body.get("DeletionPolicy") != "Retain" else "RetainExceptOnCreate"
    key.body["DeletionPolicy"] = new


@harmless("a log group retained from the beginning")
def retains_a_log_group_even_on_creation(templates: Templates) -> None:
    group = templates.one(LOG_GROUP, lacks("LogGroupName"))
    if group.body.get("DeletionPolicy") == "Retain":
        raise NotApplicable("it is retained")
    group.body.update(DeletionPolicy="Retain", UpdateReplacePolicy="Retain")


@harmless("a bigger database")
def makes_the_database_bigger(templates: Templates) -> None:
    # A parameter that nobody reads any more would be a mistake.
    templates.one(DATABASE, lambda found: isinstance(found.get("AllocatedStorage"), str)).put("200", "AllocatedStorage")


@harmless("a database's port said, which is the default")
def says_the_databases_port(templates: Templates) -> None:
    templates.one(DATABASE, equals("postgres", "Engine"), lacks("Port")).put("5432", "Port")


@harmless("a database's parameter that says nothing of patients")
def tunes_the_database(templates: Templates) -> None:
    parameter_group(templates).put("65536", "Parameters", "work_mem")


@harmless("two nodes of a cache, in two zones")
def runs_the_cache_on_two_nodes(templates: Templates) -> None:
    cache = templates.one(
        CACHE, equals(True, "MultiAZEnabled"), lambda found: isinstance(found.get("NumCacheClusters"), int)
    )
    cache.put(2, "NumCacheClusters")


@harmless("a cache's user that may do less")
def lets_the_caches_user_do_less(templates: Templates) -> None:
    user = templates.one("AWS::ElastiCache::User", equals("iam", "AuthenticationMode", "Type"))
    user.put("on ~session:* -@all +@read +@write", "AccessString")


@harmless("another policy for TLS 1.2 and 1.3")
def takes_another_good_tls_policy(templates: Templates) -> None:
    https(templates).put("ELBSecurityPolicy-TLS13-1-2-2021-06", "SslPolicy")


@harmless("another path to ask for health")
def asks_for_health_elsewhere(templates: Templates) -> None:
    templates.one(TARGETS).put("/status", "HealthCheckPath")


@harmless("health asked at the port of the traffic, said outright")
def says_the_port_of_the_health_check(templates: Templates) -> None:
    templates.one(TARGETS).put("traffic-port", "HealthCheckPort")


@harmless("another image, by its digest")
def runs_another_image(templates: Templates) -> None:
    image = container(task(templates)).get("Image")
    if not isinstance(image, str) or "@sha256:" not in image:
        raise NotApplicable("the image isn't written out")
    in_container(task(templates), "Image", f"{image.partition('@')[0]}@sha256:{'5a' * 32}")


@harmless("another user that isn't root")
def runs_a_container_as_another_user(templates: Templates) -> None:
    in_container(task(templates), "User", "1042")


@harmless("a plain variable that is no secret")
def adds_a_variable(templates: Templates) -> None:
    with_variable(task(templates), "FEATURE_CALENDAR", "on")


@harmless("more memory for tasks")
def gives_tasks_more_memory(templates: Templates) -> None:
    found = task(templates)
    found.put("2048", "Cpu")
    found.put("8192", "Memory")


@harmless("more tasks at least")
def runs_more_tasks(templates: Templates) -> None:
    templates.one("AWS::ApplicationAutoScaling::ScalableTarget").put(4, "MinCapacity")


@harmless("flow logs gathered for longer")
def gathers_flow_logs_for_longer(templates: Templates) -> None:
    templates.one(FLOW_LOG).put(600, "MaxAggregationInterval")


@harmless("an alarm at another threshold")
def alarms_at_another_threshold(templates: Templates) -> None:
    templates.one(ALARM, equals("CPUUtilization", "MetricName")).put(85, "Threshold")


@harmless("an alarm's actions said to be on")
def says_that_an_alarms_actions_are_on(templates: Templates) -> None:
    templates.one(ALARM, has("AlarmActions", 0), lacks("ActionsEnabled")).put(True, "ActionsEnabled")


@harmless("a backup at another hour")
def backs_up_at_another_hour(templates: Templates) -> None:
    plan_rule(templates)["ScheduleExpression"] = "cron(30 2 * * ? *)"


@harmless("a lock that allows more, which the plan doesn't use")
def lets_the_vault_keep_for_longer(templates: Templates) -> None:
    templates.one(VAULT, has("LockConfiguration", "MaxRetentionDays")).put(
        4018, "LockConfiguration", "MaxRetentionDays"
    )


@harmless("a plan's rule that keeps for as long as the lock asks for, and one day more")
def keeps_a_day_more_than_the_lock_asks_for(templates: Templates) -> None:
    lock = templates.one(VAULT).get("LockConfiguration") or {}
    days = int(lock.get("MinRetentionDays", 35)) + 1
    if days > int(lock.get("MaxRetentionDays", days)):
        raise NotApplicable("the lock is too tight")
    plan_rule(templates)["Lifecycle"] = {"DeleteAfterDays": days}


@harmless("a trail without insights")
def follows_without_insights(templates: Templates) -> None:
    templates.one(TRAIL).drop("InsightSelectors")


@harmless("a stricter load balancer")
def mitigates_desync_strictly(templates: Templates) -> None:
    attribute(templates.one(BALANCER), "routing.http.desync_mitigation_mode", "strictest")


# Security groups, written otherwise or opened well


@harmless("a rule beside its group, where it was inline")
def moves_the_databases_rule_out_of_its_group(templates: Templates) -> None:
    rule = rule_between(templates, "Ingress", templates.one(DATABASE))
    if not rule.inline:
        raise NotApplicable("it stands beside")
    templates.close(rule)
    if not rule.owner.get("SecurityGroupIngress"):
        rule.owner.drop("SecurityGroupIngress")
    outside = {"GroupId": rule.owner.att("GroupId"), **rule.body}
    templates.add(rule.owner.file, "MovedRule", "AWS::EC2::SecurityGroupIngress", outside)


@harmless("a rule inline, where it stood beside its group")
def moves_a_rule_into_its_group(templates: Templates) -> None:
    service, balancer = templates.group(balanced(templates)), templates.group(templates.one(BALANCER))
    rule = templates.rule(balancer, "Egress", service)
    inward = templates.rule(service, "Ingress", balancer)
    if rule.inline or inward.inline or rule.owner.file != balancer.file:
        raise NotApplicable("it is inline, or would close a circle")
    templates.close(rule)
    body = {name: value for name, value in rule.body.items() if name != "GroupId"}
    balancer.properties.setdefault("SecurityGroupEgress", []).append(body)


@harmless("HTTPS to any address")
def lets_the_service_reach_any_https(templates: Templates) -> None:
    group = templates.group(balanced(templates))
    templates.open(group, "Egress", IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp=EVERYWHERE)


@harmless("HTTPS of a load balancer to one range more")
def lets_one_range_more_reach_the_load_balancer(templates: Templates) -> None:
    group = templates.group(templates.one(BALANCER))
    templates.open(group, "Ingress", IpProtocol="tcp", FromPort=443, ToPort=443, CidrIp="198.51.100.0/24")


@harmless("another description of a rule")
def describes_a_rule_otherwise(templates: Templates) -> None:
    rule_between(templates, "Egress", templates.one(DATABASE)).body["Description"] = "Queries"


@harmless("HTTP that only redirects")
def redirects_http(templates: Templates) -> None:
    group = templates.group(templates.one(BALANCER))
    if templates.all(LISTENER, equals("HTTP", "Protocol")):
        raise NotApplicable("it does")
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    properties = {
        "LoadBalancerArn": deepcopy(https(templates).get("LoadBalancerArn")),
        "Port": 80,
        "Protocol": "HTTP",
        "DefaultActions": [{"Type": "redirect", "RedirectConfig": redirect}],
    }
    templates.add(https(templates).file, "RedirectListener", LISTENER, properties)
    templates.open(group, "Ingress", IpProtocol="tcp", FromPort=80, ToPort=80, CidrIp=EVERYWHERE)


# Something more, made well


@harmless("an alarm more")
def adds_an_alarm(templates: Templates) -> None:
    alarm = templates.copy(templates.one(ALARM, has("AlarmActions", 0), lacks("AlarmName")), "OneMoreAlarm")
    alarm.put("Somebody should look", "AlarmDescription")


@harmless("a log group more, with key and retention")
def adds_a_log_group(templates: Templates) -> None:
    new_log_group(templates)


@harmless("a bucket more, closed, versioned, encrypted")
def adds_a_bucket(templates: Templates) -> None:
    templates.second_bucket("Exports")


@harmless("a subscription more")
def adds_a_subscription(templates: Templates) -> None:
    topic = templates.one(TOPIC)
    properties = {"Protocol": "email", "Endpoint": "second@example.org", "TopicArn": topic.ref}
    templates.add(topic.file, "SecondSubscription", "AWS::SNS::Subscription", properties)


@harmless("an endpoint more")
def adds_an_endpoint(templates: Templates) -> None:
    model = templates.one(ENDPOINT, says(".sts"), has("PolicyDocument"))
    again = templates.copy(model, "EventsEndpoint")
    again.put({"Fn::Sub": "com.amazonaws.${AWS::Region}.events"}, "ServiceName")
    for statement in statements(again):
        statement.put(Action=["events:PutEvents"])


@harmless("a nested stack more, made well")
def nests_one_more_stack(templates: Templates) -> None:
    group, beside = templates.one(LOG_GROUP, has("KmsKeyId")), templates.leaf(has("Parameters"))
    wire = templates.wire_to(group, "KmsKeyId")
    if wire.stack.file != templates.root:
        raise NotApplicable("its output would have to be handed up")
    file = re.sub(r"\w+\.(\w+)$", r"migration.\1", templates.child(wire.stack))
    body = {
        "Type": LOG_GROUP,
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "KmsKeyId": {"Ref": "KeyArn"},
            "RetentionInDays": 3653,
            "Tags": deepcopy(group.get("Tags") or []),
        },
    }
    templates.files[file] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Where a migration logs",
        "Parameters": {"KeyArn": {"Type": "String", "Description": "The ARN of a key"}},
        "Resources": {"MigrationLogGroup": body},
        "Outputs": {"LogGroup": {"Description": "Where a migration logs", "Value": {"Ref": "MigrationLogGroup"}}},
    }
    stack = {
        key: deepcopy(value)
        for key, value in wire.stack.body.items()
        if key in {"DeletionPolicy", "UpdateReplacePolicy"}
    }
    url = re.sub(r"\w+\.(\w+)$", r"migration.\1", flat(wire.stack.get("TemplateURL")))
    properties = {"TemplateURL": url, "Parameters": {"KeyArn": deepcopy(wire.spot.value)}}
    if beside.get("Tags"):
        properties["Tags"] = deepcopy(beside.get("Tags"))
    nested = templates.add(wire.stack.file, "Migration", STACK, properties, **stack)
    output = {"Description": "Where a migration logs", "Value": nested.att("Outputs.LogGroup")}
    templates.section(templates.root, "Outputs")["MigrationLogGroup"] = output


@harmless("a role more, with a policy that names what it may do")
def adds_a_role(templates: Templates) -> None:
    topic = templates.one(TOPIC)
    document = {"Version": "2012-10-17", "Statement": [trusts("scheduler.amazonaws.com")]}
    role = templates.add(topic.file, "AuditorRole", ROLE, {"AssumeRolePolicyDocument": document})
    look = {"Effect": "Allow", "Action": ["sns:ListSubscriptionsByTopic"], "Resource": [topic.ref]}
    policy = {"Version": "2012-10-17", "Statement": [look]}
    properties = {"Description": "See who is told", "PolicyDocument": policy, "Roles": [role.ref]}
    templates.add(topic.file, "AuditorPolicy", "AWS::IAM::ManagedPolicy", properties)


def trusts(service: str) -> Json:
    condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    principal = {"Service": service}
    return {"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"], "Condition": condition}


@harmless("an output more of the root")
def gives_one_more_output(templates: Templates) -> None:
    output = {"Description": "Where it runs", "Value": {"Ref": "AWS::Region"}}
    templates.section(templates.root, "Outputs")["Region"] = output


@harmless("an output more of a nested stack, which the root gives on")
def gives_the_vpcs_range_to_the_root(templates: Templates) -> None:
    vpc = templates.one("AWS::EC2::VPC")
    stack = parent(templates, vpc)
    if stack.file != templates.root:
        raise NotApplicable("it would have to be handed up")
    what = "The range of the VPC"
    templates.section(vpc.file, "Outputs")["VpcRange"] = {"Description": what, "Value": vpc.att("CidrBlock")}
    given = {"Description": what, "Value": stack.att("Outputs.VpcRange")}
    templates.section(templates.root, "Outputs")["VpcRange"] = given


# Conditions, whichever way they turn out


@harmless("a value that depends on a condition, good either way")
def keeps_logs_by_region(templates: Templates) -> None:
    group = templates.one(LOG_GROUP, has("KmsKeyId"))
    region_is(templates, group.file, "InFrankfurt")
    group.put({"Fn::If": ["InFrankfurt", 3653, 2557]}, "RetentionInDays")


@harmless("a TLS policy that depends on a condition, good either way")
def takes_tls_by_region(templates: Templates) -> None:
    listener = https(templates)
    region_is(templates, listener.file, "InFrankfurt")
    good = ["ELBSecurityPolicy-TLS13-1-2-2021-06", "ELBSecurityPolicy-TLS13-1-3-2021-06"]
    listener.put({"Fn::If": ["InFrankfurt", *good]}, "SslPolicy")


@harmless("a retention of backups that depends on a condition, good either way")
def keeps_the_databases_backups_by_region(templates: Templates) -> None:
    database = templates.one(DATABASE)
    region_is(templates, database.file, "InFrankfurt")
    database.put({"Fn::If": ["InFrankfurt", 35, 30]}, "BackupRetentionPeriod")


@harmless("the firewall's logs to a group without a policy, which AWS writes itself")
def leaves_the_delivery_of_the_firewalls_logs_to_aws(templates: Templates) -> None:
    templates.one(WAF_LOGGING)
    templates.remove(templates.one("AWS::Logs::ResourcePolicy", says("delivery.logs.amazonaws.com")))


@harmless("a resource left out by a condition that nothing else needs")
def leaves_an_alarm_out_elsewhere(templates: Templates) -> None:
    alarm = templates.copy(templates.one(ALARM, has("AlarmActions", 0), lacks("AlarmName")), "OneMoreAlarm")
    region_is(templates, alarm.file, "InFrankfurt")
    alarm.body["Condition"] = "InFrankfurt"


@harmless("a feature left out by a condition, with all that belongs to it")
def leaves_a_log_group_and_its_filter_out_elsewhere(templates: Templates) -> None:
    group = new_log_group(templates, Condition="InFrankfurt")
    region_is(templates, group.file, "InFrankfurt")
    properties = {
        "LogGroupName": group.ref,
        "FilterPattern": "ERROR",
        "MetricTransformations": [{"MetricName": "Errors", "MetricNamespace": "migration", "MetricValue": "1"}],
    }
    templates.add(group.file, "MigrationErrors", "AWS::Logs::MetricFilter", properties, Condition="InFrankfurt")


@harmless("a bucket left out by a condition, with its policy")
def leaves_a_bucket_out_elsewhere(templates: Templates) -> None:
    bucket = templates.second_bucket("Exports")
    region_is(templates, bucket.file, "InFrankfurt")
    for resource in (bucket, *templates.all(BUCKET_POLICY, lambda one: one.get("Bucket") == bucket.ref)):
        resource.body["Condition"] = "InFrankfurt"


@harmless("a rule there or not, good either way")
def opens_a_range_by_condition(templates: Templates) -> None:
    group = templates.group(templates.one(BALANCER))
    region_is(templates, group.file, "InFrankfurt")
    rule = {"Description": "Offices", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "198.51.100.0/24"}
    added = {"Fn::If": ["InFrankfurt", rule, {"Ref": "AWS::NoValue"}]}
    group.properties.setdefault("SecurityGroupIngress", []).append(added)
