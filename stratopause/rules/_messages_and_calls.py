"""Messages to topics and queues, and calls of functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules._deliveries import SOMETHING, Delivery, arns_of, by_role
from stratopause.rules._key_needs import PUBLISHERS
from stratopause.rules._keys import values_at
from stratopause.rules._receivers import INVOKED, LONGEST, QUEUE, TOPIC, Receivers
from stratopause.tree import identity
from stratopause.tree.model import Path, Resource, Tree
from stratopause.tree.text import ACCOUNT, PARTITION, REGION, URL_SUFFIX

_SENDING: Final = {TOPIC: "sns:Publish", QUEUE: "sqs:SendMessage"}


def messages(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    """To topics and queues."""
    for source in tree.resources(*PUBLISHERS):
        for publisher in PUBLISHERS[source.type]:
            for path, value in values_at(source.properties, publisher.path):
                receiver = receivers.find(value, TOPIC, QUEUE)
                if receiver is not None and not by_role(source, path):
                    action = (_SENDING[receiver.type], identity.arn(tree, receiver))
                    arns = _sources(tree, receivers, source, publisher.arn)
                    yield Delivery(source, path, receiver, (publisher.principal,), (action,), arns)


def _sources(tree: Tree, receivers: Receivers, source: Resource, composed: str) -> tuple[str, ...]:
    """What a subscription passes on is the topic's, and what is rotated is a secret."""
    if source.type == _ROTATION:
        return _of_secret(tree, source.get("SecretId"))
    if source.type != "AWS::SNS::Subscription":
        return arns_of(tree, source, composed)
    topic = receivers.find(source.get("TopicArn"), TOPIC)
    return arns_of(tree, topic, composed) if topic else (tree.identity(source.get("TopicArn", default=SOMETHING)),)


def _of_secret(tree: Tree, value: Any) -> tuple[str, ...]:
    secret = tree.source(value)
    if secret is not None and secret.type == "AWS::SecretsManager::SecretTargetAttachment":
        return (tree.identity(value), *_of_secret(tree, secret.get("SecretId")))
    name = secret.get("Name") if secret is not None else None
    written = f"{tree.identity(name)}-{SOMETHING}" if isinstance(name, str) and name else SOMETHING
    return tree.identity(value), f"arn:{PARTITION}:secretsmanager:{REGION}:{ACCOUNT}:secret:{written}"


class _Caller(NamedTuple):
    path: Path
    principal: str
    arn: str
    """With `{…}` for the name of who calls, `{Ref}` for what refers to it, and other properties alike."""
    role: Path = ()
    """Who is given one here calls with that role instead."""


_ALARM: Final = f"arn:{PARTITION}:cloudwatch:{REGION}:{ACCOUNT}:alarm:{{…}}"
_OF_ALARMS: Final = tuple(
    _Caller((name, "*"), "lambda.alarms.cloudwatch.amazonaws.com", _ALARM)
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions")
)
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
        _Caller(("AuthorizerUri",), _GATEWAY, f"{_API}{{RestApiId}}/{SOMETHING}", ("AuthorizerCredentials",)),
    ),
    "AWS::ApiGateway::Method": (
        _Caller(("Integration", "Uri"), _GATEWAY, f"{_API}{{RestApiId}}/{SOMETHING}", ("Integration", "Credentials")),
    ),
    "AWS::ApiGatewayV2::Api": (_Caller(("Target",), _GATEWAY, f"{_API}{{Ref}}/{SOMETHING}", ("CredentialsArn",)),),
    "AWS::ApiGatewayV2::Authorizer": (
        _Caller(("AuthorizerUri",), _GATEWAY, f"{_API}{{ApiId}}/{SOMETHING}", ("AuthorizerCredentialsArn",)),
    ),
    "AWS::ApiGatewayV2::Integration": (
        _Caller(("IntegrationUri",), _GATEWAY, f"{_API}{{ApiId}}/{SOMETHING}", ("CredentialsArn",)),
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
    "AWS::IoT::TopicRule": tuple(
        _Caller(
            ("TopicRulePayload", *path, "Lambda", "FunctionArn"),
            "iot.amazonaws.com",
            f"arn:{PARTITION}:iot:{REGION}:{ACCOUNT}:rule/{{…}}",
        )
        for path in (("Actions", "*"), ("ErrorAction",))
    ),
    _ROTATION: (_Caller(("RotationLambdaARN",), "secretsmanager.amazonaws.com", ""),),
    "AWS::SES::ReceiptRule": (
        _Caller(
            ("Rule", "Actions", "*", "LambdaAction", "FunctionArn"),
            "ses.amazonaws.com",
            f"arn:{PARTITION}:ses:{REGION}:{ACCOUNT}:{{…}}",
        ),
    ),
    "AWS::Transfer::Server": (
        _Caller(
            ("IdentityProviderDetails", "Function"),
            "transfer.amazonaws.com",
            f"arn:{PARTITION}:transfer:{REGION}:{ACCOUNT}:server/{{…}}",
        ),
    ),
    "AWS::VpcLattice::TargetGroup": (
        _Caller(
            ("Targets", "*", "Id"),
            "vpc-lattice.amazonaws.com",
            f"arn:{PARTITION}:vpc-lattice:{REGION}:{ACCOUNT}:targetgroup/{{…}}",
        ),
    ),
    "AWS::CloudWatch::Alarm": _OF_ALARMS,
    "AWS::CloudWatch::CompositeAlarm": _OF_ALARMS,
    "AWS::Events::Rule": (
        _Caller(
            ("Targets", "*", "Arn"), "events.amazonaws.com", f"arn:{PARTITION}:events:{REGION}:{ACCOUNT}:rule/{{…}}"
        ),
    ),
    "AWS::Logs::SubscriptionFilter": (
        _Caller(
            ("DestinationArn",), "logs.amazonaws.com", f"arn:{PARTITION}:logs:{REGION}:{ACCOUNT}:log-group:{SOMETHING}"
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
https://docs.aws.amazon.com/transfer/latest/userguide/custom-lambda-idp.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""
_INVOCATION: Final = re.compile(r".*:lambda:path/[^/]{1,40}/functions/(.+)/invocations", re.DOTALL)
_REGIONAL: Final = {"logs.amazonaws.com": (f"logs.{REGION}.amazonaws.com", f"logs.{REGION}.{URL_SUFFIX}")}


def calls(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    """To functions."""
    for source in tree.resources(*_CALLERS):
        for caller in _CALLERS[source.type]:
            for path, value in values_at(source.properties, caller.path):
                receiver = receivers.find(_function_in(value), *INVOKED)
                with_role = by_role(source, path) or (caller.role and source.get(*caller.role))
                if receiver is not None and not with_role:
                    arns = _sources(tree, receivers, source, caller.arn)
                    services = (caller.principal, *_REGIONAL.get(caller.principal, ()))
                    yield Delivery(source, path, receiver, services, (("lambda:InvokeFunction", "*"),), arns)


def _function_in(value: Any) -> Any:
    """The function that a URI for API Gateway is of."""
    found = _INVOCATION.fullmatch(value[:LONGEST]) if isinstance(value, str) else None
    return found[1] if found else value


_APIS: Final = {"AWS::ApiGateway::RestApi": "Body", "AWS::ApiGatewayV2::Api": "Body"}
_IN_BODIES: Final = {
    "x-amazon-apigateway-authorizer": ("authorizerUri", "authorizerCredentials"),
    "x-amazon-apigateway-integration": ("uri", "credentials"),
}
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html"""


def called_by_bodies(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    """By APIs that are written as OpenAPI."""
    for source in tree.resources(*_APIS):
        arns = arns_of(tree, source, f"{_API}{{Ref}}/{SOMETHING}")
        name = _APIS[source.type]
        for path, value in _integrations(source.get(name), (name,)):
            receiver = receivers.find(_function_in(value), *INVOKED)
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
