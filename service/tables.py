"""Every table there is: what Alembic and the tests see. The manifests import them."""

from typing import Any

from sqlmodel import SQLModel

from service import domains as _domains  # noqa: F401 - the manifests import every file of tables

METADATA = SQLModel.metadata
DIGEST_TABLES: tuple[Any, ...] = tuple(
    sorted(
        (mapper.class_ for mapper in SQLModel._sa_registry.mappers if hasattr(mapper.class_, "__digest_columns__")),
        key=lambda table: str(table.__tablename__),
    )
)
"""The tables whose every change is an event; `grassroots chains verify` compares their rows."""
