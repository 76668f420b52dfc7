"""What reports, decisions and backgrounds of placements said before: append-only, empty at first."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "earlier_words"
down_revision = "expected"
branch_labels = None
depends_on = None

TABLES = ("earlier_placement_report", "earlier_person_background", "earlier_selection_decision")


def upgrade() -> None:
    op.create_table(
        "earlier_placement_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["placement.id"], name=op.f("fk_earlier_placement_report_placement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_placement_report")),
        sa.UniqueConstraint("placement_id", "version", name=op.f("uq_earlier_placement_report_placement_id_version")),
    )
    op.create_table(
        "earlier_person_background",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=False),
        sa.Column("grassroots_months", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_earlier_person_background_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_person_background")),
        sa.UniqueConstraint("person_id", "version", name=op.f("uq_earlier_person_background_person_id_version")),
    )
    op.create_table(
        "earlier_selection_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["decision_id"], ["selection_decision.id"], name=op.f("fk_earlier_selection_decision_decision_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_earlier_selection_decision_person_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_earlier_selection_decision_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earlier_selection_decision")),
        sa.UniqueConstraint("decision_id", "version", name=op.f("uq_earlier_selection_decision_decision_id_version")),
    )
    op.create_index(
        op.f("ix_earlier_selection_decision_person_id"), "earlier_selection_decision", ["person_id"], unique=False
    )
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(TABLES)} TO {settings().service_role}")


def downgrade() -> None:
    op.drop_index(op.f("ix_earlier_selection_decision_person_id"), table_name="earlier_selection_decision")
    for table in reversed(TABLES):
        op.drop_table(table)
