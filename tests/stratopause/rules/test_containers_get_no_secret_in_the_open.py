from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, places, resource, template
from tests.hostile import hostile

RULE = "E9606"


def _task(name: str, value: Any) -> dict[str, Any]:
    environment = [{"Name": "LOG_LEVEL", "Value": "info"}, {"Name": name, "Value": value}]
    container = {"Name": "web", "Environment": environment, "Secrets": [{"Name": "DB_PASSWORD", "ValueFrom": "arn:x"}]}
    return template(
        Task=resource("ECS::TaskDefinition", {"ContainerDefinitions": [container]}),
        Secret=resource("SecretsManager::Secret"),
        AccessKey=resource("IAM::AccessKey"),
    ) | {
        "Parameters": {
            "Plain": {"Type": "String"},
            "SecretArn": {"Type": "String"},
            "Hidden": {"Type": "String", "NoEcho": True, "Default": ""},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/x"},
        }
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_HOST", "db.example.org"),
        ("DATABASE_HOST", "{{resolve:secretsmanager:records:SecretString:DB_HOSTNAME}}"),
        ("DATABASE_PORT", {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:port::}}"}),
        ("DB_SECRET_ARN", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x"),
        ("DB_SECRET", {"Ref": "Secret"}),
        ("DB_SECRET", {"Ref": "SecretArn"}),
        ("DB_SECRET", "records/database"),
        ("DB_SECRET_NAME", "database"),
        ("TOKEN_URL", "https://auth.example.org/token"),
        ("TOKEN_TTL_SECONDS", "3600"),
        ("ACCESS_TOKEN_LIFETIME", 3600),
        ("PASSWORD_FILE", "/run/secrets/password"),
        ("DB_PASSWORD", "/run/secrets/password"),
        ("DB_PASSWORD", {"Fn::ImportValue": "x"}),
        ("DB_PASSWORD", {"Ref": "Stored"}),
        ("DB_PASSWORD", ""),
        ("USE_TOKEN", "true"),
        ("MAX_TOKENS", "4096"),
        ("AWS_ACCESS_KEY_ID", {"Ref": "Plain"}),
        ("DATABASE_URL", "postgres://db.example.org:5432/records"),
        ("DATABASE_URL", {"Fn::Sub": "postgres://${Plain}:5432/records"}),
        ("DATABASE_URL", "postgres://app@db.example.org/records"),
        ("KEYBOARD", "qwerty"),
        ("COMPASS", "north"),
        ("TOKENIZER", "bert"),
        ("PWD", "app"),
    ],
)
def test_what_is_no_secret_is_fine(name: str, value: Any) -> None:
    assert not found(RULE, forest(platform=_task(name, value)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "hunter2"),
        ("DB_PASSWORD", "12345678"),
        ("PGPASSWORD", "hunter2"),
        ("dbPassword", {"Ref": "Plain"}),
        ("SESSION_SECRET", "s3cr3t"),
        ("SESSION_SECRET", "s3/cr3t+a=="),
        ("AUTH_TOKEN", {"Ref": "Plain"}),
        ("STRIPE_API_KEY", "abc"),
        ("JWT_PRIVATE_KEY", {"Ref": "Plain"}),
        ("AWS_SECRET_ACCESS_KEY", "abc"),
        ("DJANGO_SECRET_KEY", "abc"),
        ("CREDENTIALS", "user:hunter2"),
        ("DB_PASS", "hunter2"),
        ("ANYTHING", {"Ref": "Hidden"}),
        ("ANYTHING", "AKIAIOSFODNN7EXAMPLE"),
        ("ANYTHING", "-----BEGIN RSA PRIVATE KEY-----\nabc"),
        ("ANYTHING", "{{resolve:secretsmanager:records:SecretString:password}}"),
        ("ANYTHING", {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"}),
        ("ANYTHING", "{{resolve:secretsmanager:records}}"),
        ("ANYTHING", "{{resolve:secretsmanager:a:SecretString:host}}:{{resolve:secretsmanager:a:SecretString:key}}"),
        ("ANYTHING", {"Fn::GetAtt": ["AccessKey", "SecretAccessKey"]}),
        ("DATABASE_URL", "postgres://app:hunter2@db.example.org/records"),
        ("DATABASE_URL", {"Fn::Sub": "postgres://app:${Plain}@db.example.org/records"}),
        ("DSN", "host=db user=app password=hunter2"),
    ],
)
def test_a_secret_in_the_open_is_found(name: str, value: Any) -> None:
    (problem,) = found(RULE, forest(platform=_task(name, value)))
    expected = ("Resources", "Task", "Properties", "ContainerDefinitions", 0, "Environment", 1, "Value")
    assert problem.path[: len(expected)] == expected
    assert f"the container web of Task (ECS::TaskDefinition) gets {name} as a plain" in problem.message
    assert "hunter2" not in problem.message


@pytest.mark.parametrize(
    "one",
    [
        resource("Batch::JobDefinition", {"ContainerProperties": {"Environment": [{"Name": "TOKEN", "Value": "abc"}]}}),
        resource("Lambda::Function", {"Environment": {"Variables": {"TOKEN": "abc"}}}),
        resource("Serverless::Function", {"Environment": {"Variables": {"TOKEN": "abc"}}}),
        resource(
            "AppRunner::Service",
            {
                "SourceConfiguration": {
                    "ImageRepository": {
                        "ImageConfiguration": {"RuntimeEnvironmentVariables": [{"Name": "TOKEN", "Value": "abc"}]}
                    }
                }
            },
        ),
        resource("CodeBuild::Project", {"Environment": {"EnvironmentVariables": [{"Name": "TOKEN", "Value": "abc"}]}}),
    ],
)
def test_other_variables_are_judged(one: Body) -> None:
    assert places(RULE, forest(platform=template(One=one))) == ["platform.json/One"]


def test_a_build_may_name_a_secret() -> None:
    variable = {"Name": "TOKEN", "Type": "SECRETS_MANAGER", "Value": "records-token"}
    project = resource("CodeBuild::Project", {"Environment": {"EnvironmentVariables": [variable]}})
    assert not found(RULE, forest(platform=template(One=project)))


def test_hostile_values_do_no_harm() -> None:
    for changed in hostile(_task("DB_PASSWORD", "hunter2")):
        found(RULE, forest(platform=changed))
    for value in ("://" * 9_000, "password" * 9_000, "A" * 90_000, ":" * 90_000, " " * 90_000, "://a:" * 9_000):
        found(RULE, forest(platform=_task("X" * 90_000, value)))
