from __future__ import annotations

import pytest

from example_service import settings

GIVEN = {
    "AWS_REGION": "eu-central-1",
    "PORT": "8443",
    "DATABASE_HOST": "db.example.org",
    "DATABASE_PORT": "5432",
    "DATABASE_NAME": "app",
    "DATABASE_USER": "service",
    "CACHE_HOST": "cache.example.org",
    "CACHE_PORT": "6379",
    "CACHE_NAME": "cache-1",
    "CACHE_USER": "service",
}


def test_every_variable_is_read() -> None:
    given = settings.read(GIVEN)

    assert given.database == settings.Endpoint("db.example.org", 5432, "service")
    assert given.cache == settings.Endpoint("cache.example.org", 6379, "service")
    assert (given.region, given.port, given.database_name, given.cache_name) == ("eu-central-1", 8443, "app", "cache-1")
    assert given.database_certificates == settings.RDS_CERTIFICATES


@pytest.mark.parametrize("name", sorted(GIVEN))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    environ = {other: given for other, given in GIVEN.items() if other != name} | ({name: value} if value else {})

    with pytest.raises(settings.SettingsError, match=f"{name} is missing"):
        settings.read(environ)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "8443/tcp", "٨٤٤٣", "9" * 5000])
def test_a_port_is_a_port(value: str) -> None:
    with pytest.raises(settings.SettingsError, match="PORT must be a port, 1 to 65535"):
        settings.read(GIVEN | {"PORT": value})
