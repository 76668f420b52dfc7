"""Baseline of residence: reports of party members to the community where they live.

Plain SQL is in `alembic/sql/residence/`: grants.
"""

import sqlalchemy as sa
from alembic import op

from service.operations.database.sql_files import run_sql_file

revision = "residence"
down_revision = "fieldwork"
branch_labels = None
depends_on = None

TABLES = ("residence_report",)


def upgrade() -> None:
    create_reports()
    run_sql_file("residence/grants.sql")


def downgrade() -> None:
    """Drop all objects of this floor. Only for tests: it destroys the data."""
    for table in reversed(TABLES):
        op.drop_table(table)


def create_reports() -> None:
    op.create_table(
        "residence_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "confirmed",
                "returned",
                "ended",
                name="residencereportstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_residence_report_ended_has_end")
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (return_reason IS NOT NULL)", name=op.f("ck_residence_report_returned_has_reason")
        ),
        sa.CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL)", name=op.f("ck_residence_report_decided_once")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_residence_report_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_residence_report_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residence_report")),
    )
    op.create_index(op.f("ix_residence_report_organisation_id"), "residence_report", ["organisation_id"])
    op.create_index(
        "ix_residence_report_past",
        "residence_report",
        [sa.literal_column("coalesce(ended_at, decided_at)")],
        postgresql_where=sa.text("state IN ('ended', 'returned')"),
    )
    op.create_index(op.f("ix_residence_report_person_id"), "residence_report", ["person_id"])
    op.create_index("ix_residence_report_submitted_at", "residence_report", ["submitted_at", "id"])
    op.create_index(
        "uq_residence_report_live",
        "residence_report",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'confirmed')"),
    )
