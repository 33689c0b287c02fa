from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratopause.deployer.errors import InvalidOutputs
from stratopause.deployer.formats import as_env, as_github, as_ssm, flat
from stratopause.deployer.stacks import Output

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
HOSTILE = TEXT | st.sampled_from(
    ["END", "END_\nEND", "a\nb<<END", "x\ny=z\nEND__", "'", "$(id)", "`id`", "a'\"'b", "\\n"]
)


def parsed_as_github_does(text: str) -> dict[str, str]:
    """https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs"""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            found[line[:equals]] = line[equals + 1 :]
            continue
        assert heredoc >= 0, f"invalid format {line!r}"
        name, delimiter, inside = line[:heredoc], line[heredoc + 2 :], []
        for one in lines:
            if one == delimiter:
                break
            inside.append(one)
        else:
            pytest.fail(f"no end {delimiter}")
        found[name] = "\n".join(inside)
    return found


@given(st.dictionaries(NAMES, HOSTILE, max_size=5))
def test_github_reads_back_exactly_what_was_written(values: dict[str, str]) -> None:
    assert parsed_as_github_does(as_github(values)) == values


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_a_shell_reads_back_exactly_what_was_written(value: str) -> None:
    script = as_env({"db_endpoint": value}) + 'printf %s "$DB_ENDPOINT"'
    told = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True)
    assert told.stdout.decode() == value
    assert told.stderr == b""


def test_variables_are_names_that_a_shell_takes() -> None:
    assert as_env({"url": "x", "2nd": "it's"}) == "URL='x'\n_2ND='it'\"'\"'s'\n"


def test_parameters_stand_under_their_stack_and_are_never_empty() -> None:
    values = {"url": "x", "empty": "", "database__endpoint": "y"}
    assert as_ssm(values, "clinic-dev") == {
        "/clinic-dev/outputs/url": "x",
        "/clinic-dev/outputs/database/endpoint": "y",
    }


def test_those_of_nested_stacks_carry_their_stack_and_none_is_a_secret() -> None:
    root = [Output("DatabaseEndpoint", "a"), Output("DbPassword", "hunter2")]
    nested = {"Database": [Output("Endpoint", "b")], "Outer/Inner": [Output("ApiToken", "t"), Output("Id", "c")]}
    assert flat(root) == {"database_endpoint": "a"}
    assert flat(root, nested) == {"database_endpoint": "a", "database__endpoint": "b", "outer__inner__id": "c"}
    with pytest.raises(InvalidOutputs):
        flat([Output("VpcId", "a"), Output("Vpc_id", "b")])
