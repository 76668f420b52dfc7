"""Baseline of solving: problems, their categories and routes.

Plain SQL is in `alembic/sql/solving/`: policies, grants.
"""

import sqlalchemy as sa
from alembic import op

from service.operations.database.sql_files import run_sql_file

revision = "solving"
down_revision = "ground"
branch_labels = None
depends_on = None

TABLES = (
    "problem_category",
    "problem_route",
    "problem_category_version",
    "problem_route_version",
    "problem",
    "problem_contact",
    "problem_link",
    "problem_barred_organisation",
)


def upgrade() -> None:
    create_problems()
    run_sql_file("solving/policies.sql")
    run_sql_file("solving/grants.sql")


def downgrade() -> None:
    """Drop all objects of this floor. Only for tests: it destroys the data."""
    for table in reversed(TABLES):
        op.drop_table(table)


def create_problems() -> None:
    op.create_table(
        "problem_category",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("respond_days", sa.Integer(), nullable=False),
        sa.Column("solve_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("respond_days BETWEEN 1 AND solve_days", name=op.f("ck_problem_category_days_in_order")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_problem_category")),
    )
    op.create_table(
        "problem_route",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_code"], ["problem_category.code"], name=op.f("fk_problem_route_category_code")
        ),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name=op.f("fk_problem_route_division_code")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_problem_route_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_route")),
        sa.UniqueConstraint(
            "category_code", "division_code", name=op.f("uq_problem_route_category_code_division_code")
        ),
    )
    op.create_index(op.f("ix_problem_route_division_code"), "problem_route", ["division_code"])
    op.create_index(op.f("ix_problem_route_organisation_id"), "problem_route", ["organisation_id"])
    op.create_table(
        "problem_category_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("respond_days", sa.Integer(), nullable=False),
        sa.Column("solve_days", sa.Integer(), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_code"], ["problem_category.code"], name=op.f("fk_problem_category_version_category_code")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_problem_category_version_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_category_version")),
        sa.UniqueConstraint("category_code", "number", name=op.f("uq_problem_category_version_category_code_number")),
    )
    op.create_index(op.f("ix_problem_category_version_set_by"), "problem_category_version", ["set_by"])
    op.create_table(
        "problem_route_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("in_force_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_code"], ["problem_category.code"], name=op.f("fk_problem_route_version_category_code")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_problem_route_version_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_problem_route_version_organisation_id")
        ),
        sa.ForeignKeyConstraint(["route_id"], ["problem_route.id"], name=op.f("fk_problem_route_version_route_id")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_problem_route_version_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_route_version")),
        sa.UniqueConstraint("route_id", "number", name=op.f("uq_problem_route_version_route_id_number")),
    )
    op.create_index(op.f("ix_problem_route_version_category_code"), "problem_route_version", ["category_code"])
    op.create_index(op.f("ix_problem_route_version_division_code"), "problem_route_version", ["division_code"])
    op.create_index(op.f("ix_problem_route_version_organisation_id"), "problem_route_version", ["organisation_id"])
    op.create_index(op.f("ix_problem_route_version_set_by"), "problem_route_version", ["set_by"])
    op.create_table(
        "problem",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "raised",
                "dispatched",
                "accepted",
                "answered",
                "reopened",
                "confirmed",
                "closed",
                name="problemstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum("solved", "explained", name="problemoutcome", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column(
            "satisfaction",
            sa.Enum(
                "satisfied", "not_satisfied", name="satisfaction", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("satisfaction_reason", sa.Text(), nullable=True),
        sa.Column("redone", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("masked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_accusation", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(owner_id IS NULL) = (state = 'raised')", name=op.f("ck_problem_owned_once_dispatched")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_problem_closed_has_time")),
        sa.CheckConstraint(
            "state NOT IN ('answered', 'confirmed', 'closed') OR (answer IS NOT NULL AND outcome IS NOT NULL AND answered_at IS NOT NULL)",
            name=op.f("ck_problem_answered_has_answer"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'closed') OR satisfaction IS NOT DISTINCT FROM 'satisfied'",
            name=op.f("ck_problem_closed_has_rating"),
        ),
        sa.ForeignKeyConstraint(["category_code"], ["problem_category.code"], name=op.f("fk_problem_category_code")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_problem_organisation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_problem_owner_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_problem_place_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_problem_raised_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(op.f("ix_problem_category_code"), "problem", ["category_code"])
    op.create_index(
        "ix_problem_organisation_id",
        "problem",
        ["organisation_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_problem_owner_id",
        "problem",
        ["owner_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_problem_place_id",
        "problem",
        ["place_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_problem_raised_by",
        "problem",
        ["raised_by", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_problem_unmasked",
        "problem",
        ["closed_at", "id"],
        postgresql_where=sa.text("closed_at IS NOT NULL AND masked_at IS NULL"),
    )
    op.create_index(op.f("ix_problem_visit_id"), "problem", ["visit_id"])
    op.create_index(
        "ix_problem_with_text",
        "problem",
        ["closed_at", "id"],
        postgresql_where=sa.text("closed_at IS NOT NULL AND description <> ''"),
    )
    op.create_table(
        "problem_contact",
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_contact_problem_id")),
        sa.PrimaryKeyConstraint("problem_id", name=op.f("pk_problem_contact")),
    )
    op.create_index(op.f("ix_problem_contact_phone_index"), "problem_contact", ["phone_index"])
    op.create_table(
        "problem_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_link_problem_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_problem_link")),
    )
    op.create_index(op.f("ix_problem_link_expires_at"), "problem_link", ["expires_at"])
    op.create_index("uq_problem_link_problem_id", "problem_link", ["problem_id"], unique=True)
    op.create_table(
        "problem_barred_organisation",
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("is_accused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_problem_barred_organisation_organisation_id")
        ),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_barred_organisation_problem_id")),
        sa.PrimaryKeyConstraint("problem_id", "organisation_id", name=op.f("pk_problem_barred_organisation")),
    )
    op.create_index(
        op.f("ix_problem_barred_organisation_organisation_id"), "problem_barred_organisation", ["organisation_id"]
    )
