"""Kept positions in order of time, for the speed between them."""

from alembic import op

revision = "kept_speed"
down_revision = "devices"
branch_labels = None
depends_on = None


def _ordered_by(*columns: str) -> None:
    """Check-ins go on meanwhile: the old index serves until the new one stands."""
    op.execute("ALTER INDEX ix_visit_position_person_id RENAME TO ix_visit_position_person_id_before")
    with op.get_context().autocommit_block():
        op.create_index("ix_visit_position_person_id", "visit_position", [*columns], postgresql_concurrently=True)
        op.drop_index("ix_visit_position_person_id_before", table_name="visit_position", postgresql_concurrently=True)


def upgrade() -> None:
    _ordered_by("person_id", "captured_at")


def downgrade() -> None:
    _ordered_by("person_id")
