from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, resource, template
from tests.hostile import hostile

RULE = "E9501"


def _group(**properties: Any) -> dict[str, Any]:
    return template(Group=resource("Logs::LogGroup", {"RetentionInDays": 3653, **properties}))


@pytest.mark.parametrize(
    "key",
    [
        {"Fn::GetAtt": ["Key", "Arn"]},
        {"Fn::ImportValue": "key"},
        {"Ref": "KeyArn"},
        "arn:aws:kms:eu-central-1:111122223333:key/8f7a",
    ],
)
def test_a_log_group_with_a_key_is_fine(key: Any) -> None:
    tree = _group(KmsKeyId=key)
    tree["Resources"]["Key"] = resource("KMS::Key")
    assert not found(RULE, forest(platform=tree | {"Parameters": {"KeyArn": {"Type": "String"}}}))


@pytest.mark.parametrize("key", [None, "", {"Ref": "AWS::NoValue"}])
def test_a_log_group_without_a_key_is_found(key: Any) -> None:
    (problem,) = found(RULE, forest(platform=_group(KmsKeyId=key)))
    assert problem.path[:2] == ("Resources", "Group")
    assert "Group (Logs::LogGroup) is encrypted by no key of the customer's" in problem.message
    assert len(found(RULE, forest(platform=template(Group={"Type": "AWS::Logs::LogGroup"})))) == 1


def test_a_key_of_aws_is_found() -> None:
    (problem,) = found(RULE, forest(platform=_group(KmsKeyId="alias/aws/logs")))
    assert problem.path == ("Resources", "Group", "Properties", "KmsKeyId")


def test_a_key_that_a_parent_passes_empty_is_found() -> None:
    child = _group(KmsKeyId={"Ref": "KeyArn"}) | {"Parameters": {"KeyArn": {"Type": "String"}}}
    assert found(RULE, forest(platform=template(Child=nested("child.json", KeyArn="")), child=child))
    assert not found(
        RULE, forest(platform=template(Child=nested("child.json", KeyArn={"Fn::ImportValue": "k"})), child=child)
    )


def test_a_choice_without_a_key_is_found() -> None:
    tree = _group(KmsKeyId={"Fn::If": ["Encrypted", {"Fn::ImportValue": "key"}, {"Ref": "AWS::NoValue"}]})
    tree["Parameters"] = {"Environment": {"Type": "String", "Default": "prod", "AllowedValues": ["prod", "dev"]}}
    tree["Conditions"] = {"Encrypted": {"Fn::Equals": [{"Ref": "Environment"}, "prod"]}}
    assert len(found(RULE, forest(platform=tree))) == 1


def test_hostile_values_do_no_harm() -> None:
    for changed in hostile(_group(KmsKeyId="key")):
        found(RULE, forest(platform=changed))
