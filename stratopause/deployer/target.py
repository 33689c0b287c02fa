"""Where a deployment goes: one root stack in one account and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from msgspec import Struct, field

from stratopause.deployer.errors import WrongTarget

LOCAL_ACCOUNT: Final = "000000000000"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
CONSOLES: Final = {"aws": "console.aws.amazon.com", "aws-us-gov": "console.amazonaws-us-gov.com"}


class Target(Struct, frozen=True):
    """The root stack `stack` of `environment`, or of its copy by `suffix`, in `account` (12 digits) and `region`.

    With an `endpoint_url` it is a CloudFormation on this machine: only a loopback address is taken, with
    dummy credentials, so that nothing of the caller's ever goes there.

    Where there is a `signing_key` (the ARN of a KMS key), plans are signed by it, and none is applied that isn't;
    with a `service_role` (an ARN) CloudFormation acts as that, not as the caller. With `is_bootstrap` the root stack is
    that which the account and region share, not the environment's own.

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
    signing_key: str | None = None
    service_role: str | None = None
    is_bootstrap: bool = False

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
        name = self.environment if self.suffix is None else f"{self.environment}-{self.suffix}"
        return f"{name}-bootstrap" if self.is_bootstrap else name

    @property
    def typed(self) -> str:
        """What is typed to mean this target: `dev --suffix pr-42`."""
        suffix = "" if self.suffix is None else f" --suffix {self.suffix}"
        return f"{self.environment}{suffix}{' --bootstrap' if self.is_bootstrap else ''}"

    def command(self, name: str) -> str:
        """What to type to run another command on the same target; `name` may bring flags, as `recover --delete`."""
        command, *flags = name.split()
        return " ".join(("python build.py", command, self.typed, *flags))

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
