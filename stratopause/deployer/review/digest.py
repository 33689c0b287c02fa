"""What a person is asked to approve, as one number: the same digest is the same change set with the same changes."""

from __future__ import annotations

import hashlib
import json

from stratopause.deployer.changes import PropertyChange, ResourceChange, Review
from stratopause.deployer.review.secrets import shown, without_secrets


def digest(review: Review) -> str:
    """SHA-256, in hexadecimal digits, over every resource of every stack and every property with its values.

    A secret isn't in it, lest somebody finds it by trial; the change set's id is, and can't get another value.
    """
    told = {
        "change_set": review.change_set.id,
        "stacks": [
            {"path": list(stack.path), "changes": sorted((_change(one) for one in stack.changes), key=json.dumps)}
            for stack in sorted(review.stacks, key=lambda stack: stack.path)
        ],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _change(change: ResourceChange) -> dict[str, object]:
    return {
        "logical_id": change.logical_id,
        "type": change.type,
        "physical_id": change.physical_id,
        "action": change.action,
        "replacement": change.replacement,
        "policy_action": change.policy_action,
        "change_set": change.change_set_id,
        "before": without_secrets(change.before_context),
        "after": without_secrets(change.after_context),
        "details": sorted(
            (
                [one.path, one.kind, one.requires_recreation, *_values(change, one), one.source, one.cause]
                for one in change.details
            ),
            key=json.dumps,
        ),
    }


def _values(change: ResourceChange, detail: PropertyChange) -> list[str | None]:
    return [shown(change, detail, value) for value in (detail.before, detail.after)]
