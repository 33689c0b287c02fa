"""The JSON Schema of an environment file, for editors; in the style that `#:schema` in a TOML file names."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from stratopause.environments import offered
from stratopause.environments.schema import Environment


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a file: the struct's, without what doesn't stand in the file, with what is offered."""
    (_, components) = msgspec.json.schema_components([Environment], ref_template="#/$defs/{name}")
    definition = components.pop("Environment")
    for key in ("name", "suffix"):
        del definition["properties"][key]
    definition["required"].remove("name")
    components["DatabaseSettings"]["properties"]["instance_class"]["enum"] = sorted(offered.DATABASE_CLASSES)
    components["DatabaseSettings"]["properties"]["engine_version"]["enum"] = sorted(offered.DATABASE_MAJORS)
    components["CacheSettings"]["properties"]["node_type"]["enum"] = sorted(offered.CACHE_NODES)
    definition["properties"]["region"]["enum"] = sorted(offered.ZONES)
    for table in (definition, *components.values()):
        table["properties"] = {name: _without_null(shape) for name, shape in table["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **definition,
        "description": "An environment of the platform. Rules between values are checked when the file is loaded.",
        "$defs": components,
    }


def _without_null(shape: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: an optional value is left out."""
    present = [option for option in shape.get("anyOf", ()) if option != {"type": "null"}]
    return present[0] if len(present) == 1 else shape


def schema_text() -> str:
    """As it is published: sorted, indented by two, a line feed at the end."""
    return json.dumps(schema(), indent=2, sort_keys=True) + "\n"
