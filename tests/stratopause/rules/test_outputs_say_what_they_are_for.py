from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, resource, template

RULE = "W9007"
GOOD = {"Address": {"Value": "a", "Description": "Where the platform is reached"}}


def body(outputs: Any = None, **resources: Any) -> dict[str, Any]:
    return {**template(Topic=resource("SNS::Topic"), **resources), **({} if outputs is None else {"Outputs": outputs})}


def at(**templates: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(problem.file, problem.path) for problem in found(RULE, forest(**templates))]


def test_a_root_without_outputs_is_found() -> None:
    assert at(platform=body()) == [("platform.json", ("Resources",))]
    assert at(platform=body({})) == [("platform.json", ("Outputs",))]


@pytest.mark.parametrize("output", [{"Value": "a"}, {"Value": "a", "Description": " "}, {"Description": 7}, None, [7]])
def test_an_output_that_does_not_say_what_it_is_for_is_found(output: Any) -> None:
    assert at(platform=body({**GOOD, "Odd": output})) == [("platform.json", ("Outputs", "Odd"))]
    nesting = body(GOOD, Inner=nested("inner.json"))
    assert at(platform=nesting, inner=body({"Odd": output})) == [("inner.json", ("Outputs", "Odd"))]


def test_outputs_that_say_what_they_are_for_are_fine_and_a_nested_stack_needs_none() -> None:
    assert not at(platform=body(GOOD, Inner=nested("inner.json")), inner=body())
