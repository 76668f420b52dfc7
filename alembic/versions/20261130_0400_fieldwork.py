"""Baseline of fieldwork: visits, plans of visits, insights, promises.

Plain SQL is in `alembic/sql/fieldwork/`: grants, first rows.
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from sqlalchemy.dialects import postgresql

from service.operations.database.sql_files import run_sql_file

revision = "fieldwork"
down_revision = "solving"
branch_labels = None
depends_on = None

TABLES = (
    "visit_purpose",
    "visit",
    "visit_companion",
    "visit_correction",
    "visit_draft",
    "visit_position",
    "insight",
    "promise",
    "visit_plan",
)


def upgrade() -> None:
    create_visits()
    create_insights()
    create_promises()
    create_visit_plans()
    run_sql_file("fieldwork/grants.sql")
    run_sql_file("fieldwork/rows.sql")


def downgrade() -> None:
    """Drop all objects of this floor. Only for tests: it destroys the data."""
    op.drop_constraint("fk_problem_visit_id", "problem", type_="foreignkey")
    for table in reversed(TABLES):
        op.drop_table(table)


def create_visits() -> None:
    op.create_table(
        "visit_purpose",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("is_offered", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_visit_purpose")),
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "ended", name="visitstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "presence",
            sa.Enum(
                "verified",
                "doubtful",
                "unverified",
                name="presence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("presence_reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "ended_by",
            sa.Enum("checked_out", "forgotten", name="visitend", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("purpose", sa.String(length=32), nullable=True),
        sa.Column("people_met", sa.Integer(), nullable=True),
        sa.Column("heard", sa.Text(), nullable=True),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("stay", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("help_given", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'ended') = (checked_out_at IS NOT NULL OR ended_by IS NOT DISTINCT FROM 'forgotten')",
            name=op.f("ck_visit_ended_has_end"),
        ),
        sa.CheckConstraint(
            "checked_out_at IS NULL OR checked_out_at >= checked_in_at", name=op.f("ck_visit_out_after_in")
        ),
        sa.CheckConstraint("people_met IS NULL OR people_met >= 0", name=op.f("ck_visit_people_met_range")),
        sa.ForeignKeyConstraint(["acknowledged_by"], ["person.id"], name=op.f("fk_visit_acknowledged_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_visit_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_person_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_visit_place_id")),
        sa.ForeignKeyConstraint(["purpose"], ["visit_purpose.code"], name=op.f("fk_visit_purpose")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(
        "ix_visit_organisation_id",
        "visit",
        ["organisation_id", sa.literal_column("checked_in_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_visit_person_id",
        "visit",
        ["person_id", sa.literal_column("checked_in_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_visit_place_id",
        "visit",
        ["place_id", sa.literal_column("checked_in_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_table(
        "visit_companion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "notified", "declined", name="companionstate", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (declined_at IS NOT NULL)", name=op.f("ck_visit_companion_declined_has_declined_at")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_companion_person_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_companion_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_companion")),
        sa.UniqueConstraint("visit_id", "person_id", name=op.f("uq_visit_companion_visit_id_person_id")),
    )
    op.create_index(
        "ix_visit_companion_person_id", "visit_companion", ["person_id", sa.literal_column("notified_at DESC")]
    )
    op.create_table(
        "visit_correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "accepted",
                "refused",
                name="visitcorrectionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_at IS NULL)", name=op.f("ck_visit_correction_decided_has_decided_at")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_visit_correction_decided_by")),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_visit_correction_requested_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_correction_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_correction")),
    )
    op.create_index("ix_visit_correction_requested_at", "visit_correction", ["requested_at", "id"])
    op.create_index("ix_visit_correction_visit_id", "visit_correction", ["visit_id"])
    op.create_index(
        "uq_visit_correction_open",
        "visit_correction",
        ["visit_id"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_table(
        "visit_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["visit.id"], name=op.f("fk_visit_draft_id")),
        sa.ForeignKeyConstraint(["written_by"], ["person.id"], name=op.f("fk_visit_draft_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_draft")),
    )
    op.create_index(
        "ix_visit_draft_written_by",
        "visit_draft",
        ["written_by", sa.literal_column("written_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_table(
        "visit_position",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", Geography("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=False),
        sa.Column("sent_longitude_deg", sa.Float(), nullable=False),
        sa.Column("sent_latitude_deg", sa.Float(), nullable=False),
        sa.Column(
            "sent_datum",
            sa.Enum("wgs84", "gcj02", "bd09", name="datum", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_visit_position_visit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit_position")),
    )
    op.create_index("ix_visit_position_person_id", "visit_position", ["person_id", "captured_at"])
    # a lower floor's reference to a table of this one
    op.create_foreign_key(op.f("fk_problem_visit_id"), "problem", "visit", ["visit_id"], ["id"])


def create_insights() -> None:
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
        sa.CheckConstraint(
            "(is_adopted IS NULL) = (decided_at IS NULL)", name=op.f("ck_insight_decided_has_decided_at")
        ),
        sa.CheckConstraint("is_adopted IS NULL OR routed_to IS NOT NULL", name=op.f("ck_insight_decided_was_routed")),
        sa.ForeignKeyConstraint(["category_code"], ["problem_category.code"], name=op.f("fk_insight_category_code")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_insight_organisation_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_insight_place_id")),
        sa.ForeignKeyConstraint(["raised_by"], ["person.id"], name=op.f("fk_insight_raised_by")),
        sa.ForeignKeyConstraint(["routed_to"], ["organisation.id"], name=op.f("fk_insight_routed_to")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_insight_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_insight")),
    )
    op.create_index(op.f("ix_insight_category_code"), "insight", ["category_code"])
    op.create_index(
        "ix_insight_organisation_id",
        "insight",
        ["organisation_id", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(op.f("ix_insight_place_id"), "insight", ["place_id"])
    op.create_index("ix_insight_raised_at", "insight", ["raised_at", "id"])
    op.create_index(
        "ix_insight_raised_by",
        "insight",
        ["raised_by", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_insight_routed_to",
        "insight",
        ["routed_to", sa.literal_column("raised_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(op.f("ix_insight_visit_id"), "insight", ["visit_id"])


def create_promises() -> None:
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
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_promise_ended_has_ended_at")),
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
    )
    op.create_index(
        "ix_promise_owner_id",
        "promise",
        ["owner_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_promise_place_id",
        "promise",
        ["place_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(op.f("ix_promise_promised_by"), "promise", ["promised_by"])
    op.create_index(op.f("ix_promise_visit_id"), "promise", ["visit_id"])


def create_visit_plans() -> None:
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
        "ix_visit_plan_expected",
        "visit_plan",
        ["place_id", "from_at"],
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_index(
        "ix_visit_plan_organisation_id",
        "visit_plan",
        ["organisation_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_index(
        "ix_visit_plan_person_id",
        "visit_plan",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
