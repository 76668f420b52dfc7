"""Baseline of judgement: assessment cycles and dossiers.

Plain SQL is in `alembic/sql/judgement/`: policies, grants.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.operations.database.sql_files import run_sql_file

revision = "judgement"
down_revision = "residence"
branch_labels = None
depends_on = None

TABLES = ("assessment_cycle", "dossier")


def upgrade() -> None:
    create_assessments()
    run_sql_file("judgement/policies.sql")
    run_sql_file("judgement/grants.sql")


def downgrade() -> None:
    """Drop all objects of this floor. Only for tests: it destroys the data."""
    for table in reversed(TABLES):
        op.drop_table(table)


def create_assessments() -> None:
    op.create_table(
        "assessment_cycle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("collecting", "frozen", name="cyclestate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("freezing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'frozen') = (frozen_at IS NOT NULL)", name=op.f("ck_assessment_cycle_frozen_has_time")
        ),
        sa.CheckConstraint("until_day >= from_day", name=op.f("ck_assessment_cycle_days_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assessment_cycle_organisation_id")
        ),
        sa.ForeignKeyConstraint(["receiver_id"], ["organisation.id"], name=op.f("fk_assessment_cycle_receiver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_cycle")),
    )
    op.create_index(op.f("ix_assessment_cycle_organisation_id"), "assessment_cycle", ["organisation_id"])
    op.create_index(op.f("ix_assessment_cycle_receiver_id"), "assessment_cycle", ["receiver_id"])
    op.create_table(
        "dossier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cycle_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["assessment_cycle.id"], name=op.f("fk_dossier_cycle_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dossier_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("cycle_id", "person_id", name=op.f("uq_dossier_cycle_id_person_id")),
    )
    op.create_index(
        "ix_dossier_handed_over_at", "dossier", ["handed_over_at", "id"], postgresql_where=sa.text("jws <> ''")
    )
    op.create_index(op.f("ix_dossier_person_id"), "dossier", ["person_id"])
