"""Problems, residence reports, assessments; three roles more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.foundation.settings import settings

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEPT = (
    "problem_category",
    "problem_route",
    "problem",
    "problem_contact",
    "problem_link",
    "residence_report",
    "assessment_cycle",
    "dossier",
)
ROLES = [
    "cadre",
    "officer",
    "community_secretary",
    "system_administrator",
    "security_administrator",
    "audit_administrator",
]
MORE_ROLES = ("dispatcher", "handler", "personnel_organ")


def _limit_roles(roles: list[str]) -> None:
    """A new member of the enum: the wider CHECK is added before the narrower goes, so that one always holds."""
    listed = ", ".join(f"'{role}'" for role in roles)
    op.execute(f"ALTER TABLE posting ADD CONSTRAINT ck_posting_role_next CHECK (role IN ({listed})) NOT VALID")
    op.execute("ALTER TABLE posting VALIDATE CONSTRAINT ck_posting_role_next")
    op.execute("ALTER TABLE posting DROP CONSTRAINT ck_posting_role")
    op.execute("ALTER TABLE posting RENAME CONSTRAINT ck_posting_role_next TO ck_posting_role")


def upgrade() -> None:
    _limit_roles([*ROLES, *MORE_ROLES])
    _create_tables()
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(KEPT)} TO {settings().service_role}")


def _create_tables() -> None:
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
            "(state = 'frozen') = (frozen_at IS NOT NULL)", name=op.f("ck_assessment_cycle_frozen_has_moment")
        ),
        sa.CheckConstraint("until_day >= from_day", name=op.f("ck_assessment_cycle_days_in_order")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assessment_cycle_organisation_id")
        ),
        sa.ForeignKeyConstraint(["receiver_id"], ["organisation.id"], name=op.f("fk_assessment_cycle_receiver_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_cycle")),
    )
    op.create_index(op.f("ix_assessment_cycle_organisation_id"), "assessment_cycle", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_assessment_cycle_receiver_id"), "assessment_cycle", ["receiver_id"], unique=False)
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
    op.create_index(op.f("ix_problem_route_division_code"), "problem_route", ["division_code"], unique=False)
    op.create_index(op.f("ix_problem_route_organisation_id"), "problem_route", ["organisation_id"], unique=False)
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
    op.create_index(op.f("ix_dossier_person_id"), "dossier", ["person_id"], unique=False)
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
    op.create_index(op.f("ix_residence_report_organisation_id"), "residence_report", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_residence_report_person_id"), "residence_report", ["person_id"], unique=False)
    op.create_index("ix_residence_report_submitted_at", "residence_report", ["submitted_at", "id"], unique=False)
    op.create_index(
        "uq_residence_report_live",
        "residence_report",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'confirmed')"),
    )
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
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(owner_id IS NULL) = (state = 'raised')", name=op.f("ck_problem_owned_once_dispatched")),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_problem_closed_has_moment")),
        sa.CheckConstraint(
            "state NOT IN ('answered', 'confirmed', 'closed') OR (answer IS NOT NULL AND outcome IS NOT NULL AND answered_at IS NOT NULL)",
            name=op.f("ck_problem_answered_has_answer"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'closed') OR satisfaction IS NOT DISTINCT FROM 'satisfied'",
            name=op.f("ck_problem_closed_has_word"),
        ),
        sa.ForeignKeyConstraint(["category_code"], ["problem_category.code"], name=op.f("fk_problem_category_code")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_problem_organisation_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_problem_owner_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_problem_place_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_problem_raised_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_problem_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(op.f("ix_problem_category_code"), "problem", ["category_code"], unique=False)
    op.create_index(
        "ix_problem_organisation_id",
        "problem",
        ["organisation_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_problem_owner_id",
        "problem",
        ["owner_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_problem_place_id",
        "problem",
        ["place_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_problem_raised_by",
        "problem",
        ["raised_by", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_problem_visit_id"), "problem", ["visit_id"], unique=False)
    op.create_table(
        "problem_contact",
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_contact_problem_id")),
        sa.PrimaryKeyConstraint("problem_id", name=op.f("pk_problem_contact")),
    )
    op.create_index(op.f("ix_problem_contact_phone_index"), "problem_contact", ["phone_index"], unique=False)
    op.create_table(
        "problem_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_link_problem_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_problem_link")),
    )
    op.create_index(op.f("ix_problem_link_problem_id"), "problem_link", ["problem_id"], unique=False)


def downgrade() -> None:
    _limit_roles(ROLES)
    op.drop_index(op.f("ix_problem_link_problem_id"), table_name="problem_link")
    op.drop_table("problem_link")
    op.drop_index(op.f("ix_problem_contact_phone_index"), table_name="problem_contact")
    op.drop_table("problem_contact")
    op.drop_index(op.f("ix_problem_visit_id"), table_name="problem")
    op.drop_index("ix_problem_raised_by", table_name="problem")
    op.drop_index("ix_problem_place_id", table_name="problem")
    op.drop_index("ix_problem_owner_id", table_name="problem")
    op.drop_index("ix_problem_organisation_id", table_name="problem")
    op.drop_index(op.f("ix_problem_category_code"), table_name="problem")
    op.drop_table("problem")
    op.drop_index(
        "uq_residence_report_live",
        table_name="residence_report",
        postgresql_where=sa.text("state IN ('submitted', 'confirmed')"),
    )
    op.drop_index("ix_residence_report_submitted_at", table_name="residence_report")
    op.drop_index(op.f("ix_residence_report_person_id"), table_name="residence_report")
    op.drop_index(op.f("ix_residence_report_organisation_id"), table_name="residence_report")
    op.drop_table("residence_report")
    op.drop_index(op.f("ix_dossier_person_id"), table_name="dossier")
    op.drop_table("dossier")
    op.drop_index(op.f("ix_problem_route_organisation_id"), table_name="problem_route")
    op.drop_index(op.f("ix_problem_route_division_code"), table_name="problem_route")
    op.drop_table("problem_route")
    op.drop_index(op.f("ix_assessment_cycle_receiver_id"), table_name="assessment_cycle")
    op.drop_index(op.f("ix_assessment_cycle_organisation_id"), table_name="assessment_cycle")
    op.drop_table("assessment_cycle")
    op.drop_table("problem_category")
