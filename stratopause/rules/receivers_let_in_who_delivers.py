"""Topics, queues, functions, buckets and log groups let in the services that deliver to them.

Who is told to deliver and may not, fails in silence: the alarm turns red and nobody hears of it, the bucket stays
empty. Only what is checked when it's made, as a trail's bucket, fails at once.

- A topic without a policy takes what alarms and RDS send that are of its own account. What EventBridge, AWS Backup, S3
  and budgets send has to be allowed, and in a topic with a policy of its own all of it.
- A queue takes messages of SNS, EventBridge and S3 only if its policy says so, and a function is called only if an
  `AWS::Lambda::Permission` does.
- A bucket has to let in load balancers, trails, access logs and `delivery.logs.amazonaws.com` under the prefix that
  they write to.
- A log group takes logs of WAF, Route 53, OpenSearch and EventBridge by an `AWS::Logs::ResourcePolicy`.

Conditions are held against who delivers: another account, a trail or a rule of another name is not let in.

**How to fix:** allow the action to the service's principal, with `aws:SourceAccount` or the `aws:SourceArn` of what
delivers, on the ARN that it delivers to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._key_needs import PUBLISHERS
from stratopause.rules._keys import MADE_UP, account_of, values_at
from stratopause.rules._known import known
from stratopause.rules._load_balancers import CLASSIC, LOAD_BALANCER, attribute, is_on, kind
from stratopause.tree import identity, policies
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import (
    ACCOUNT,
    BEGIN,
    END,
    PARTITION,
    REGION,
    URL_SUFFIX,
    Reference,
    is_known,
    may_be,
    may_equal,
    unknown,
)

RULE = Rule(
    "E9305",
    "Receivers let in the services that deliver to them",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html",
    ("identity", "logs"),
)

TOPIC: Final = "AWS::SNS::Topic"
QUEUE: Final = "AWS::SQS::Queue"
BUCKET: Final = "AWS::S3::Bucket"
GROUP: Final = "AWS::Logs::LogGroup"
FUNCTION: Final = "AWS::Lambda::Function"
_INVOKED: Final = (FUNCTION, "AWS::Lambda::Alias", "AWS::Lambda::Version")

_SENDING: Final = {TOPIC: "sns:Publish", QUEUE: "sqs:SendMessage"}
_POLICIES: Final = {
    TOPIC: (("AWS::SNS::TopicPolicy", "Topics"), ("AWS::SNS::TopicInlinePolicy", "TopicArn")),
    QUEUE: (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SQS::QueueInlinePolicy", "Queue")),
    BUCKET: (("AWS::S3::BucketPolicy", "Bucket"),),
}
"""The types of policies, and the property that says whose they are."""

_OF_OWNER: Final = ("cloudwatch.amazonaws.com", "events.rds.amazonaws.com")
"""Who comes with the `AWS:SourceOwner` that the policy takes which a topic has by default.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#source-account-versus-source-owner
"""
_NOT_OF_OWNER: Final = (
    *("events.amazonaws.com", "backup.amazonaws.com", "s3.amazonaws.com", "budgets.amazonaws.com"),
    *("codestar-notifications.amazonaws.com", "costalerts.amazonaws.com", "sns.amazonaws.com"),
)

_NAMES: Final = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::Events::Rule": "Name",
    "AWS::CloudTrail::Trail": "TrailName",
}
_SOMETHING: Final = unknown("something")
_ARN: Final = re.compile(r"(?:arn:[^/]{1,60}?:s3:::)?([^/]+)/?(.*)", re.DOTALL)
_PART: Final = re.compile(f"{BEGIN}[?](?:item 0 of [$][{{][?])?part of [$][{{]([\\w/]+)[.]Arn[}}]{{1,2}}{END}")
_PROPERTY: Final = re.compile(r"\{(\w+)\}")
_LONGEST: Final = 1_000
_AN_ACCOUNT: Final = re.compile(r"(?<!\d)\d{12}(?!\d)")
DELIVERY: Final = "delivery.logs.amazonaws.com"
_VENDED: Final = f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:{_SOMETHING}"


class Delivery(NamedTuple):
    """Who delivers to what, and where it is told to."""

    source: Resource
    path: Path
    receiver: Resource
    services: tuple[str, ...]
    """Any of these has to be let in."""
    actions: tuple[tuple[str, str], ...]
    """Each with what it is done on."""
    arns: tuple[str, ...]
    """What may be said as `aws:SourceArn`."""
    accounts: tuple[str, ...] = ()
    """The accounts of AWS of which any may be let in instead; `*` for all."""


def check(tree: Tree) -> Iterator[Problem]:
    receivers = _Receivers(tree)
    for delivery in _deliveries(tree, receivers):
        missing = [action for action, on in delivery.actions if not _is_let(tree, receivers, delivery, action, on)]
        if missing:
            yield delivery.source.problem(
                f"{delivery.receiver.name} doesn't let {delivery.services[0]} deliver what {delivery.source.name} "
                f"sends: allow {' and '.join(dict.fromkeys(missing))} to it, on what it delivers to and under "
                "conditions that hold for it",
                *delivery.path,
            )


class _Known(NamedTuple):
    """The policies of a receiver, with names and ARNs written out."""

    documents: list[Any]
    by_account: Mapping[str, list[Any]]
    """In each account that the tree may be in."""
    tell_sources: bool
    """Whether it counts to them which resource delivers."""


class _Permission(NamedTuple):
    """Who may invoke what; None for what isn't written."""

    of: Resource | None
    text: str
    action: str | None
    principal: str | None
    arn: str | None
    account: str | None


class _Receivers:
    """What can be delivered to, to be found by any way to name it, and the policies of each."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._named: dict[tuple[str, str], Resource] = {}
        for resource in tree.resources(TOPIC, QUEUE, BUCKET, GROUP, FUNCTION):
            for text in (identity.name(tree, resource), identity.arn(tree, resource).removesuffix(":*")):
                self._named[resource.type, text] = resource
        self._policies: dict[str, list[Any]] = {}
        self._unclear: set[str] = set()
        self._documents: dict[str, _Known | None] = {}
        self._permissions: dict[str, list[_Permission]] | None = None
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
        if not isinstance(value, str) or len(value) > _LONGEST:
            return None
        source = self._tree.source(value) or self._of_part(value)
        if source is not None:
            return source if source.type in types else None
        text = self._tree.identity(value).removesuffix(":*")
        return next((self._named[type_, text] for type_ in types if (type_, text) in self._named), None)

    def _of_part(self, value: str) -> Resource | None:
        """Of an ARN from which `:*` is split off."""
        match = _PART.fullmatch(value)
        return self._tree.resource(match[1]) if match else None

    def bucket(self, value: Any) -> tuple[Resource | None, str]:
        """A bucket that is named or whose ARN is given, and what comes behind a slash."""
        if not isinstance(value, str) or len(value) > _LONGEST:
            return None, ""
        found = self.find(value, BUCKET)
        match = _ARN.fullmatch(self._tree.identity(value))
        if found is not None or match is None:
            return found, ""
        return self._named.get((BUCKET, match[1])), match[2].strip("/")

    def permissions(self, function: Resource) -> list[_Permission]:
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

    def _permission(self, resource: Resource) -> _Permission:
        value = resource.get("FunctionName")
        said = [
            None if resource.get(name) is None else self._tree.identity(resource.get(name))
            for name in ("Action", "Principal", "SourceArn", "SourceAccount")
        ]
        return _Permission(self.find(value, *_INVOKED), self._tree.identity(value), *said)

    def function(self, invoked: Resource) -> str:
        """The place of the function that an alias or a version is of; empty if that isn't known."""
        found = invoked if invoked.type == FUNCTION else self.find(invoked.get("FunctionName"), FUNCTION)
        return found.place if found else ""

    def policies(self, receiver: Resource) -> _Known | None:
        """None if they can't be known."""
        of = GROUP if receiver.type == GROUP else receiver.place
        if of not in self._documents:
            self._documents[of] = self._known(receiver)
        return self._documents[of]

    def _known(self, receiver: Resource) -> _Known | None:
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
        return _Known(written, by_account, "sourcearn" in text.lower())


def _is_let(tree: Tree, receivers: _Receivers, delivery: Delivery, action: str, on: str) -> bool:
    if delivery.receiver.type in _INVOKED:
        return _may_invoke(tree, receivers, delivery)
    own = receivers.policies(delivery.receiver)
    if own is None:
        return True
    if delivery.receiver.type == TOPIC and not own.documents:
        return any(service not in _NOT_OF_OWNER for service in delivery.services)
    key = (
        delivery.receiver.place,
        delivery.services,
        delivery.accounts,
        action,
        on,
        own.tell_sources and delivery.arns,
    )
    if key not in receivers.judged:
        receivers.judged[key] = any(_is_allowed(tree, delivery, own, action, on, account) for account in own.by_account)
    return receivers.judged[key]


def _is_allowed(tree: Tree, delivery: Delivery, own: _Known, action: str, on: str, account: str) -> bool:
    put = own.by_account[account]
    return any(policies.allows(put, request) for request in _requests(tree, delivery, own, action, on, account))


def _requests(
    tree: Tree, delivery: Delivery, own: _Known, action: str, on: str, account: str
) -> Iterator[policies.Request]:
    for resource in (one.replace(ACCOUNT, account) for one in identity.spellings(tree, on)):
        for service in delivery.services:
            for arn in delivery.arns if own.tell_sources else delivery.arns[:1]:
                context = _context(service, arn.replace(ACCOUNT, account), account)
                yield policies.Request(action, resource, service, context=context)
        for principal in _principals(own) if delivery.accounts else ():
            if "*" in delivery.accounts or account_of(principal) in ("", *delivery.accounts):
                yield policies.Request(action, resource, role=principal)


def _principals(own: _Known) -> Iterator[str]:
    """The accounts that are let in. Of the account itself nobody delivers."""
    for document in own.documents:
        for one in policies.statements(document):
            yield from (name for name in policies.accounts(one) if name != "*" and ACCOUNT not in name)


def _context(service: str, arn: str, account: str) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {
        "aws:sourceaccount": account,
        "aws:sourcearn": arn,
        "aws:securetransport": "true",
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:principalisawsservice": "true",
    }
    if service in _OF_OWNER:
        found["aws:sourceowner"] = account
    elif service in _NOT_OF_OWNER:
        found["aws:sourceowner"] = None
    return found


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


def _may_invoke(tree: Tree, receivers: _Receivers, delivery: Delivery) -> bool:
    return any(
        _is_of(tree, permission, delivery.receiver) and _lets_in(permission, delivery)
        for permission in receivers.permissions(delivery.receiver)
    )


def _is_of(tree: Tree, permission: _Permission, function: Resource) -> bool:
    found = permission.of
    if found is None:
        # A partial ARN, or one with an alias behind it.
        text = permission.text
        return not is_known(text) or (function.type == FUNCTION and identity.name(tree, function) in text)
    return found.place == function.place or found.type != function.type


def _lets_in(permission: _Permission, delivery: Delivery) -> bool:
    principal, arn, account = permission.principal, permission.arn, permission.account
    return (
        (principal == "*" or any(may_equal(as_text(principal), one) for one in delivery.services))
        and may_be(permission.action or "*", "lambda:InvokeFunction", ignore_case=True)
        and (arn is None or any(may_be(arn, one) for one in delivery.arns))
        and (account is None or may_equal(account, ACCOUNT))
    )


def _deliveries(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    for deliveries in (
        _messages,
        _calls,
        _called_by_bodies,
        _balancers,
        _access_logs,
        _trails,
        _to_buckets,
        _to_groups,
    ):
        yield from deliveries(tree, receivers)


def _arns(tree: Tree, source: Resource, composed: str) -> tuple[str, ...]:
    """What `aws:SourceArn` may be written as for a resource."""
    name = source.get(_NAMES.get(source.type, "?"))
    known_name = as_text(tree.identity(name)) if name not in (None, "") else _SOMETHING
    if source.type in (TOPIC, BUCKET):
        composed = identity.arn(tree, source)
    if source.type == "AWS::Events::Rule" and source.get("EventBusName") is not None:
        known_name = _SOMETHING
    references = [str(Reference(source.place, attribute)) for attribute in ("Arn", "")]
    composed = _PROPERTY.sub(lambda match: _of_property(tree, source, match[1]), composed.replace("{…}", known_name))
    found = [*identity.spellings(tree, composed), *references, *(tree.identity(one) for one in references)]
    return tuple(dict.fromkeys(found))


def _of_property(tree: Tree, source: Resource, name: str) -> str:
    value = str(Reference(source.place)) if name == "Ref" else source.get(name)
    return tree.identity(value) if isinstance(value, str) else _SOMETHING


def _messages(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    """To topics and queues."""
    for source in tree.resources(*PUBLISHERS):
        for publisher in PUBLISHERS[source.type]:
            for path, value in values_at(source.properties, publisher.path):
                receiver = receivers.find(value, TOPIC, QUEUE)
                if receiver is not None and not _by_role(source, path):
                    action = (_SENDING[receiver.type], identity.arn(tree, receiver))
                    arns = _sources(tree, receivers, source, publisher.arn)
                    yield Delivery(source, path, receiver, (publisher.principal,), (action,), arns)


def _by_role(source: Resource, path: Path) -> bool:
    return path[-1] == "Arn" and "DeadLetterConfig" not in path and source.get(*path[:-1], "RoleArn") is not None


def _sources(tree: Tree, receivers: _Receivers, source: Resource, composed: str) -> tuple[str, ...]:
    """What a subscription passes on is the topic's, and what is rotated is a secret."""
    if source.type == _ROTATION:
        return _of_secret(tree, source.get("SecretId"))
    if source.type != "AWS::SNS::Subscription":
        return _arns(tree, source, composed)
    topic = receivers.find(source.get("TopicArn"), TOPIC)
    return _arns(tree, topic, composed) if topic else (tree.identity(source.get("TopicArn", default=_SOMETHING)),)


def _of_secret(tree: Tree, value: Any) -> tuple[str, ...]:
    secret = tree.source(value)
    if secret is not None and secret.type == "AWS::SecretsManager::SecretTargetAttachment":
        return (tree.identity(value), *_of_secret(tree, secret.get("SecretId")))
    name = secret.get("Name") if secret is not None else None
    written = f"{tree.identity(name)}-{_SOMETHING}" if isinstance(name, str) and name else _SOMETHING
    return tree.identity(value), f"arn:{PARTITION}:secretsmanager:{REGION}:{ACCOUNT}:secret:{written}"


class _Caller(NamedTuple):
    path: Path
    principal: str
    arn: str
    """With `{…}` for the name of who calls, `{Ref}` for what refers to it, and other properties alike."""
    role: Path = ()
    """Who is given one here calls with that role instead."""


_ALARM: Final = f"arn:{PARTITION}:cloudwatch:{REGION}:{ACCOUNT}:alarm:{{…}}"
_API: Final = f"arn:{PARTITION}:execute-api:{REGION}:{ACCOUNT}:"
_GATEWAY: Final = "apigateway.amazonaws.com"
_GROUPS: Final = f"arn:{PARTITION}:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{{…}}"
_POOL: Final = f"arn:{PARTITION}:cognito-idp:{REGION}:{ACCOUNT}:userpool/{{Ref}}"
_ROTATION: Final = "AWS::SecretsManager::RotationSchedule"
_TRIGGERS: Final = (
    *("CreateAuthChallenge", "CustomMessage", "DefineAuthChallenge", "PostAuthentication", "PostConfirmation"),
    *("PreAuthentication", "PreSignUp", "PreTokenGeneration", "UserMigration", "VerifyAuthChallengeResponse"),
)
_TRIGGERS_WITH_VERSION: Final = ("CustomEmailSender", "CustomSMSSender", "PreTokenGenerationConfig")
_CALLERS: Final = {
    "AWS::ApiGateway::Authorizer": (
        _Caller(("AuthorizerUri",), _GATEWAY, f"{_API}{{RestApiId}}/{_SOMETHING}", ("AuthorizerCredentials",)),
    ),
    "AWS::ApiGateway::Method": (
        _Caller(("Integration", "Uri"), _GATEWAY, f"{_API}{{RestApiId}}/{_SOMETHING}", ("Integration", "Credentials")),
    ),
    "AWS::ApiGatewayV2::Authorizer": (
        _Caller(("AuthorizerUri",), _GATEWAY, f"{_API}{{ApiId}}/{_SOMETHING}", ("AuthorizerCredentialsArn",)),
    ),
    "AWS::ApiGatewayV2::Integration": (
        _Caller(("IntegrationUri",), _GATEWAY, f"{_API}{{ApiId}}/{_SOMETHING}", ("CredentialsArn",)),
    ),
    "AWS::Bedrock::Agent": (
        _Caller(
            ("ActionGroups", "*", "ActionGroupExecutor", "Lambda"),
            "bedrock.amazonaws.com",
            f"arn:{PARTITION}:bedrock:{REGION}:{ACCOUNT}:agent/{{Ref}}",
        ),
    ),
    "AWS::Cognito::UserPool": tuple(
        _Caller(("LambdaConfig", *path), "cognito-idp.amazonaws.com", _POOL)
        for path in (*((name,) for name in _TRIGGERS), *((name, "LambdaArn") for name in _TRIGGERS_WITH_VERSION))
    ),
    "AWS::Config::ConfigRule": (
        _Caller(
            ("Source", "SourceIdentifier"),
            "config.amazonaws.com",
            f"arn:{PARTITION}:config:{REGION}:{ACCOUNT}:config-rule/{{…}}",
        ),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        _Caller(("Targets", "*", "Id"), "elasticloadbalancing.amazonaws.com", _GROUPS),
    ),
    "AWS::IoT::TopicRule": (
        _Caller(
            ("TopicRulePayload", "Actions", "*", "Lambda", "FunctionArn"),
            "iot.amazonaws.com",
            f"arn:{PARTITION}:iot:{REGION}:{ACCOUNT}:rule/{{…}}",
        ),
    ),
    _ROTATION: (_Caller(("RotationLambdaARN",), "secretsmanager.amazonaws.com", ""),),
    "AWS::SES::ReceiptRule": (
        _Caller(
            ("Rule", "Actions", "*", "LambdaAction", "FunctionArn"),
            "ses.amazonaws.com",
            f"arn:{PARTITION}:ses:{REGION}:{ACCOUNT}:{{…}}",
        ),
    ),
    "AWS::VpcLattice::TargetGroup": (
        _Caller(
            ("Targets", "*", "Id"),
            "vpc-lattice.amazonaws.com",
            f"arn:{PARTITION}:vpc-lattice:{REGION}:{ACCOUNT}:targetgroup/{{…}}",
        ),
    ),
    "AWS::CloudWatch::Alarm": tuple(
        _Caller((name, "*"), "lambda.alarms.cloudwatch.amazonaws.com", _ALARM)
        for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
    ),
    "AWS::Events::Rule": (
        _Caller(
            ("Targets", "*", "Arn"), "events.amazonaws.com", f"arn:{PARTITION}:events:{REGION}:{ACCOUNT}:rule/{{…}}"
        ),
    ),
    "AWS::Logs::SubscriptionFilter": (
        _Caller(
            ("DestinationArn",), "logs.amazonaws.com", f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{_SOMETHING}"
        ),
    ),
    "AWS::S3::Bucket": (
        _Caller(
            ("NotificationConfiguration", "LambdaConfigurations", "*", "Function"),
            "s3.amazonaws.com",
            f"arn:{PARTITION}:s3:::{{…}}",
        ),
    ),
    "AWS::SNS::Subscription": (
        _Caller(("Endpoint",), "sns.amazonaws.com", f"arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:{{…}}"),
    ),
    "AWS::SNS::Topic": (
        _Caller(
            ("Subscription", "*", "Endpoint"), "sns.amazonaws.com", f"arn:{PARTITION}:sns:{REGION}:{ACCOUNT}:{{…}}"
        ),
    ),
}
"""https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/permissions.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""
_INVOCATION: Final = re.compile(r".*:lambda:path/[^/]{1,40}/functions/(.+)/invocations", re.DOTALL)


_REGIONAL: Final = {"logs.amazonaws.com": (f"logs.{REGION}.amazonaws.com", f"logs.{REGION}.{URL_SUFFIX}")}


def _calls(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    """To functions."""
    for source in tree.resources(*_CALLERS):
        for caller in _CALLERS[source.type]:
            for path, value in values_at(source.properties, caller.path):
                receiver = receivers.find(_function_in(value), *_INVOKED)
                if receiver is not None and not (caller.role and source.get(*caller.role)):
                    arns = _sources(tree, receivers, source, caller.arn)
                    services = (caller.principal, *_REGIONAL.get(caller.principal, ()))
                    yield Delivery(source, path, receiver, services, (("lambda:InvokeFunction", "*"),), arns)


def _function_in(value: Any) -> Any:
    """The function that a URI for API Gateway is of."""
    found = _INVOCATION.fullmatch(value[:_LONGEST]) if isinstance(value, str) else None
    return found[1] if found else value


_APIS: Final = {"AWS::ApiGateway::RestApi": "Body", "AWS::ApiGatewayV2::Api": "Body"}
_IN_BODIES: Final = {
    "x-amazon-apigateway-authorizer": ("authorizerUri", "authorizerCredentials"),
    "x-amazon-apigateway-integration": ("uri", "credentials"),
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html"""


def _called_by_bodies(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    """By APIs that are written as OpenAPI."""
    for source in tree.resources(*_APIS):
        arns = _arns(tree, source, f"{_API}{{Ref}}/{_SOMETHING}")
        name = _APIS[source.type]
        for path, value in _integrations(source.get(name), (name,)):
            receiver = receivers.find(_function_in(value), *_INVOKED)
            if receiver is not None:
                yield Delivery(source, path, receiver, (_GATEWAY,), (("lambda:InvokeFunction", "*"),), arns)


def _integrations(body: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Who is called without a role."""
    todo = [(body, path)]
    while todo:
        value, path = todo.pop()
        steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, part in steps:
            uri, role = _IN_BODIES.get(str(step), ("", ""))
            if uri and isinstance(part, dict) and not part.get(role):
                yield (*path, step, uri), part.get(uri)
            todo.append((part, (*path, step)))


def _objects(tree: Tree, bucket: Resource, prefix: Any, *, is_path: bool = True) -> str:
    """What is written to a bucket under a prefix."""
    text = tree.identity(prefix) if prefix not in (None, "") else ""
    begin = f"{text.strip('/')}/" if text and is_path else text
    return f"{identity.arn(tree, bucket)}/{begin}{f'AWSLogs/{ACCOUNT}/' if is_path else ''}{_SOMETHING}"


_OF_BALANCERS: Final = ("access_logs", "connection_logs", "health_check_logs")
_BALANCERS: Final = ("logdelivery.elasticloadbalancing.amazonaws.com",)
_OF_REGIONS: Final = (
    *("127311923021", "033677994240", "027434742980", "797873946194", "098369216593", "754344448648"),
    *("589379963580", "718504428378", "383597477331", "600734575887", "114774131450", "783225319266"),
    *("582318560864", "985666609251", "054676820928", "156460612806", "652711504416", "635631232127"),
    *("009996457667", "897822967062", "076674570225", "507241528517", "048591011584", "190560391635"),
    *("638102146993", "037604701340"),
)
"""The accounts of load balancers in the regions that there were before August 2022.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""


_LOGGING: Final = {"application": (_BALANCERS, _OF_REGIONS), "network": ((DELIVERY,), ())}
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html"""


def _balancers(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    arn = f"arn:{PARTITION}:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/{_SOMETHING}"
    for balancer in tree.resources(LOAD_BALANCER):
        for log in _OF_BALANCERS:
            target, prefix = (attribute(balancer, f"{log}.s3.{name}") for name in ("bucket", "prefix"))
            bucket, _ = receivers.bucket(target.value)
            if bucket is not None and is_on(attribute(balancer, f"{log}.s3.enabled")) and prefix.is_known:
                on = _objects(tree, bucket, prefix.value)
                # Network load balancers have theirs delivered.
                services, accounts = _LOGGING.get(kind(balancer) or "", ((DELIVERY, *_BALANCERS), _OF_REGIONS))
                arns = (arn, *_arns(tree, balancer, arn), *((_VENDED,) if DELIVERY in services else ()))
                yield Delivery(balancer, target.path, bucket, services, (("s3:PutObject", on),), arns, accounts)
    for balancer in tree.resources(CLASSIC):
        bucket, _ = receivers.bucket(balancer.get("AccessLoggingPolicy", "S3BucketName"))
        if bucket is not None and known(balancer.get("AccessLoggingPolicy", "Enabled")) == "true":
            on = _objects(tree, bucket, balancer.get("AccessLoggingPolicy", "S3BucketPrefix"))
            path = ("AccessLoggingPolicy", "S3BucketName")
            yield Delivery(balancer, path, bucket, _BALANCERS, (("s3:PutObject", on),), (arn,), _OF_REGIONS)


def _access_logs(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"""
    for source in tree.resources(BUCKET):
        logging = source.get("LoggingConfiguration")
        if not isinstance(logging, dict):
            continue
        named = logging.get("DestinationBucketName")
        bucket = source if named is None else receivers.bucket(named)[0]
        if bucket is not None and known(bucket.get("AccessControl", default="")) == "":
            on = _objects(tree, bucket, logging.get("LogFilePrefix"), is_path=False)
            path = ("LoggingConfiguration", "DestinationBucketName")
            arns = _arns(tree, source, identity.arn(tree, source))
            yield Delivery(source, path, bucket, ("logging.s3.amazonaws.com",), (("s3:PutObject", on),), arns)


def _trails(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
    for trail in tree.resources("AWS::CloudTrail::Trail"):
        bucket, _ = receivers.bucket(trail.get("S3BucketName"))
        if bucket is not None:
            on = _objects(tree, bucket, trail.get("S3KeyPrefix"))
            actions = (("s3:GetBucketAcl", identity.arn(tree, bucket)), ("s3:PutObject", on))
            arns = _arns(tree, trail, f"arn:{PARTITION}:cloudtrail:{REGION}:{ACCOUNT}:trail/{{…}}")
            yield Delivery(trail, ("S3BucketName",), bucket, ("cloudtrail.amazonaws.com",), actions, arns)


_TO_BUCKETS: Final = {
    "AWS::EC2::FlowLog": (("LogDestination",), DELIVERY),
    "AWS::WAFv2::LoggingConfiguration": (("LogDestinationConfigs", "*"), DELIVERY),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": (("DestinationArn",), DELIVERY),
    "AWS::GuardDuty::PublishingDestination": (("DestinationProperties", "DestinationArn"), "guardduty.amazonaws.com"),
    "AWS::Redshift::Cluster": (("LoggingProperties", "BucketName"), "redshift.amazonaws.com"),
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html"""


def _to_buckets(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    for source in tree.resources(*_TO_BUCKETS):
        where, service = _TO_BUCKETS[source.type]
        for path, value in values_at(source.properties, where):
            bucket, prefix = receivers.bucket(value)
            if bucket is not None:
                # What comes before AWSLogs may be said elsewhere, too; not all write below it.
                begin = f"{identity.arn(tree, bucket)}/{prefix}{'/' if prefix else ''}"
                on = f"{begin}AWSLogs/{ACCOUNT}/{_SOMETHING}" if service == DELIVERY else f"{begin}{_SOMETHING}"
                arns = (_VENDED,) if service == DELIVERY else (_SOMETHING,)
                check = (("s3:GetBucketAcl", identity.arn(tree, bucket)),) if service == DELIVERY else ()
                actions = (*check, ("s3:PutObject", on))
                accounts = ("*",) if source.type == "AWS::Redshift::Cluster" else ()
                yield Delivery(source, path, bucket, (service,), actions, arns, accounts)


_SEARCH: Final = (
    (
        ("LogPublishingOptions", "*", "CloudWatchLogsLogGroupArn"),
        ("es.amazonaws.com", "opensearchservice.amazonaws.com"),
    ),
)
_TO_GROUPS: Final[dict[str, tuple[tuple[Path, tuple[str, ...]], ...]]] = {
    "AWS::Elasticsearch::Domain": _SEARCH,
    "AWS::Events::Rule": ((("Targets", "*", "Arn"), ("events.amazonaws.com", DELIVERY)),),
    "AWS::OpenSearchService::Domain": _SEARCH,
    "AWS::Route53::HostedZone": ((("QueryLoggingConfig", "CloudWatchLogsLogGroupArn"), ("route53.amazonaws.com",)),),
    "AWS::WAFv2::LoggingConfiguration": ((("LogDestinationConfigs", "*"), (DELIVERY,)),),
}
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""


def _to_groups(tree: Tree, receivers: _Receivers) -> Iterator[Delivery]:
    for source in tree.resources(*_TO_GROUPS):
        for where, services in _TO_GROUPS[source.type]:
            for path, value in _each(source.properties, where):
                group = receivers.find(value, GROUP)
                if group is not None:
                    on = f"{identity.arn(tree, group).removesuffix(':*')}:log-stream:{_SOMETHING}"
                    actions = (("logs:CreateLogStream", on), ("logs:PutLogEvents", on))
                    yield Delivery(source, path, group, services, actions, (_SOMETHING,))


def _each(value: Any, where: Path) -> Iterator[tuple[Path, Any]]:
    """As in a list, `*` is every member of an object."""
    if not where or where[0] != "LogPublishingOptions":
        yield from values_at(value, where)
        return
    options = value.get("LogPublishingOptions")
    for name in options if isinstance(options, dict) else ():
        yield from values_at(value, ("LogPublishingOptions", name, *where[2:]))
