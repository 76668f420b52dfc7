"""Placements, plans of selection with their decisions, the little a plan knows of a person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.foundation.settings import settings

revision = "placements"
down_revision = "ties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "placement_selection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_placement_selection_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_selection")),
        sa.UniqueConstraint("organisation_id", "year", name=op.f("uq_placement_selection_organisation_id_year")),
    )
    op.create_table(
        "person_background",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("grassroots_months", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["person.id"], name=op.f("fk_person_background_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_background")),
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "research",
                "work_practice",
                "secondment",
                "village_posting",
                "teaching",
                "volunteering",
                name="placementkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sending_id", sa.Uuid(), nullable=False),
        sa.Column("host_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("report_title", sa.Text(), nullable=True),
        sa.Column("report_summary", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_adopted", sa.Boolean(), nullable=True),
        sa.Column("adoption_reason", sa.Text(), nullable=True),
        sa.Column("appraisal", sa.Text(), nullable=True),
        sa.Column("appraised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appraised_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(appraisal IS NULL) = (appraised_at IS NULL)", name=op.f("ck_placement_appraisal_has_moment")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_placement_ended_has_reason")),
        sa.CheckConstraint(
            "(report_title IS NULL) = (reported_at IS NULL)", name=op.f("ck_placement_report_has_moment")
        ),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_placement_term_in_order")),
        sa.CheckConstraint(
            "is_adopted IS NULL OR reported_at IS NOT NULL", name=op.f("ck_placement_adopted_has_report")
        ),
        sa.CheckConstraint("sending_id <> host_id", name=op.f("ck_placement_two_organisations")),
        sa.ForeignKeyConstraint(["appraised_by"], ["person.id"], name=op.f("fk_placement_appraised_by")),
        sa.ForeignKeyConstraint(["host_id"], ["organisation.id"], name=op.f("fk_placement_host_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_placement_person_id")),
        sa.ForeignKeyConstraint(["sending_id"], ["organisation.id"], name=op.f("fk_placement_sending_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index(
        "ix_placement_host_id",
        "placement",
        ["host_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_placement_person_id",
        "placement",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_placement_sending_id",
        "placement",
        ["sending_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "selection_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("selection_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "chosen", "not_now", name="selectiondecision", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_selection_decision_decided_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_selection_decision_person_id")),
        sa.ForeignKeyConstraint(
            ["selection_id"], ["placement_selection.id"], name=op.f("fk_selection_decision_selection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_selection_decision")),
        sa.UniqueConstraint("selection_id", "person_id", name=op.f("uq_selection_decision_selection_id_person_id")),
    )
    op.create_index(op.f("ix_selection_decision_person_id"), "selection_decision", ["person_id"], unique=False)
    role = settings().service_role
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE ON placement, placement_selection, selection_decision, person_background TO {role}"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_selection_decision_person_id"), table_name="selection_decision")
    op.drop_table("selection_decision")
    op.drop_index("ix_placement_sending_id", table_name="placement")
    op.drop_index("ix_placement_person_id", table_name="placement")
    op.drop_index("ix_placement_host_id", table_name="placement")
    op.drop_table("placement")
    op.drop_table("person_background")
    op.drop_table("placement_selection")
