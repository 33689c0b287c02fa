from __future__ import annotations

import json
from pathlib import Path

import pytest

from stratopause.deployer.errors import InvalidOutputs
from stratopause.deployer.outputs import as_json, forget, name_of, write
from stratopause.deployer.stacks import Output


@pytest.mark.parametrize(
    ("logical_id", "name"),
    [("VpcId", "vpc_id"), ("AlbDnsName", "alb_dns_name"), ("DbSecretArn", "db_secret_arn"), ("Url", "url")],
)
def test_each_capital_letter_starts_a_word(logical_id: str, name: str) -> None:
    assert name_of(logical_id) == name


def test_outputs_are_written_sorted_with_a_trailing_newline(tmp_path: Path) -> None:
    file = tmp_path / "outputs" / "dev.json"
    write([Output("VpcId", "vpc-1"), Output("AlbDnsName", "ä.example")], file)
    assert file.read_text("utf-8") == '{\n  "alb_dns_name": "ä.example",\n  "vpc_id": "vpc-1"\n}\n'
    assert list(file.parent.iterdir()) == [file]


def test_two_outputs_of_one_name_are_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "dev.json"
    write([Output("VpcId", "vpc-1")], file)
    with pytest.raises(InvalidOutputs, match="vpc_id"):
        write([Output("VpcId", "vpc-1"), Output("Vpc_Id".replace("_I", "_i"), "vpc-2")], file)
    assert json.loads(file.read_text()) == {"vpc_id": "vpc-1"}


def test_a_directory_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("a file in the way")
    with pytest.raises(InvalidOutputs, match=r"can't write .*dev.json"):
        write([], tmp_path / "outputs" / "dev.json")


def test_no_outputs_are_an_empty_object() -> None:
    assert as_json([]) == "{}\n"


def test_those_of_nested_stacks_stand_under_their_path() -> None:
    nested = {"Keys": [], "Database": [Output("Port", "5432"), Output("DbPassword", "hunter2")]}
    told = json.loads(as_json([Output("VpcId", "vpc-1")], nested))
    assert told == {"vpc_id": "vpc-1", "nested": {"Database": {"port": "5432"}, "Keys": {}}}


def test_a_secret_stands_in_no_file(tmp_path: Path) -> None:
    write([Output("DbPassword", "hunter2"), Output("VpcId", "vpc-1")], tmp_path / "dev.json")
    assert json.loads((tmp_path / "dev.json").read_text()) == {"vpc_id": "vpc-1"}


def test_the_outputs_of_a_stack_that_is_gone_are_removed(tmp_path: Path) -> None:
    file = tmp_path / "dev.json"
    write([], file)
    forget(file)
    forget(file)
    assert not file.exists()
    (tmp_path / "directory").mkdir()
    with pytest.raises(InvalidOutputs, match="can't remove"):
        forget(tmp_path / "directory")
