"""What a valid environment still has to tell: findings, and values that only the documentation uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment


def of(environment: Environment) -> Iterator[str]:
    """The findings: allowed, and worth a second thought."""
    yield from _of_recovery(environment)
    if environment.service.image is None:
        yield "service.image is not set: the service is rendered with no task until it is"
    if not environment.alerts.emails:
        yield "alerts.emails is empty: nobody is told when an alarm goes off"
    if environment.suffix and environment.ingress.certificate_arn:
        domain_name = environment.ingress.domain_name
        yield f"ingress.certificate_arn is the base environment's: it has to cover {domain_name} as well"


def _of_recovery(environment: Environment) -> Iterator[str]:
    backup, is_production = environment.backup, environment.stage == "production"
    if is_production and backup.destination_vault_arn is None:
        yield (
            "backup.destination_vault_arn is not set: "
            "production keeps no copy of its backups in another account or region"
        )
    if is_production and environment.network.nat == "one":
        yield 'network.nat is "one": when its zone fails, no zone of production has a way out'
    if backup.compliance_lock_days is not None:
        yield (
            f"backup.compliance_lock_days is {backup.compliance_lock_days}: so many days after the deployment nobody, "
            "AWS included, can remove the vault's lock or its backups before their time"
        )


def placeholders(environment: Environment) -> Iterator[str]:
    """The documentation values, each with its file, its key and what to put there."""
    if environment.is_local:
        return
    file = f"{environment.name}.toml"
    if environment.is_documentation_account:
        yield f'{file}: account is "{environment.account}", from the AWS documentation; put the id of your account'
    if _is_example(environment.ingress.domain_name):
        yield f'{file}: ingress.domain_name is "{environment.ingress.domain_name}"; put a domain name of yours'
    for email in environment.alerts.emails:
        if _is_example(email):
            yield f'{file}: alerts.emails holds "{email}"; put an address that somebody reads'


def _is_example(name: str) -> bool:
    # RFC 2606
    return name.endswith(("example.org", "example.com", "example.net", ".example", ".test", ".invalid"))
