"""The one place that imports boto3: sessions, clients and calls, with AWS's errors told in ours."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from stratopause.deployer.errors import (
    DeploymentError,
    NoCredentials,
    NotFound,
    Refused,
    Stale,
    Throttled,
    Unreachable,
    WrongTarget,
)
from stratopause.deployer.target import Target

log = logging.getLogger("stratopause.aws")

NOBODY = (
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    CredentialRetrievalError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
    SSOError,
)
EXPIRED: Final = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "RequestExpired",
    "SignatureDoesNotMatch",
}
THROTTLED: Final = {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"}
ABSENT: Final = {"ChangeSetNotFound", "ChangeSetNotFoundException", "404", "NoSuchKey", "NotFound", "NoSuchBucket"}
STALE: Final = {"InvalidChangeSetStatus", "InvalidChangeSetStatusException"}
NAMELESS: Final = {"400", "403"}
"""What S3 answers to HEAD, whose answers have no body that could tell a reason."""
UNTOLD: Final = "S3 doesn't tell why: log in again, or see whether the bucket's policy and the role allow it"
LOG_IN: Final = "log in again, or choose credentials by AWS_PROFILE"

RETRYING: Final = {"mode": "standard", "max_attempts": 8}
CONNECTIONS: Final = 16


class Aws:
    """The clients of one target, made when first needed.

    A local target sees nothing of the caller's AWS settings and gets dummy credentials.

    Raises:
        WrongTarget: AWS_REGION names another region than the target's.
    """

    def __init__(self, target: Target) -> None:
        self.target = target
        self._clients: dict[str, Any] = {}
        self._making = Lock()
        self._session: Any = None
        if not target.is_local:
            _refuse_other_region(target)

    def client(self, service: str) -> Any:
        """Made once, by whichever thread needs it first: making one takes as long as ten calls."""
        with self._making:
            if service not in self._clients:
                with told(service):
                    client = self._local(service) if self.target.is_local else self._remote(service)
                client.meta.events.register("after-call", _log_call)
                self._clients[service] = client
            return self._clients[service]

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call one operation, in boto3's spelling: `call("cloudformation", "describe_stacks", StackName=...)`.

        Raises:
            NoCredentials, Unreachable, Refused: and what is below Refused.
        """
        method: Callable[..., dict[str, Any]] = getattr(self.client(service), operation)
        with told(operation):
            return method(**parameters)

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The pages of an operation, each fetched when it is asked for."""
        token: dict[str, Any] = {}
        while True:
            page = self.call(service, operation, **parameters, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _remote(self, service: str) -> Any:
        """All from one session, so that a role or a token is asked for once."""
        self._session = self._session or boto3.Session()
        return self._session.client(service, region_name=self.target.region, config=_config())

    def _local(self, service: str) -> Any:
        with _without_aws_settings():
            session = boto3.Session("local", "local", region_name=self.target.region)
            config = _config(proxies={}, s3={"addressing_style": "path"})
            return session.client(service, endpoint_url=self.target.endpoint_url, config=config)


@contextmanager
def told(operation: str) -> Iterator[None]:
    """Tell AWS's errors in ours."""
    try:
        yield
    except ClientError as error:
        raise _refusal(operation, error) from error
    except NOBODY as error:
        raise NoCredentials(f"AWS doesn't know who is asking: {error}", LOG_IN) from error
    except ResponseParserError as error:  # an answer that ends too early; botocore counts it among nothing of its own
        raise Unreachable(f"the answer to {operation} is cut off", "check the connection, then run it again") from error
    except BotoCoreError as error:
        raise Unreachable(f"no answer to {operation}: {error}", "check the connection, then run it again") from error


def _refusal(operation: str, error: ClientError) -> DeploymentError:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    text = f"AWS refuses {operation}: {code}: {message}"
    if code in EXPIRED:
        return NoCredentials(text, LOG_IN)
    if code in THROTTLED:
        return Throttled(text, code, "run it again in a while")
    if code in STALE:
        return Stale(text, code, "deploy again: the stack has changed since the review")
    if code in ABSENT or _says_absent(message):
        return NotFound(text, code)
    return Refused(text, code, UNTOLD if code in NAMELESS else None)


def _says_absent(message: str) -> bool:
    """CloudFormation has no code of its own for a stack that isn't there, only these words."""
    return message.startswith("Stack ") and message.endswith("does not exist")


def _refuse_other_region(target: Target) -> None:
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        region = os.environ.get(variable)
        if region and region != target.region:
            raise WrongTarget(
                f"{target.environment} is meant for region {target.region}, {variable} is {region}", f"unset {variable}"
            )


def _config(**more: Any) -> Config:
    agent = "stratopause"
    return Config(retries=RETRYING, max_pool_connections=CONNECTIONS, user_agent_extra=agent, **more)


@contextmanager
def _without_aws_settings() -> Iterator[None]:
    """Botocore reads variables, profiles and files when it makes a client: let it find none."""
    saved = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("AWS_")}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ.update(nothing, AWS_EC2_METADATA_DISABLED="true")
    try:
        yield
    finally:
        for name in (*nothing, "AWS_EC2_METADATA_DISABLED"):
            del os.environ[name]
        os.environ.update(saved)


def _log_call(http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Names and numbers only: parameters and answers can hold what is nobody else's business."""
    request = parsed.get("ResponseMetadata", {}).get("RequestId", "-")
    log.debug("%s %s: %s, request %s", model.service_model.service_name, model.name, http_response.status_code, request)
