"""A private link remembers when it was first opened; those there already count as opened, since nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "opened_links"
down_revision = "next_terms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # the default of the moment fills what is there without rewriting the table, and goes again
    opened_at = sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True)
    op.add_column("problem_link", opened_at)
    op.alter_column("problem_link", "opened_at", server_default=None)


def downgrade() -> None:
    op.drop_column("problem_link", "opened_at")
