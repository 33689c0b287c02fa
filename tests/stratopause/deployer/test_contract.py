from __future__ import annotations

import pytest

from stratopause.deployer.contract import Declared, check, declared
from stratopause.deployer.errors import OutputsBroken
from stratopause.deployer.stacks import Output

NEXT = "python build.py deploy dev"


def broken(outputs: list[Output], promised: list[Declared] | None) -> str:
    with pytest.raises(OutputsBroken) as error:
        check(outputs, promised, NEXT)
    assert error.value.next_step == NEXT
    return error.value.message


def test_outputs_that_are_as_declared_are_well() -> None:
    check([Output("Url", "https://x")], [Declared("Url"), Declared("More", is_optional=True)], NEXT)
    check([Output("Url", "https://x")], None, NEXT)


def test_every_output_that_is_not_as_declared_is_named() -> None:
    found = [Output("Other", "x"), Output("Url", "")]
    told = broken(found, [Declared("Url"), Declared("VpcId"), Declared("Zone")])
    assert told == (
        "the Outputs aren't as they are declared: Url is empty; VpcId is missing; Zone is missing; Other is undeclared"
    )


def test_a_secret_is_refused_without_its_value_also_where_nothing_is_declared() -> None:
    told = broken([Output("DbPassword", "hunter2"), Output("Any", "AKIAIOSFODNN7EXAMPLE")], None)
    assert "DbPassword is a secret" in told
    assert "Any is a secret" in told
    assert "hunter2" not in told
    assert "AKIA" not in told


def test_a_template_declares_its_outputs_with_their_conditions_and_what_they_tell() -> None:
    template = {
        "Parameters": {"Hidden": {"Type": "String", "NoEcho": True}, "Open": {"Type": "String", "NoEcho": "false"}},
        "Outputs": {
            "Url": {"Value": "x", "Description": "of it"},
            "Maybe": {"Value": "x", "Condition": "Some"},
            "Referred": {"Value": {"Fn::Join": ["", ["a", {"Ref": "Hidden"}]]}},
            "Inserted": {"Value": {"Fn::Sub": "a ${Hidden} b"}},
            "Harmless": {"Value": {"Ref": "Open"}},
        },
    }
    assert declared(template) == (
        Declared("Url", "of it"),
        Declared("Maybe", is_optional=True),
        Declared("Referred", tells_no_echo=True),
        Declared("Inserted", tells_no_echo=True),
        Declared("Harmless"),
    )
    assert "Referred tells a parameter with NoEcho" in broken([], list(declared(template)))
    assert declared({}) == ()
