"""What to read before going to a place; fences proposed from check-ins that agree."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography

from service.foundation.settings import settings

revision = "ground"
down_revision = "client_secrets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_place_reading_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_reading")),
    )
    op.create_index(
        "ix_place_reading_place_id",
        "place_reading",
        ["place_id", "added_at"],
        unique=False,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "fence_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("middle", Geography("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("check_ins", sa.Integer(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "refused",
                name="proposalstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("fence_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'accepted') = (fence_id IS NOT NULL)", name=op.f("ck_fence_proposal_accepted_has_fence")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_fence_proposal_decided_has_moment")
        ),
        sa.CheckConstraint("radius_m > 0 AND radius_m <= 20000", name=op.f("ck_fence_proposal_radius_range")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_fence_proposal_decided_by")),
        sa.ForeignKeyConstraint(["fence_id"], ["fence.id"], name=op.f("fk_fence_proposal_fence_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_fence_proposal_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence_proposal")),
    )
    op.create_index("ix_fence_proposal_made_at", "fence_proposal", ["made_at", "id"], unique=False)
    op.create_index("ix_fence_proposal_place_id", "fence_proposal", ["place_id", "made_at"], unique=False)
    op.create_index(
        "uq_fence_proposal_open",
        "fence_proposal",
        ["place_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON place_reading, fence_proposal TO {settings().service_role}")


def downgrade() -> None:
    op.drop_index("uq_fence_proposal_open", table_name="fence_proposal", postgresql_where=sa.text("state = 'proposed'"))
    op.drop_index("ix_fence_proposal_place_id", table_name="fence_proposal")
    op.drop_index("ix_fence_proposal_made_at", table_name="fence_proposal")
    op.drop_table("fence_proposal")
    op.drop_index(
        "ix_place_reading_place_id", table_name="place_reading", postgresql_where=sa.text("removed_at IS NULL")
    )
    op.drop_table("place_reading")
