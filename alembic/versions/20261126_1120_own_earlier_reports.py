"""Whose an earlier report is, so that the person finds it among the own data."""

import sqlalchemy as sa
from alembic import op

revision = "own_earlier_reports"
down_revision = "opened_links"
branch_labels = None
depends_on = None

TABLE = "earlier_placement_report"


def upgrade() -> None:
    # nothing released writes the table yet: it is as old as the version that brings this column
    op.add_column(TABLE, sa.Column("person_id", sa.Uuid(), nullable=True))
    op.execute(f"UPDATE {TABLE} SET person_id = placement.person_id FROM placement WHERE placement.id = placement_id")  # noqa: S608 - a constant
    op.alter_column(TABLE, "person_id", nullable=False)
    op.create_foreign_key(op.f(f"fk_{TABLE}_person_id"), TABLE, "person", ["person_id"], ["id"])
    op.create_index(op.f(f"ix_{TABLE}_person_id"), TABLE, ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f(f"ix_{TABLE}_person_id"), table_name=TABLE)
    op.drop_constraint(op.f(f"fk_{TABLE}_person_id"), TABLE, type_="foreignkey")
    op.drop_column(TABLE, "person_id")
