"""Nobody but whom it is for may assume a role: not anybody, and another account only under a condition.

A trust policy with the principal `*` lets in every identity of every account of AWS. One that names another account
lets in whatever that account allows, and without `sts:ExternalId` a service that works for many customers can be
made to use the role for the wrong one (the confused deputy). A provider of web identities such as GitHub signs tokens
for all of its users; which of them is meant says the token's subject.

**How to fix:** name the service or the role that the role is for. For another account add a condition on
`sts:ExternalId`, `aws:PrincipalOrgID`, `aws:PrincipalArn` or, for people, `aws:MultiFactorAuthPresent`; for a web
identity one on `<provider>:sub`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._keys import account_of
from stratopause.rules._roles import ROLE, literals
from stratopause.tree import policies
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import ACCOUNT, PARTITION, is_known, may_be, shown

RULE = Rule(
    "E9304",
    "Roles are assumed by nobody else",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html",
    ("roles",),
)

_ASSUMING: Final = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
_LIMITING: Final = re.compile(
    r"aws:(principalorgid|principalorgpaths|principalarn|principalaccount|principalservicename|principaltag/.+|userid"
    r"|sourceaccount|sourcearn|sourceorgid|sourceorgpaths)"
)
"""Condition keys that tell who it is that assumes a role."""
_OF_ACCOUNTS: Final = re.compile(
    _LIMITING.pattern + r"|sts:externalid|sts:rolesessionname|sts:sourceidentity"
    r"|aws:(multifactorauthpresent|multifactorauthage|sourceip|vpcsourceip|sourcevpc|sourcevpce)"
)
"""With these it isn't just anybody of another account: no service has a second factor."""
_AUDIENCE_IS_ENOUGH: Final = (
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "www.amazon.com",
    "graph.facebook.com",
)
"""Providers whose tokens name by their audience the application or the pool that they are for.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
"""
_NOT_THE_SUBJECT: Final = ("aud", "amr", "iss", "iat", "exp")
_POSITIVE: Final = re.compile(
    r"(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|Bool|IpAddress|NumericLessThan.*)"
)
_OF_TOKENS: Final = re.compile(_POSITIVE.pattern + "(IfExists)?")
"""Each token has a subject."""
_WHOLE_ACCOUNT: Final = re.compile(r"\d{12}|arn:[^:]*:iam::\d{12}:(root|.*\*.*)")


def check(tree: Tree) -> Iterator[Problem]:
    for role in tree.resources(ROLE):
        document = policies.document(role.get("AssumeRolePolicyDocument"))
        written = document.get("Statement")
        for at, statement in enumerate(policies.many(written)):
            if isinstance(statement, Mapping) and statement.get("Effect") == "Allow" and _lets_assume(statement):
                step = (at,) if isinstance(written, list) else ()
                yield from _statement(tree, role, statement, ("AssumeRolePolicyDocument", "Statement", *step))


def _lets_assume(statement: policies.Statement) -> bool:
    if "NotAction" in statement:
        return True
    actions = policies.texts(statement.get("Action"))
    return any(may_be(action, one, ignore_case=True) for action in actions for one in _ASSUMING)


def _statement(tree: Tree, role: Resource, statement: policies.Statement, path: Path) -> Iterator[Problem]:
    if "NotPrincipal" in statement:
        yield role.problem(
            f"{role.name} may be assumed by anybody but whom NotPrincipal names; name in Principal whom it is for",
            *path,
            "NotPrincipal",
        )
        return
    named = policies.accounts(statement)
    if "*" in named and not _is_limited(statement, _LIMITING):
        yield role.problem(
            f"{role.name} may be assumed by anybody of any account, as its principal is *; name whom it is for",
            *path,
            "Principal",
        )
    if not _is_limited(statement, _OF_ACCOUNTS):
        for principal in named:
            if _WHOLE_ACCOUNT.fullmatch(_put(principal)) and _is_another(tree, principal):
                account = account_of(_put(principal))
                yield role.problem(
                    f"{role.name} may be assumed by whomever another account, {account}, lets; name a "
                    "role of it, or add a condition on sts:ExternalId or aws:PrincipalOrgID",
                    *path,
                    "Principal",
                )
    yield from _federated(role, statement, path)


def _put(principal: str) -> str:
    """With a literal partition, which is all that may stand before an account's number."""
    return principal.replace(PARTITION, "aws")


def _is_another(tree: Tree, principal: str) -> bool:
    """Whether an account is surely another one than that of the role.

    The tree's own account is `AWS::AccountId`, or a number that the tree has elsewhere too.
    """
    account = account_of(_put(principal))
    outside, trusts = literals(tree)
    return bool(account) and (ACCOUNT in outside or ACCOUNT in trusts or account not in outside)


def _is_limited(statement: policies.Statement, keys: re.Pattern[str]) -> bool:
    if statement.get("Condition") is not None and not isinstance(statement["Condition"], Mapping):
        return True
    return any(
        keys.fullmatch(key) and _POSITIVE.fullmatch(operator) and all(_says_something(one) for one in values)
        for operator, key, values in policies.conditions(statement)
    )


def _says_something(value: str) -> bool:
    return bool(re.sub(r"[*?:/]|arn|aws", "", value)) and value.lower() != "false" and not value.endswith("/0")


def _federated(role: Resource, statement: policies.Statement, path: Path) -> Iterator[Problem]:
    principal: Any = statement.get("Principal")
    named = policies.texts(principal.get("Federated")) if isinstance(principal, Mapping) else []
    for provider in named:
        if _is_web(statement, provider) and not _names_a_subject(statement, provider):
            yield role.problem(
                f"{role.name} may be assumed by every user of {shown(provider)}; add a condition on the subject of its "
                "token, such as StringEquals on <provider>:sub",
                *path,
                "Condition" if "Condition" in statement else "Principal",
            )


def _is_web(statement: policies.Statement, provider: str) -> bool:
    actions = policies.texts(statement.get("Action"))
    by_web = any(may_be(action, "sts:AssumeRoleWithWebIdentity", ignore_case=True) for action in actions)
    return by_web and ":saml-provider/" not in provider


def _names_a_subject(statement: policies.Statement, provider: str) -> bool:
    if statement.get("Condition") is not None and not isinstance(statement["Condition"], Mapping):
        return True
    for operator, key, values in policies.conditions(statement):
        issuer, found, claim = key.rpartition(":")
        if not is_known(key):
            return True
        if not found or not _OF_TOKENS.fullmatch(operator) or not all(_is_narrow(one) for one in values):
            continue
        if key.startswith(("aws:", "sts:")) or claim in _NOT_THE_SUBJECT:
            if claim == "aud" and any(one in issuer or one in provider for one in _AUDIENCE_IS_ENOUGH):
                return True
            continue
        return True
    return False


def _is_narrow(value: str) -> bool:
    """Not `*` and not `repo:*`, which is everybody as well."""
    return bool(value.strip("*?")) and value not in ("repo:*", "repo:*/*", "repo:*/*:*", "system:serviceaccount:*:*")
