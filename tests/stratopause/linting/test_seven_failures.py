"""The seven failures of the first version, put back one by one into templates that are right, and what names each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.mutations.handle import Templates
from tests.mutations.trees import PLATFORMS, found, templates

KEY = "AWS::KMS::Key"


def the_logs_service_is_not_in_the_keys_policy(tree: Templates) -> None:
    for key in tree.all(KEY):
        statements = key.body["Properties"]["KeyPolicy"]["Statement"]
        statements[:] = [one for one in statements if "logs." not in str(one.get("Principal", {}).get("Service"))]


def the_engine_version_is_not_offered(tree: Templates) -> None:
    tree.one("AWS::RDS::DBInstance").body["Properties"]["EngineVersion"] = "16.1"


def a_secret_has_a_name_that_a_deleted_one_may_keep(tree: Templates) -> None:
    database = tree.one("AWS::RDS::DBInstance")
    secret = {"Name": "clinic/database", "GenerateSecretString": {}}
    tree.add(database.file, "Password", "AWS::SecretsManager::Secret", secret)


def the_root_gives_nothing(tree: Templates) -> None:
    del tree.files[tree.root]["Outputs"]


def an_id_stands_where_an_arn_is_needed(tree: Templates) -> None:
    key = tree.one(KEY)
    for output in tree.files[key.file]["Outputs"].values():
        value: Any = output["Value"]
        if isinstance(value, dict) and value.get("Fn::GetAtt", ["", ""])[1] == "Arn":
            output["Value"] = {"Ref": value["Fn::GetAtt"][0]}


def the_bucket_of_state_is_open(tree: Templates) -> None:
    bucket = tree.one("AWS::S3::Bucket").body["Properties"]
    bucket.pop("VersioningConfiguration")
    bucket.pop("PublicAccessBlockConfiguration")


def a_stack_is_built_and_dropped(tree: Templates) -> None:
    stack = tree.leaf()
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    tree.files[tree.child(stack)]["Resources"]["Unused"] = topic
    tree.section(tree.child(stack), "Outputs")["UnusedArn"] = {"Value": {"Ref": "Unused"}, "Description": "For nobody"}


FAILURES: dict[Callable[[Templates], None], str] = {
    the_logs_service_is_not_in_the_keys_policy: "E9101",
    the_engine_version_is_not_offered: "E9008",
    a_secret_has_a_name_that_a_deleted_one_may_keep: "W9010",
    the_root_gives_nothing: "W9007",
    an_id_stands_where_an_arn_is_needed: "E9003",
    the_bucket_of_state_is_open: "E9409",
    a_stack_is_built_and_dropped: "W9004",
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_a_failure_that_is_put_back_is_named(failure: Callable[[Templates], None], platform: str) -> None:
    tree = templates(platform)
    failure(tree)
    assert FAILURES[failure] in {rule for rule, _, _ in found(tree)}
