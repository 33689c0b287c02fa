"""From a file to an Environment."""

from __future__ import annotations

from typing import Any

import msgspec

from stratopause.environments import checks, files
from stratopause.environments.errors import InvalidEnvironment, UnknownEnvironment
from stratopause.environments.schema import Environment


def read(name: str, directory: files.StrPath, suffix: str | None) -> Environment:
    """See `stratopause.environments.load`."""
    data = files.contents(name, directory)
    file = files.path(name, directory)
    base = _structured(data, name, file)
    _refuse(checks.mistakes(base), file)
    if suffix is None:
        return base
    copy = _copy(base, suffix, directory)
    _refuse(checks.mistakes_of_names(copy), file)
    return copy


def _structured(data: dict[str, Any], name: str, file: str) -> Environment:
    if "name" not in data and "suffix" not in data:
        try:
            return msgspec.convert({**data, "name": name}, Environment)
        except msgspec.ValidationError:
            pass  # msgspec stops at the first mistake; the diagnosis finds them all
    from stratopause.environments import diagnosis

    raise InvalidEnvironment(tuple(mistake.line(file) for mistake in diagnosis.mistakes(data)))


def _refuse(mistakes: list[checks.Mistake], file: str) -> None:
    if mistakes:
        raise InvalidEnvironment(tuple(mistake.line(file) for mistake in sorted(mistakes)))


def _copy(base: Environment, suffix: str, directory: files.StrPath) -> Environment:
    """The base under names of its own; only one environment per account and name keeps the trail."""
    if not files.is_name(suffix):
        raise UnknownEnvironment(
            f"{suffix[:64]!r} is no suffix", 'a suffix is lower-case letters, digits and single hyphens, like "pr-42"'
        )
    if f"{base.name}-{suffix}" in files.available(directory):
        raise UnknownEnvironment(
            f'the copy "{suffix}" of {base.name} would be named as the environment {base.name}-{suffix}',
            "choose another suffix",
        )
    ingress, audit = base.ingress, base.audit
    if ingress.hosted_zone_id:
        ingress = msgspec.structs.replace(ingress, domain_name=f"{suffix}.{ingress.domain_name}")
    if base.owns_trail:
        audit = msgspec.structs.replace(audit, trail_arn=base.trail_arn)
    return msgspec.structs.replace(base, suffix=suffix, ingress=ingress, audit=audit)
