"""Systems Manager's Parameter Store, for consumers of outputs that can't read a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from stratopause.deployer.aws.api import Api

NAMES_AT_ONCE: Final = 10
"""https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html"""


class AwsParameters:
    """`services.ParameterStore` in Systems Manager."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def put(self, values: Mapping[str, str], tags: Mapping[str, str]) -> tuple[str, ...]:
        """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html"""
        present = dict(self._present(sorted(values)))
        told = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        written = tuple(name for name in sorted(values) if present.get(name) != values[name])
        for name in written:
            # Tags go with a new parameter only: Overwrite and Tags exclude each other.
            how = {"Overwrite": True} if name in present else {"Tags": told}
            self.api.call("ssm", "put_parameter", Name=name, Value=values[name], Type="String", **how)
        return written

    def _present(self, names: list[str]) -> Iterator[tuple[str, str]]:
        for first in range(0, len(names), NAMES_AT_ONCE):
            told = self.api.call("ssm", "get_parameters", Names=names[first : first + NAMES_AT_ONCE])
            yield from ((one["Name"], one["Value"]) for one in told["Parameters"])
