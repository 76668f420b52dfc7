"""Devices on which people stay signed in."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "devices"
down_revision = "organisation_kinds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "revoked_because",
            sa.Enum(
                "person",
                "password_changed",
                "refresh_reused",
                "administrator",
                "factor_reset",
                name="revokedbecause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name=op.f("ck_device_revoked_because")),
        sa.CheckConstraint("generation > 0 AND previous < generation", name=op.f("ck_device_generation_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("family_id", name=op.f("uq_device_family_id")),
    )
    op.create_index(
        "ix_device_person_id",
        "device",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_device_over_at", "device", [sa.literal_column("coalesce(revoked_at, expires_at)")])
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON device TO {settings().service_role}")


def downgrade() -> None:
    op.drop_table("device")
