"""What AWS Support asks for: the stack's ARN, its events and those of all nested in it, and the ids of requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path as File
from typing import Any, Final

from stratopause.deployer import files
from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.events import EvidenceWritten
from stratopause.deployer.inventory import inventory
from stratopause.deployer.session import Session
from stratopause.deployer.stacks import DeployedStack, StackEvent

EVENTS: Final = 500
REQUESTS: Final = 50


def gather(session: Session, stack: DeployedStack) -> EvidenceWritten:
    """Write it beside the outputs; nothing of a parameter, an output or a template is in it.

    Raises:
        CannotWrite
    """
    file = file_of(session)
    body = json.dumps(_evidence(session, stack), indent=2)
    files.write(file, f"{body}\n".encode(), session.target.command("recover"))
    return EvidenceWritten(file)


def file_of(session: Session) -> File:
    return session.outputs / f"{session.target.copy}-support.json"


def _evidence(session: Session, stack: DeployedStack) -> dict[str, Any]:
    target = session.target
    return {
        "stack": stack.id,
        "account": target.account,
        "region": target.region,
        "status": str(stack.status),
        "since": stack.since.isoformat(),
        "reason": stack.reason,
        "change_set": stack.change_set_id,
        "requests": list(_requests(session, stack)),
        "stacks": [
            {"path": "/".join(part.path), "id": part.stack_id, "events": list(_events(session, part.stack_id))}
            for part in inventory(session.cloudformation, stack.id)
        ],
    }


def _events(session: Session, stack_id: str) -> Iterator[dict[str, str]]:
    """The newest ones, newest first."""
    yield from map(_event, islice(session.cloudformation.events(stack_id), EVENTS))


def _event(event: StackEvent) -> dict[str, str]:
    return {
        "id": event.id,
        "time": event.time.isoformat(),
        "logical_id": event.logical_id,
        "physical_id": event.physical_id,
        "type": event.type,
        "status": str(event.status),
        "reason": event.reason,
        "token": event.token,
    }


def _requests(session: Session, stack: DeployedStack) -> Iterator[dict[str, str]]:
    """The requests about the stack that CloudTrail tells of; none where it can't be asked.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
    """
    about = [{"AttributeKey": "ResourceName", "AttributeValue": stack.name}]
    try:
        told = session.means.services.api.call(
            "cloudtrail", "lookup_events", LookupAttributes=about, MaxResults=REQUESTS
        )
    except DeploymentError:
        return
    for event in told.get("Events", []):
        whole = json.loads(event.get("CloudTrailEvent") or "{}")
        request = whole.get("requestID") or ""
        yield {"operation": event.get("EventName") or "", "time": _time(event), "request_id": request}


def _time(event: dict[str, Any]) -> str:
    return event["EventTime"].isoformat() if event.get("EventTime") else ""
