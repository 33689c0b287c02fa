"""Logging in to the database and to the cache: over verified TLS, as a user known by IAM."""

from __future__ import annotations

import ssl

import boto3
import pg8000.native
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from example_service.identity import CacheLogin, database_password
from example_service.settings import Settings

TIMEOUT_SECONDS = 3


def ask_database(session: boto3.Session, settings: Settings) -> None:
    """Log in to the database and ask it something; raises whatever prevents it."""
    password = database_password(session, settings.region, settings.database)
    connection = connect(settings, settings.database.user, password)
    try:
        connection.run("SELECT 1")
    finally:
        connection.close()


def connect(settings: Settings, user: str, password: str) -> pg8000.native.Connection:
    """A connection as PostgreSQL's `verify-full` has it: a trusted authority and the right host name."""
    return pg8000.native.Connection(
        user,
        host=settings.database.host,
        port=settings.database.port,
        database=settings.database_name,
        password=password,
        ssl_context=ssl.create_default_context(cafile=settings.database_certificates),
        timeout=TIMEOUT_SECONDS,
    )


def ask_cache(session: boto3.Session, settings: Settings) -> None:
    """Log in to the cache and ask it something; raises whatever prevents it."""
    with redis.Redis(
        host=settings.cache.host,
        port=settings.cache.port,
        credential_provider=CacheLogin(session, settings.region, settings.cache_name, settings.cache.user),
        ssl=True,
        ssl_cert_reqs="required",
        ssl_check_hostname=True,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    ) as client:
        client.ping()
