from __future__ import annotations

import json

from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.review.data import as_data
from stratopause.deployer.review.digest import digest
from stratopause.deployer.review.findings import Finding, Findings
from stratopause.deployer.review.judgement import judge
from tests.stratopause.deployer.review.reviews import add, given, modify, nest, review, whole, written

DATABASE = "AWS::RDS::DBInstance"
INSTANCE = modify(
    "Instance",
    written("StorageEncrypted", "true", "false", requires_recreation="Always"),
    written("MasterUserPassword", "hunter1", "hunter2"),
    type_=DATABASE,
    replacement="True",
    policy_action="ReplaceAndDelete",
    physical_id="db-1",
    before_context=whole(StorageEncrypted=True),
    after_context=whole(StorageEncrypted=False),
)
NOISE = modify("Log", given("KmsKeyId", "Keys.Outputs.LogsKeyArn"), type_="AWS::Logs::LogGroup")
REVIEW = review(nest("Database"), NOISE, Database=(INSTANCE, add("Alarm")))
FINDING = Finding(False, "Database/Instance", DATABASE, "V", "/Resources/Instance", "why", "what to do")
JUDGEMENT = judge(
    REVIEW,
    (),
    Findings((FINDING,), (ChangeSet("arn:b", "s", "x", name="b"), ChangeSet("arn:a", "s", "x")), ("no hooks",)),
)


def test_a_review_is_json_in_a_stable_order() -> None:
    told = as_data(REVIEW, JUDGEMENT)
    assert json.loads(json.dumps(told)) == told
    assert told == {
        "change_set": {"id": "arn:root", "name": "deploy-1", "stack_id": "arn:stack/root"},
        "digest": digest(REVIEW),
        "counts": {"add": 1, "replace": 1},
        "losses": [
            {
                "name": "Database/Instance",
                "type": DATABASE,
                "how": "is replaced by an empty one, and the old one deleted",
            }
        ],
        "replacements": ["Database/Instance"],
        "broadenings": [
            {"name": "Database/Instance", "type": DATABASE, "text": "StorageEncrypted: true → false", "is_wide": False}
        ],
        "warnings": [],
        "validation": {
            "found": [
                {
                    "blocks": False,
                    "place": "Database/Instance",
                    "type": DATABASE,
                    "by": "V",
                    "path": "/Resources/Instance",
                    "reason": "why",
                    "remedy": "what to do",
                }
            ],
            "unread": ["no hooks"],
        },
        "other_change_sets": [{"id": "arn:a", "name": ""}, {"id": "arn:b", "name": "b"}],
        "stacks": told["stacks"],
    }


def test_each_resource_tells_kind_certainty_and_properties_with_secrets_hidden() -> None:
    root, database = as_data(REVIEW, JUDGEMENT)["stacks"]
    assert (root["path"], database["path"]) == ("", "Database")
    assert [(one["logical_id"], one["kind"], one["certainty"]) for one in root["changes"]] == [
        ("Database", "modify", "nothing"),
        ("Log", "modify", "maybe"),
    ]
    assert root["changes"][1]["properties"][0]["cause"] == "Keys.LogsKeyArn"
    alarm, instance = database["changes"]
    assert alarm["properties"] == []
    assert (instance["physical_id"], instance["policy_action"]) == ("db-1", "ReplaceAndDelete")
    assert instance["properties"] == [
        {
            "path": "/Properties/MasterUserPassword",
            "before": "(hidden)",
            "after": "(hidden)",
            "requires_recreation": "",
            "cause": "",
        },
        {
            "path": "/Properties/StorageEncrypted",
            "before": "true",
            "after": "false",
            "requires_recreation": "Always",
            "cause": "",
        },
    ]


def test_warnings_are_told_with_whom_they_are_about() -> None:
    found = review(add("Role", "AWS::IAM::Role"))
    (warned,) = as_data(found, judge(found))["warnings"]
    assert warned["name"] == ""
    assert warned["text"].endswith("CloudFormation doesn't tell them: Role")
