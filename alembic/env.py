"""Run migrations with the owner role, one transaction per migration, one process at a time.

A migration must be compatible with the version of the service that is still running: first add columns, then fill
them, then add constraints; drop columns one release later. A migration gives up a lock that is not free within
seconds, because all other transactions would wait behind it.
"""

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from geoalchemy2 import Geography

from service.foundation.columns import BlindIndex, Encrypted, TransactionId, TreePath
from service.foundation.locks import SESSION_LOCK, AdvisoryLock
from service.foundation.settings import settings
from service.tables import METADATA

LIMITS = "SET lock_timeout = '4s'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'"
UNMANAGED_TABLES = sa.text(
    "SELECT relname FROM pg_class WHERE relispartition OR relname = 'spatial_ref_sys' OR relname LIKE 'procrastinate%'"
)


def render_item(kind: str, item: object, autogen_context: AutogenContext) -> str | bool:
    """Render our column types for a migration. Encrypted columns are bytes for the database."""
    if kind == "type" and isinstance(item, Geography):
        autogen_context.imports.add("from geoalchemy2 import Geography")
        return f"Geography({item.geometry_type!r}, srid=4326, spatial_index=False)"
    if kind == "type" and isinstance(item, TreePath | TransactionId):
        autogen_context.imports.add(f"from service.foundation.columns import {type(item).__name__}")
        return f"{type(item).__name__}()"
    if kind == "type" and isinstance(item, Encrypted | BlindIndex):
        return "sa.LargeBinary()"
    return False


def run() -> None:
    """Apply the missing migrations."""
    engine = sa.create_engine(
        sa.make_url(context.config.attributes.get("url") or settings().owner_database_url).set(
            drivername="postgresql+psycopg"
        ),
        poolclass=sa.NullPool,
        hide_parameters=True,
    )
    with engine.connect() as connection:
        connection.execute(sa.text(LIMITS))
        connection.exec_driver_sql(SESSION_LOCK, (AdvisoryLock.MIGRATIONS.value,))
        unmanaged = set(connection.scalars(UNMANAGED_TABLES))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            transaction_per_migration=True,
            compare_server_default=False,
            render_item=render_item,
            include_name=lambda name, kind, parents: not (kind == "table" and name in unmanaged),
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
