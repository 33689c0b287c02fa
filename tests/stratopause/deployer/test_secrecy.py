from __future__ import annotations

import pytest

from stratopause.deployer.secrecy import HIDDEN, is_secret, masked

SECRETS = [
    ("DbPassword", "hunter2"),
    ("master_user_password", "{{not a reference}}"),
    ("ApiToken", "x"),
    ("ClientSecret", "x"),
    ("PrivateKey", "x"),
    ("Any", "AKIAIOSFODNN7EXAMPLE"),
    ("Any", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("Any", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
    ("Any", "postgres://owner:hunter2@db.internal:5432/clinic"),
    ("Any", "host=db password=hunter2"),
    ("Any", "Token=abc"),
    ("Any", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x"),
    ("Any", "ghp_" + "a" * 36),
    ("Any", "****"),
    ("Any", '{"Environment": [{"Name": "DB_PASSWORD", "Value": "hunter2"}]}'),
    ("Any", '{"nested": [["no", {"token": "x"}]]}'),
    ("Any", '[{"name": "any", "value": "AKIAIOSFODNN7EXAMPLE"}]'),
]
OPEN = [
    ("DbSecretArn", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-1"),
    ("DbSecret", "arn:aws:secretsmanager:eu-central-1:111122223333:secret:rds!db-1"),
    ("MasterUserPassword", "{{resolve:secretsmanager:name}}"),
    ("PasswordName", "clinic"),
    ("secret_name", "clinic"),
    ("DbPassword", ""),
    ("Any", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("Any", "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#dashboards:name=clinic"),
    ("Any", '[{"Name": "DB_PASSWORD", "ValueFrom": "arn:aws:secretsmanager:eu-central-1:1:secret:x"}]'),
    ("Any", '{"ManageMasterUserPassword": true}'),
    ("Any", '{"cut off'),
    ("Any", "[" * 100_000),
    ("KmsKeyArn", "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"),
]


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_a_secret_is_told_by_its_name_or_by_how_it_looks(name: str, value: str) -> None:
    assert is_secret(name, value)
    assert masked(name, value) == HIDDEN


@pytest.mark.parametrize(("name", "value"), OPEN)
def test_what_only_leads_to_a_secret_is_none(name: str, value: str) -> None:
    assert not is_secret(name, value)
    assert masked(name, value) == value
