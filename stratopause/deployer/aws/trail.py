"""Who executed a change set, as CloudTrail recorded it."""

from __future__ import annotations

import json
from datetime import datetime

from stratopause.deployer.aws.api import Api
from stratopause.deployer.services import Execution


class AwsTrail:
    """`services.Trail` by LookupEvents, which finds management events of the last 90 days in this region.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
    """

    def __init__(self, api: Api) -> None:
        self.api = api

    def execution(self, change_set_id: str, since: datetime) -> Execution | None:
        by_name = [{"AttributeKey": "EventName", "AttributeValue": "ExecuteChangeSet"}]
        for page in self.api.pages("cloudtrail", "lookup_events", LookupAttributes=by_name, StartTime=since):
            for event in page.get("Events", []):
                told = json.loads(event["CloudTrailEvent"])
                if _is_about(told, change_set_id) and "errorCode" not in told:
                    who = told.get("userIdentity", {}).get("arn") or event.get("Username") or "unknown"
                    return Execution(who, event["EventTime"])
        return None


def _is_about(told: dict[str, object], change_set_id: str) -> bool:
    """A change set is named by its ARN, or by its name and its stack's."""
    asked = told.get("requestParameters")
    if not isinstance(asked, dict):
        return False
    named = str(asked.get("changeSetName") or "")
    return named == change_set_id or (bool(named) and f":changeSet/{named}/" in change_set_id)
