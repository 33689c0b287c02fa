"""Writes what is derived: `python -m stratopause.environments.generate [DIRECTORY]`.

`offered.py` holds what AWS offers where, out of the data that cfn-lint ships, so that a render knows an instance
class from a typing error without importing cfn-lint. `environment.schema.json` tells editors the shape of a file.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

# cfn-lint also knows China and the isolated partitions; the platform supports these two.
_SUPPORTED_REGION = re.compile(r"(?!cn-|eusc-|us-iso|eu-iso)[a-z]{2}(-gov)?-[a-z]+-[0-9]")
# Previous generations (https://aws.amazon.com/rds/previous-generation/, the same for ElastiCache), classes that exist
# for Multi-AZ clusters only (c6gd), Aurora's serverless class, and cache nodes that need data tiering (r6gd).
_NOT_FOR_US = re.compile(r"db\.(c6gd|m4|r4|serverless|t2|x1)\b|cache\.(m4|r4|r6gd|t2)\b")
_FIRST_MAJOR = 14
# Login by IAM needs Redis OSS 7.0 or Valkey 7.2:
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
_FIRST_CACHE_VERSION = (7, 0)

_HEADER = '''"""What AWS offers; written by `python -m stratopause.environments.generate` from cfn-lint's data.

Over all regions together: whether one region has it, lint and the preflight of a deployment say.
"""
# ruff: noqa: SIM905 - three hundred names read better as words than as literals

'''


def offered() -> str:
    """The text of `offered.py`, from the installed cfn-lint."""
    databases = {name for rule in _rules("aws_rds_dbinstance/db_instance_class", "postgres") for name in rule}
    nodes = {name for each in _data("aws_elasticache_cachecluster/cachenodetype_enum").values() for name in _enum(each)}
    versions = {name for rule in _rules("aws_rds_dbinstance/engine_version", "postgres") for name in rule}
    majors = {version.split(".")[0] for version in versions}
    return _HEADER + "\n".join(
        [
            "# region: the letters of its zones",
            "ZONES = {",
            *(f'    "{region}": "{letters}",' for region, letters in sorted(_zones().items())),
            "}",
            "",
            _words("DATABASE_CLASSES", (name for name in databases if not _NOT_FOR_US.match(name))),
            _words("DATABASE_MAJORS", (major for major in majors if int(major) >= _FIRST_MAJOR)),
            _words("CACHE_NODES", (name for name in nodes if not _NOT_FOR_US.match(name))),
            "CACHE_VERSIONS = {",
            *(f'    "{engine}": {_cache_versions(engine)},' for engine in ("redis", "valkey")),
            "}",
            "",
        ]
    )


def _zones() -> dict[str, str]:
    from cfnlint.helpers import AVAILABILITY_ZONES

    return {
        region: "".join(sorted(zone[-1] for zone in zones if zone[:-1] == region))
        for region, zones in AVAILABILITY_ZONES.items()
        if _SUPPORTED_REGION.fullmatch(region)
    }


def _cache_versions(engine: str) -> str:
    versions = {version for rule in _rules("aws_elasticache_cachecluster/engine_version", engine) for version in rule}
    numbers = sorted(tuple(map(int, version.split("."))) for version in versions)
    recent = [".".join(map(str, number)) for number in numbers if number >= _FIRST_CACHE_VERSION]
    return "(" + ", ".join(f'"{version}"' for version in recent) + ")"


def _rules(name: str, engine: str) -> Iterable[list[str]]:
    for rule in _data(name)["allOf"]:
        if rule["if"]["properties"]["Engine"].get("const") == engine:
            (allowed,) = (_enum(shape) for shape in rule["then"]["properties"].values())
            yield allowed


def _enum(shape: Any) -> list[str]:
    return shape["enum"] if isinstance(shape, dict) else []


def _data(name: str) -> Any:
    import json

    return json.loads(files("cfnlint.data.schemas.extensions").joinpath(f"{name}.json").read_text())


def _words(constant: str, names: Iterable[str]) -> str:
    lines = textwrap.fill(" ".join(sorted(names)), 110, initial_indent="    ", subsequent_indent="    ")
    return f'{constant} = frozenset(\n    """\n{lines}\n    """.split()\n)\n'


def main(directory: Path) -> None:
    Path(__file__).with_name("offered.py").write_text(offered())
    from stratopause.environments.published import schema_text  # reads the offered.py just written

    (directory / "environment.schema.json").write_text(schema_text())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "environments"))
