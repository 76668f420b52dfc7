"""A leader's next term at the same place can be planned while the present one goes on."""

import sqlalchemy as sa
from alembic import op

revision = "next_terms"
down_revision = "earlier_words"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact_point", sa.Column("is_waiting", sa.Boolean(), server_default=sa.false(), nullable=False))
    rule = "CHECK (NOT is_waiting OR succeeds_id IS NOT NULL)"
    op.execute(f"ALTER TABLE contact_point ADD CONSTRAINT ck_contact_point_waiting_succeeds {rule} NOT VALID")
    op.execute("ALTER TABLE contact_point VALIDATE CONSTRAINT ck_contact_point_waiting_succeeds")
    with op.get_context().autocommit_block():
        _make_unique("uq_contact_point_live_next", "ended_at IS NULL AND NOT is_waiting")
        op.drop_index("uq_contact_point_live", table_name="contact_point", postgresql_concurrently=True)
    op.execute("ALTER INDEX uq_contact_point_live_next RENAME TO uq_contact_point_live")


def downgrade() -> None:
    op.execute("UPDATE contact_point SET ended_at = now(), end_reason = '已撤销' WHERE is_waiting AND ended_at IS NULL")
    with op.get_context().autocommit_block():
        _make_unique("uq_contact_point_live_next", "ended_at IS NULL")
        op.drop_index("uq_contact_point_live", table_name="contact_point", postgresql_concurrently=True)
    op.execute("ALTER INDEX uq_contact_point_live_next RENAME TO uq_contact_point_live")
    op.drop_constraint("waiting_succeeds", "contact_point", type_="check")
    op.drop_column("contact_point", "is_waiting")


def _make_unique(name: str, where: str) -> None:
    op.create_index(
        name,
        "contact_point",
        ["leader_id", "place_id"],
        unique=True,
        postgresql_where=sa.text(where),
        postgresql_concurrently=True,
    )
