"""What a single value can't show: rules between the values of an environment, each yielding its mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import combinations
from typing import NamedTuple

from stratopause.environments import addresses, names, offered
from stratopause.environments.schema import LOCAL_ACCOUNT, Environment


class Mistake(NamedTuple):
    """A key (dotted), and the rest of the sentence about its value."""

    key: str
    text: str

    def line(self, file: str) -> str:
        return f"{file}: {self.key} {self.text}"


def wrong(environment: Environment, key: str, allowed: str) -> Mistake:
    value = reduce(getattr, key.split("."), environment)
    return Mistake(key, f"is {shown(value)}; allowed is {allowed}")


def shown(value: object, longest: int = 100) -> str:
    """A value as TOML would write it, in one line of ASCII that isn't long."""
    import json

    text = json.dumps(value, default=str)
    return text if len(text) <= longest else text[: longest - 3] + "..."


def mistakes(environment: Environment) -> list[Mistake]:
    """All mistakes of an environment whose single values are right."""
    checks = (
        _of_account,
        _of_network,
        _of_ingress,
        _of_database,
        _of_cache,
        _of_service,
        _of_backup,
        _of_deployment,
        _of_production,
    )
    found = [mistake for check in checks for mistake in check(environment)]
    return [*found, *mistakes_of_names(environment)]


def mistakes_of_names(environment: Environment) -> list[Mistake]:
    """Those that a suffix can bring about: composed names over their limits."""
    found = [Mistake(key, text) for key, text in names.mistakes(environment)]
    if len(environment.ingress.domain_name) > names.LONGEST_DOMAIN_NAME:
        found.append(wrong(environment, "ingress.domain_name", f"up to {names.LONGEST_DOMAIN_NAME} characters"))
    return found


def _of_account(environment: Environment) -> Iterator[Mistake]:
    if environment.is_local != (environment.account == LOCAL_ACCOUNT):
        here = f'"{LOCAL_ACCOUNT}", the emulator\'s' if environment.is_local else "the id of an account of AWS"
        yield wrong(environment, "account", here)
    if environment.region not in offered.ZONES:
        yield wrong(environment, "region", "one of " + ", ".join(offered.ZONES))


def _of_network(environment: Environment) -> Iterator[Mistake]:
    network = environment.network
    block = addresses.parse(network.cidr)
    if block is None or not addresses.is_private(block) or not 16 <= block.prefixlen <= 20:
        yield wrong(environment, "network.cidr", 'a private IPv4 block from /16 to /20, like "10.20.0.0/16"')
    zones = [environment.region + letter for letter in offered.ZONES.get(environment.region, "")]
    if zones and not set(network.zones) <= set(zones):
        yield wrong(environment, "network.zones", f"zones of {environment.region}: " + ", ".join(zones))
    if len(set(network.zones)) < len(network.zones):
        yield wrong(environment, "network.zones", "each zone once")


def _of_ingress(environment: Environment) -> Iterator[Mistake]:
    ingress = environment.ingress
    if ingress.hosted_zone_id is None and ingress.certificate_arn is None:
        yield Mistake("ingress.hosted_zone_id", "is missing; needed where no certificate_arn is given")
    if ingress.certificate_arn and _region_of(ingress.certificate_arn) != environment.region:
        yield wrong(environment, "ingress.certificate_arn", f"a certificate in {environment.region}")
    blocks = [addresses.parse(text) for text in ingress.allowed_cidrs]
    if None in blocks:
        yield wrong(environment, "ingress.allowed_cidrs", 'IPv4 blocks without host bits, like "203.0.113.0/24"')
    elif any(one and other and one.overlaps(other) for one, other in combinations(blocks, 2)):
        yield wrong(environment, "ingress.allowed_cidrs", "blocks that don't overlap")
    if len(set(environment.alerts.emails)) < len(environment.alerts.emails):
        yield wrong(environment, "alerts.emails", "each address once")


def _of_database(environment: Environment) -> Iterator[Mistake]:
    database = environment.database
    if database.instance_class not in offered.DATABASE_CLASSES:
        yield wrong(environment, "database.instance_class", _like(database.instance_class, offered.DATABASE_CLASSES))
    if database.engine_version not in offered.DATABASE_MAJORS:
        yield wrong(environment, "database.engine_version", "one of " + ", ".join(sorted(offered.DATABASE_MAJORS)))
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
    least = -(-database.storage_gib * 11 // 10)
    if database.max_storage_gib < least:
        yield wrong(environment, "database.max_storage_gib", f"{least} or more, a tenth above storage_gib")


def _of_cache(environment: Environment) -> Iterator[Mistake]:
    cache = environment.cache
    if cache.node_type not in offered.CACHE_NODES:
        yield wrong(environment, "cache.node_type", _like(cache.node_type, offered.CACHE_NODES))
    versions = offered.CACHE_VERSIONS[cache.engine]
    if cache.engine_version not in versions:
        yield wrong(environment, "cache.engine_version", f"for {cache.engine} one of " + ", ".join(versions))


# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
_FARGATE_MEMORY = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
}


def _of_service(environment: Environment) -> Iterator[Mistake]:
    service = environment.service
    memory = _FARGATE_MEMORY[service.cpu]
    if service.memory not in memory:
        steps = ", ".join(map(str, memory)) if len(memory) < 9 else f"{memory[0]} to {memory[-1]}"
        step = "" if len(memory) < 9 else f" in steps of {memory[1] - memory[0]}"
        yield wrong(environment, "service.memory", f"for {service.cpu} CPU units {steps}{step}")
    if service.maximum < service.minimum:
        yield wrong(environment, "service.maximum", f"{service.minimum} (service.minimum) or more")
    if service.image and service.image.split(".")[3] != environment.region:
        yield wrong(
            environment, "service.image", f"a repository in {environment.region}, so that no image comes from afar"
        )
    for name, value in service.environment.items():
        if text := names.mistake_of_variable(name, value):
            yield Mistake(f"service.environment.{name}", text)


def _of_backup(environment: Environment) -> Iterator[Mistake]:
    backup = environment.backup
    if backup.monthly_days < backup.daily_days:
        yield wrong(environment, "backup.monthly_days", f"{backup.daily_days} (backup.daily_days) or more")
    vault = backup.destination_vault_arn
    if vault and vault.split(":")[3:5] == [environment.region, environment.account]:
        yield wrong(environment, "backup.destination_vault_arn", "a vault in another account or region")
    trail = environment.audit.trail_arn
    if trail and trail.split(":")[4] != environment.account:
        yield wrong(environment, "audit.trail_arn", f"a trail of account {environment.account}")
    for key, arn in _arns(environment):
        if arn.split(":")[1] != environment.partition:
            yield wrong(environment, key, f"an ARN of the partition {environment.partition}")


def _of_deployment(environment: Environment) -> Iterator[Mistake]:
    account, deployment = environment.account, environment.deployment
    key, role = deployment.signing_key_arn, deployment.service_role_arn
    if key and key.split(":")[3:5] != [environment.region, account]:
        yield wrong(environment, "deployment.signing_key_arn", f"a key in {environment.region} of account {account}")
    if role and role.split(":")[4] != account:
        yield wrong(environment, "deployment.service_role_arn", f"a role of account {account}")


def _of_production(environment: Environment) -> Iterator[Mistake]:
    if environment.stage != "production":
        return
    for key, is_met, allowed in (
        ("database.multi_az", environment.database.multi_az, "true"),
        ("database.backup_days", environment.database.backup_days >= 35, "35"),
        ("cache.replicas", environment.cache.replicas >= 1, "1 or more"),
        ("service.minimum", environment.service.minimum >= 2, "2 or more"),
        ("backup.daily_days", environment.backup.daily_days >= 35, "35 or more"),
        ("backup.monthly_days", environment.backup.monthly_days >= 365, "365 or more"),
    ):
        if not is_met:
            yield wrong(environment, key, f"in production {allowed}")


def _arns(environment: Environment) -> Iterator[tuple[str, str]]:
    for key, arn in (
        ("ingress.certificate_arn", environment.ingress.certificate_arn),
        ("backup.destination_vault_arn", environment.backup.destination_vault_arn),
        ("audit.trail_arn", environment.audit.trail_arn),
        ("deployment.signing_key_arn", environment.deployment.signing_key_arn),
        ("deployment.service_role_arn", environment.deployment.service_role_arn),
    ):
        if arn:
            yield key, arn


def _region_of(arn: str) -> str:
    return arn.split(":")[3]


def _like(name: str, offered_names: frozenset[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, sorted(offered_names), 3)
    return "one that is offered" + (", like " + ", ".join(near) if near else "")
