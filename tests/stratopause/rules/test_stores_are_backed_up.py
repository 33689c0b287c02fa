from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, places, resource, template

RULE = "E9402"
DAYS = {
    "RDS::DBInstance": "BackupRetentionPeriod",
    "RDS::DBCluster": "BackupRetentionPeriod",
    "DocDB::DBCluster": "BackupRetentionPeriod",
    "DocDBElastic::Cluster": "BackupRetentionPeriod",
    "Neptune::DBCluster": "BackupRetentionPeriod",
    "Redshift::Cluster": "AutomatedSnapshotRetentionPeriod",
    "ElastiCache::ReplicationGroup": "SnapshotRetentionLimit",
    "MemoryDB::Cluster": "SnapshotRetentionLimit",
}
PITR = "PointInTimeRecoverySpecification"
ANY_PARTITION = "arn:${AWS::Partition}"
HERE = "${AWS::Region}:${AWS::AccountId}"
ONE_ZONE = {"AvailabilityZoneName": "eu-central-1a"}
ON = {"PointInTimeRecoveryEnabled": True}


def _found(type_: str, properties: Any = None) -> list[tuple[Any, ...]]:
    return [problem.path[2:] for problem in found(RULE, forest(platform=template(It=resource(type_, properties))))]


def _plan(days: int = 35, **rule: Any) -> dict[str, Any]:
    rules = [{"RuleName": "daily", "TargetBackupVault": "v", "Lifecycle": {"DeleteAfterDays": days}, **rule}]
    return resource("Backup::BackupPlan", {"BackupPlan": {"BackupPlanName": "p", "BackupPlanRule": rules}})


def _selection(**selection: Any) -> dict[str, Any]:
    return resource("Backup::BackupSelection", {"BackupPlanId": {"Ref": "Plan"}, "BackupSelection": selection})


BY_TAG = _selection(ListOfTags=[{"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "yes"}])
TAGS = [{"Key": "backup", "Value": "yes"}]
PERSISTENT = {"DeploymentType": "PERSISTENT_2"}


@pytest.mark.parametrize(("type_", "name"), DAYS.items())
def test_a_week_is_asked_of_each_type(type_: str, name: str) -> None:
    assert not _found(type_, {name: 7})
    assert not _found(type_, {name: "35"})
    assert _found(type_, {name: 6}) == [("Properties", name)]
    assert _found(type_, {name: "0"}) == [("Properties", name)]
    assert _found(type_) == [("Properties",)]
    assert not _found(type_, {name: {"Fn::ImportValue": "days"}})


def test_copies_and_memcached_have_nothing_to_back_up() -> None:
    assert not _found("RDS::DBInstance", {"DBClusterIdentifier": "aurora"})
    assert not _found("RDS::DBInstance", {"SourceDBInstanceIdentifier": "primary", "BackupRetentionPeriod": 0})
    assert not _found("ElastiCache::CacheCluster", {"Engine": "memcached"})
    assert _found("ElastiCache::CacheCluster", {"Engine": "redis"})
    assert _found("ElastiCache::ServerlessCache", {"Engine": "valkey"})


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("DynamoDB::Table", {PITR: ON}, {PITR: {"PointInTimeRecoveryEnabled": False}}),
        ("DynamoDB::Table", {PITR: ON | {"RecoveryPeriodInDays": 7}}, {PITR: ON | {"RecoveryPeriodInDays": 2}}),
        ("DynamoDB::GlobalTable", {"Replicas": [{PITR: ON}]}, {"Replicas": [{PITR: ON}, {"Region": "x"}]}),
        ("Cassandra::Table", {"PointInTimeRecoveryEnabled": True}, {}),
        ("EFS::FileSystem", {"BackupPolicy": {"Status": "ENABLED"}}, {}),
        ("EFS::FileSystem", ONE_ZONE, ONE_ZONE | {"BackupPolicy": {"Status": "DISABLED"}}),
        ("EFS::FileSystem", {"BackupPolicy": {"Status": "ENABLED"}}, {"BackupPolicy": {"Status": "DISABLED"}}),
        (
            "FSx::FileSystem",
            {"FileSystemType": "WINDOWS"},
            {"FileSystemType": "WINDOWS", "WindowsConfiguration": {"AutomaticBackupRetentionDays": 0}},
        ),
        (
            "FSx::FileSystem",
            {"FileSystemType": "LUSTRE", "LustreConfiguration": {"DeploymentType": "SCRATCH_2"}},
            {"FileSystemType": "LUSTRE", "LustreConfiguration": {"DeploymentType": "PERSISTENT_2"}},
        ),
    ],
)
def test_tables_and_file_systems_turn_it_on(type_: str, good: Any, bad: Any) -> None:
    assert not _found(type_, good)
    assert len(_found(type_, bad)) == 1


@pytest.mark.parametrize(
    "selection",
    [
        _selection(Resources=[{"Fn::GetAtt": ["Files", "Arn"]}]),
        _selection(Resources=["*"]),
        _selection(Resources=["arn:aws:elasticfilesystem:*:*:file-system/*"]),
        _selection(
            Resources=[{"Fn::Sub": "arn:aws:elasticfilesystem:${AWS::Region}:${AWS::AccountId}:file-system/${Files}"}]
        ),
        _selection(Resources=[{"Fn::Sub": f"{ANY_PARTITION}:elasticfilesystem:{HERE}:file-system/${{Files}}"}]),
        _selection(Resources=[{"Fn::Sub": f"{ANY_PARTITION}:elasticfilesystem:*:*:file-system/*"}]),
        _selection(Resources=[{"Fn::Sub": f"{ANY_PARTITION}:*:*:*:*"}]),
        _selection(
            Resources=["*"],
            Conditions={"StringEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "yes"}]},
        ),
        BY_TAG,
    ],
)
def test_a_plan_that_selects_a_file_system_is_as_good(selection: Any) -> None:
    files = resource("EFS::FileSystem", {"FileSystemTags": TAGS})
    assert not found(RULE, forest(platform=template(Files=files, Plan=_plan(), Selection=selection)))


@pytest.mark.parametrize(
    ("tags", "selection", "plan"),
    [
        ([{"Key": "backup", "Value": "no"}], BY_TAG, _plan()),
        (TAGS, _selection(Resources=["arn:aws:dynamodb:*:*:table/*"]), _plan()),
        (TAGS, _selection(Resources=[{"Fn::Sub": f"{ANY_PARTITION}:dynamodb:*:*:table/*"}]), _plan()),
        (TAGS, _selection(Resources=["*"], NotResources=["arn:aws:elasticfilesystem:*:*:file-system/*"]), _plan()),
        (
            TAGS,
            _selection(
                Resources=["*"],
                Conditions={"StringEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "no"}]},
            ),
            _plan(),
        ),
        (TAGS, BY_TAG, _plan(days=3)),
    ],
)
def test_a_plan_that_does_not_take_it_or_keeps_too_little_is_not(tags: Any, selection: Any, plan: Any) -> None:
    files = resource("EFS::FileSystem", {"FileSystemTags": tags})
    assert "platform.json/Files" in places(RULE, forest(platform=template(Files=files, Plan=plan, Selection=selection)))


def test_a_plan_does_not_stand_in_for_what_a_database_says_or_unless_it_is_continuous() -> None:
    for data, plan, is_found in [
        ({"BackupRetentionPeriod": 0}, _plan(EnableContinuousBackup=True), True),
        ({}, _plan(), True),
        ({}, _plan(EnableContinuousBackup=True), False),
    ]:
        body = template(Data=resource("RDS::DBInstance", data), Plan=plan, Selection=_selection(Resources=["*"]))
        assert bool(found(RULE, forest(platform=body))) is is_found


def test_a_volume_is_found_where_the_tree_selects_others() -> None:
    volume = resource("EC2::Volume", {"Tags": TAGS})
    assert not _found("EC2::Volume")
    assert not found(RULE, forest(platform=template(Volume=volume, Plan=_plan(), Selection=BY_TAG)))
    bare = template(Volume=resource("EC2::Volume"), Plan=_plan(), Selection=BY_TAG)
    assert places(RULE, forest(platform=bare)) == ["platform.json/Volume"]
    details = {"PolicyDetails": {"ResourceTypes": ["VOLUME"], "TargetTags": TAGS}}
    other = template(
        Volume=volume,
        Plan=_plan(),
        Selection=_selection(Resources=["arn:aws:rds:*"]),
        Policy=resource("DLM::LifecyclePolicy", details),
    )
    assert not found(RULE, forest(platform=other))


def test_a_nested_stack_gives_its_tags_to_what_is_in_it() -> None:
    stack = {"TemplateURL": "files.json", "Tags": TAGS}
    root = template(Files=resource("CloudFormation::Stack", stack), Plan=_plan(days=7), Selection=BY_TAG)
    assert not found(RULE, forest(platform=root, files=template(It=resource("EFS::FileSystem"))))
    del stack["Tags"]
    root = template(Files=resource("CloudFormation::Stack", stack), Plan=_plan(days=7), Selection=BY_TAG)
    assert places(RULE, forest(platform=root, files=template(It=resource("EFS::FileSystem")))) == ["files.json/It"]


def test_windows_is_backed_up_for_seven_days() -> None:
    for days, is_found in [(6, True), (7, False)]:
        configuration = {"AutomaticBackupRetentionDays": days}
        properties = {"FileSystemType": "WINDOWS", "WindowsConfiguration": configuration}
        assert bool(_found("FSx::FileSystem", properties)) is is_found


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("RDS::DBInstance", {"DBSnapshotIdentifier": "before"}),
        ("RDS::DBCluster", {"SnapshotIdentifier": "before"}),
        ("RDS::DBCluster", {"SourceDBClusterIdentifier": "source"}),
        ("Neptune::DBCluster", {"SnapshotIdentifier": "before"}),
        ("Redshift::Cluster", {"SnapshotIdentifier": "before"}),
        ("FSx::FileSystem", {"FileSystemType": "LUSTRE", "BackupId": "b", "LustreConfiguration": PERSISTENT}),
    ],
)
def test_what_is_restored_and_says_nothing_keeps_what_the_source_did(type_: str, properties: Any) -> None:
    assert not _found(type_, properties)
    days = {"RDS": "BackupRetentionPeriod", "Nep": "BackupRetentionPeriod", "Red": "AutomatedSnapshotRetentionPeriod"}
    if name := days.get(type_[:3]):
        assert _found(type_, {**properties, name: 1}) == [("Properties", name)]


def test_lustre_before_a_bucket_can_not_be_backed_up() -> None:
    files = resource("FSx::FileSystem", {"FileSystemType": "LUSTRE", "LustreConfiguration": PERSISTENT})
    link = resource("FSx::DataRepositoryAssociation", {"FileSystemId": {"Ref": "It"}})
    assert places(RULE, forest(platform=template(It=files))) == ["platform.json/It"]
    assert not found(RULE, forest(platform=template(It=files, Link=link)))


def test_a_plan_keeps_something_for_a_week() -> None:
    assert places(RULE, forest(platform=template(Plan=_plan(days=3)))) == ["platform.json/Plan"]
    assert not found(RULE, forest(platform=template(Plan=_plan(days=7))))
    assert not found(RULE, forest(platform=template(Plan=_plan(Lifecycle={"MoveToColdStorageAfterDays": 7}))))


def test_a_tree_larger_than_any_account_is_not_looked_through() -> None:
    stores = {f"Files{at}": resource("EFS::FileSystem") for at in range(300)}
    pattern = "arn:aws:elasticfilesystem:*:*:file-system/*-{}"
    selections = {f"S{at}": _selection(Resources=[pattern.format(at)]) for at in range(300)}
    assert len(found(RULE, forest(platform=template(Plan=_plan(), **stores, **selections)))) < len(stores)


@pytest.mark.parametrize("value", [1, [], {}, True, "", [["x"]], [1], {"Fn::ImportValue": "x"}])
def test_no_value_breaks_it(value: Any) -> None:
    body = template(
        A=resource("RDS::DBInstance", {"BackupRetentionPeriod": value, "Tags": value}),
        B=resource("EFS::FileSystem", {"BackupPolicy": value, "FileSystemTags": value}),
        C=resource("DynamoDB::Table", {PITR: value, "Tags": value}),
        D=resource("DynamoDB::GlobalTable", {"Replicas": value}),
        E=resource("FSx::FileSystem", {"FileSystemType": "LUSTRE", "LustreConfiguration": value}),
        F=resource("EC2::Volume", {"Tags": value}),
        Plan=resource("Backup::BackupPlan", {"BackupPlan": {"BackupPlanRule": value}}),
        Selection=_selection(Resources=value, ListOfTags=value, Conditions=value),
        Other=resource("Backup::BackupSelection", {"BackupPlanId": value, "BackupSelection": value}),
        Policy=resource("DLM::LifecyclePolicy", {"PolicyDetails": value}),
    )
    found(RULE, forest(platform=body))
