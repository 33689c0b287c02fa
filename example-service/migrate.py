"""The one-off task that prepares the database: a user who logs in by IAM, a schema of its own, and pgaudit.

It may run any number of times. It gets the master's secret once, at start (`MASTER_SECRET`, the JSON that RDS
keeps in Secrets Manager), and the service never sees it.
"""

from __future__ import annotations

import json
import os
import re
import sys

from example_service import settings
from example_service.dependencies import connect
from example_service.logs import log

# What needs no quotes in PostgreSQL, at most 63 bytes long.
IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# The only value that RDS takes for its parameter pgaudit.role.
AUDITED = "rds_pgaudit"


def statements(user: str, database: str) -> tuple[str, ...]:
    """What to run, in order, as the master; raises `SettingsError` for a name that would need quotes."""
    for variable, name in (("DATABASE_USER", user), ("DATABASE_NAME", database)):
        if not IDENTIFIER.fullmatch(name):
            raise settings.SettingsError(f"{variable} must be lower-case letters, digits and _, at most 63 of them")
    return (
        unless_there(user, f'CREATE ROLE "{user}" LOGIN'),
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
        f'GRANT rds_iam TO "{user}"',
        f'GRANT CONNECT ON DATABASE "{database}" TO "{user}"',
        # Named like its user, the schema is the first on that user's search path.
        f'CREATE SCHEMA IF NOT EXISTS "{user}"',
        f'GRANT USAGE, CREATE ON SCHEMA "{user}" TO "{user}"',
        "CREATE EXTENSION IF NOT EXISTS pgaudit",
        # What is granted to this role is audited; the parameter group names it, and RDS doesn't make it.
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.auditing.html
        unless_there(AUDITED, f'CREATE ROLE "{AUDITED}"'),
    )


def unless_there(role: str, statement: str) -> str:
    """`statement`, run only where there is no such role: PostgreSQL has no CREATE ROLE IF NOT EXISTS."""
    absent = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
    return f"DO $$ BEGIN IF {absent} THEN {statement}; END IF; END $$"


def master(secret: str) -> tuple[str, str]:
    """The master's user name and password; raises `SettingsError` without quoting the secret."""
    try:
        fields = json.loads(secret)
        return str(fields["username"]), str(fields["password"])
    except (ValueError, KeyError, TypeError):
        raise settings.SettingsError("MASTER_SECRET must be JSON with username and password") from None


def run(given: settings.Settings, user: str, password: str, prepare: tuple[str, ...]) -> None:
    """Run the statements one by one, as the master; each is a transaction of its own."""
    connection = connect(given, user, password)
    try:
        for statement in prepare:
            connection.run(statement)
            log("ran", statement=statement)
    finally:
        connection.close()


def main() -> int:
    """Prepare the database; the exit code is 0, 2 for wrong settings, 1 where the database refuses."""
    try:
        given = settings.read(os.environ)
        prepare = statements(given.database.user, given.database_name)
        user, password = master(settings.text(os.environ, "MASTER_SECRET"))
    except settings.SettingsError as error:
        log("wrong settings", error=str(error))
        return 2
    try:
        run(given, user, password, prepare)
    except Exception as error:  # noqa: BLE001 -- its text may quote the connection's parameters
        log("not prepared", error=type(error).__name__)
        return 1
    log("prepared", statements=len(prepare))
    return 0


if __name__ == "__main__":
    sys.exit(main())
