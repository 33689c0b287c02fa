from __future__ import annotations

from typing import Any

import pytest

from tests.forest import forest, found, nested, places, resource, template
from tests.hostile import VALUES

RULE = "E9309"

_DYNAMIC = "{{resolve:secretsmanager:records:SecretString:password}}"


def _database(password: Any, **parameters: Any) -> dict[str, Any]:
    return template(It=resource("RDS::DBInstance", {"MasterUserPassword": password})) | {"Parameters": parameters}


@pytest.mark.parametrize(
    "password",
    [
        "Tr0ub4dor",
        12345678,
        {"Fn::Sub": "Tr0ub4dor"},
        {"Fn::Join": ["", ["Tr0ub", "4dor"]]},
        {"Fn::If": ["Ours", "Tr0ub4dor", {"Ref": "AWS::NoValue"}]},
    ],
)
def test_a_password_as_text_is_found(password: Any) -> None:
    (problem,) = found(RULE, forest(platform=_database(password)))
    assert problem.path[:4] == ("Resources", "It", "Properties", "MasterUserPassword")


@pytest.mark.parametrize(
    "password",
    [
        _DYNAMIC,
        "{{resolve:ssm-secure:/records/password:1}}",
        {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"},
        {"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "Secret"}, ":SecretString:password}}"]]},
        {"Ref": "AWS::NoValue"},
        {"Fn::ImportValue": "x"},
        {"Ref": "Hidden"},
        {"Ref": "Stored"},
        "",
    ],
)
def test_what_is_fetched_or_hidden_is_fine(password: Any) -> None:
    parameters = {
        "Hidden": {"Type": "String", "NoEcho": True, "Default": ""},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"},
    }
    assert not found(RULE, forest(platform=_database(password, **parameters)))


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("ElastiCache::ReplicationGroup", {"AuthToken": "a1b2c3d4e5f60718"}),
        ("ElastiCache::User", {"Passwords": ["a1b2c3d4e5f60718"]}),
        ("SecretsManager::Secret", {"SecretString": '{"username": "x", "password": "y1"}'}),
        ("SecretsManager::Secret", {"SecretString": "hunter2"}),
        ("SecretsManager::Secret", {"SecretString": "changeme"}),
        ("RDS::DBInstance", {"MasterUserPassword": "placeholder"}),
        ("IAM::User", {"LoginProfile": {"Password": "hunter2"}}),
        ("AmazonMQ::Broker", {"Users": [{"Username": "x", "Password": "hunter2"}]}),
        ("Cognito::UserPoolIdentityProvider", {"ProviderDetails": {"client_id": "x", "client_secret": "hunter2"}}),
        ("Events::Connection", {"AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "x", "ApiKeyValue": "y1"}}}),
        ("ApiGateway::ApiKey", {"Value": "a1b2c3d4e5f60718a1b2"}),
        ("Glue::Connection", {"ConnectionInput": {"ConnectionProperties": {"USERNAME": "x", "PASSWORD": "y1"}}}),
        ("SSM::Parameter", {"Name": "/records/db-password", "Type": "String", "Value": "hunter2"}),
        ("SSM::Document", {"Content": {"x": "AKIA" + 16 * "A"}}),
        ("SSM::Parameter", {"Name": "x", "Value": "-----BEGIN RSA PRIVATE KEY-----"}),
        ("SSM::Parameter", {"Name": "x", "Value": "postgres://app:hunter2@db.example.org/records"}),
        ("EC2::Instance", {"UserData": {"Fn::Base64": "#!/bin/sh\nexport DB_PASSWORD=hunter2\n"}}),
        ("Lambda::Function", {"Code": {"ZipFile": "password = 'hunter2'"}}),
    ],
)
def test_secrets_are_found_in_every_kind_of_resource(type_: str, properties: dict[str, Any]) -> None:
    assert places(RULE, forest(platform=template(It=resource(type_, properties)))) == ["platform.json/It"]


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("SecretsManager::Secret", {"GenerateSecretString": {"SecretStringTemplate": '{"username": "x"}'}}),
        ("SecretsManager::Secret", {"SecretString": '{"username": "x", "host": "y"}'}),
        ("SecretsManager::Secret", {"SecretString": '{"joinDomainUsername": "x", "reader_user": "y", "dbHost": "z"}'}),
        ("SecretsManager::Secret", {"SecretString": {"Fn::Sub": f'{{"username": "x", "password": "{_DYNAMIC}"}}'}}),
        ("SecretsManager::Secret", {"SecretString": "empty"}),
        ("SecretsManager::Secret", {"SecretString": '{"password": "placeholder"}'}),
        ("IAM::AccountPasswordPolicy", {"PasswordPolicy": {"MinimumLength": 14}}),
        ("SSM::Parameter", {"Name": "x", "Value": "postgres://db.example.org:5432/records"}),
        ("EC2::Instance", {"UserData": {"Fn::Base64": 'DB_PASSWORD="$(aws secretsmanager get-secret-value)"'}}),
        ("Lambda::Function", {"Code": {"ZipFile": "password = fetch()"}}),
        ("ElastiCache::User", {"NoPasswordRequired": False, "AuthenticationMode": {"Type": "iam"}}),
    ],
)
def test_what_is_no_secret_is_fine(type_: str, properties: dict[str, Any]) -> None:
    assert not found(RULE, forest(platform=template(It=resource(type_, properties))))


@pytest.mark.parametrize("declared", [{}, {"NoEcho": False}, {"NoEcho": True, "Default": "hunter2"}])
def test_a_parameter_that_is_shown_or_has_a_default_is_found_there(declared: dict[str, Any]) -> None:
    body = _database({"Ref": "Given"}, Given={"Type": "String"} | declared)
    (problem,) = found(RULE, forest(platform=body))
    assert problem.path[:2] == ("Parameters", "Given")


def test_a_parameter_is_found_by_its_name() -> None:
    parameters = {
        "DbPassword": {"Type": "String"},
        "PasswordSecretArn": {"Type": "String"},
        "Token": {"Type": "String"},
    }
    problems = found(RULE, forest(platform=template(It=resource("SNS::Topic")) | {"Parameters": parameters}))
    assert [problem.path[1] for problem in problems] == ["DbPassword"]


def test_who_has_a_password_is_no_secret() -> None:
    text = '{"clinicUsername": "${Who}", "clinicPassword": "${Word}"}'
    parameters = {"Who": {"Type": "String"}, "Word": {"Type": "String"}}
    body = template(It=resource("SecretsManager::Secret", {"SecretString": {"Fn::Sub": text}}))
    problems = found(RULE, forest(platform=body | {"Parameters": parameters}))
    assert [problem.path[1] for problem in problems] == ["Word"]


def test_a_parameter_is_followed_to_whoever_declares_it() -> None:
    child = _database({"Ref": "Given"}, Given={"Type": "String", "NoEcho": True})
    root = template(Data=nested("data.json", Given={"Ref": "Outer"}))
    shown = root | {"Parameters": {"Outer": {"Type": "String"}}}
    hidden = root | {"Parameters": {"Outer": {"Type": "String", "NoEcho": True}}}
    assert places(RULE, forest(platform=shown, data=child)) == ["platform.json/Outer"]
    assert not found(RULE, forest(platform=hidden, data=child))
    passed = template(Data=nested("data.json", Given="hunter2"))
    assert places(RULE, forest(platform=passed, data=child)) == ["platform.json/Data"]


@pytest.mark.parametrize("value", VALUES)
def test_no_value_breaks_it(value: Any) -> None:
    for one in (value, {"Fn::Join": value}, {"Fn::Sub": value}, {"Fn::Sub": ["${x}", value]}, {"Fn::If": value}):
        found(RULE, forest(platform=_database(one, Password=value)))
    found(RULE, forest(platform=_database({"Ref": "A"}, A={"NoEcho": value, "Default": value, "Description": value})))


def test_long_texts_take_no_time() -> None:
    for text in (
        "://" * 9_000,
        "password" * 9_000,
        "A" * 90_000,
        "://a:" * 9_000,
        "{" * 90_000,
        "[" * 90_000,
        "${" * 9_000,
    ):
        found(RULE, forest(platform=_database({"Fn::Sub": text})))
        found(RULE, forest(platform=template(It=resource("EC2::Instance", {"UserData": text}))))


@pytest.mark.parametrize(
    ("kind", "is_found"),
    [("PERSONAL_ACCESS_TOKEN", True), (None, True), ("CODECONNECTIONS", False), ("SECRETS_MANAGER", False)],
)
def test_the_token_of_a_source_is_a_secret_unless_it_refers_to_one(kind: str | None, is_found: bool) -> None:
    properties = {"Token": "arn-or-token-x", **({"AuthType": kind} if kind else {})}
    body = template(It=resource("CodeBuild::SourceCredential", properties))
    assert bool(found(RULE, forest(platform=body))) == is_found
