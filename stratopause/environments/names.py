"""Names: those that are composed from an environment's prefix, and those of environment variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment

# The common name of an ACM certificate: https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html
LONGEST_DOMAIN_NAME = 64

# A retained resource's name ends in a hyphen and eight characters of its stack's id.
_ID = "-xxxxxxxx"
# (what is named, what follows the prefix, the most characters that AWS takes)
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LIMITS = (
    ("load balancer and target group", "", 32),
    ("cache", _ID, 40),
    ("database", _ID, 63),
    ("bucket", "-access-logs" + _ID, 63),
    ("role", "-execution" + _ID, 64),
)

# Names that begin so belong to AWS: an ALB must not begin with "internal-", tags and parameters not with "aws".
_RESERVED_PROJECTS = ("amazon", "aws", "internal")
_RESERVED_VARIABLES = ("AWS_", "ECS_")
_SECRET = re.compile(r"PASSW|PWD|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|PASSPHRASE", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}|://[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY")


def mistakes(environment: Environment) -> Iterator[tuple[str, str]]:
    """(key, text) where the prefix is reserved, or makes a name too long; of several limits the tightest."""
    project, prefix = environment.project, environment.prefix
    if project.split("-")[0] in _RESERVED_PROJECTS:
        yield "project", f'is "{project}"; allowed is a name that doesn\'t begin with {" or ".join(_RESERVED_PROJECTS)}'
    room, limit, what, rest = min((limit - len(rest), limit, what, rest) for what, rest, limit in LIMITS)
    if len(prefix) > room:
        length = f'makes the prefix "{prefix}" of {len(prefix)} characters; allowed are {room}'
        yield "project", f'{length}, since the name of the {what}, "{prefix}{rest}", has at most {limit}'


def mistake_of_variable(name: str, value: str) -> str | None:
    """What is wrong with an environment variable of the service; the value is never repeated."""
    if _SECRET.search(name) or _SECRET_VALUE.search(value):
        return "looks like a secret; allowed are plain settings: a template is no place for a secret"
    if name.upper().startswith(_RESERVED_VARIABLES):
        return f"is reserved; allowed are names that don't begin with {' or '.join(_RESERVED_VARIABLES)}"
    return None
