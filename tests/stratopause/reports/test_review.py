from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from stratopause.deployer.changes import ChangeSet, PropertyChange, Review
from stratopause.deployer.events import ReviewReady
from stratopause.deployer.review.findings import Finding, Findings
from stratopause.deployer.review.judgement import judge
from stratopause.deployer.stacks import NESTED_STACK
from stratopause.reports.review import review as rendered
from tests.stratopause.deployer.review.reviews import (
    add,
    given,
    modify,
    nest,
    passed,
    remove,
    review,
    taken,
    whole,
    written,
)
from tests.stratopause.deployer.review.test_noise import CHANGES

DATABASE, LOGS, GROUP = "AWS::RDS::DBInstance", "AWS::Logs::LogGroup", "AWS::EC2::SecurityGroup"


def lines(found: Review, findings: Findings | None = None, width: int = 100, everything: bool = False) -> list[str]:
    ready = ReviewReady("clinic-dev", found, None, judge(found, (), findings))
    return [line.plain for line in rendered(ready, width, everything)]


def section(told: list[str], title: str) -> list[str]:
    """The lines below a title."""
    begin = told.index(f"  {title}") + 1
    end = next((at for at in range(begin, len(told)) if not told[at].startswith("    ")), len(told))
    return [line.removeprefix("    ") for line in told[begin:end]]


def test_the_counts_come_first_and_then_each_resource_by_stack() -> None:
    instance = modify("Instance", written("Engine", "16", "17"), type_=DATABASE)
    told = lines(review(nest("Database"), add("Topic"), remove("Old"), Database=(instance,)))
    assert told == [
        "clinic-dev: 1 to remove, 1 to modify, 1 to add",
        "  changes:",
        "    the root stack: 1 to remove, 1 to add",
        "      - Old AWS::SNS::Topic: remove",
        "      + Topic AWS::SNS::Topic",
        "    Database: 1 to modify",
        "      ~ Instance AWS::RDS::DBInstance",
        "          Engine: 16 → 17",
    ]


def test_without_a_judgement_the_review_is_judged() -> None:
    ready = ReviewReady("clinic-dev", review(remove("Bucket", "AWS::S3::Bucket")), "https://console")
    told = [line.plain for line in rendered(ready)]
    assert told[1:3] == ["  data would be lost:", "    ! Bucket AWS::S3::Bucket is deleted"]
    assert told[-1] == "  in the console: https://console"


def test_what_is_dangerous_comes_before_all_else_in_this_order() -> None:
    instance = modify(
        "Instance",
        written("StorageEncrypted", "true", "false", requires_recreation="Always"),
        PropertyChange("/DeletionPolicy", "DeletionPolicy", before="Snapshot", after="Delete", evaluation="Static"),
        type_=DATABASE,
        replacement="True",
        policy_action="ReplaceAndDelete",
        before_context=whole(StorageEncrypted=True),
        after_context=whole(StorageEncrypted=False),
    )
    perhaps = modify("Group", written("Name", requires_recreation="Conditionally"), replacement="Conditional")
    told = lines(review(nest("Database"), Database=(instance, perhaps)))
    titles = [line.strip() for line in told if line.startswith("  ") and not line.startswith("    ")]
    assert titles == [
        "data would be lost:",
        "kept no longer, should they go one day:",
        "replaced:",
        "more open, or less protected:",
        "changes:",
    ]
    assert section(told, "data would be lost:") == [
        "! Database/Instance AWS::RDS::DBInstance is replaced by an empty one, and the old one deleted",
        "to allow it: --allow-data-loss Database/Instance",
    ]
    assert section(told, "kept no longer, should they go one day:") == [
        "! Database/Instance: DeletionPolicy: Snapshot → Delete"
    ]
    assert section(told, "replaced:") == [
        "! Database/Instance AWS::RDS::DBInstance, by StorageEncrypted",
        "! Database/Group AWS::SNS::Topic may be replaced, by Name",
    ]
    assert section(told, "more open, or less protected:") == [
        "Database/Instance AWS::RDS::DBInstance",
        "  - StorageEncrypted: true → false",
    ]
    assert section(told, "changes:")[:3] == [
        "Database: 1 to replace, 1 to maybe replace",
        "  ! Instance AWS::RDS::DBInstance: replace",
        "      StorageEncrypted: true → false (replaces it)",
    ]


def test_what_is_open_to_everybody_is_marked_twice() -> None:
    opened: Any = {"SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}]}
    closed: Any = {"SecurityGroupIngress": []}
    group = modify("G", written("X"), type_=GROUP, before_context=whole(**closed), after_context=whole(**opened))
    assert section(lines(review(group)), "more open, or less protected:")[1] == (
        "  !! lets tcp 22 from 0.0.0.0/0 (everywhere) through"
    )


NOISE = review(
    nest("Keys"),
    passed("Audit", "KeyArn", "Keys.Outputs.LogsKeyArn"),
    Keys=(modify("Same", given("A", "B.C", "x", "x")),),
    Audit=tuple(
        modify(
            f"Log{number}",
            taken("KmsKeyId", "KeyArn"),
            type_=LOGS,
            replacement="False" if number else "True",
            policy_action="ReplaceAndRetain",
        )
        for number in range(3)
    ),
)


def test_what_may_change_is_one_line_for_each_stack() -> None:
    assert lines(NOISE) == [
        "clinic-dev: nothing is known to change",
        "  3 more resources may change, 1 listed without any change",
        "  may change, as is known only while it runs:",
        "    Audit: 3 resources may change, 1 of them by replacement, if Keys.LogsKeyArn does",
    ]


def test_what_is_not_known_yet_of_a_real_change_is_one_line_below_it() -> None:
    group = modify(
        "Group",
        written("Name"),
        given("VpcId", "Net.Outputs.VpcId", requires_recreation="Always"),
        given("Same", "Net.Outputs.VpcId", "x", "x"),
        replacement="True",
    )
    told = lines(review(nest("Net"), group))
    assert section(told, "changes:") == [
        "the root stack: 1 to maybe replace",
        "  ? Group AWS::SNS::Topic: maybe replace",
        "      Name: old → new",
        "      1 more of its properties may change, if Net.VpcId does",
    ]
    assert section(told, "replaced:") == ["! Group AWS::SNS::Topic may be replaced, by VpcId"]


def test_resources_of_which_the_same_is_to_be_said_stand_together() -> None:
    told = {"before_context": whole(RetentionInDays=30), "after_context": whole(RetentionInDays=7)}
    logs = tuple(modify(name, written("RetentionInDays", "30", "7"), type_=LOGS, **told) for name in ("A", "B", "C"))
    assert section(lines(review(*logs)), "more open, or less protected:") == [
        "A, B, C AWS::Logs::LogGroup",
        "  - RetentionInDays: 30 → 7",
    ]


def test_several_causes_are_named_and_none_is_made_up() -> None:
    detail = PropertyChange("/Properties/A", evaluation="Dynamic", source="ResourceAttribute")
    found = review(modify("A", given("B", "X.Y"), given("C", "Z.Y")))
    assert lines(found)[-1] == "    the root stack: 1 resource may change, if X.Y, Z.Y do"
    assert lines(review(modify("A", detail)))[-1] == "    the root stack: 1 resource may change"


def test_everything_shows_what_may_change_and_what_does_not_resource_by_resource() -> None:
    assert section(lines(NOISE, everything=True), "changes:") == [
        "Keys: 1 to modify",
        "  = Same AWS::SNS::Topic",
        "      A: x → x, if Keys/B.C changes",
        "Audit: 1 to maybe replace, 2 to modify",
        "  ? Log0 AWS::Logs::LogGroup: maybe replace",
        "      KmsKeyId: arn:old → (known after apply), if Keys.LogsKeyArn changes",
        "  ? Log1 AWS::Logs::LogGroup",
        "      KmsKeyId: arn:old → (known after apply), if Keys.LogsKeyArn changes",
        "  ? Log2 AWS::Logs::LogGroup",
        "      KmsKeyId: arn:old → (known after apply), if Keys.LogsKeyArn changes",
    ]


def test_a_new_stack_is_one_line_with_what_holds_data_first() -> None:
    database = (add("A", "AWS::CloudWatch::Alarm"), add("B", "AWS::CloudWatch::Alarm"), add("Role", "AWS::IAM::Role"))
    found = review(add("Database", NESTED_STACK), Database=(*database, add("Instance", DATABASE)))
    assert section(lines(found), "changes:") == [
        "+ Database, 4 new: 1 RDS::DBInstance, 1 IAM::Role, 2 CloudWatch::Alarm"
    ]
    assert len(section(lines(found, everything=True), "changes:")) == 5


def test_many_additions_to_a_stack_are_counted_beside_its_other_changes() -> None:
    alarms = tuple(add(f"Alarm{number}", "AWS::CloudWatch::Alarm") for number in range(7))
    told = section(lines(review(modify("Topic", written("Name")), *alarms)), "changes:")
    assert told == [
        "the root stack: 1 to modify, 7 to add",
        "  ~ Topic AWS::SNS::Topic",
        "      Name: old → new",
        "  + 7 new: 7 CloudWatch::Alarm",
    ]
    assert len(section(lines(review(modify("Topic", written("Name")), *alarms[:6])), "changes:")) == 9


def test_a_nested_stack_speaks_for_itself_only_where_nothing_in_it_does() -> None:
    template = written("TemplateURL", "https://a", "https://b")
    assert section(lines(review(nest("Alerts", template), Alerts=())), "changes:")[1:] == [
        "  ~ Alerts AWS::CloudFormation::Stack",
        "      TemplateURL: https://a → https://b",
    ]
    told = lines(review(nest("Alerts", template), Alerts=(add("Topic"),)))
    assert not any("AWS::CloudFormation::Stack" in line for line in told)
    gone = lines(review(remove("Old", NESTED_STACK)))
    assert section(gone, "changes:") == [
        "the root stack: no resource of its own",
        "  - Old AWS::CloudFormation::Stack: remove",
    ]


def test_a_long_document_is_told_by_the_parts_that_differ() -> None:
    before: dict[str, Any] = {"Statement": [{"Action": ["a:B"]}], "Version": "1"}
    after = {"Statement": [{"Action": ["a:B", "a:C"]}, {"Action": "d:E"}], "Version": "1"}
    found = review(modify("Policy", written("PolicyDocument", json.dumps(before), json.dumps(after))))
    assert section(lines(found), "changes:")[2:] == [
        "      PolicyDocument.Statement.0.Action.1: (none) → a:C",
        '      PolicyDocument.Statement.1: (none) → {"Action": "d:E"}',
    ]
    many = review(modify("Policy", written("Document", "{}", json.dumps(dict.fromkeys("abcdefgh", 1)))))
    assert section(lines(many), "changes:")[-1] == "        and 2 more parts"
    assert len(section(lines(many, everything=True), "changes:")) == 10


def test_a_property_of_which_no_value_is_told_is_named() -> None:
    found = review(modify("A", written("Name", None, None)), modify("B", written("C", None, "x")))
    assert section(lines(found), "changes:")[1:] == [
        "  ~ A AWS::SNS::Topic",
        "      Name",
        "  ~ B AWS::SNS::Topic",
        "      C: (none) → x",
    ]


def test_a_cause_that_does_not_fit_beside_its_values_stands_below() -> None:
    swapped = modify("Keys", written("Name"), replacement="True")
    long = modify("A", given("PropertyWithALongName", f"Keys.{'Long' * 8}"))
    assert section(lines(review(swapped, long), width=60), "changes:")[-2:] == [
        "      PropertyWithALongName: arn:old → (known after app…",
        f"        because Keys.{'Long' * 8} changes",
    ]


def test_secrets_are_hidden() -> None:
    told = lines(review(modify("A", written("MasterUserPassword", "hunter1", "hunter2"))))
    assert told[-1] == "          MasterUserPassword: (hidden) → (hidden)"


FINDING = Finding(
    True, "Database/Instance", DATABASE, "NAME_CONFLICT_VALIDATION", "/Resources/I", "it exists", "rename it"
)


def test_what_blocks_and_what_warns_is_told_with_what_to_do() -> None:
    hook = Finding(False, "", "", "My::Hook::One", "", "not encrypted", "encrypt it")
    told = lines(review(add("A")), Findings((FINDING, hook)), width=120)
    assert section(told, "can't be executed:") == [
        "Database/Instance AWS::RDS::DBInstance /Resources/I: it exists (NAME_CONFLICT_VALIDATION)",
        "  what to do: rename it",
    ]
    assert section(told, "validation:") == [
        "the root stack: not encrypted (My::Hook::One)",
        "  what to do: encrypt it",
    ]


def test_what_else_is_to_be_known_comes_last() -> None:
    others = (ChangeSet("arn:a", "s", "x", name="console-1"), ChangeSet("arn:b", "s", "x"))
    told = lines(review(add("Role", "AWS::IAM::Role")), Findings((), others, ("hooks can't be shown",)), width=140)
    assert section(told, "note:") == [
        "nobody can say how open these are, CloudFormation doesn't tell them: Role",
        "hooks can't be shown",
        "another change set waits for this stack: console-1",
        "another change set waits for this stack: arn:b",
    ]


HOSTILE = "\x1b[2J\u202eevil\r\nsecond"


@pytest.mark.parametrize(
    "found",
    [
        review(add(HOSTILE), modify("A", written("B"))),
        review(add("A", HOSTILE), modify("A", written("B"))),
        review(modify("A", written(HOSTILE))),
        review(modify("A", written("B", HOSTILE, "x"))),
        review(modify("A", written("B", "{}", json.dumps({HOSTILE: HOSTILE})))),
        review(modify("A", given("B", HOSTILE, "a/x", "b"))),
        review(remove(HOSTILE, DATABASE)),
        review(modify(HOSTILE, written(HOSTILE, requires_recreation="Always"), replacement="True")),
        review(modify(HOSTILE, written("KeyPolicy"), type_="AWS::KMS::Key")),
        review(add("Net", NESTED_STACK), Net=(add("A", HOSTILE),)),
    ],
)
def test_nothing_that_comes_from_aws_reaches_the_terminal_unseen(found: Review) -> None:
    told = lines(found, everything=True) + lines(found)
    assert any("evil" in line for line in told)
    assert all(line.isprintable() for line in told)


@drawn(
    st.lists(CHANGES, max_size=4, unique_by=lambda one: one.logical_id).map(tuple),
    st.lists(CHANGES, max_size=4, unique_by=lambda one: one.logical_id).map(tuple),
    st.sampled_from([80, 120]),
)
def test_every_resource_that_really_changes_is_on_the_screen(root: Any, keys: Any, width: int) -> None:
    found = review(*root, Keys=keys)
    judgement = judge(found)
    told = lines(found, width=width, everything=True)
    short = lines(found, width=width)
    changes = [line.split()[:3] for line in told]
    for path, change in found.all():
        if judgement.is_real(path, change) and not change.is_nested_stack:
            assert any(one[1:] == [change.logical_id, change.type.rstrip(":")] for one in _without_verbs(changes))
            is_folded = path in judgement.new_stacks and change.action == "Add"
            assert is_folded or any(change.logical_id in line for line in short)


def _without_verbs(changes: list[list[str]]) -> list[list[str]]:
    return [[part.rstrip(":") for part in one] for one in changes]
