"""What services deliver to, to be found by any way to name it, and who each lets in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from stratopause.rules._keys import MADE_UP
from stratopause.tree import identity, policies
from stratopause.tree.model import Resource, Tree
from stratopause.tree.text import ACCOUNT, BEGIN, END, PARTITION, is_known

TOPIC: Final = "AWS::SNS::Topic"
QUEUE: Final = "AWS::SQS::Queue"
BUCKET: Final = "AWS::S3::Bucket"
GROUP: Final = "AWS::Logs::LogGroup"
FUNCTION: Final = "AWS::Lambda::Function"
INVOKED: Final = (FUNCTION, "AWS::Lambda::Alias", "AWS::Lambda::Version")

_POLICIES: Final = {
    TOPIC: (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SNS::TopicInlinePolicy", "TopicArn")),
    QUEUE: (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SQS::QueueInlinePolicy", "Queue")),
    BUCKET: (("AWS::S3::BucketPolicy", "Bucket"),),
}
"""The types of policies, and the property that says whose they are."""

_ARN: Final = re.compile(r"(?:arn:[^/]{1,60}?:s3:::)?([^/]+)/?(.*)", re.DOTALL)
_PART: Final = re.compile(f"{BEGIN}[?](?:item 0 of [$][{{][?])?part of [$][{{]([\\w/]+)[.]Arn[}}]{{1,2}}{END}")
_PARTITION: Final = re.compile("^arn:aws[a-z-]*:")
LONGEST: Final = 1_000
_AN_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")


class Known(NamedTuple):
    """The policies of a receiver, with names and ARNs written out."""

    documents: list[Any]
    by_account: Mapping[str, list[Any]]
    """In each account that the tree may be in."""
    tell_sources: bool
    """Whether it counts to them which resource delivers."""


class Permission(NamedTuple):
    """Who may invoke what; None for what isn't written."""

    of: Resource | None
    text: str
    action: str | None
    principal: str | None
    arn: str | None
    account: str | None


class Receivers:
    """What can be delivered to, to be found by any way to name it, and the policies of each."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._named: dict[tuple[str, str], Resource] = {}
        for resource in tree.resources(TOPIC, QUEUE, BUCKET, GROUP, FUNCTION):
            for text in (identity.name(tree, resource), identity.arn(tree, resource).removesuffix(":*")):
                self._named[resource.type, text] = resource
        self._policies: dict[str, list[Any]] = {}
        self._unclear: set[str] = set()
        self._documents: dict[str, Known | None] = {}
        self._permissions: dict[str, list[Permission]] | None = None
        self.judged: dict[tuple[Any, ...], bool] = {}
        for receiver, kinds in _POLICIES.items():
            for type_, whose in kinds:
                for policy in tree.resources(type_):
                    self._add(policy, receiver, policies.many(policy.get(whose)))

    def _add(self, policy: Resource, type_: str, whose: list[Any]) -> None:
        for value in whose:
            receiver = self.find(value, type_) or (self._of_url(value) if type_ == QUEUE else None)
            if receiver is not None:
                self._policies.setdefault(receiver.place, []).append(policy.get("PolicyDocument"))
            elif not is_known(self._tree.identity(value)):
                self._unclear.add(type_)

    def _of_url(self, value: Any) -> Resource | None:
        return self._named.get((QUEUE, self._tree.identity(value).rpartition("/")[2]))

    def find(self, value: Any, *types: str) -> Resource | None:
        if not isinstance(value, str) or len(value) > LONGEST:
            return None
        source = self._tree.source(value) or self._of_part(value)
        if source is not None:
            return source if source.type in types else None
        text = _PARTITION.sub(f"arn:{PARTITION}:", self._tree.identity(value).removesuffix(":*"))
        return next((self._named[type_, text] for type_ in types if (type_, text) in self._named), None)

    def _of_part(self, value: str) -> Resource | None:
        """Of an ARN from which `:*` is split off."""
        match = _PART.fullmatch(value)
        return self._tree.resource(match[1]) if match else None

    def bucket(self, value: Any) -> tuple[Resource | None, str]:
        """A bucket that is named or whose ARN is given, and what comes behind a slash."""
        if not isinstance(value, str) or len(value) > LONGEST:
            return None, ""
        found = self.find(value, BUCKET)
        match = _ARN.fullmatch(self._tree.identity(value))
        if found is not None or match is None:
            return found, ""
        return self._named.get((BUCKET, match[1])), match[2].strip("/")

    def permissions(self, function: Resource) -> list[Permission]:
        """Those of a function, its aliases and versions, and those that may be of any."""
        if self._permissions is None:
            self._permissions = {}
            for resource in self._tree.resources("AWS::Lambda::Permission"):
                permission = self._permission(resource)
                of = self.function(permission.of) if permission.of else ""
                self._permissions.setdefault(of, []).append(permission)
        of = self.function(function)
        found = self._permissions if not of else (of, "")
        return [one for place in found for one in self._permissions.get(place, ())]

    def _permission(self, resource: Resource) -> Permission:
        value = resource.get("FunctionName")
        said = [
            None if resource.get(name) is None else self._tree.identity(resource.get(name))
            for name in ("Action", "Principal", "SourceArn", "SourceAccount")
        ]
        return Permission(self.find(value, *INVOKED), self._tree.identity(value), *said)

    def function(self, invoked: Resource) -> str:
        """The place of the function that an alias or a version is of; empty if that isn't known."""
        found = invoked if invoked.type == FUNCTION else self.find(invoked.get("FunctionName"), FUNCTION)
        return found.place if found else ""

    def policies(self, receiver: Resource) -> Known | None:
        """None if they can't be known."""
        of = GROUP if receiver.type == GROUP else receiver.place
        if of not in self._documents:
            self._documents[of] = self._known(receiver)
        return self._documents[of]

    def _known(self, receiver: Resource) -> Known | None:
        found = self._policies.get(receiver.place, [])
        if receiver.type == GROUP:
            found = [policy.get("PolicyDocument") for policy in self._tree.resources("AWS::Logs::ResourcePolicy")]
        elif not found and receiver.type in self._unclear:
            return None
        documents = [policies.document(one) for one in found]
        if not all(policies.statements(one) for one in documents):
            return None
        written = [_each_text(one, self._tree.identity) for one in documents]
        text = json.dumps(written, default=str, ensure_ascii=False)
        by_account = {account: _in_account(written, account) for account in _accounts(self._tree, text)}
        return Known(written, by_account, "sourcearn" in text.lower())


def _in_account(documents: list[Any], account: str) -> list[Any]:
    return [_each_text(one, lambda text: text.replace(ACCOUNT, account)) for one in documents]


def _accounts(tree: Tree, text: str) -> list[str]:
    """The accounts that the tree may be in: in one that goes by `AWS::AccountId` an account as text is another."""
    written = _AN_ACCOUNT.findall(text)
    return [MADE_UP.account, *(() if not written or _goes_by_its_account(tree) else dict.fromkeys(written[:4]))]


@lru_cache(maxsize=2)
def _goes_by_its_account(tree: Tree) -> bool:
    return any("AWS::AccountId" in json.dumps(body, default=str) for body in tree.files.values())


def _each_text(value: Any, put: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _each_text(part, put) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each_text(part, put) for part in value]
    return put(value) if isinstance(value, str) else value
