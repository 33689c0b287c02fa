"""Questions to AWS that may go unanswered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.aws.api import Api
from stratopause.deployer.errors import DeploymentError, NotFound, Refused, Throttled, Unreachable
from stratopause.deployer.preflight.findings import Unanswered

DENIED: Final = {
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "UnauthorizedOperation",
}
"""What services call it that a permission is missing."""
NO_SUCH_OPERATION: Final = {
    "501",
    "InvalidAction",
    "NotImplemented",
    "OptInRequired",
    "SubscriptionRequiredException",
    "UnknownOperation",
    "UnknownOperationException",
    "UnknownService",
    "UnsupportedOperation",
    "UnsupportedOperationException",
}
"""What services, and what stands in for them, call it that there is no such operation here."""
ABSENT: Final = {
    "CacheParameterGroupNotFound",
    "DBInstanceNotFound",
    "DBParameterGroupNotFound",
    "DBSubnetGroupNotFoundFault",
    "ImageNotFoundException",
    "LoadBalancerNotFound",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NoSuchHostedZone",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchResourceException",
    "NotFoundException",
    "ReplicationGroupNotFoundFault",
    "RepositoryNotFoundException",
    "ResourceNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
    "TargetGroupNotFound",
    "TrailNotFoundException",
}
"""What services call it that something isn't there."""
NEXT: Final = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "Marker"),
    ("NextMarker", "Marker"),
)
"""How an answer names the next page, and how a request does."""


class Call(Struct, frozen=True):
    """An operation in boto3's spelling, and the IAM action that allows it."""

    service: str
    operation: str
    permission: str


class Asking(Struct, frozen=True):
    """Raises in each: Unanswered."""

    api: Api

    def ask(self, call: Call, **parameters: Any) -> dict[str, Any]:
        with answered(call):
            return self.api.call(call.service, call.operation, **parameters)

    def find(self, call: Call, **parameters: Any) -> dict[str, Any] | None:
        """None where AWS says that there is none."""
        with answered(call):
            try:
                return self.api.call(call.service, call.operation, **parameters)
            except NotFound:
                return None
            except Refused as error:
                if error.code in ABSENT:
                    return None
                raise

    def every(self, call: Call, key: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """What stands under `key` on all pages: services name the next one differently."""
        following: dict[str, Any] | None = {}
        while following is not None:
            answer = self.ask(call, **{**parameters, **following})
            yield from answer.get(key, [])
            following = _following(answer)


def _following(answer: dict[str, Any]) -> dict[str, Any] | None:
    if answer.get("IsTruncated") is False or answer.get("Truncated") is False:
        return None
    return next(({ours: answer[theirs]} for theirs, ours in NEXT if answer.get(theirs)), None)


@contextmanager
def answered(call: Call) -> Iterator[None]:
    """Raises: Unanswered, where AWS doesn't tell."""
    try:
        yield
    except Unanswered:
        raise
    except Throttled:
        raise Unanswered(f"AWS throttles {call.permission}", "run it again in a while") from None
    except Refused as error:
        raise _told(call, error) from error
    except Unreachable as error:
        raise Unanswered(f"this endpoint can't answer {call.permission}: {error.message}") from error
    except DeploymentError as error:
        raise Unanswered(error.message, error.next_step) from error


def _told(call: Call, error: Refused) -> Unanswered:
    if error.code in DENIED:
        return Unanswered(f"needs {call.permission}", f"allow {call.permission}, or see to it by hand", is_denied=True)
    if error.code in NO_SUCH_OPERATION:
        return Unanswered(f"this endpoint can't answer {call.permission}")
    return Unanswered(error.message)
