"""A check, as it is told to whoever reads about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.findings import Finding
from stratopause.deployer.preflight.scene import Scene


class Check(Struct, frozen=True):
    """`name` is in kebab-case, `source` an address of the AWS documentation, `calls` what it may ask.

    `run` may raise Unanswered. One that is `only_aws` asks what nothing but AWS knows, such as what a region sells:
    whatever stands in for AWS makes an answer up.
    """

    name: str
    prevents: str
    source: str
    calls: tuple[Call, ...]
    run: Callable[[Scene], Iterator[Finding]]
    only_aws: bool = False

    @property
    def permissions(self) -> tuple[str, ...]:
        return tuple(sorted({call.permission for call in self.calls}))
