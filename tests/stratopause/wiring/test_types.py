"""What mypy refuses before anything runs: a wrong name and a wrong kind."""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[3]

SNIPPETS = {
    "kind": (
        "Database takes a key's ARN",
        "network.Parameters(logs_key_arn=KeyId(Ref('Key')))",
        'Argument "logs_key_arn" to "Parameters" has incompatible type "KeyId"; expected "KeyArn"',
    ),
    "string": (
        "a string has no kind",
        "network.Parameters(logs_key_arn='arn:aws:kms:eu-central-1:111122223333:key/1')",
        'Argument "logs_key_arn" to "Parameters" has incompatible type "str"; expected "KeyArn"',
    ),
    "name": (
        "a misspelt parameter",
        "network.Parameters(log_key_arn=KeyArn(Ref('Key')))",
        'Unexpected keyword argument "log_key_arn" for "Parameters"; did you mean "logs_key_arn"?',
    ),
    "output": (
        "a misspelt output",
        "parent.nest('Keys', Keys('clinic'), Nothing()).data_key_am",
        '"Outputs" has no attribute "data_key_am"; maybe "data_key_arn"?',
    ),
    "record": (
        "another stack's parameters",
        "parent.nest('Keys', Keys('clinic'), network.Parameters(logs_key_arn=KeyArn(Ref('Key'))))",
        'Cannot infer value of type parameter "Takes" of "nest" of "ParentStack"',
    ),
    "swap": (
        "two outputs of different kinds, swapped",
        "network.Parameters(logs_key_arn=vpc.vpc_id)",
        'Argument "logs_key_arn" to "Parameters" has incompatible type "VpcId"; expected "KeyArn"',
    ),
}

PREAMBLE = """
from troposphere import Ref
from stacks import network
from stacks.keys import Keys
from stratopause.wiring.records import Nothing
from stratopause.wiring.stack import ParentStack
from stratopause.wiring.values import KeyArn, KeyId
parent: ParentStack[Nothing]
vpc: network.Outputs
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What mypy says of each snippet; one run for all, since it takes seconds to start."""
    directory = tmp_path_factory.mktemp("snippets")
    files = {name: directory / f"{name}.py" for name in [*SNIPPETS, "right"]}
    for name, (_, line, _) in SNIPPETS.items():
        files[name].write_text(PREAMBLE + line + "\n")
    files["right"].write_text(PREAMBLE + "network.Parameters(logs_key_arn=KeyArn(Ref('Key')))\n")
    output, trouble, _ = api.run(
        ["--config-file", str(ROOT / "setup.cfg"), "--no-error-summary", *(str(path) for path in files.values())]
    )
    assert not trouble
    # A cached answer names the directory of an earlier run, so that only the file's name counts.
    return {
        name: "\n".join(line for line in output.splitlines() if f"/{path.name}:" in line)
        for name, path in files.items()
    }


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_wrong_wire_is_a_type_error(name: str, answers: dict[str, str]) -> None:
    assert SNIPPETS[name][2] in answers[name]


def test_a_right_wire_is_none(answers: dict[str, str]) -> None:
    assert answers["right"] == ""
