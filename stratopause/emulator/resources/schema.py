"""The resource provider schemas that cfn-lint ships, read as data: cfn-lint itself is never imported.

Importing it takes more than a second, and it may look for newer schemas; the emulator must do neither.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Properties = dict[str, Any]
Document = dict[str, Any]

PREFIX = "/properties/"


@cache
def data_directory() -> Path:
    """The directory of schemas inside the installed cfn-lint."""
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("cfn-lint, whose resource provider schemas the emulator validates with")
    return Path(spec.origin).parent / "data" / "schemas"


@cache
def read(relative_path: str) -> Document:
    """A JSON document of that directory."""
    document: Document = json.loads((data_directory() / relative_path).read_text(encoding="utf-8"))
    return document


@dataclass(frozen=True)
class ProviderSchema:
    """One type's schema, and what it says about replacement."""

    type_name: str
    document: Document

    @property
    def create_only(self) -> tuple[tuple[str, ...], ...]:
        """The paths of properties whose change replaces the resource."""
        return self._paths("createOnlyProperties")

    @property
    def conditionally_create_only(self) -> tuple[tuple[str, ...], ...]:
        """The paths of properties whose change may replace the resource."""
        return self._paths("conditionalCreateOnlyProperties")

    @property
    def read_only(self) -> tuple[tuple[str, ...], ...]:
        """The paths of the attributes that Fn::GetAtt gives."""
        return self._paths("readOnlyProperties")

    @property
    def name_property(self) -> str | None:
        """The property that a template may name the resource by, where the name identifies it."""
        identifier = self._paths("primaryIdentifier")
        if len(identifier) != 1 or identifier[0] in self.read_only:
            return None
        return identifier[0][0]

    def _paths(self, keyword: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(path.removeprefix(PREFIX).split("/")) for path in self.document.get(keyword, ()))


@cache
def provider_schema(type_name: str) -> ProviderSchema | None:
    """The schema of a type, or None where AWS publishes none.

    us-east-1 has every type; a type's schema differs little between regions.
    """
    digest = read("providers/us-east-1.json").get(type_name)
    return None if digest is None else ProviderSchema(type_name, read(f"resources/{digest}.json"))


def extension(type_name: str, name: str) -> Document:
    """What cfn-lint knows beyond the schema: `extension("AWS::RDS::DBInstance", "engine_version")`."""
    return read(f"extensions/{type_name.lower().replace('::', '_')}/{name}.json")
