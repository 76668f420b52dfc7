"""Clocks for the postings and links whose first or last day is still to come; from here on they are set as they are made."""

from alembic import op

revision = "rights_clocks"
down_revision = "audit"
branch_labels = None
depends_on = None


TABLES = ("posting", "organisation_link")


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            "INSERT INTO timer (subject_id, kind, due_at)"  # noqa: S608 - our own words
            f" SELECT id, '{table}.begins', valid_from FROM {table} WHERE valid_from > now()"
            f" UNION ALL SELECT id, '{table}.ends', valid_until FROM {table} WHERE valid_until > now()"
            " ON CONFLICT DO NOTHING"
        )


def downgrade() -> None:
    kinds = ", ".join(f"'{table}.begins', '{table}.ends'" for table in TABLES)
    op.execute(f"DELETE FROM timer WHERE kind IN ({kinds})")  # noqa: S608 - our own words
