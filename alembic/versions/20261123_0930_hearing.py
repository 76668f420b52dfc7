"""Insights and promises."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "hearing"
down_revision = "place_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "insight",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "condition",
                "opinion",
                "policy_feedback",
                "shortage_of_talent",
                "shortage_of_ideas",
                "shortage_of_technology",
                "shortage_of_projects",
                name="insightkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("routed_to", sa.Uuid(), nullable=True),
        sa.Column("is_adopted", sa.Boolean(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(is_adopted IS NULL) = (decided_at IS NULL)", name=op.f("ck_insight_decided_has_moment")),
        sa.CheckConstraint("is_adopted IS NULL OR routed_to IS NOT NULL", name=op.f("ck_insight_decided_was_routed")),
        sa.ForeignKeyConstraint(["category_code"], ["problem_category.code"], name=op.f("fk_insight_category_code")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_insight_organisation_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_insight_place_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_insight_raised_by")),
        sa.ForeignKeyConstraint(["routed_to"], ["organisation.id"], name=op.f("fk_insight_routed_to")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_insight_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insight")),
    )
    op.create_index(op.f("ix_insight_category_code"), "insight", ["category_code"], unique=False)
    op.create_index(
        "ix_insight_organisation_id",
        "insight",
        ["organisation_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_insight_place_id"), "insight", ["place_id"], unique=False)
    op.create_index("ix_insight_raised_at", "insight", ["raised_at", "id"], unique=False)
    op.create_index(
        "ix_insight_raised_by",
        "insight",
        ["raised_by", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_insight_routed_to",
        "insight",
        ["routed_to", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_insight_visit_id"), "insight", ["visit_id"], unique=False)
    op.create_table(
        "promise",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("promised_by", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "kept", "explained", name="promisestate", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_promise_ended_has_moment")),
        sa.CheckConstraint("(state = 'open') = (outcome IS NULL)", name=op.f("ck_promise_ended_has_outcome")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_promise_organisation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_promise_owner_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_promise_place_id")),
        sa.ForeignKeyConstraint(["promised_by"], ["person.id"], name=op.f("fk_promise_promised_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_promise_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index(
        "ix_promise_organisation_id",
        "promise",
        ["organisation_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_promise_owner_id",
        "promise",
        ["owner_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_promise_place_id",
        "promise",
        ["place_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_promise_promised_by"), "promise", ["promised_by"], unique=False)
    op.create_index(op.f("ix_promise_visit_id"), "promise", ["visit_id"], unique=False)
    role = settings().service_role
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON insight, promise TO {role}")


def downgrade() -> None:
    op.drop_index(op.f("ix_promise_visit_id"), table_name="promise")
    op.drop_index(op.f("ix_promise_promised_by"), table_name="promise")
    op.drop_index("ix_promise_place_id", table_name="promise")
    op.drop_index("ix_promise_owner_id", table_name="promise")
    op.drop_index("ix_promise_organisation_id", table_name="promise")
    op.drop_table("promise")
    op.drop_index(op.f("ix_insight_visit_id"), table_name="insight")
    op.drop_index("ix_insight_routed_to", table_name="insight")
    op.drop_index("ix_insight_raised_by", table_name="insight")
    op.drop_index("ix_insight_raised_at", table_name="insight")
    op.drop_index(op.f("ix_insight_place_id"), table_name="insight")
    op.drop_index("ix_insight_organisation_id", table_name="insight")
    op.drop_index(op.f("ix_insight_category_code"), table_name="insight")
    op.drop_table("insight")
