"""Plans of visits."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "visit_plans"
down_revision = "visits_in_full"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_announced", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "kept",
                "cancelled",
                name="visitplanstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancel_reason IS NOT NULL)", name=op.f("ck_visit_plan_cancelled_has_reason")
        ),
        sa.CheckConstraint("(state = 'kept') = (visit_id IS NOT NULL)", name=op.f("ck_visit_plan_kept_has_visit")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_visit_plan_span_in_order")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_visit_plan_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_plan_person_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_visit_plan_place_id")),
        sa.ForeignKeyConstraint(["purpose"], ["visit_purpose.code"], name=op.f("fk_visit_plan_purpose")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_plan_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_plan")),
        sa.UniqueConstraint("visit_id", name=op.f("uq_visit_plan_visit_id")),
    )
    op.create_index(
        "ix_visit_plan_organisation_id",
        "visit_plan",
        ["organisation_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_visit_plan_person_id",
        "visit_plan",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_visit_plan_place_id",
        "visit_plan",
        ["place_id", "from_at"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
    )
    role = settings().service_role
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON visit_plan TO {role}")


def downgrade() -> None:
    op.drop_index("ix_visit_plan_place_id", table_name="visit_plan", postgresql_where=sa.text("state = 'planned'"))
    op.drop_index("ix_visit_plan_person_id", table_name="visit_plan")
    op.drop_index("ix_visit_plan_organisation_id", table_name="visit_plan")
    op.drop_table("visit_plan")
