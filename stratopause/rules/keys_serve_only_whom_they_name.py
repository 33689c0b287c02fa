"""No key's policy gives the key's use away.

Who may decrypt with a key reads everything under it, past every other policy. So a key's policy should say exactly for
whom it is used. It gives that away if it allows a use (`kms:Decrypt`, `kms:GenerateDataKey`, `kms:CreateGrant` …)

- to everybody, `Principal: "*"`, without a condition that holds it to an account or an organization;
- to the account's root without a condition: that leaves it to every IAM policy of the account. AWS's default key
  policy, `kms:*` for the root, does; so does `kms:Create*`, which covers `kms:CreateGrant`;
- to a service without saying for whom: anybody's resource of that service can then use the key;
- to another account without a condition.

**How to fix:** let the root administer only (a list of actions such as `kms:PutKeyPolicy`), and use only under
`kms:ViaService` and `kms:CallerAccount`, or name the roles. Hold a service to `aws:SourceAccount`, `aws:SourceArn` or
an encryption context such as `kms:EncryptionContext:aws:logs:arn` (CloudTrail can't be for an event data store, so give
that a key of its own), another account to `kms:ViaService`,
`aws:PrincipalArn` or `aws:PrincipalOrgID`. `IfExists` and `StringNot…` hold nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule, _keys
from stratopause.tree import policies
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import is_known, shown

RULE = Rule(
    "E9103",
    "No key's policy gives the key's use away",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
    ("keys",),
)

_ACCOUNTS: Final = frozenset({"kms:calleraccount", "aws:principalaccount"})
_ORGANIZATIONS: Final = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_IDENTITIES: Final = frozenset({"aws:principalarn", "aws:userid", "aws:sourcevpce", "aws:sourcevpc"})
_SOURCES: Final = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
_ENCRYPTION: Final = "kms:encryptioncontext:"
_HOLDS_NOBODY_OF_THE_ACCOUNT: Final = (
    _ACCOUNTS
    | _ORGANIZATIONS
    | {
        "aws:principaltype",
        "aws:securetransport",
        "aws:requestedregion",
        "kms:keyspec",
        "kms:keyusage",
        "kms:keyorigin",
    }
)
_GRANTS: Final = frozenset({"kms:grantisforawsresource", "kms:grantoperations", "kms:grantconstrainttype"})


def check(tree: Tree) -> Iterator[Problem]:
    for key in tree.resources(*_keys.KEYS):
        if key.get("KeyPolicy") is None and _keys.is_judgeable(key):
            yield key.problem(
                f"{key.name} has no policy of its own, so it gets AWS's default, which leaves its use to every IAM "
                "policy of the account; write a KeyPolicy that lists what the root administers and who uses the key"
            )
            continue
        for at, statement in enumerate(policies.statements(_keys.document(key))):
            if statement.get("Effect") == "Allow" and (used := _used(statement)):
                for to_whom in _given_away(key, statement):
                    yield key.problem(_message(key, statement, used, to_whom), *_path(key, at))


def _message(key: Resource, statement: policies.Statement, used: str, to_whom: str) -> str:
    sid = statement.get("Sid")
    called = f"statement {sid}" if isinstance(sid, str) and sid else "a statement without Sid"
    return shown(f"{called} of the policy of {key.name} allows {used} to {to_whom}")


def _path(key: Resource, at: int) -> tuple[str | int, ...]:
    return ("KeyPolicy", "Statement", at) if isinstance(key.get("KeyPolicy", "Statement"), list) else ("KeyPolicy",)


def _used(statement: policies.Statement) -> str:
    """What of the uses of a key a statement allows, as it is written; empty if none."""
    if "NotAction" in statement:
        rest = {"NotAction": statement["NotAction"]}
        return next((use for use in _keys.USES if policies.matches(rest, policies.Request(use))), "")
    for action in policies.texts(statement.get("Action")):
        use = next((use for use in _keys.USES if policies.matches({"Action": action}, policies.Request(use))), "")
        if use and is_known(action):
            return action if action == use or "ReEncrypt" in action or "DataKey" in action else f"{action} ({use})"
    return ""


def _given_away(key: Resource, statement: policies.Statement) -> Iterator[str]:
    holding = _holding(statement)
    for principal in _everybody_or_accounts(statement):
        if principal == "*":
            found = [_to_everybody(statement, holding)]
        else:
            # Wherever it is deployed: a literal account may be the key's own.
            found = [_to_account(principal, statement, holding, setting) for setting in _keys.settings(key)]
        if all(found):
            yield found[0]
    if not _names_whom(statement):
        yield from (
            f"{service} without saying for whom; hold it to aws:SourceAccount, aws:SourceArn or an encryption context"
            for service in policies.services(statement)
            if is_known(service) and not _never_says_for_whom(key, service)
        )


def _never_says_for_whom(key: Resource, service: str) -> bool:
    """Whether a service asks without a source: for event data stores CloudTrail does.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
    """
    tree = key.stack.tree
    stores = tree.resources("AWS::CloudTrail::EventDataStore") if service == "cloudtrail.amazonaws.com" else ()
    return any(_keys.key_of(tree, store.get("KmsKeyId")) is key for store in stores)


def _everybody_or_accounts(statement: policies.Statement) -> list[str]:
    return ["*"] if "NotPrincipal" in statement else list(dict.fromkeys(policies.accounts(statement)))


def _to_everybody(statement: policies.Statement, holding: frozenset[str]) -> str:
    if not holding & (_ACCOUNTS | _ORGANIZATIONS | _IDENTITIES | _SOURCES):
        return "everybody; name the account's principals, or hold it to kms:CallerAccount and kms:ViaService"
    if _holds_in_account(statement, holding):
        return ""
    return "everybody of the account; hold it to kms:ViaService, or name the roles"


def _to_account(principal: str, statement: policies.Statement, holding: frozenset[str], setting: _keys.Setting) -> str:
    text = setting.put_into(principal)
    if not is_known(text):
        return ""
    if _keys.is_foreign(text, setting):
        return "" if holding else f"another account, {principal}, without a condition; hold it to kms:ViaService"
    if text not in {setting.account, setting.put_into(policies.ROOT)} or _holds_in_account(statement, holding):
        return ""
    return "the account's root, so to every IAM policy of the account; hold it to kms:ViaService, or name the roles"


def _holds_in_account(statement: policies.Statement, holding: frozenset[str]) -> bool:
    """Whether conditions on these keys leave less than everybody of an account."""
    found = holding - _HOLDS_NOBODY_OF_THE_ACCOUNT
    return bool(found if _grants_only(statement) else found - _GRANTS)


def _grants_only(statement: policies.Statement) -> bool:
    """Whether grants are the only use that a statement allows: conditions on grants say nothing of the others."""
    allowed = {name: statement[name] for name in ("Action", "NotAction") if name in statement}
    return not any(policies.matches(allowed, policies.Request(use)) for use in _keys.USES if use != "kms:CreateGrant")


def _holding(statement: policies.Statement) -> frozenset[str]:
    """The keys that a request must carry, with a value that isn't just anything."""
    return frozenset(
        key
        for operator, key, values in policies.conditions(statement)
        if _is_positive(operator, values) and not any(set(value) <= {"*", "?"} for value in values)
    )


def _is_positive(operator: str, values: list[str]) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return False
    return bool(values) and "Not" not in name and not name.endswith("IfExists") and quantifier != "ForAllValues"


def _names_whom(statement: policies.Statement) -> bool:
    """Whether a condition says for which account or resource a service asks."""
    return any(
        _is_positive(operator, values) and _says_whom(key) and all(_is_of_somebody(value) for value in values)
        for operator, key, values in policies.conditions(statement)
    )


def _says_whom(key: str) -> bool:
    return key in _SOURCES | _ACCOUNTS | _ORGANIZATIONS or key.startswith(_ENCRYPTION)


def _is_of_somebody(value: str) -> bool:
    """Whether a value names an account or a resource: an ARN of any account does not."""
    text = _keys.MADE_UP.put_into(value)
    if not text.startswith(("arn:", "*")):
        return "*" not in text or text.startswith("o-")
    parts = text.split(":", 5)
    if len(parts) < 6:
        return False
    return "*" not in parts[4] if parts[4] else not parts[5].startswith("*")
