"""What is derived and committed is what the generator writes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cfnlint.jsonschema import StandardValidator

from stratopause.environments import available, generate, offered, published

ENVIRONMENTS = Path("environments")


def refusals(data: dict[str, Any]) -> list[str]:
    published_schema = json.loads((ENVIRONMENTS / "environment.schema.json").read_text())
    return [".".join(map(str, error.path)) for error in StandardValidator(schema=published_schema).iter_errors(data)]


def test_generating_again_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "__file__", str(tmp_path / "generate.py"))
    generate.main(tmp_path)
    assert (tmp_path / "environment.schema.json").read_text() == (ENVIRONMENTS / "environment.schema.json").read_text()
    assert (tmp_path / "offered.py").read_text() == Path(offered.__file__).read_text()


@pytest.mark.parametrize("name", available(ENVIRONMENTS))
def test_every_committed_environment_fits_the_published_schema_and_names_it(name: str) -> None:
    text = (ENVIRONMENTS / f"{name}.toml").read_text()
    assert text.startswith("#:schema ./environment.schema.json\n")
    assert refusals(tomllib.loads(text)) == []


def test_an_editor_sees_what_loading_would_refuse() -> None:
    data = tomllib.loads((ENVIRONMENTS / "dev.toml").read_text())
    data["unknown"] = 1
    data["database"]["instance_class"] = "db.m7g.lagre"
    data["network"]["cidr"] = "10.20.0.0"
    data["service"].pop("port")
    assert set(refusals(data)) == {"unknown", "database.instance_class", "network.cidr", "service"}


def test_every_value_is_described_with_an_example() -> None:
    schema = published.schema()
    for table in (schema, *schema["$defs"].values()):
        for name, shape in table["properties"].items():
            assert "$ref" in shape or {"description", "examples"} <= shape.keys() or name == "environment", name


def test_name_and_suffix_stand_in_no_file() -> None:
    assert not {"name", "suffix"} & published.schema()["properties"].keys()
