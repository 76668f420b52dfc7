"""Versions of categories and routes of problems: append-only."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "problem_set_up_versions"
down_revision = "local_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "problem_category_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("respond_days", sa.Integer(), nullable=False),
        sa.Column("solve_days", sa.Integer(), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
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
    op.create_index(op.f("ix_problem_category_version_set_by"), "problem_category_version", ["set_by"], unique=False)
    op.create_table(
        "problem_route_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("route_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("held_from", sa.DateTime(timezone=True), nullable=True),
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
    for column in ("category_code", "division_code", "organisation_id", "set_by"):
        op.create_index(op.f(f"ix_problem_route_version_{column}"), "problem_route_version", [column], unique=False)
    role = settings().service_role
    op.execute(f"GRANT SELECT, INSERT ON problem_category_version, problem_route_version TO {role}")


def downgrade() -> None:
    for column in ("category_code", "division_code", "organisation_id", "set_by"):
        op.drop_index(op.f(f"ix_problem_route_version_{column}"), table_name="problem_route_version")
    op.drop_table("problem_route_version")
    op.drop_index(op.f("ix_problem_category_version_set_by"), table_name="problem_category_version")
    op.drop_table("problem_category_version")
