"""Whether the policy of a key lets a service do what it needs, and what the policy lacks if it doesn't."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules._key_needs import Need, via_service
from stratopause.rules._keys import Policy, Setting
from stratopause.tree import policies
from stratopause.tree.model import Path, Resource
from stratopause.tree.text import ACCOUNT, BEGIN, PARTITION, REGION, pseudo, unknown

_OF_AWS: Final = """
    assumedroot calledvia calledviaawsmcp calledviafirst calledvialast chatbotsourcearn currenttime
    ec2instancesourceprivateipv4 ec2instancesourcevpc epochtime federatedprovider multifactorauthage
    multifactorauthpresent principalaccount principalarn principalisawsservice principalorgid principalorgpaths
    principalservicename principalservicenameslist principaltype referer requestedregion resourceaccount resourceorgid
    resourceorgpaths securetransport sourceaccount sourcearn sourceidentity sourceip sourceorgid sourceorgpaths
    sourceowner sourcevpc sourcevpcarn sourcevpce tagkeys tokenissuetime useragent userid username viaawsmcpservice
    viaawsservice vpceaccount vpceorgid vpceorgpaths vpcsourceip
"""
_OF_KMS: Final = """
    bypasspolicylockoutsafetycheck calleraccount customermasterkeyspec customermasterkeyusage datakeypairspec
    encryptionalgorithm encryptioncontextkeys expirationmodel grantconstraintsourcearn grantconstrainttype
    granteeprincipal granteeserviceprincipal grantisforawsresource grantoperations keyagreementalgorithm keyorigin
    keyspec keyusage macalgorithm messagetype multiregion multiregionkeytype primaryregion reencryptonsamekey
    replicaregion requestalias resourcealiases retiringprincipal retiringserviceprincipal rotationperiodindays
    scheduledeletionpendingwindowindays signingalgorithm validto viaservice wrappingalgorithm wrappingkeyspec
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
    "kms:grantconstraintsourcearn",
    "kms:grantconstrainttype",
    "kms:granteeprincipal",
    "kms:granteeserviceprincipal",
    "kms:grantisforawsresource",
    "kms:grantoperations",
    "kms:retiringprincipal",
    "kms:retiringserviceprincipal",
)
"""Come with grants only. https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html"""
_CREATE_GRANT: Final = "kms:CreateGrant"
_DESCRIBE: Final = "kms:DescribeKey"


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


class Elsewhere(Context):
    """What comes if somebody else asks for the same: of services and accounts that aren't known only what it is for."""

    def __init__(self, context: Context) -> None:
        super().__init__({key: value for key, value in context.items() if key.startswith(_ENCRYPTION)})

    def _may_come(self, key: str) -> bool:
        if self and key.startswith(f"{_ENCRYPTION}aws:"):
            return False
        return super()._may_come(key)


class Ask(NamedTuple):
    """What one resource asks of the key that it is encrypted with."""

    resource: Resource
    path: Path
    """The property that names the key."""
    need: Need
    given: Mapping[str, str | None]
    """The condition keys of the need, with what they are for this resource."""
    because: str = ""
    """Who asks, if that isn't the resource itself."""


class Lack(NamedTuple):
    """What a key's policy doesn't let be done."""

    ask: Ask
    actions: tuple[str, ...]


class Effort:
    """What may be spent on the keys of a tree; once it is, nothing is claimed of the rest."""

    def __init__(self, left: int = 100_000, explaining: int = 20_000) -> None:
        self.left = left
        self.explaining = explaining

    def spend(self, statement: policies.Statement, context: Mapping[str, str | None]) -> None:
        self.left -= 1
        for _, key, values in policies.conditions(statement):
            given = context.get(key) or ""
            for value in values:
                # What is known in part is compared character by character.
                self.left -= 1 + (len(value) * len(given) // 100 if BEGIN in value or BEGIN in given else 0)


def lacks(policy: Policy, asks: Iterable[Ask], effort: Effort) -> list[Lack]:
    found = []
    judge = _Judge(policy, effort)
    for ask in asks:
        missing = judge.missing(ask)
        if effort.left < 0:
            return []
        if missing:
            found.append(Lack(ask, missing))
    return found


class _About(NamedTuple):
    """The statements that are about one action of one principal, whatever their conditions say."""

    allowing: tuple[policies.Statement, ...]
    denying: tuple[policies.Statement, ...]
    for_others: tuple[policies.Statement, ...]
    """For services and other accounts, who may do it instead."""


class _Judge:
    """A policy, in which the statements about somebody are looked up once, however many ask."""

    def __init__(self, policy: Policy, effort: Effort) -> None:
        self._policy = policy
        self._effort = effort
        self._abouts: dict[tuple[object, ...], _About] = {}

    def missing(self, ask: Ask) -> tuple[str, ...]:
        contexts = {kind: _context(ask, self._policy.setting, kind) for kind in {*map(_kind, ask.need.actions)}}
        self._effort.left -= len(contexts)
        held: dict[tuple[int, str, bool], bool] = {}
        return tuple(action for action in ask.need.actions if not self._is_let(ask, action, contexts, held))

    def _is_let(
        self,
        ask: Ask,
        action: str,
        contexts: Mapping[str, Context],
        held: dict[tuple[int, str, bool], bool],
    ) -> bool:
        about = self._about(ask.need, action)
        kind = _kind(action)

        def holds(statement: policies.Statement, *, certainly: bool = False) -> bool:
            which = (id(statement), kind, certainly)
            if which not in held:
                held[which] = self._holds(statement, contexts[kind], certainly=certainly)
            return held[which]

        if any(holds(one, certainly=True) for one in about.denying):
            return False
        if any(map(holds, about.allowing)):
            return True
        elsewhere = Elsewhere(contexts[kind])
        return any(self._holds(one, elsewhere) for one in about.for_others)

    def _holds(self, statement: policies.Statement, context: Context, *, certainly: bool = False) -> bool:
        self._effort.spend(statement, context)
        if self._effort.left < 0:
            return not certainly
        return policies.conditions_hold(statement, context, certainly=certainly)

    def _about(self, need: Need, action: str) -> _About:
        which = (action, need.via, need.principal, need.deployer, need.account, need.spoken_for, need.but_not)
        if which not in self._abouts:
            self._abouts[which] = _about(self._policy, need, action)
        return self._abouts[which]


def _about(policy: Policy, need: Need, action: str) -> _About:
    statements = policy.for_deployers if need.deployer else policy.statements
    asked = _asked(need, action, policy.setting)
    allowing = tuple(one for one in statements if _is_about(one, "Allow", asked))
    denying = tuple(one for one in statements if _is_about(one, "Deny", asked, certainly=True))
    return _About(allowing, denying, tuple(_instead(policy, need, action)))


def _is_about(
    statement: policies.Statement, effect: str, request: policies.Request, *, certainly: bool = False
) -> bool:
    bare = {name: value for name, value in statement.items() if name != "Condition"}
    return statement.get("Effect") == effect and policies.matches(bare, request, certainly=certainly)


def _instead(policy: Policy, need: Need, action: str) -> Iterator[policies.Statement]:
    """Statements that let somebody else do it, where it's enough that anybody can."""
    about = policies.Request(action)
    if need.spoken_for:
        for one in policy.statements:
            if {*policies.services(one)} - need.but_not and _is_about(_for_anybody(one), "Allow", about):
                yield one
    if need.via and not need.deployer and not need.account:
        yield from (one for one in policy.for_others if _is_about(_for_anybody(one), "Allow", about))


def _for_anybody(statement: policies.Statement) -> policies.Statement:
    return {**statement, "Principal": "*"}


def _asked(need: Need, action: str, setting: Setting) -> policies.Request:
    principal = setting.put_into(need.principal)
    if principal and setting.suffix.endswith(".cn"):
        # Of most services the principal is the same in China, of some it ends otherwise.
        principal = principal.removesuffix(".cn") + unknown("suffix")
    return policies.Request(action, this_key(setting), principal)


def _kind(action: str) -> str:
    """The actions with which the same context comes have no kind."""
    return action if action in {_CREATE_GRANT, _DESCRIBE} else ""


def _context(ask: Ask, setting: Setting, kind: str) -> Context:
    need = ask.need
    context = Context(_always(need) | dict(ask.given))
    context.closed = bool(need.principal) and any(key.startswith(_ENCRYPTION) for key in context)
    if kind == _DESCRIBE:
        # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
        context.update({key: None for key in context if key.startswith(_ENCRYPTION)})
        context.closed = True
    if kind != _CREATE_GRANT:
        context.update(dict.fromkeys(_OF_GRANTS))
    elif need.via:
        context.setdefault("kms:grantisforawsresource", "true")
    for key, value in context.items():
        context[key] = setting.put_into(value) if value else value
    return context


def _request(ask: Ask, action: str, setting: Setting) -> policies.Request:
    return _asked(ask.need, action, setting)._replace(context=_context(ask, setting, _kind(action)))


def this_key(setting: Setting) -> str:
    return setting.put_into(_THIS_KEY)


_THIS_KEY: Final = f"arn:{PARTITION}:kms:{REGION}:{ACCOUNT}:key/{pseudo('this key')}"


def _always(need: Need) -> dict[str, str | None]:
    found: dict[str, str | None] = {
        "aws:securetransport": "true",
        "aws:requestedregion": REGION,
        "aws:resourceaccount": ACCOUNT,
    }
    if need.principal:
        return {**found, "aws:sourceaccount": ACCOUNT, "aws:principalisawsservice": "true"}
    account = need.account or ACCOUNT
    # Only what a service does as itself comes with a source.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourceaccount
    found |= {"kms:calleraccount": account, "aws:principalaccount": account}
    found |= {"aws:sourceaccount": None, "aws:sourcearn": None}
    if not need.via:
        found["kms:viaservice"] = None
    elif need.via != "*":
        found |= {"kms:viaservice": via_service(need.via), "aws:viaawsservice": "true"}
    return found


def who(need: Need) -> str:
    if need.principal or need.account:
        return need.principal or f"account {need.account}"
    return "this account" if need.via in {"", "*"} else f"this account by way of {via_service(need.via)}"


def why(policy: Policy, lack: Lack, effort: Effort) -> str:
    """What comes nearest, and what it asks for besides; or what denies it."""
    ask, setting = lack.ask, policy.setting
    statements = policy.for_deployers if ask.need.deployer else policy.statements
    effort.explaining -= len(statements)
    if effort.explaining < 0:
        return f"none of its {len(statements)} statements does"
    request = _request(ask, lack.actions[0], setting)
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
