"""The one seam between the deployer and AWS: everything that is asked goes through it, so a test can stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class Api(Protocol):
    """Operations in boto3's spelling: `call("cloudformation", "describe_stacks", StackName=...)`.

    What AWS refuses arrives as a `DeploymentError`: NoCredentials, Unreachable, Refused, and what is below Refused.
    May be used by several threads at once.
    """

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]: ...
    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The pages of an operation, each fetched when it is asked for."""
        ...
