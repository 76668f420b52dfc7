"""An import names who confirmed it."""

import sqlalchemy as sa
from alembic import op

revision = "import_confirmers"
down_revision = "household_lock"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import", sa.Column("confirmed_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_import_confirmed_by"), "import", "person", ["confirmed_by"], ["id"])
    op.create_index(op.f("ix_import_confirmed_by"), "import", ["confirmed_by"])


def downgrade() -> None:
    op.drop_column("import", "confirmed_by")
