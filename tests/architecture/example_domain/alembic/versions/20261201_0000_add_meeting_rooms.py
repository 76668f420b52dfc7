"""Add meeting rooms

Must suit the version that is still running: add first, fill, then forbid; drop one release later.
"""

import sqlalchemy as sa
from alembic import op

from service.operations.database.sql_files import run_sql_file

revision = "add_meeting_rooms"
down_revision = "operations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meeting_room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("usable_until", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("seats > 0", name=op.f("ck_meeting_room_has_seats")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_meeting_room_organisation_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_meeting_room_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_room")),
        sa.UniqueConstraint("place_id", "name", name=op.f("uq_meeting_room_place_id_name")),
    )
    op.create_index(
        "ix_meeting_room_organisation_id",
        "meeting_room",
        ["organisation_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    run_sql_file("ground/meeting_rooms.sql")


def downgrade() -> None:
    op.drop_index("ix_meeting_room_organisation_id", table_name="meeting_room")
    op.drop_table("meeting_room")
