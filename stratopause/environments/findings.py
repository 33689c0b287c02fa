"""What a valid environment still has to tell: findings, and values that only the documentation uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment

# Account ids that the AWS documentation uses in its examples.
DOCUMENTATION_ACCOUNTS = frozenset({"111122223333", "123456789012", "444455556666", "777788889999"})


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
    yield from _of_copies(environment)
    if backup.compliance_lock_days is not None:
        yield (
            f"backup.compliance_lock_days is {backup.compliance_lock_days}: so many days after the deployment nobody, "
            "AWS included, can remove the vault's lock or its backups before their time"
        )


def _of_copies(environment: Environment) -> Iterator[str]:
    """One copy of a snapshot of RDS crosses the border of an account or that of a region.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/recov-point-create-a-copy.html
    """
    vault = environment.backup.destination_vault_arn
    if vault is not None:
        region, account = vault.split(":")[3:5]
        if region != environment.region and account != environment.account:
            yield (
                "backup.destination_vault_arn is in another account and in another region: AWS Backup may refuse to "
                f"copy RDS there in one step; a vault in {environment.region} can pass it on by a plan of its own"
            )


# As it stands in the committed environments.
EXAMPLE_HOSTED_ZONE = "Z0123456789ABCDEFGHIJ"


def placeholders(environment: Environment) -> Iterator[str]:
    """The documentation values, each with its file, its key and what to put there."""
    if environment.is_local:
        return
    for key, value, is_placeholder, put in _candidates(environment):
        if is_placeholder:
            yield f'{environment.name}.toml: {key} is "{value}", an example; put {put}'


def _candidates(environment: Environment) -> Iterator[tuple[str, str, bool, str]]:
    """(key, value, whether it is an example, what to put)."""
    ingress, image = environment.ingress, environment.service.image
    vault = environment.backup.destination_vault_arn
    yield "account", environment.account, environment.is_documentation_account, "the id of your account"
    yield "ingress.domain_name", ingress.domain_name, _is_example(ingress.domain_name), "a domain name of yours"
    if zone := ingress.hosted_zone_id:
        yield "ingress.hosted_zone_id", zone, zone == EXAMPLE_HOSTED_ZONE, "the id of your domain's hosted zone"
    for index, email in enumerate(environment.alerts.emails):
        yield f"alerts.emails[{index}]", email, _is_example(email), "an address that somebody reads"
    if image:
        put = "an image of your registry, by its digest, or leave the key out"
        yield "service.image", image, image[:12] in DOCUMENTATION_ACCOUNTS, put
    if vault:
        is_example = vault.split(":")[4] in DOCUMENTATION_ACCOUNTS
        yield "backup.destination_vault_arn", vault, is_example, "the ARN of your vault, or leave the key out"


def _is_example(name: str) -> bool:
    # RFC 2606
    return name.endswith(("example.org", "example.com", "example.net", ".example", ".test", ".invalid"))
