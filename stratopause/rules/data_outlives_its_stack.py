"""Data isn't deleted with its stack, nor when its resource is replaced.

CloudFormation deletes a resource when its stack is deleted, when it is taken out of the template, and, after an update
of a property that can't be changed in place, when the new one stands: an instance renamed is an empty instance. What
becomes of the data is up to two attributes, which don't stand in for each other:

- `DeletionPolicy`, for the first two. Databases of RDS that say nothing are snapshotted; all else is deleted.
- `UpdateReplacePolicy`, for the third. What says nothing is deleted, databases of RDS, too.

Volumes, clusters of DocumentDB, Neptune and Redshift, databases of RDS and caches can take `Snapshot`; of all other
types the resource itself must stay. Read replicas and instances of a cluster hold nothing of their own and may go.

**How to fix:** write both attributes: `Snapshot` where the type can, else `Retain` (as DeletionPolicy also
`RetainExceptOnCreate`). A serverless cache, a MemoryDB cluster and a namespace of Redshift may instead name a
`FinalSnapshotName`.
"""

from __future__ import annotations

from collections.abc import Iterator

from stratopause.rules import Rule
from stratopause.rules._settings import literal
from stratopause.rules._stores import STORES, Store, is_copy, keeps_nothing
from stratopause.tree import evaluation
from stratopause.tree.model import Problem, Resource, Tree

RULE = Rule(
    "E9401",
    "Data outlives its stack, and its resource when that is replaced",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
    ("data",),
)

_WHEN = {"DeletionPolicy": "is deleted with its stack", "UpdateReplacePolicy": "is deleted when it is replaced"}


def check(tree: Tree) -> Iterator[Problem]:
    for resource in tree.resources(*STORES):
        store = STORES[resource.type]
        if is_copy(resource) or keeps_nothing(resource) or _has_final_snapshot(resource, store):
            continue
        for attribute in _WHEN:
            if not _keeps(resource, store, attribute):
                yield resource.attribute_problem(_why(resource, store, attribute), attribute)


def _has_final_snapshot(resource: Resource, store: Store) -> bool:
    return bool(store.final_snapshot and resource.get(store.final_snapshot))


def _keeps(resource: Resource, store: Store, attribute: str) -> bool:
    written = resource.body.get(attribute)
    if written is None:
        return store.by_default and attribute == "DeletionPolicy"
    # An intrinsic function may stand here with the transform AWS::LanguageExtensions.
    policy = literal(evaluation.resolve(resource.stack, written))
    return policy is None or policy in _allowed(store, attribute)


def _allowed(store: Store, attribute: str) -> list[str]:
    """The first is the one to take."""
    return [
        *(["Snapshot"] if store.snapshot else []),
        "Retain",
        *(["RetainExceptOnCreate"] if attribute == "DeletionPolicy" else []),
    ]


def _why(resource: Resource, store: Store, attribute: str) -> str:
    has = resource.body.get(attribute)
    says = f"its {attribute} is {has}" if isinstance(has, str) else f"it has no {attribute} that keeps it"
    allowed = " or ".join(_allowed(store, attribute))
    return f"{resource.name} {_WHEN[attribute]}, with its data: {says}; it can be {allowed}"
