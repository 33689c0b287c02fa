from __future__ import annotations

import json
import socket

import pytest

import migrate
from example_service.certificate import self_signed
from example_service.settings import SettingsError
from test_settings import GIVEN


def test_the_user_logs_in_by_iam_and_has_a_schema_of_its_own() -> None:
    statements = migrate.statements("service", "app")

    assert 'GRANT rds_iam TO "service"' in statements
    assert 'GRANT USAGE, CREATE ON SCHEMA "service" TO "service"' in statements
    assert "CREATE EXTENSION IF NOT EXISTS pgaudit" in statements
    assert "PASSWORD" not in " ".join(statements)


def test_the_role_that_the_audit_goes_by_is_made_after_the_extension() -> None:
    *_, extension, role = migrate.statements("service", "app")

    assert extension == "CREATE EXTENSION IF NOT EXISTS pgaudit"
    assert 'CREATE ROLE "rds_pgaudit"' in role


def test_each_statement_may_run_again() -> None:
    for statement in migrate.statements("service", "app"):
        assert "NOT EXISTS" in statement or statement.startswith("GRANT ")


@pytest.mark.parametrize("name", ['a"; DROP ROLE x; --', "a'b", "Service", "", "a" * 64, "a\n"])
def test_a_name_that_needs_quotes_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_USER must be"):
        migrate.statements(name, "app")
    with pytest.raises(SettingsError, match="DATABASE_NAME must be"):
        migrate.statements("service", name)


@pytest.mark.parametrize("secret", ["hunter2", "[]", '{"username":"postgres"}', '"hunter2"'])
def test_a_wrong_secret_is_not_quoted(secret: str) -> None:
    with pytest.raises(SettingsError) as refused:
        migrate.master(secret)
    assert "hunter2" not in str(refused.value)


def test_a_database_that_is_away_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    authorities = tmp_path_factory.mktemp("authorities") / "bundle.pem"
    authorities.write_bytes(self_signed())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    secret = json.dumps({"username": "postgres", "password": "hunter2"})
    here = {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": port, "DATABASE_CA_FILE": str(authorities)}
    for name, value in (GIVEN | here | {"MASTER_SECRET": secret}).items():
        monkeypatch.setenv(name, value)

    assert migrate.main() == 1

    written = capsys.readouterr()
    assert json.loads(written.out)["error"] == "InterfaceError"
    assert "hunter2" not in written.out + written.err
