from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stratopause.deployer.errors import Refused
from stratopause.deployer.preflight.findings import State
from stratopause.deployer.preflight.names import KINDS, Kind
from stratopause.deployer.target import Target
from tests.stratopause.deployer.preflight.cases import CASES
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import ACCOUNT, REGION, deployed, resource, tree

SECRET = ("secretsmanager", "describe_secret")
KEY = ("kms", "describe_key")
PHYSICAL_IDS = {
    "secret-names": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ours-AbCdEf",
    "key-aliases": "alias/ours",
    "policy-names": f"arn:aws:iam::{ACCOUNT}:policy/teams/ours",
    "load-balancer-names": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/ours/50dc6c495c0c9188",
    "target-group-names": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/ours/73e2d6bc24d8a067",
    "firewall-names": "ours|123|REGIONAL",
    "record-names": "app.example.org.",
}
"""Where it isn't the name: the Return values in the CloudFormation reference of the type."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.check)
def test_what_the_deployed_tree_has_is_its_own_and_not_looked_up(kind: Kind) -> None:
    logical_id = {"key-aliases": "Alias", "bucket-names": "Bucket", "record-names": "Record"}.get(kind.check, "Thing")
    there = deployed(**{logical_id: (kind.type, PHYSICAL_IDS.get(kind.check, "ours"))})
    asking = {(call.service, call.operation): AssertionError("it was looked up") for call in kind.calls}
    (finding,) = look(kind.check, {**there, **asking})
    assert finding.state is State.PASSED
    assert finding.message.endswith("is of this stack")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.check)
def test_what_has_the_name_can_be_imported_renamed_or_purged(kind: Kind) -> None:
    (finding,) = look(kind.check, CASES[kind.check].bad)
    assert "import it as" in finding.next_step
    assert "rename it: python build.py deploy dev --suffix NAME" in finding.next_step
    assert f"purge it, if nothing needs it: {kind.purge.split()[0]}" in finding.next_step


def test_a_name_that_isnt_known_beforehand_cant_be_taken() -> None:
    made = {"Fn::Join": ["-", ["clinic", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]]}
    templates = tree(Thing=resource("AWS::SecretsManager::Secret", Name=made))
    assert [one.message for one in look("secret-names", {}, templates)] == ["nothing here needs it"]


def test_a_copy_is_renamed_by_another_suffix() -> None:
    copy = Target("clinic-dev-a", "dev", ACCOUNT, REGION, suffix="a")
    (finding,) = look("secret-names", CASES["secret-names"].bad, to=copy)
    assert "rename it: choose another --suffix" in finding.next_step


@pytest.mark.parametrize(
    ("when", "since"), [(datetime(2026, 2, 1, tzinfo=UTC), " since 2026-02-01"), ("2026", "")], ids=["told", "odd"]
)
def test_a_secret_that_waits_for_its_deletion_can_be_restored_or_purged(when: Any, since: str) -> None:
    (finding,) = look("secret-names", {SECRET: {"Name": "ours", "DeletedDate": when}})
    assert finding.message == f"ours is scheduled for deletion{since}, and keeps its name"
    assert finding.next_step == (
        f"restore it, then import it: aws secretsmanager restore-secret --secret-id ours --region {REGION}; "
        "or rename it: python build.py deploy dev --suffix NAME; "
        "or purge it, if nothing needs it: aws secretsmanager delete-secret --force-delete-without-recovery "
        f"--secret-id ours --region {REGION}"
    )


def test_an_alias_whose_key_waits_for_its_deletion_is_still_taken() -> None:
    pending = {"KeyId": "1", "KeyState": "PendingDeletion", "DeletionDate": datetime(2026, 4, 1, tzinfo=UTC)}
    (finding,) = look("key-aliases", {KEY: {"KeyMetadata": pending}})
    assert finding.message == "alias/ours is of key 1, which waits for its deletion on 2026-04-01"
    assert finding.next_step.startswith(f"keep the key: aws kms cancel-key-deletion --key-id 1 --region {REGION}; or ")
    (finding,) = look("key-aliases", {KEY: {"KeyMetadata": {**pending, "DeletionDate": None}}})
    assert finding.message.endswith("waits for its deletion")


def test_another_accounts_bucket_can_only_be_evaded() -> None:
    (finding,) = look("bucket-names", {("s3", "head_bucket"): Refused("Forbidden", "403")})
    assert finding.message == "ours is a bucket of another account, or one that the caller may not look at"
    assert finding.next_step == "rename it: python build.py deploy dev --suffix NAME"


def test_a_bucket_that_nothing_is_told_of_is_unanswered() -> None:
    (finding,) = look("bucket-names", {("s3", "head_bucket"): Refused("moved", "301")})
    assert told((finding,)) == [(State.UNANSWERED, "moved")]


def test_firewalls_are_read_page_by_page() -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        if "NextMarker" not in asked:
            return {"WebACLs": [{"Name": "other"}], "NextMarker": "other"}
        return {"WebACLs": [{"Name": "ours"}]}

    assert look("firewall-names", {("wafv2", "list_web_acls"): answer})[0].state is State.FAILED


def test_the_last_page_of_firewalls_may_have_a_marker_and_nothing_else() -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        return {"WebACLs": [] if "NextMarker" in asked else [{"Name": "other"}], "NextMarker": "other"}

    assert look("firewall-names", {("wafv2", "list_web_acls"): answer})[0].state is State.PASSED


@pytest.mark.parametrize("lacking", ["Type", "HostedZoneId"])
def test_a_record_is_only_looked_up_where_zone_and_type_are_known(lacking: str) -> None:
    given = {"Name": "app.example.org", "Type": "A", "HostedZoneId": "Z1"}
    del given[lacking]
    record = tree(Record=resource("AWS::Route53::RecordSet", **given))
    assert told(look("record-names", {}, record)) == [(State.PASSED, "app.example.org is free")]


def test_a_zone_that_isnt_there_has_no_records() -> None:
    gone = {("route53", "list_resource_record_sets"): Refused("none", "NoSuchHostedZone")}
    assert look("record-names", gone)[0].state is State.PASSED


def test_a_name_is_quoted_for_the_shell() -> None:
    odd = tree(Thing=resource("AWS::SecretsManager::Secret", Name="a b;c"))
    assert "--secret-id 'a b;c'" in look("secret-names", CASES["secret-names"].bad, odd)[0].next_step


@pytest.mark.parametrize("check", ["load-balancer-names", "target-group-names"])
def test_an_empty_answer_is_no_taken_name(check: str) -> None:
    (key,) = CASES[check].good
    assert look(check, {key: {"LoadBalancers": [], "TargetGroups": []}})[0].state is State.PASSED
