"""Every table there is: what Alembic and the tests see. The manifests import them."""

from typing import Any

from sqlmodel import SQLModel

from service.domains import DOMAINS

METADATA = SQLModel.metadata
TABLES = {name: METADATA.tables[name] for name in DOMAINS.records}
"""The tables that manifests declare; a test holds them against METADATA."""
DIGEST_TABLES: tuple[Any, ...] = tuple(
    sorted(
        (mapper.class_ for mapper in SQLModel._sa_registry.mappers if hasattr(mapper.class_, "__digest_columns__")),
        key=lambda table: str(table.__tablename__),
    )
)
"""The tables whose every change is an event; `grassroots seals verify` compares their rows."""
