"""What the service is told by its environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

RDS_CERTIFICATES = "/opt/rds/global-bundle.pem"


class SettingsError(Exception):
    """An environment variable is missing or makes no sense; the message names it."""


@dataclass(frozen=True)
class Endpoint:
    """Where to log in, and as whom."""

    host: str
    port: int
    user: str


@dataclass(frozen=True)
class Settings:
    """One task's settings.

    `cache_name` is the replication group's id: a login to the cache is signed for it, not for its host name.
    `database_certificates` is the file of the authorities that sign RDS's certificates.
    """

    region: str
    port: int
    database: Endpoint
    database_name: str
    database_certificates: str
    cache: Endpoint
    cache_name: str


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; raises `SettingsError` for the first variable that is wrong."""
    return Settings(
        region=text(environ, "AWS_REGION"),
        port=port(environ, "PORT"),
        database=Endpoint(
            text(environ, "DATABASE_HOST"), port(environ, "DATABASE_PORT"), text(environ, "DATABASE_USER")
        ),
        database_name=text(environ, "DATABASE_NAME"),
        database_certificates=environ.get("DATABASE_CA_FILE") or RDS_CERTIFICATES,
        cache=Endpoint(text(environ, "CACHE_HOST"), port(environ, "CACHE_PORT"), text(environ, "CACHE_USER")),
        cache_name=text(environ, "CACHE_NAME"),
    )


def text(environ: Mapping[str, str], name: str) -> str:
    """The variable's value, which must not be empty."""
    value = environ.get(name, "").strip()
    if not value:
        raise SettingsError(f"the environment variable {name} is missing")
    return value


def port(environ: Mapping[str, str], name: str) -> int:
    """The variable's value as a TCP port."""
    value = text(environ, name)
    if not (value.isascii() and value.isdigit() and len(value) <= 5 and 0 < int(value) < 65536):
        raise SettingsError(f"the environment variable {name} must be a port, 1 to 65535")
    return int(value)
