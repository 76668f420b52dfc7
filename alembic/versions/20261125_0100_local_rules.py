"""Local rules: dated figures of an organisation, append-only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.foundation.settings import settings

revision = "local_rules"
down_revision = "ground"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "local_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "valid_from >= CAST(timezone('Asia/Shanghai', recorded_at) AS date)",
            name=op.f("ck_local_rule_not_backdated"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_local_rule_author_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_local_rule_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_rule")),
        sa.UniqueConstraint("organisation_id", "key", "number", name="uq_local_rule_number"),
    )
    op.create_index(op.f("ix_local_rule_author_id"), "local_rule", ["author_id"], unique=False)
    op.create_index(
        "ix_local_rule_newest",
        "local_rule",
        ["organisation_id", "key", sa.literal_column("valid_from DESC"), sa.literal_column("number DESC")],
        unique=False,
    )
    op.execute(f"GRANT SELECT, INSERT ON local_rule TO {settings().service_role}")


def downgrade() -> None:
    op.drop_index("ix_local_rule_newest", table_name="local_rule")
    op.drop_index(op.f("ix_local_rule_author_id"), table_name="local_rule")
    op.drop_table("local_rule")
