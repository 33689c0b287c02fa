from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import boto3
import pg8000.exceptions
import pytest
import redis

from conftest import Serve
from example_service import dependencies, settings
from example_service.certificate import self_signed
from test_settings import GIVEN


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session("AKIAIOSFODNN7EXAMPLE", "not-a-secret", region_name="us-east-1")


@pytest.fixture
def given(tmp_path: Path) -> settings.Settings:
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(self_signed())
    return settings.read(GIVEN | {"DATABASE_CA_FILE": str(authorities)})


def at(endpoint: settings.Endpoint, port: int) -> settings.Endpoint:
    return replace(endpoint, host="127.0.0.1", port=port)


def test_a_database_of_an_unknown_authority_gets_no_password(
    session: boto3.Session, given: settings.Settings, serve: Serve, stranger: Callable[[socket.socket], None]
) -> None:
    def agree_to_encrypt(connection: socket.socket) -> None:
        assert connection.recv(8) == b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
        connection.sendall(b"S")
        stranger(connection)

    port = serve(agree_to_encrypt)

    with pytest.raises(ssl.SSLCertVerificationError):
        dependencies.ask_database(session, replace(given, database=at(given.database, port)))


def test_a_database_that_will_not_encrypt_gets_no_password(
    session: boto3.Session, given: settings.Settings, serve: Serve
) -> None:
    port = serve(lambda connection: connection.sendall(b"N"))

    with pytest.raises(pg8000.exceptions.InterfaceError, match="refuses SSL"):
        dependencies.ask_database(session, replace(given, database=at(given.database, port)))


def test_a_cache_of_an_unknown_authority_gets_no_password(
    session: boto3.Session, given: settings.Settings, serve: Serve, stranger: Callable[[socket.socket], None]
) -> None:
    port = serve(stranger)

    with pytest.raises(redis.ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
        dependencies.ask_cache(session, replace(given, cache=at(given.cache, port)))


def test_nobody_listening_is_an_error(session: boto3.Session, given: settings.Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(pg8000.exceptions.InterfaceError, match="Can't create a connection"):
        dependencies.ask_database(session, replace(given, database=at(given.database, port)))
    with pytest.raises(redis.ConnectionError):
        dependencies.ask_cache(session, replace(given, cache=at(given.cache, port)))
