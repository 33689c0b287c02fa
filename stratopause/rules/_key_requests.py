"""Whether the policy of a key lets a service do what it needs, and what the policy lacks if it doesn't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules._key_needs import Need
from stratopause.rules._keys import Policy, Setting
from stratopause.tree import policies
from stratopause.tree.model import Path, Resource
from stratopause.tree.text import ACCOUNT, PARTITION, REGION, URL_SUFFIX, pseudo

_OF_AWS: Final = """
    calledvia calledviafirst calledvialast currenttime ec2instancesourceprivateipv4 ec2instancesourcevpc epochtime
    federatedprovider multifactorauthage multifactorauthpresent principalaccount principalarn principalisawsservice
    principalorgid principalorgpaths principalservicename principalservicenameslist principaltype referer
    requestedregion resourceaccount resourceorgid resourceorgpaths securetransport sourceaccount sourcearn
    sourceidentity sourceip sourceorgid sourceorgpaths sourceowner sourcevpc sourcevpcarn sourcevpce tagkeys
    tokenissuetime useragent userid username viaawsservice vpceaccount vpceorgid vpceorgpaths vpcsourceip
    chatbotsourcearn assumedroot
"""
_OF_KMS: Final = """
    bypasspolicylockoutsafetycheck calleraccount customermasterkeyspec customermasterkeyusage datakeypairspec
    encryptionalgorithm encryptioncontextkeys expirationmodel grantconstrainttype grantisforawsresource
    grantoperations granteeprincipal keyagreementalgorithm keyorigin keyspec keyusage macalgorithm messagetype
    multiregion multiregionkeytype primaryregion reencryptonsamekey replicaregion requestalias resourcealiases
    retiringprincipal rotationperiodindays scheduledeletionpendingwindowindays signingalgorithm validto viaservice
    wrappingalgorithm wrappingkeyspec
"""
_KNOWN: Final = frozenset([f"aws:{name}" for name in _OF_AWS.split()] + [f"kms:{name}" for name in _OF_KMS.split()])
"""The condition keys that can come with a call of KMS; one that isn't here is misspelt.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""
_KNOWN_BEGINNINGS: Final = (
    "aws:principaltag/",
    "aws:requesttag/",
    "aws:resourcetag/",
    "aws:sourcevpctag/",
    "accounts.google.com:",
    "cognito-identity.amazonaws.com:",
    "ec2:",
    "graph.facebook.com:",
    "iam:",
    "kms:recipientattestation:",
    "lambda:",
    "saml:",
    "sts:",
    "www.amazon.com:",
)
_ENCRYPTION: Final = "kms:encryptioncontext:"
_OF_GRANTS: Final = (
    "kms:grantconstrainttype",
    "kms:granteeprincipal",
    "kms:grantisforawsresource",
    "kms:grantoperations",
    "kms:retiringprincipal",
)
"""Come with grants only. https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""


class Context(dict[str, str | None]):
    """The condition keys that come; of the others, those that can't come at all are known not to."""

    closed: bool = False
    """Whether the encryption context is known as a whole."""

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or not self._may_come(str(key))

    def __missing__(self, key: str) -> None:
        return None

    def _may_come(self, key: str) -> bool:
        if key.startswith(_ENCRYPTION):
            return not self.closed
        return key in _KNOWN or key.startswith(_KNOWN_BEGINNINGS)


class Ask(NamedTuple):
    """What one resource asks of the key that it is encrypted with."""

    resource: Resource
    path: Path
    """The property that names the key."""
    need: Need
    given: Mapping[str, str]
    """The condition keys of the need, with what they are for this resource."""
    because: str = ""
    """Who asks, if that isn't the resource itself."""


class Lack(NamedTuple):
    """What a key's policy doesn't let be done."""

    ask: Ask
    actions: tuple[str, ...]
    why: str


def lacks(policy: Policy, asks: list[Ask]) -> list[Lack]:
    found = []
    for ask in asks:
        statements = policy.for_deployers if ask.need.deployer else policy.statements
        missing = tuple(action for action in ask.need.actions if not _is_let(statements, ask, action, policy.setting))
        if missing:
            found.append(Lack(ask, missing, _why(statements, ask, missing[0], policy.setting)))
    return found


def _is_let(statements: tuple[policies.Statement, ...], ask: Ask, action: str, setting: Setting) -> bool:
    if policies.allows([{"Statement": list(statements)}], _request(ask, action, setting)):
        return True
    return ask.need.spoken_for and any(_lets_a_service(one, action) for one in statements)


def _lets_a_service(statement: policies.Statement, action: str) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and bool(policies.services(statement))
        and policies.matches({"Action": statement.get("Action")}, policies.Request(action))
    )


def _request(ask: Ask, action: str, setting: Setting) -> policies.Request:
    need = ask.need
    context = Context(_always(need) | dict(ask.given))
    context.closed = bool(need.principal) and any(key.startswith(_ENCRYPTION) for key in context)
    if need.via and action == "kms:CreateGrant":
        context.setdefault("kms:grantisforawsresource", "true")
    if action != "kms:CreateGrant":
        context.update(dict.fromkeys(_OF_GRANTS))
    for key, value in context.items():
        context[key] = setting.put_into(value) if value else value
    return policies.Request(action, this_key(setting), setting.put_into(need.principal), "", context)


def this_key(setting: Setting) -> str:
    return setting.put_into(_THIS_KEY)


_THIS_KEY: Final = f"arn:{PARTITION}:kms:{REGION}:{ACCOUNT}:key/{pseudo('this key')}"


def _always(need: Need) -> dict[str, str | None]:
    found: dict[str, str | None] = {
        "kms:calleraccount": need.account or ACCOUNT,
        "aws:securetransport": "true",
        "aws:requestedregion": REGION,
        "aws:resourceaccount": ACCOUNT,
    }
    if need.principal:
        return {**found, "aws:sourceaccount": ACCOUNT, "aws:principalisawsservice": "true"}
    # Only what a service does as itself comes with a source.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount
    found |= {"aws:principalaccount": need.account or ACCOUNT, "aws:sourceaccount": None, "aws:sourcearn": None}
    if need.via != "*":
        found |= {"kms:viaservice": f"{need.via}.{REGION}.{URL_SUFFIX}", "aws:viaawsservice": "true"}
    return found


def who(need: Need) -> str:
    if need.principal or need.account:
        return need.principal or f"account {need.account}"
    return f"this account by way of {need.via}.{REGION}.{URL_SUFFIX}" if need.via != "*" else "this account"


def _why(statements: tuple[policies.Statement, ...], ask: Ask, action: str, setting: Setting) -> str:
    """What comes nearest, and what it asks for besides; or what denies it."""
    request = _request(ask, action, setting)
    for one in statements:
        if one.get("Effect") == "Deny" and policies.matches(one, request, certainly=True):
            return f"{_called(one)} denies it"
    found = [
        (len(faults), -len(list(_conditions(one))), faults, one)
        for one in statements
        if one.get("Effect") == "Allow" and _is_for(one, request) and (faults := list(_faults(one, request, setting)))
    ]
    if not found:
        return f"no statement is for {setting.shown(request.service or 'the account')}"
    *_, faults, nearest = min(found, key=lambda one: one[:2])
    return f"the nearest, {_called(nearest)}, {' and '.join(faults)}"


def _called(statement: policies.Statement) -> str:
    sid = statement.get("Sid")
    return sid if isinstance(sid, str) and sid else "a statement without Sid"


def _is_for(statement: policies.Statement, request: policies.Request) -> bool:
    about = {name: statement[name] for name in ("Principal", "NotPrincipal") if name in statement}
    return policies.matches({**about, "Action": "*"}, request)


def _faults(statement: policies.Statement, request: policies.Request, setting: Setting) -> Iterator[str]:
    about = {name: statement[name] for name in ("Action", "NotAction") if name in statement}
    if not policies.matches(about, request):
        yield f"doesn't allow {request.action}"
    about = {name: statement[name] for name in ("Resource", "NotResource") if name in statement}
    if not policies.matches({**about, "Action": "*"}, request):
        yield "is for another resource, where only * is this key"
    for operator, key, name, values in _conditions(statement):
        if not policies.conditions_hold({"Condition": {operator: {key: values}}}, request.context):
            given = request.context.get(key)
            asked = setting.shown(" or ".join(values))[:200]
            yield f"asks for {name} {operator} {asked}, {_comes(given, setting)}"


def _comes(given: str | None, setting: Setting) -> str:
    return "which doesn't come" if given is None else f"where {setting.shown(given)} comes"


def _conditions(statement: policies.Statement) -> Iterator[tuple[str, str, str, list[str]]]:
    """As `policies.conditions`, with the key as it is written besides."""
    found: Any = statement.get("Condition")
    for operator, keys in found.items() if isinstance(found, Mapping) else ():
        for name, values in keys.items() if isinstance(keys, Mapping) else ():
            yield str(operator), str(name).lower(), str(name), policies.texts(values)
