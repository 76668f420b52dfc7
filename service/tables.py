"""All tables, for Alembic and the tests. The manifests import them."""

from typing import Any

from sqlmodel import SQLModel

from service import domains as _domains  # noqa: F401 - the manifests import every tables.py

METADATA = SQLModel.metadata
DIGEST_TABLES: tuple[Any, ...] = tuple(
    sorted(
        (mapper.class_ for mapper in SQLModel._sa_registry.mappers if hasattr(mapper.class_, "__digest_columns__")),
        key=lambda table: str(table.__tablename__),
    )
)
"""The tables where each change is an event. `grassroots chains verify` checks their rows."""
