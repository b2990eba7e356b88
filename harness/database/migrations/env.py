"""Run by alembic, with the connection that `harness.database.migrations.upgrade` is given."""

from __future__ import annotations

from alembic import context

from harness.database.migrations import VERSIONS

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSIONS,
    # SQLite can take back a change of tables as well.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
