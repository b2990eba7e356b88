"""Run by alembic, with the connection that `harness.database.migrations.upgrade` is given."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData

from harness.database.base import NAMES
from harness.database.migrations import VERSIONS

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSIONS,
    # So constraints get the names that the tables of the code have.
    target_metadata=MetaData(naming_convention=NAMES),
    # SQLite can take back a change of tables as well.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
