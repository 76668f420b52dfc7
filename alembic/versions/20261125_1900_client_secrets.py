"""A service client's secret is renewed with an overlap."""

import sqlalchemy as sa
from alembic import op

revision = "client_secrets"
down_revision = "second_factors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("service_client", sa.Column("next_secret_hash", sa.Text(), nullable=True))
    op.add_column("service_client", sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("service_client", "old_secret_until")
    op.drop_column("service_client", "next_secret_hash")
