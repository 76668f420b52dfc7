"""Contact points of leaders and the households in touch with them."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "ties"
down_revision = "privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("leader_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("succeeds_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=True),
        sa.Column("opinion_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opinion_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_contact_point_ended_has_reason")),
        sa.CheckConstraint(
            "(opinion IS NULL) = (opinion_at IS NULL)", name=op.f("ck_contact_point_opinion_has_moment")
        ),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_contact_point_term_in_order")),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name=op.f("fk_contact_point_leader_id")),
        sa.ForeignKeyConstraint(["opinion_by"], ["person.id"], name=op.f("fk_contact_point_opinion_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_contact_point_organisation_id")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_contact_point_place_id")),
        sa.ForeignKeyConstraint(["succeeds_id"], ["contact_point.id"], name=op.f("fk_contact_point_succeeds_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint("succeeds_id", name=op.f("uq_contact_point_succeeds_id")),
    )
    op.create_index(
        "ix_contact_point_leader_id",
        "contact_point",
        ["leader_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_contact_point_organisation_id",
        "contact_point",
        ["organisation_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_contact_point_place_id",
        "contact_point",
        ["place_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "uq_contact_point_live",
        "contact_point",
        ["leader_id", "place_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "contact_household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_point_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("notice_version", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_point.id"], name=op.f("fk_contact_household_contact_point_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_household")),
    )
    op.create_index(
        op.f("ix_contact_household_contact_point_id"), "contact_household", ["contact_point_id"], unique=False
    )
    role = settings().service_role
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON contact_point TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON contact_household TO {role}")


def downgrade() -> None:
    op.drop_index(op.f("ix_contact_household_contact_point_id"), table_name="contact_household")
    op.drop_table("contact_household")
    op.drop_index("uq_contact_point_live", table_name="contact_point", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_contact_point_place_id", table_name="contact_point")
    op.drop_index("ix_contact_point_organisation_id", table_name="contact_point")
    op.drop_index("ix_contact_point_leader_id", table_name="contact_point")
    op.drop_table("contact_point")
