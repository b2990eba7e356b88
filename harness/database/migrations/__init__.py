"""How the tables came to be as they are: one module below `versions` for each step.

A step is never changed once it is released; the next change is the next step. `upgrade` is run whenever a database is
opened, so there is no command for it, and a database from an older version is simply brought up to date.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from harness.errors import BadDatabase

VERSIONS = "deferdiff_version"
"""The table that says which step a database is at."""

_LOCK = 0x6465666572
"""Names the upgrade among PostgreSQL's advisory locks."""


def is_current(connection: Connection) -> bool:
    """Whether the tables are those of this version."""
    return _step(connection) == _steps(connection)[1].get_current_head()


def upgrade(connection: Connection, shown: str) -> None:
    """Bring the tables up to date, in the transaction that `connection` is in: all steps or none. Of several
    processes that open a new database at once, one does it and the others wait. `shown`: the database's name in
    messages.

    Raises `BadDatabase` for one that a newer version made, or that holds tables of another program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _LOCK})
    config, steps = _steps(connection)
    at = _step(connection)
    if at == steps.get_current_head():
        return
    if at is None and (others := inspect(connection).get_table_names()):
        raise BadDatabase(f"{shown}: holds tables of another program ({others[0]}); name a database of its own")
    if at is not None and at not in {step.revision for step in steps.walk_revisions()}:
        raise BadDatabase(f"{shown}: made by a newer version of deferdiff (step {at}); use that one")
    command.upgrade(config, "head")


def _step(connection: Connection) -> str | None:
    """The step that the database is at."""
    return MigrationContext.configure(connection, opts={"version_table": VERSIONS}).get_current_revision()


def _steps(connection: Connection) -> tuple[Config, ScriptDirectory]:
    """What alembic needs to know, and all steps that there are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config, ScriptDirectory.from_config(config)
