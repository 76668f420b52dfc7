"""Organisations end and have successors; the names they had are kept."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "organisation_closures"
down_revision = "organisation_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisation", sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("organisation", sa.Column("successor_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_organisation_successor_id"), "organisation", "organisation", ["successor_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_organisation_successor_of_closed"), "organisation", "successor_id IS NULL OR valid_until IS NOT NULL"
    )
    op.create_table(
        "organisation_former_name",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_former_name_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_former_name")),
    )
    op.create_index(
        op.f("ix_organisation_former_name_organisation_id"), "organisation_former_name", ["organisation_id"]
    )
    op.execute(f"GRANT SELECT, INSERT ON organisation_former_name TO {settings().service_role}")


def downgrade() -> None:
    op.drop_table("organisation_former_name")
    op.drop_constraint("ck_organisation_successor_of_closed", "organisation")
    op.drop_column("organisation", "successor_id")
    op.drop_column("organisation", "valid_until")
