from __future__ import annotations

import time
from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "E9506"
GROUP = "Logs::LogGroup"


def _group(name: Any) -> dict[str, Any]:
    return resource(GROUP, {"LogGroupName": name})


def _database(**attributes: Any) -> dict[str, Any]:
    properties = {"DBInstanceIdentifier": "records", "EnableCloudwatchLogsExports": ["postgresql"]}
    return resource("RDS::DBInstance", properties, **attributes)


DATABASE = template(Group=_group("/aws/rds/instance/records/postgresql"), One=_database(DependsOn="Group"))
SUB = {"Fn::Sub": "${Name}-${AWS::StackName}"}
GOOD: dict[str, dict[str, Any]] = {
    "instance": DATABASE,
    "upper case": template(
        Group=_group("/aws/rds/instance/records/postgresql"),
        One=resource(
            "RDS::DBInstance",
            {"DBInstanceIdentifier": "Records", "EnableCloudwatchLogsExports": ["postgresql"]},
            DependsOn=["Group"],
        ),
    ),
    "composed alike": template(
        Group=_group({"Fn::Sub": "/aws/rds/instance/${Name}-${AWS::StackName}/postgresql"}),
        One=resource(
            "RDS::DBInstance",
            {"DBInstanceIdentifier": SUB, "EnableCloudwatchLogsExports": ["postgresql"]},
            DependsOn=["Group"],
        ),
    )
    | {"Parameters": {"Name": {"Type": "String"}}},
    "at second hand": template(
        Group=_group("/aws/rds/instance/records/postgresql"),
        Policy=resource("IAM::ManagedPolicy", {"PolicyDocument": {"Resource": {"Fn::Sub": "${Group.Arn}"}}}),
        One=_database(DependsOn=["Policy"]),
    ),
    "cluster": template(
        Group=_group({"Fn::Join": ["/", ["", "aws", "rds", "cluster", "records", "audit"]]}),
        One=resource(
            "RDS::DBCluster",
            {"DBClusterIdentifier": "records", "EnableCloudwatchLogsExports": ["audit"]},
            DependsOn="Group",
        ),
    ),
    "member": template(
        One=resource("RDS::DBInstance", {"DBClusterIdentifier": "c", "EnableCloudwatchLogsExports": ["postgresql"]})
    ),
    "insights": template(
        Group=_group("/aws/ecs/containerinsights/Main/performance"),
        One=resource(
            "ECS::Cluster",
            {"ClusterName": "Main", "ClusterSettings": [{"Name": "containerInsights", "Value": "enabled"}]},
            DependsOn="Group",
        ),
    ),
    "no insights": template(
        One=resource("ECS::Cluster", {"ClusterSettings": [{"Name": "containerInsights", "Value": "disabled"}]})
    ),
    "no exports": template(One=resource("RDS::DBInstance")),
    "a name that may be it": template(Group=_group({"Ref": "Name"}), One=_database())
    | {"Parameters": {"Name": {"Type": "String"}}},
    "an identifier that may be it": template(
        Group=_group("/aws/rds/instance/records/postgresql"),
        One=resource(
            "RDS::DBInstance",
            {"DBInstanceIdentifier": {"Fn::ImportValue": "x"}, "EnableCloudwatchLogsExports": ["postgresql"]},
        ),
    ),
}


@pytest.mark.parametrize("tree", GOOD.values(), ids=GOOD)
def test_a_log_group_that_is_made_before_is_fine(tree: Body) -> None:
    assert not found(RULE, forest(platform=tree))


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "none": (template(One=_database()), "none that is called /aws/rds/instance/records/postgresql"),
    "another": (
        template(Group=_group("/aws/rds/instance/other/postgresql"), One=_database(DependsOn="Group")),
        "none that is called",
    ),
    "beside": (
        template(Group=_group("/aws/rds/instance/records/postgresql"), One=_database()),
        "Group (Logs::LogGroup) isn't surely made before",
    ),
    "after": (
        template(
            Group=_group({"Fn::Sub": "/aws/rds/instance/${One}/postgresql"}),
            One=_database(),
        ),
        "isn't surely made before",
    ),
    "no name": (
        template(One=resource("RDS::DBCluster", {"EnableCloudwatchLogsExports": ["audit"]})),
        "write DBClusterIdentifier",
    ),
    "insights": (
        template(
            One=resource(
                "ECS::Cluster",
                {"ClusterName": "main", "ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}]},
            )
        ),
        "none that is called /aws/ecs/containerinsights/main/performance",
    ),
    "insights without a name": (
        template(
            One=resource("ECS::Cluster", {"ClusterSettings": [{"Name": "containerInsights", "Value": "enhanced"}]})
        ),
        "write ClusterName",
    ),
    "documents": (
        template(
            One=resource("DocDB::DBCluster", {"DBClusterIdentifier": "d", "EnableCloudwatchLogsExports": ["audit"]})
        ),
        "none that is called /aws/docdb/d/audit",
    ),
    "graph": (
        template(
            One=resource("Neptune::DBCluster", {"DBClusterIdentifier": "g", "EnableCloudwatchLogsExports": ["audit"]})
        ),
        "none that is called /aws/neptune/g/audit",
    ),
}


@pytest.mark.parametrize(("tree", "why"), BAD.values(), ids=BAD)
def test_a_log_group_that_is_not_made_before_is_found(tree: Body, why: str) -> None:
    (problem,) = found(RULE, forest(platform=tree))
    assert problem.path[:2] == ("Resources", "One")
    assert len(problem.path) > 4
    assert why in problem.message


@pytest.mark.parametrize("passed", [True, False])
def test_a_log_group_of_a_stack_that_comes_before_is_made_before(passed: bool) -> None:
    logs = template(Group=_group("/aws/rds/instance/records/postgresql")) | {"Outputs": {"Name": {"Value": "x"}}}
    data = template(One=_database()) | {"Parameters": {"After": {"Type": "String", "Default": ""}}}
    parameters = {"After": {"Fn::GetAtt": ["Logs", "Outputs.Name"]}} if passed else {}
    middle = template(Data=nested("data.json")) | {"Parameters": {"After": {"Type": "String", "Default": ""}}}
    root = template(Logs=nested("logs.json"), Middle=nested("middle.json", **parameters))
    tree = forest(platform=root, logs=logs, data=data, middle=middle)
    assert places(RULE, tree) == ([] if passed else ["data.json/One"])


def test_order_within_a_nested_stack_is_its_own() -> None:
    root = template(Child=nested("child.json"))
    assert not found(RULE, forest(platform=root, child=DATABASE))
    beside = {"Resources": DATABASE["Resources"] | {"One": _database()}}
    assert places(RULE, forest(platform=root, child=beside)) == ["child.json/One"]


def test_each_export_is_judged() -> None:
    tree = template(
        Group=_group("/aws/rds/instance/records/postgresql"),
        One=resource(
            "RDS::DBInstance",
            {"DBInstanceIdentifier": "records", "EnableCloudwatchLogsExports": ["postgresql", "upgrade"]},
            DependsOn="Group",
        ),
    )
    (problem,) = found(RULE, forest(platform=tree))
    assert problem.path[-2:] == ("EnableCloudwatchLogsExports", 1)


def test_many_databases_and_log_groups_are_judged_quickly() -> None:
    tree = template(
        **{f"Group{number}": _group({"Fn::Sub": f"${{X}}/{number}"}) for number in range(400)},
        **{f"One{number}": _database(DependsOn=f"Group{number}") for number in range(400)},
    )
    made = forest(platform=tree)
    begin = time.perf_counter()
    found(RULE, made)
    assert time.perf_counter() - begin < 2


def test_hostile_values_do_no_harm() -> None:
    for tree in GOOD.values():
        for changed in hostile(tree):
            found(RULE, forest(platform=changed))
