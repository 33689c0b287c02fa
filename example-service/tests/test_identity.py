from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from example_service import identity
from example_service.settings import Endpoint


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session("AKIAIOSFODNN7EXAMPLE", "not-a-secret", "session-token", region_name="us-east-1")


def signed(password: str) -> tuple[str, dict[str, list[str]]]:
    parts = urlsplit(f"//{password}")
    return parts.netloc, parse_qs(parts.query)


def test_the_database_password_is_a_signed_connect_of_its_user(session: boto3.Session) -> None:
    host, query = signed(
        identity.database_password(session, "eu-central-1", Endpoint("db.example.org", 5432, "service"))
    )

    assert host == "db.example.org:5432"
    assert query["Action"] == ["connect"]
    assert query["DBUser"] == ["service"]
    assert query["X-Amz-Expires"] == ["900"]
    assert "/eu-central-1/rds-db/aws4_request" in query["X-Amz-Credential"][0]
    assert len(query["X-Amz-Signature"][0]) == 64


def test_the_cache_password_is_a_signed_connect_to_the_replication_group(session: boto3.Session) -> None:
    host, query = signed(identity.cache_password(session, "eu-central-1", "cache-1", "service"))

    assert host == "cache-1"
    assert query["Action"] == ["connect"]
    assert query["User"] == ["service"]
    assert query["X-Amz-Expires"] == ["900"]
    assert query["X-Amz-Security-Token"] == ["session-token"]
    assert "/eu-central-1/elasticache/aws4_request" in query["X-Amz-Credential"][0]
    assert len(query["X-Amz-Signature"][0]) == 64


def test_the_cache_client_is_given_user_and_password(session: boto3.Session) -> None:
    user, password = identity.CacheLogin(session, "eu-central-1", "cache-1", "service").get_credentials()

    assert user == "service"
    assert password.startswith("cache-1/?Action=connect&User=service&")
