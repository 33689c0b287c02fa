"""The shape of an environment: one struct per table of the file, one description per value.

A description completes "allowed is ...": it stands in the error for a wrong value and in the JSON Schema for editors.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from stratopause.environments import addresses, findings
from stratopause.environments.addresses import Tier

LOCAL_NAME = "local"
LOCAL_ACCOUNT = "000000000000"


def text(pattern: str, description: str, example: str) -> Meta:
    """A string that matches as a whole; `$` alone would let Python accept a line feed at the end."""
    return Meta(pattern=f"^(?:{pattern})$(?!\\n)", description=description, examples=[example])


def number(least: int, most: int, description: str, example: int) -> Meta:
    return Meta(ge=least, le=most, description=description, examples=[example])


def some(least: int, most: int, description: str, example: list[str]) -> Meta:
    return Meta(min_length=least, max_length=most, description=description, examples=[example])


def one_of(description: str, example: object) -> Meta:
    return Meta(description=description, examples=[example])


_ARN = "arn:aws(?:-us-gov)?:"
# Tag values: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
TagValue = Annotated[
    str,
    text(r"[A-Za-z0-9_.:/=+@\-](?:[A-Za-z0-9 _.:/=+@\-]{0,254}[A-Za-z0-9_.:/=+@\-])?",
         "a tag value: up to 256 letters, digits, inner spaces and _.:/=+@-", "platform-team"),
]  # fmt: skip
Cidr = Annotated[str, text(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}/[0-9]{1,2}", "an IPv4 block", "203.0.113.0/24")]
Days = Annotated[int, number(1, 36500, "a number of days", 35)]


class Tags(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tags on every resource that can carry them."""

    owner: TagValue
    cost_centre: TagValue
    data_classification: TagValue


class NetworkSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The VPC."""

    cidr: Annotated[
        str, text(r"[0-9.]{7,15}/[0-9]{2}", "a private IPv4 block from /16 to /20, without host bits", "10.20.0.0/16")
    ]
    zones: Annotated[
        tuple[Annotated[str, text("[a-z]{2}(?:-[a-z]+)+-[0-9][a-z]", "an availability zone", "eu-central-1a")], ...],
        some(2, 3, "two or three availability zones of the region", ["eu-central-1a", "eu-central-1b"]),
    ]
    nat: Annotated[Literal["none", "one", "per-zone"], one_of('"none", "one" or "per-zone" NAT gateways', "one")]
    s3_prefix_list: Annotated[
        str, text("pl-[0-9a-f]{8,17}", "the id of the region's managed prefix list of S3", "pl-6ea54007")
    ]

    def subnets(self, tier: Tier, zone_index: int) -> str:
        """The IPv4 block of a tier's subnet in a zone (counted from 0), stable when a zone is added at the end."""
        network = addresses.parse(self.cidr)
        if network is None:
            raise ValueError(f"{self.cidr} is no IPv4 block")
        return str(addresses.subnet(network, tier, zone_index))


class IngressSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The way in: load balancer, certificate, DNS record, web application firewall."""

    domain_name: Annotated[
        str,
        text(r"(?=.{4,64}$)(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
             "a domain name in lower case of up to 64 characters, ACM's limit", "app.example.org"),
    ]  # fmt: skip
    hosted_zone_id: (
        Annotated[str, text("Z[A-Z0-9]{1,31}", "the id of a public hosted zone of Route 53", "Z0123456789ABCDEFGHIJ")]
        | None
    ) = None
    certificate_arn: (
        Annotated[
            str,
            text(_ARN + r"acm:[a-z0-9\-]+:[0-9]{12}:certificate/[A-Za-z0-9\-]+", "the ARN of an ACM certificate",
                 "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"),
        ]
        | None
    ) = None  # fmt: skip
    scheme: Annotated[
        Literal["internet-facing", "internal"], one_of('"internet-facing" or "internal"', "internet-facing")
    ]
    allowed_cidrs: Annotated[
        tuple[Cidr, ...], some(1, 50, "one to fifty IPv4 blocks that may connect, none inside another", ["0.0.0.0/0"])
    ]
    rate_limit: Annotated[
        # https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
        int, number(10, 2_000_000_000, "a number of requests per address in five minutes, from 10", 2000)
    ]


class AlertsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told."""

    emails: Annotated[
        tuple[
            Annotated[str, text(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]+\.)+[A-Za-z]{2,63}",
                                "an e-mail address", "oncall@example.org")],
            ...,
        ],
        some(0, 20, "up to twenty e-mail addresses", ["oncall@example.org"]),
    ]  # fmt: skip


class RetentionSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long records are kept: six years at least (45 CFR 164.316(b)(2)(i))."""

    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    log_days: Annotated[
        Literal[2192, 2557, 2922, 3288, 3653],
        one_of("2192, 2557, 2922, 3288 or 3653 days (six years or more, in the steps of CloudWatch Logs)", 3653),
    ] = 3653
    archive_days: Annotated[int, number(2192, 36500, "a number of days from 2192 (six years) to 36500", 3653)] = 3653


class DatabaseSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """RDS for PostgreSQL."""

    instance_class: Annotated[
        str, text(r"db\.[a-z0-9]+\.[a-z0-9]+", "an instance class of RDS for PostgreSQL", "db.m7g.large")
    ]
    engine_version: Annotated[str, text("[0-9]{2}", "a major version of PostgreSQL", "17")]
    # gp3: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html
    storage_gib: Annotated[int, number(20, 65536, "a number of GiB from 20 to 65536", 100)]
    max_storage_gib: Annotated[int, number(22, 65536, "a number of GiB from 22 to 65536", 500)]
    multi_az: Annotated[bool, one_of("true or false", True)]
    backup_days: Annotated[int, number(1, 35, "a number of days from 1 to 35", 35)]


class CacheSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ElastiCache."""

    node_type: Annotated[str, text(r"cache\.[a-z0-9]+\.[a-z0-9]+", "a node type of ElastiCache", "cache.m7g.large")]
    engine: Annotated[Literal["valkey", "redis"], one_of('"valkey" or "redis"', "valkey")]
    engine_version: Annotated[str, text(r"[0-9]\.[0-9]", "a version of the engine with login by IAM", "8.1")]
    replicas: Annotated[int, number(0, 5, "a number of replicas from 0 to 5", 2)]
    snapshot_days: Annotated[int, number(15, 35, "a number of days from 15 to 35", 35)]


class ServiceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ECS service on Fargate."""

    image: (
        Annotated[
            str,
            text(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9\-]+\.amazonaws\.com/"
                 r"[a-z0-9]+(?:[._/\-][a-z0-9]+)*@sha256:[0-9a-f]{64}",
                 "an image of an ECR repository by its digest, ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:"
                 "64 hexadecimal digits, never a tag and never another registry",
                 "111122223333.dkr.ecr.eu-central-1.amazonaws.com/example-service@sha256:" + "0" * 64),
        ]
        | None
    ) = None  # fmt: skip
    port: Annotated[int, number(1024, 65535, "a port from 1024 to 65535 (the container doesn't run as root)", 8443)]
    health_path: Annotated[
        str, text(r"/[A-Za-z0-9._~/\-]{0,126}", "the path of the health check, from the slash on", "/healthz")
    ]
    cpu: Annotated[
        Literal[256, 512, 1024, 2048, 4096, 8192, 16384],
        one_of("256, 512, 1024, 2048, 4096, 8192 or 16384 CPU units (1024 are one virtual CPU)", 512),
    ]
    memory: Annotated[int, number(512, 122880, "a number of MiB that Fargate pairs with the CPU units", 1024)]
    minimum: Annotated[int, number(1, 1000, "a number of tasks from 1 to 1000", 2)]
    maximum: Annotated[int, number(1, 1000, "a number of tasks from 1 to 1000", 10)]
    environment: dict[
        Annotated[str, text("[A-Za-z_][A-Za-z0-9_]{0,127}", "the name of an environment variable", "LOG_LEVEL")],
        Annotated[str, Meta(max_length=4096, description="a string of up to 4096 characters", examples=["info"])],
    ] = {}


class BackupSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """AWS Backup."""

    daily_days: Annotated[int, number(7, 36500, "a number of days from 7 that a daily backup is kept", 35)]
    monthly_days: Annotated[int, number(31, 36500, "a number of days from 31 that a monthly backup is kept", 2192)]
    # https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
    compliance_lock_days: (
        Annotated[
            int,
            number(3, 36500, "the days, 3 or more, in which a compliance lock can still be undone; then never", 30),
        ]
        | None
    ) = None
    destination_vault_arn: (
        Annotated[
            str,
            text(_ARN + r"backup:[a-z0-9\-]+:[0-9]{12}:backup-vault:[A-Za-z0-9\-_]{2,50}",
                 "the ARN of a backup vault in another account or region",
                 "arn:aws:backup:eu-west-1:444455556666:backup-vault:copies"),
        ]
        | None
    ) = None  # fmt: skip


class AuditSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account's trail: without `trail_arn` this environment makes and owns it."""

    trail_arn: (
        Annotated[
            str,
            text(_ARN + r"cloudtrail:[a-z0-9\-]+:[0-9]{12}:trail/[A-Za-z0-9._\-]{3,128}",
                 "the ARN of the account's trail, where another environment owns it",
                 "arn:aws:cloudtrail:eu-central-1:111122223333:trail/stratopause-dev"),
        ]
        | None
    ) = None  # fmt: skip


class DeploymentSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How this environment is deployed; nothing of it reaches a template."""

    # An asymmetric key for SIGN_VERIFY: https://docs.aws.amazon.com/kms/latest/developerguide/symmetric-asymmetric.html
    signing_key_arn: (
        Annotated[
            str,
            text(_ARN + r"kms:[a-z0-9\-]+:[0-9]{12}:key/[A-Za-z0-9\-]{1,64}",
                 "the ARN of the KMS key that signs plans, no alias: none is applied without its signature",
                 "arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"),
        ]
        | None
    ) = None  # fmt: skip
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    service_role_arn: (
        Annotated[
            str,
            text(_ARN + r"iam::[0-9]{12}:role/(?:[!-.0-~]{1,255}/)*[A-Za-z0-9_+=,.@\-]{1,64}",
                 "the ARN of the role that CloudFormation acts as",
                 "arn:aws:iam::111122223333:role/stratopause-cloudformation"),
        ]
        | None
    ) = None  # fmt: skip


class Environment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that differs between environments; `name` and `suffix` come from outside of the file."""

    name: str
    suffix: str | None = None
    stage: Annotated[
        Literal["development", "staging", "production"],
        one_of('"development", "staging" or "production"', "production"),
    ]
    project: Annotated[
        str,
        text(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", "lower-case letters, digits and single hyphens, a letter first",
             "stratopause"),
    ]  # fmt: skip
    account: Annotated[str, text("[0-9]{12}", "an account id as a string of 12 digits", "111122223333")]
    region: Annotated[str, text(r"[a-z]{2}(?:-[a-z]+)+-[0-9]", "a region of AWS or AWS GovCloud (US)", "eu-central-1")]
    tags: Tags
    network: NetworkSettings
    ingress: IngressSettings
    alerts: AlertsSettings
    retention: RetentionSettings = RetentionSettings()
    database: DatabaseSettings
    cache: CacheSettings
    service: ServiceSettings
    backup: BackupSettings
    audit: AuditSettings = AuditSettings()
    deployment: DeploymentSettings = DeploymentSettings()

    @property
    def prefix(self) -> str:
        """The root stack's name, and the beginning of every name: project-name or project-name-suffix."""
        return "-".join(part for part in (self.project, self.name, self.suffix) if part)

    @property
    def resource_tags(self) -> dict[str, str]:
        """The tags of every resource, by the names that AWS shows."""
        return {
            "owner": self.tags.owner,
            "environment": self.prefix,
            "data-classification": self.tags.data_classification,
            "cost-centre": self.tags.cost_centre,
        }

    @property
    def partition(self) -> Literal["aws", "aws-us-gov"]:
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def is_local(self) -> bool:
        """Whether it's meant for the emulator and nothing else."""
        return self.name == LOCAL_NAME

    @property
    def is_documentation_account(self) -> bool:
        """Whether the account id is one of the AWS documentation, so that nothing can be deployed yet."""
        return self.account in findings.DOCUMENTATION_ACCOUNTS

    @property
    def is_protected(self) -> bool:
        """Whether the root stack is guarded against deletion: neither the emulator's nor a copy by suffix."""
        return not self.is_local and self.suffix is None

    @property
    def owns_trail(self) -> bool:
        return self.audit.trail_arn is None

    @property
    def trail_arn(self) -> str:
        """The ARN of the account's trail: the one given, or the one made here, named as the prefix."""
        made_here = f"arn:{self.partition}:cloudtrail:{self.region}:{self.account}:trail/{self.prefix}"
        return self.audit.trail_arn or made_here

    def findings(self) -> tuple[str, ...]:
        """What is allowed and yet worth a second thought, one sentence each."""
        return tuple(findings.of(self))

    def placeholders(self) -> tuple[str, ...]:
        """The documentation values that have to be replaced before a deployment: file, key and what to put."""
        return tuple(findings.placeholders(self))
