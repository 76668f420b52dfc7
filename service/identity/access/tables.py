"""Table of the access log: sign-ins, reads of personal data, administration."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.foundation import db as _naming  # noqa: F401 - sets the naming convention before the first table
from service.foundation.columns import JSON, TIMESTAMP, DataClass, TransactionId, classified


class AccessLog(SQLModel, table=True):
    """One access. The service role may only insert lines, the auditor's role may read them.

    Partitioned by the id, which the server makes. Kept 12 months (DOMAIN §7.2), never joined to assessments.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        sa.Index("ix_access_log_order", "epoch", "transaction_id", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )

    id: UUID = Field(primary_key=True)
    epoch: int = Field(sa_column_kwargs={"server_default": sa.text("1")})
    transaction_id: int = Field(
        sa_type=TransactionId, sa_column_kwargs={"server_default": sa.text("pg_current_xact_id()")}
    )
    recorded_at: datetime = Field(sa_type=TIMESTAMP, sa_column_kwargs={"server_default": sa.text("now()")})
    actor_id: UUID | None = Field(default=None)
    action: str = Field(sa_type=sa.Text, sa_column_kwargs=classified(DataClass.NONE))
    subject_id: UUID | None = Field(default=None, sa_column_kwargs=classified(DataClass.PERSONAL))
    facts: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=classified(DataClass.PERSONAL))
