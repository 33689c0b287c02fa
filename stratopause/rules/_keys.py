"""Keys of the tree: which key a value names, and what the key's policy says where it is deployed.

A policy is judged in a setting: one region and one account, which stand for `AWS::Region` and `AWS::AccountId`, so that
a literal region or account in it is seen to be another one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from stratopause.tree import policies
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Path, Resource, Tree
from stratopause.tree.text import ACCOUNT, BEGIN, END, PARTITION, REGION, URL_SUFFIX, is_known, unknown

KEYS: Final = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
ALIAS: Final = "AWS::KMS::Alias"

USES: Final = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateMac",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:Sign",
    "kms:VerifyMac",
)
"""What hands over what a key protects, or the right to it.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
"""

DEFAULT_POLICY: Final = {
    "Statement": [
        {"Sid": "default", "Effect": "Allow", "Principal": {"AWS": policies.ROOT}, "Action": "kms:*", "Resource": "*"}
    ]
}
"""What a key without one gets. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""

MAX_POLICY: Final = 65_536
"""Twice the bytes that KMS takes. https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html"""

MAX_SETTINGS: Final = 4
"""Of regions, and of accounts, that are tried."""


class Setting(NamedTuple):
    """Where a tree is deployed."""

    region: str = "ww-somewhere-1"
    account: str = "718281828459"
    partition: str = "aws"
    suffix: str = "amazonaws.com"

    def put_into(self, text: str) -> str:
        """A text with everything written out that follows from where it is deployed."""
        if BEGIN not in text:
            return text
        for token, meant in zip((REGION, ACCOUNT, PARTITION, URL_SUFFIX), self, strict=True):
            text = text.replace(token, meant)
        return _OF_STACK.sub(_STACK, text)

    def shown(self, text: str) -> str:
        """For a person: what was only taken for given is named as the template does it."""
        for name, meant in (("Region", MADE_UP.region), ("AccountId", MADE_UP.account)):
            text = text.replace(meant, f"${{AWS::{name}}}")
        text = re.sub(f"{BEGIN}[?][^{END}]*{END}", "…", text)
        return text.replace(BEGIN, "${").replace(END, "}")


MADE_UP: Final = Setting()
_OF_STACK: Final = re.compile(f"{BEGIN}(?:AWS::StackName|AWS::StackId|[^{END}]*[.]StackName){END}")
_STACK: Final = unknown("name of a stack")
_A_REGION: Final = re.compile(r"(?<![a-z0-9-])[a-z]{2}(?:-[a-z]+){1,3}-\d(?![\w-])")
_AN_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
_A_PRINCIPAL: Final = re.compile(
    rf"(\d{{12}})|arn:(?:[a-z-]+|{BEGIN}AWS::Partition{END}):(?:iam|sts)::(\d{{12}}):.*", re.DOTALL
)
_A_PARTITION: Final = re.compile(r"arn:(aws-[a-z-]+):")


def key_of(tree: Tree, value: object) -> Resource | None:
    """The key of the tree that a value names: its id, its ARN, or an alias of it."""
    text = tree.identity(value) if isinstance(value, str) and value else ""
    if "alias/" in text:
        return _aliases(tree).get(text[text.index("alias/") :])
    return _key(tree, text)


def _key(tree: Tree, text: str) -> Resource | None:
    found = tree.source(text.rpartition(":key/")[2])
    return found if found is not None and found.type in KEYS else None


@lru_cache(maxsize=2)
def _aliases(tree: Tree) -> dict[str, Resource]:
    found = {}
    for alias in tree.resources(ALIAS):
        key = _key(tree, tree.identity(alias.get("TargetKeyId", default="")))
        if key is not None:
            found[tree.identity(alias.get("AliasName"))] = key
    return found


def values_at(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """What stands at a path, where `*` is every item of a list, with the path to it."""
    if not path:
        yield (), value
        return
    for step, part in _steps(value, path[0]):
        for below, found in values_at(part, path[1:]):
            yield (step, *below), found


def _steps(value: Any, name: str | int) -> list[tuple[str | int, Any]]:
    if isinstance(value, list):
        return [(at, part) for at, part in enumerate(value) if name in ("*", at)]
    return [(name, value[name])] if isinstance(value, dict) and name in value else []


class Policy(NamedTuple):
    """The policy of a key in one setting."""

    setting: Setting
    statements: tuple[policies.Statement, ...]
    """Everything literal is written out, and who is of another account is left out."""
    for_deployers: tuple[policies.Statement, ...]
    """Without the roles that only a service takes: those create nothing."""
    for_others: tuple[policies.Statement, ...] = ()
    """What is said to other accounts."""


def is_judgeable(key: Resource) -> bool:
    """Whether the template says what the policy is, and that is no longer than KMS might take."""
    value = key.get("KeyPolicy")
    if value is None:
        return "KeyPolicy" not in _written(key)
    found = policies.document(value).get("Statement")
    if len(json.dumps(found, default=str)) > MAX_POLICY:
        return False
    return bool(policies.many(found)) and all(isinstance(one, Mapping) for one in policies.many(found))


def _written(key: Resource) -> Mapping[str, Any]:
    properties = key.body.get("Properties")
    return properties if isinstance(properties, Mapping) else {}


def document(key: Resource) -> Mapping[str, Any]:
    return policies.document(key.get("KeyPolicy", default=DEFAULT_POLICY))


@lru_cache(maxsize=64)
def settings(key: Resource) -> tuple[Setting, ...]:
    """Where this policy may be deployed.

    A literal region or account may be where it is deployed, unless the policy says elsewhere that it goes by
    `AWS::Region` or `AWS::AccountId`; of several accounts the one that may change the policy is its own.
    """
    text = json.dumps(document(key), default=str, ensure_ascii=False)
    regions = _distinct(_A_REGION.findall(text))
    if not regions or REGION in text:
        elsewhere = _regions_elsewhere(key.stack.tree) if regions else frozenset()
        regions = [MADE_UP.region, *(one for one in regions if one in elsewhere)]
    accounts = _distinct(_AN_ACCOUNT.findall(text))
    statements = policies.statements(document(key))
    owners = _distinct(one for part in statements for one in _owners(part))
    if not accounts or ACCOUNT in text:
        accounts = [MADE_UP.account]
    elif owners:
        accounts = owners
    partition = "" if PARTITION in text else "".join(_A_PARTITION.findall(text)[:1])
    chinese = partition == "aws-cn" or ("amazonaws.com.cn" in text and URL_SUFFIX not in text)
    return tuple(
        Setting(region, account, partition or "aws", "amazonaws.com.cn" if chinese else "amazonaws.com")
        for region in regions[:MAX_SETTINGS]
        for account in accounts[:MAX_SETTINGS]
    )


def _distinct(texts: Any) -> list[str]:
    return list(dict.fromkeys(texts))


def _owners(statement: policies.Statement) -> Iterator[str]:
    """The accounts, written as such, that a statement lets change the policy."""
    allowing = {"Action": statement.get("Action"), "Principal": "*"}
    if statement.get("Effect") == "Allow" and policies.matches(allowing, policies.Request("kms:PutKeyPolicy")):
        for principal in policies.accounts(statement):
            if account := account_of(principal):
                yield account


@lru_cache(maxsize=2)
def _regions_elsewhere(tree: Tree) -> frozenset[str]:
    """The regions that the tree names outside of its keys."""
    found: set[str] = set()
    for resource in tree.resources():
        if resource.type not in KEYS:
            # The last letter of a zone's name isn't the region's.
            text = re.sub(r"(-\d)[a-f]\b", r"\1", json.dumps(resource.properties, default=str))
            found.update(_A_REGION.findall(text))
    return frozenset(found)


@lru_cache(maxsize=64)
def policy(key: Resource, setting: Setting) -> Policy:
    tree = key.stack.tree
    every = [_of_this_key(one) for one in policies.statements(document(key))]
    own = [_of_account(one, setting) for one in every]
    deployers = [_without(one, lambda text: _serves(tree, text)) for one in own]
    others = [one for one in every if any(is_foreign(text, setting) for text in policies.accounts(one))]
    return Policy(setting, *(tuple(_put(tree, one, setting) for one in found) for found in (own, deployers, others)))


def policy_for(key: Resource, account: str, setting: Setting) -> Policy:
    """What the policy says to another account alone."""
    put = tuple(
        _put(key.stack.tree, one, setting)
        for statement in policies.statements(document(key))
        if policies.accounts(one := _without(_of_this_key(statement), lambda text: not _is_of(text, account, setting)))
    )
    return Policy(setting, put, put)


def _of_this_key(statement: policies.Statement) -> policies.Statement:
    """An id that is written out in a key's own policy can only be the key's."""
    named = policies.texts(statement.get("Resource"))
    return {**statement, "Resource": ["*" if _has_id(one) else one for one in named]} if named else statement


def _has_id(resource: str) -> bool:
    return ":kms:" in resource and ":key/" in resource and not set(resource.rpartition(":key/")[2]) & {"*", "?"}


def _of_account(statement: policies.Statement, setting: Setting) -> policies.Statement:
    return _without(statement, lambda text: is_foreign(text, setting))


def is_foreign(principal: str, setting: Setting) -> bool:
    """Whether a principal surely is of another account."""
    account = account_of(setting.put_into(principal))
    return bool(account) and account != setting.account


def _is_of(principal: str, account: str, setting: Setting) -> bool:
    return account_of(setting.put_into(principal)) == account


def account_of(principal: str) -> str:
    """The account that a principal is of, if that is written in it."""
    found = _A_PRINCIPAL.fullmatch(principal)
    return (found[1] or found[2]) if found else ""


def _serves(tree: Tree, principal: str) -> bool:
    """Whether a principal is a role of the tree that only services take, other than CloudFormation."""
    role = tree.source(principal)
    if role is None or role.type != "AWS::IAM::Role":
        return False
    trust = policies.statements(role.get("AssumeRolePolicyDocument"))
    takers = [name for one in trust for name in policies.services(one)]
    others = any(
        set(one.get("Principal") or ()) - {"Service"} for one in trust if isinstance(one.get("Principal"), dict)
    )
    return bool(takers) and not others and not any("cloudformation" in name or not is_known(name) for name in takers)


def _without(statement: policies.Statement, is_gone: Any) -> policies.Statement:
    """A statement without some of its AWS principals."""
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping) or "AWS" not in principal:
        return statement
    left = [one for one in policies.texts(principal["AWS"]) if not is_gone(one)]
    return {**statement, "Principal": {**principal, "AWS": left}}


def _put(tree: Tree, value: Any, setting: Setting) -> Any:
    """A part of a policy with the setting put into every text of it."""
    if isinstance(value, Mapping):
        return {setting.put_into(str(name)): _put(tree, part, setting) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_put(tree, part, setting) for part in value]
    if isinstance(value, str):
        return setting.put_into(tree.identity(value)) if BEGIN in value else value
    return as_text(value)
