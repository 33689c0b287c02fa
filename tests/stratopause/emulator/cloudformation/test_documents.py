from __future__ import annotations

import json
from typing import Any

import pytest

from stratopause.emulator.cloudformation.documents import path_style

CHILD = {"Resources": {"Value": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://artifacts.s3.amazonaws.com/a/b.json", "/artifacts/a/b.json"),
        ("https://artifacts.s3.eu-central-1.amazonaws.com/a.json?versionId=1", "/artifacts/a.json"),
        ("https://artifacts.s3-eu-west-1.amazonaws.com/a.json", "/artifacts/a.json"),
        ("https://my.bucket.s3.dualstack.us-east-1.amazonaws.com/a.json", "/my.bucket/a.json"),
        ("https://s3.us-gov-west-1.amazonaws.com/artifacts/a.json", "/artifacts/a.json"),
        ("https://artifacts.s3.cn-north-1.amazonaws.com.cn/a.json", "/artifacts/a.json"),
        ("http://127.0.0.1:4566/artifacts/a.json", "/artifacts/a.json"),
        ("http://s3.amazonaws.com/artifacts/a.json", None),
        ("https://example.org/artifacts/a.json", None),
        ("https://artifacts.s3.amazonaws.com.example.org/a.json", None),
        ("keys.json", None),
        ("s3://artifacts/keys.json", None),
    ],
)
def test_a_template_is_found_at_every_form_of_an_s3_address_only(url: str, path: str | None) -> None:
    assert path_style(url) == path


@pytest.mark.emulator
@pytest.mark.parametrize(
    "form",
    [
        "https://artifacts.s3.amazonaws.com/{}",
        "https://artifacts.s3.eu-west-3.amazonaws.com/{}",
        "https://s3.us-east-1.amazonaws.com/artifacts/{}",
        "{endpoint}/artifacts/{}",
    ],
)
def test_a_stack_is_created_from_every_form_of_an_s3_address(cloud: Any, form: str) -> None:
    cloud.put("child.json", CHILD)
    nested = {"Type": "AWS::CloudFormation::Stack"}
    nested["Properties"] = {"TemplateURL": form.format("child.json", endpoint=cloud.endpoint)}  # type: ignore[assignment]
    assert cloud.deploy({"Resources": {"Child": nested}}) == "CREATE_COMPLETE"


@pytest.mark.emulator
def test_an_address_outside_of_s3_is_refused(cloud: Any) -> None:
    request = {"StackName": "root", "ChangeSetName": "x", "ChangeSetType": "CREATE"}
    for url in ("https://example.org/root.json", "child.json"):
        assert cloud.refused("create_change_set", **request, TemplateURL=url) == "TemplateURL must be a supported URL."
    assert "TemplateURL must be a supported URL." in cloud.refused(
        "validate_template", TemplateURL="https://example.org/x"
    )


@pytest.mark.emulator
def test_a_nested_stack_without_a_template_is_refused(cloud: Any) -> None:
    change_set = cloud.change_set({"Resources": {"Child": {"Type": "AWS::CloudFormation::Stack", "Properties": {}}}})
    assert change_set["Status"] == "FAILED"
    assert cloud.below(change_set, "Child")["StatusReason"] == "TemplateURL must be a supported URL."
    cloud.cloudformation.delete_change_set(ChangeSetName=change_set["ChangeSetId"])
    body = json.dumps({"Resources": {"Child": {"Type": "AWS::CloudFormation::Stack"}}})
    cloud.cloudformation.create_stack(StackName="plain", TemplateBody=body)
    assert cloud.settled("plain") == "ROLLBACK_COMPLETE"
