from __future__ import annotations

import json

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from stratopause.deployer.changes import PropertyChange, ResourceChange
from stratopause.deployer.review.secrets import masked, names_a_secret, shown, without_secrets
from stratopause.deployer.secrecy import HIDDEN
from tests.stratopause.deployer.review.reviews import modify, whole, written

CHANGE = modify("A", written("B"))


@pytest.mark.parametrize(
    "name", ["MasterUserPassword", "AuthToken", "SecretString", "db_password", "apiKey", "PASSPHRASE", "privateKey"]
)
def test_the_value_of_what_is_named_like_a_secret_is_hidden(name: str) -> None:
    assert names_a_secret(name)
    assert shown(CHANGE, written(name), "hunter2") == HIDDEN
    assert shown(CHANGE, written(f"{name}/0/Part"), "hunter2") == HIDDEN
    assert "hunter2" not in json.dumps(masked({"A": [{name: "hunter2"}]}))


@pytest.mark.parametrize(
    "name", ["SecretArn", "MasterUserSecretKmsKeyId", "PasswordLength", "KmsKeyId", "KeyPolicy", "SecretId", "Engine"]
)
def test_what_only_leads_to_a_secret_is_shown(name: str) -> None:
    assert shown(CHANGE, written(name), "arn:x") == "arn:x"


@pytest.mark.parametrize("value", ["true", "False", "****"])
def test_a_switch_and_what_cloudformation_hides_itself_are_shown(value: str) -> None:
    assert shown(CHANGE, written("ManageMasterUserPassword"), value) == value


def test_no_value_is_none() -> None:
    assert shown(CHANGE, written("Password"), None) is None


@pytest.mark.parametrize("key", ["Name", "Key", "ParameterKey", "ParameterName"])
def test_the_value_of_a_pair_whose_name_is_that_of_a_secret_is_hidden(key: str) -> None:
    pairs = [{key: "DB_PASSWORD", "Value": "hunter2"}, {key: "DB_HOST", "Value": "here"}]
    assert masked(pairs) == [{key: "DB_PASSWORD", "Value": HIDDEN}, {key: "DB_HOST", "Value": "here"}]
    assert "hunter2" not in str(shown(CHANGE, written("Containers"), json.dumps(pairs)))


@pytest.mark.parametrize("value", ["AKIAIOSFODNN7EXAMPLE", "postgres://owner:hunter2@db.internal:5432/clinic"])
def test_what_looks_like_a_secret_is_hidden_whatever_its_name(value: str) -> None:
    assert shown(CHANGE, written("Description"), value) == HIDDEN
    assert value not in str(shown(CHANGE, written("Options"), json.dumps({"Log": [{"Target": value}]})))
    assert without_secrets('{"cut": "' + value) == HIDDEN


def environment(name: str, context: bool) -> tuple[ResourceChange, PropertyChange]:
    told = whole(Containers=[{"Environment": [{"Name": name, "Value": "hunter2"}]}]) if context else ""
    detail = written("Containers/0/Environment/0/Value", "hunter1", "hunter2")
    return modify("A", detail, before_context=told, after_context=told), detail


@pytest.mark.parametrize(
    ("name", "context", "hidden"), [("DB_PASSWORD", True, True), ("DB_HOST", True, False), ("DB_HOST", False, True)]
)
def test_the_value_of_a_variable_is_hidden_where_its_name_says_so_or_is_not_told(
    name: str, context: bool, hidden: bool
) -> None:
    change, detail = environment(name, context)
    assert (shown(change, detail, detail.after) == HIDDEN) is hidden


def test_the_value_of_a_tag_is_shown() -> None:
    assert shown(CHANGE, written("Tags/0/Value"), "clinic") == "clinic"
    strange = modify("A", written("B"), before_context=whole(Tags=["text"]))
    assert shown(strange, written("Tags/0/Value"), "clinic") == "clinic"


@pytest.mark.parametrize("cut", ['{"Password": "hunt', "[" * 100_000 + '"token"'])
def test_json_that_was_cut_amid_a_secret_is_hidden(cut: str) -> None:
    assert without_secrets(cut) == HIDDEN
    assert without_secrets('{"Engine": "post') == '{"Engine": "post'


@drawn(st.text(min_size=1), st.sampled_from(["Password", "secretValue", "AUTH_TOKEN"]))
def test_no_secret_survives_however_deep_it_lies(name: str, secret: str) -> None:
    value = "hunter2-hunter2"
    told = without_secrets(json.dumps({name: [{"x": {secret: [value, {"y": [value]}]}}]}))
    assert value not in told
    assert json.loads(told)[name][0]["x"][secret] == HIDDEN
