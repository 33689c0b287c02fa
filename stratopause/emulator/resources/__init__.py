"""Handlers of resource types: what ministack lacks, and what AWS refuses.

Importing a module of this package puts its handlers into ministack's table; `register_all` imports all
of them and then wraps the table. It must run before ministack's application starts, once in a process.
"""

from __future__ import annotations

import importlib

MODULES = (
    "assumed_roles",
    "autoscaling",
    "backup",
    "cloudtrail",
    "cloudwatch",
    "deliveries",
    "ec2_acls",
    "ec2_addresses",
    "ec2_endpoints",
    "ec2_network",
    "ec2_rules",
    "ecs",
    "elasticache",
    "elbv2",
    "encryption",
    "iam",
    "kms",
    "names",
    "rds",
    "rds_events",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "wafv2",
)


def register_all() -> None:
    """Completes ministack's handlers, and puts validation and replacement by schema around all of them."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
    importlib.import_module(f"{__name__}.handlers").install()
