"""What was given to the people of a place in a visit; visits written down before say nothing about it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "help_given"
down_revision = "client_purposes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit", sa.Column("help_given", postgresql.JSONB(astext_type=sa.Text()), nullable=True))


def downgrade() -> None:
    op.drop_column("visit", "help_given")
