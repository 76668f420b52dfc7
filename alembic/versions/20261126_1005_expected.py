"""A place's calendar goes on showing a plan that is being kept."""

import sqlalchemy as sa
from alembic import op

revision = "expected"
down_revision = "coarse_middles"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_visit_plan_expected",
            "visit_plan",
            ["place_id", "from_at"],
            postgresql_where=sa.text("state <> 'cancelled'"),
            postgresql_concurrently=True,
        )
        op.drop_index("ix_visit_plan_place_id", table_name="visit_plan", postgresql_concurrently=True)


def downgrade() -> None:
    op.create_index(
        "ix_visit_plan_place_id",
        "visit_plan",
        ["place_id", "from_at"],
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_index("ix_visit_plan_expected", table_name="visit_plan")
