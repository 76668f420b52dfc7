"""Accounts at sign-in providers, and attempts that were used."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "external_identities"
down_revision = "visit_drafts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_external_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint("person_id", "provider", name="uq_external_identity_person_id_provider"),
        sa.UniqueConstraint("provider", "subject", name="uq_external_identity_provider_subject"),
    )
    op.create_table(
        "spent_sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_sign_in")),
    )
    op.create_index(op.f("ix_spent_sign_in_expires_at"), "spent_sign_in", ["expires_at"], unique=False)
    role = settings().service_role
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON external_identity TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON spent_sign_in TO {role}")


def downgrade() -> None:
    op.drop_index(op.f("ix_spent_sign_in_expires_at"), table_name="spent_sign_in")
    op.drop_table("spent_sign_in")
    op.drop_table("external_identity")
