"""Writes `engines.py`: `python -m stratopause.tree.generate_engines`, from the data that cfn-lint ships.

A rule can't ask cfn-lint: it knows only what it finds in this package.
"""

from __future__ import annotations

import json
import textwrap
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

_SOURCES: Final = {
    "AWS::RDS::DBInstance": "aws_rds_dbinstance/engine_version",
    "AWS::RDS::DBCluster": "aws_rds_dbcluster/engine_version",
    "AWS::ElastiCache::CacheCluster": "aws_elasticache_cachecluster/engine_version",
}

_HEADER: Final = '''"""Which engine versions can be made.

Written by `python -m stratopause.tree.generate_engines` from cfn-lint's data, over all {regions} regions that it knows
together: whether one region has a version, cfn-lint says.
"""
# ruff: noqa: SIM905 - a thousand versions read better as words than as literals

REGIONS = {regions}

# type: engine: versions
ENGINES = {{
'''


def engines() -> str:
    """The text of `engines.py`, from the installed cfn-lint."""
    from cfnlint.helpers import REGIONS

    lines = [_HEADER.format(regions=len(REGIONS))]
    for type_, source in _SOURCES.items():
        lines.append(f'    "{type_}": {{\n')
        lines += [_versions(engine, versions) for engine, versions in _engines(source)]
        lines.append("    },\n")
    return "".join([*lines, "}\n"])


def _engines(source: str) -> list[tuple[str, list[str]]]:
    """What can be created: without the versions that only those have who have them already."""
    withdrawn = _read(f"{source}_deprecated") if "rds" in source else {}
    return [
        (engine, [version for version in versions if version not in withdrawn.get(engine, ())])
        for engine, versions in _read(source).items()
    ]


def _read(source: str) -> dict[str, list[str]]:
    data = json.loads(files("cfnlint.data.schemas.extensions").joinpath(f"{source}.json").read_text())
    found = {rule["if"]["properties"]["Engine"].get("const"): _enum(rule) for rule in data["allOf"]}
    return {engine: versions for engine, versions in found.items() if engine}


def _enum(rule: Any) -> list[str]:
    """The versions that a rule of cfn-lint names: those that it allows, or those that it refuses."""
    for part in (rule["then"], rule["if"]):
        shape = part["properties"].get("EngineVersion", {}) if isinstance(part, dict) else {}
        if "enum" in shape:
            return [str(version) for version in shape["enum"]]
    return []


def _versions(engine: str, versions: list[str]) -> str:
    indent = " " * 12
    words = textwrap.fill(
        " ".join(versions), 118, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return f'        "{engine}": """\n{words}\n            """.split(),\n'


def main() -> None:
    Path(__file__).with_name("engines.py").write_text(engines())


if __name__ == "__main__":
    main()
