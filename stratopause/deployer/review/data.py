"""A review and its judgement as JSON."""

from __future__ import annotations

from typing import Any

from stratopause.deployer.changes import PropertyChange, ResourceChange, Review
from stratopause.deployer.review.digest import digest
from stratopause.deployer.review.findings import Findings
from stratopause.deployer.review.judgement import Judgement
from stratopause.deployer.review.secrets import shown
from stratopause.deployer.stacks import Path


def as_data(review: Review, judgement: Judgement) -> dict[str, Any]:
    """JSON's own types, in an order that depends on nothing but what is told; secrets are hidden.

    {
      "change_set": {"id", "name", "stack_id"},
      "digest": what `digest` gives,
      "counts": {"add" | "modify" | ...: how many resources really change so}
      "losses": [{"name": "Database/Instance", "type", "how"}],
      "replacements": ["Database/Instance"],
      "broadenings": [{"name", "type", "text", "is_wide"}],
      "warnings": [{"name", "text"}],
      "validation": {
        "found": [{"blocks", "place", "type", "by", "path", "reason", "remedy"}], "unread": [sentence]
      },
      "other_change_sets": [{"id", "name"}],
      "stacks": [{
        "path": "Database", or "" for the root,
        "changes": [{
          "logical_id", "type", "physical_id", "kind": "add" | "import" | "modify" | "maybe replace" | "replace" |
          "remove" | "unknown", "certainty": "real" | "maybe" | "nothing", "policy_action",
          "properties": [{"path", "before", "after", "requires_recreation", "cause"}]
        }]
      }]
    }
    """
    change_set = review.change_set
    return {
        "change_set": {"id": change_set.id, "name": change_set.name, "stack_id": change_set.stack_id},
        "digest": digest(review),
        "counts": _counts(review, judgement),
        "losses": [{"name": one.name, "type": one.type, "how": one.how} for one in judgement.losses],
        "replacements": sorted("/".join((*path, one.logical_id)) for path, one in judgement.replacements),
        "broadenings": [
            {"name": one.name, "type": one.type, "text": one.text, "is_wide": one.is_wide}
            for one in judgement.broadenings
        ],
        "warnings": [{"name": one.name, "text": one.text} for one in judgement.warnings],
        "validation": _validation(judgement.findings),
        "other_change_sets": sorted(
            ({"id": one.id, "name": one.name} for one in judgement.findings.others), key=lambda one: one["id"]
        ),
        "stacks": [
            {
                "path": "/".join(stack.path),
                "changes": [
                    _change(stack.path, one, judgement) for one in sorted(stack.changes, key=lambda one: one.logical_id)
                ],
            }
            for stack in sorted(review.stacks, key=lambda stack: stack.path)
        ],
    }


def _counts(review: Review, judgement: Judgement) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path, change in review.all():
        if judgement.is_real(path, change) and not change.is_nested_stack:
            kind = judgement.kind(path, change)
            counts[kind] = counts.get(kind, 0) + 1
    return {kind: counts[kind] for kind in sorted(counts)}


def _validation(findings: Findings) -> dict[str, Any]:
    found = [
        {
            "blocks": one.blocks,
            "place": one.place,
            "type": one.type,
            "by": one.by,
            "path": one.path,
            "reason": one.reason,
            "remedy": one.remedy,
        }
        for one in findings.found
    ]
    return {"found": found, "unread": list(findings.unread)}


def _change(path: Path, change: ResourceChange, judgement: Judgement) -> dict[str, Any]:
    return {
        "logical_id": change.logical_id,
        "type": change.type,
        "physical_id": change.physical_id,
        "kind": str(judgement.kind(path, change)),
        "certainty": judgement.of(path, change).name.lower(),
        "policy_action": change.policy_action,
        "properties": [
            _property(change, one, judgement.causes.get((path, change.logical_id, one.path), ""))
            for one in sorted(change.details, key=lambda one: (one.path, one.source, one.cause))
        ],
    }


def _property(change: ResourceChange, detail: PropertyChange, cause: str) -> dict[str, Any]:
    return {
        "path": detail.path,
        "before": shown(change, detail, detail.before),
        "after": shown(change, detail, detail.after),
        "requires_recreation": detail.requires_recreation,
        "cause": cause,
    }
