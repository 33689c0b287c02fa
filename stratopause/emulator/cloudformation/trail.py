"""CloudTrail's event of an executed change set, which tells who approved a deployment.

ministack records every call or, as here, none. On AWS an event can take 15 minutes to be found; here it takes none.
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-api-logging-cloudtrail.html)
"""

from __future__ import annotations

import json
import time

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudtrail

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import Answer, Parameters, parameter

GIVEN = {"ChangeSetName": "changeSetName", "StackName": "stackName", "ClientRequestToken": "clientRequestToken"}


@corrects("_execute_change_set")
def execute(original: Function, params: Parameters) -> Answer:
    """Executes a change set, and records who did if it was accepted."""
    answer: Answer = original(params)
    if answer[0] < 300:
        cloudtrail._get_event_queue().append(event(params))
    return answer


def event(params: Parameters) -> dict[str, object]:
    """The event as LookupEvents gives it. Whoever calls is the account's root: any credentials are taken."""
    account, event_id, now = get_account_id(), new_uuid(), time.time()
    told = {
        "eventVersion": "1.08",
        "userIdentity": {"type": "Root", "arn": f"arn:aws:iam::{account}:root", "accountId": account},
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "eventSource": "cloudformation.amazonaws.com",
        "eventName": "ExecuteChangeSet",
        "awsRegion": get_region(),
        "requestParameters": {told: parameter(params, name) for name, told in GIVEN.items() if parameter(params, name)},
        "responseElements": None,
        "eventID": event_id,
        "eventType": "AwsApiCall",
        "readOnly": False,
        "recipientAccountId": account,
    }
    return {
        "EventId": event_id,
        "EventName": "ExecuteChangeSet",
        "EventSource": told["eventSource"],
        "EventTime": now,
        "Username": "root",
        "ReadOnly": "false",
        "Resources": [],
        "CloudTrailEvent": json.dumps(told),
    }
