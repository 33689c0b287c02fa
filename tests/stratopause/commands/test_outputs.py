from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from stratopause.commands.outputs import outputs
from stratopause.commands.undertaking import Undertaking
from stratopause.deployer.errors import CannotWrite, OutputsBroken
from tests.stratopause.deployer.deployed import bring
from tests.stratopause.deployer.fakes import Account, clinic, nested, template

FORMS = ("table", "json", "env", "github", "ssm")


def telling_a_secret() -> dict[str, bytes]:
    out = {"Url": {"Value": "https://x"}, "DbPassword": {"Value": "hunter2"}}
    return {"platform.json": template({"Topic": {"Type": "AWS::SNS::Topic"}}, out)}


@pytest.fixture(autouse=True)
def no_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_OUTPUT", raising=False)


def given(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str], form: str, with_nested: bool = False
) -> str:
    bring(account, clinic())
    capsys.readouterr()
    assert outputs(undertaking, clinic(), form, with_nested) == 0
    return capsys.readouterr().out


def values(account: Account) -> dict[str, str]:
    found: dict[str, str] = json.loads((account.outputs / "dev.json").read_text())
    return found


def test_a_table_has_names_values_and_what_they_are_for(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    out = given(account, undertaking, capsys, "table", with_nested=True)
    assert [line.split()[0] for line in out.splitlines()] == [
        "output",
        "db_endpoint",
        "kms_key_arn",
        "Database/endpoint",
        "Keys/key_arn",
    ]
    assert "of the key" in out


def test_json_is_the_file_and_with_it_the_nested_ones(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    assert given(account, undertaking, capsys, "json") == (account.outputs / "dev.json").read_text()
    assert outputs(undertaking, clinic(), "json", with_nested=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told["nested"]) == ["Database", "Keys"]
    assert told["nested"]["Keys"]["key_arn"] == told["kms_key_arn"]


def test_variables_for_a_shell_are_told(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    out = given(account, undertaking, capsys, "env")
    assert out == "".join(f"{name.upper()}='{value}'\n" for name, value in values(account).items())


def test_a_workflow_gets_them_in_its_file_after_what_is_there(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = given(account, undertaking, capsys, "github")
    assert expected.startswith("db_endpoint=")
    file = account.outputs / "github"
    file.write_text("before=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(file))
    assert outputs(undertaking, clinic(), "github", with_nested=False) == 0
    assert capsys.readouterr().out == ""
    assert file.read_text() == "before=1\n" + expected
    monkeypatch.setenv("GITHUB_OUTPUT", str(account.outputs))
    with pytest.raises(CannotWrite, match="Is a directory"):
        outputs(undertaking, clinic(), "github", with_nested=False)


def test_parameters_are_written_where_they_differ(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    told = given(account, undertaking, capsys, "ssm").split()
    assert told == ["/clinic-dev/outputs/db_endpoint", "/clinic-dev/outputs/kms_key_arn"]
    assert outputs(undertaking, clinic(), "ssm", with_nested=False) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_refused_and_shown_in_no_form(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    bring(account, telling_a_secret())
    with pytest.raises(OutputsBroken, match="DbPassword is a secret"):
        outputs(undertaking, telling_a_secret(), form, with_nested=False)
    told = capsys.readouterr()
    assert "hunter2" not in told.out + told.err
    assert ("(hidden)" in told.out) == (form == "table")
    assert "hunter2" not in (account.outputs / "dev.json").read_text()
    assert (form == "ssm") == ("/clinic-dev/outputs/url" in told.out)


def test_outputs_that_are_not_as_declared_are_given_and_then_named(
    account: Account, undertaking: Undertaking, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(account, clinic())
    wanted: Mapping[str, bytes] = clinic() | {
        "platform.json": clinic()["platform.json"].replace(b'"DbEndpoint"', b'"DatabaseEndpoint"')
    }
    with pytest.raises(OutputsBroken, match="DatabaseEndpoint is missing; DbEndpoint is undeclared"):
        outputs(undertaking, wanted, "json", with_nested=False)
    assert "db_endpoint" in json.loads(capsys.readouterr().out)


def test_a_nested_stack_may_tell_no_secret_either(account: Account, undertaking: Undertaking, tmp_path: Path) -> None:
    inner = template({"Topic": {"Type": "AWS::SNS::Topic"}}, {"Password": {"Value": "hunter2"}})
    tree = {"platform.json": template({"Inner": nested("inner.json")}), "inner.json": inner}
    bring(account, tree)
    assert outputs(undertaking, tree, "json", with_nested=False) == 0
    with pytest.raises(OutputsBroken, match="Inner/Password is a secret"):
        outputs(undertaking, tree, "json", with_nested=True)
