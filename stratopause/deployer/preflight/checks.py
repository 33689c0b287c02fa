"""Every check, in the order in which they are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from stratopause.deployer.errors import DeploymentError
from stratopause.deployer.preflight import (
    audit,
    bucket,
    cache,
    compute,
    copies,
    database,
    domain,
    keys,
    linked_roles,
    names,
    network,
    permissions,
    quotas,
)
from stratopause.deployer.preflight.check import Check

CHECKS: Final[tuple[Check, ...]] = (
    *permissions.CHECKS,
    *bucket.CHECKS,
    *names.CHECKS,
    *database.CHECKS,
    *cache.CHECKS,
    *compute.CHECKS,
    *network.CHECKS,
    *domain.CHECKS,
    *keys.CHECKS,
    *quotas.CHECKS,
    *linked_roles.CHECKS,
    *audit.CHECKS,
    *copies.CHECKS,
)


class UnknownCheck(DeploymentError):
    """A check that there isn't."""


def chosen(
    skip: Collection[str] = (), only: Collection[str] = (), among: Sequence[Check] = CHECKS
) -> tuple[Check, ...]:
    """Those of `only`, or all, without those of `skip`.

    Raises:
        UnknownCheck
    """
    known = [check.name for check in among]
    _refuse_unknown([*skip, *only], known)
    return tuple(check for check in among if check.name not in skip and (not only or check.name in only))


def _refuse_unknown(names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise UnknownCheck(f"there is no check {name}", hint)
