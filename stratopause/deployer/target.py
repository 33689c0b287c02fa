"""Where a deployment goes: one root stack in one account and region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from stratopause.deployer.errors import WrongTarget

LOCAL_ACCOUNT: Final = "000000000000"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
CONSOLES: Final = {"aws": "console.aws.amazon.com", "aws-us-gov": "console.amazonaws-us-gov.com"}


@dataclass(frozen=True)
class Target:
    """The root stack `stack` of `environment`, or of its copy by `suffix`, in `account` (12 digits) and `region`.

    With an `endpoint_url` it is a CloudFormation on this machine: only a loopback address is taken, with
    dummy credentials, so that nothing of the caller's ever goes there.

    Raises:
        WrongTarget: `endpoint_url` isn't on this machine, or the account isn't the dummy one.
    """

    stack: str
    environment: str
    account: str
    region: str
    partition: str = "aws"
    tags: Mapping[str, str] = field(default_factory=dict)
    protected: bool = True
    endpoint_url: str | None = None
    suffix: str | None = None

    def __post_init__(self) -> None:
        if self.endpoint_url is None:
            return
        if not _is_loopback(self.endpoint_url):
            raise WrongTarget(
                f"{self.endpoint_url} isn't on this machine",
                "use an address such as http://127.0.0.1:4566, or leave the endpoint out to deploy to AWS",
            )
        if self.account != LOCAL_ACCOUNT:
            raise WrongTarget(
                f"account {self.account} isn't on this machine",
                f"environment {self.environment} needs account {LOCAL_ACCOUNT} to be deployed to a local endpoint",
            )

    @property
    def is_local(self) -> bool:
        return self.endpoint_url is not None

    @property
    def copy(self) -> str:
        """`dev`, or `dev-pr-42` for a copy: what its files are named after."""
        return self.environment if self.suffix is None else f"{self.environment}-{self.suffix}"

    def command(self, name: str) -> str:
        """What to type to run another command on the same target."""
        suffix = "" if self.suffix is None else f" --suffix {self.suffix}"
        return f"python build.py {name} {self.environment}{suffix}"

    def change_set_link(self, stack_id: str, change_set_id: str) -> str | None:
        """The address of a change set in the AWS console."""
        host = CONSOLES.get(self.partition)
        if host is None or self.is_local:
            return None
        query = f"stackId={quote(stack_id, safe='')}&changeSetId={quote(change_set_id, safe='')}"
        where = f"https://{self.region}.{host}/cloudformation/home?region={self.region}"
        return f"{where}#/stacks/changesets/changes?{query}"


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK
