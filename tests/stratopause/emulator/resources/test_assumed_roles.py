"""A role that a service can't assume is refused where the service is given it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stratopause.emulator.resources.templates import ACCOUNT, Resources, att, role
from tests.stratopause.emulator.resources.test_backup import backups
from tests.stratopause.emulator.resources.test_ingress import ingress, service
from tests.stratopause.emulator.resources.test_rds import database
from tests.stratopause.emulator.resources.test_storage import trail

pytestmark = pytest.mark.emulator

MISSING = f"arn:aws:iam::{ACCOUNT}:role/missing"
CASES: dict[str, tuple[Resources, str]] = {
    "Instance": (
        database(MonitoringInterval=60, MonitoringRoleArn=att("Role", "Arn")),
        "does not include the required permissions for: ENHANCED_MONITORING",
    ),
    "Trail": (trail(), "Access denied. Check the permissions for your role."),
    "Selection": (
        {name: item for name, item in backups().items() if name != "Tested"},
        "cannot be assumed by AWS Backup",
    ),
    "Service": (ingress() | service(), "ECS was unable to assume the role"),
}


@pytest.mark.parametrize("logical_id", CASES)
def test_a_role_of_another_service_is_refused(account: Any, logical_id: str) -> None:
    template, sentence = CASES[logical_id]
    assert sentence in account.refusal(template | {"Role": role("lambda.amazonaws.com")}, logical_id)


def test_a_role_that_does_not_exist_is_refused(account: Any) -> None:
    template = trail(CloudWatchLogsRoleArn=MISSING)
    assert "Access denied." in account.refusal(template, "Trail")


def test_a_role_for_another_source_is_refused(account: Any) -> None:
    template = trail()
    statement = template["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    statement["Condition"] = {"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:*:trail/other"}}
    assert "Access denied." in account.refusal(template, "Trail")
