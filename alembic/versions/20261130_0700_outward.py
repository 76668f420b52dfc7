"""Baseline of outward: webhook endpoints with their deliveries, the inbox.

Plain SQL is in `alembic/sql/outward/`: grants.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.operations.database.sql_files import run_sql_file

revision = "outward"
down_revision = "judgement"
branch_labels = None
depends_on = None

TABLES = ("inbox_item", "delivery", "endpoint", "endpoint_secret")


def upgrade() -> None:
    create_inbox()
    create_webhooks()
    run_sql_file("outward/grants.sql")


def downgrade() -> None:
    """Drop all objects of this floor. Only for tests: it destroys the data."""
    for table in reversed(TABLES):
        op.drop_table(table)


def create_inbox() -> None:
    op.create_table(
        "inbox_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "problem_to_dispatch",
                "problem_to_accept",
                "problem_to_answer",
                "problem_to_redo",
                "problem_to_close",
                "promise_to_keep",
                "insight_to_decide",
                "visit_to_complete",
                "companion_may_decline",
                "visit_draft_to_confirm",
                "fence_proposal_to_decide",
                "visit_correction_to_decide",
                "residence_report_to_confirm",
                "residence_report_returned",
                "placement_to_report",
                "placement_report_to_decide",
                "placement_to_appraise",
                "contact_point_opinion",
                "dossier_to_review",
                "correction_request_to_decide",
                "consent_to_renew",
                "endpoint_stopped",
                name="inboxkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("num_nonnulls(person_id, organisation_id) = 1", name=op.f("ck_inbox_item_one_reader")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_inbox_item_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_inbox_item_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_item")),
    )
    op.create_index(
        "ix_inbox_item_closed_at", "inbox_item", ["closed_at"], postgresql_where=sa.text("closed_at IS NOT NULL")
    )
    op.create_index(
        "ix_inbox_item_organisation_id",
        "inbox_item",
        ["organisation_id"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_inbox_item_person_id", "inbox_item", ["person_id"], postgresql_where=sa.text("closed_at IS NULL")
    )
    op.create_index(
        "uq_inbox_item_open",
        "inbox_item",
        ["kind", "subject_id", sa.literal_column("coalesce(person_id, organisation_id)")],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def create_webhooks() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_name", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "delivered",
                "set_aside",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_response", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_delivery_endpoint_id", "delivery", ["endpoint_id", "id"])
    op.create_index(
        "ix_delivery_undelivered",
        "delivery",
        ["endpoint_id", "subject_id", "position"],
        postgresql_where=sa.text("state <> 'delivered' AND attempts > 0"),
    )
    op.create_index(
        "ix_delivery_pending", "delivery", ["endpoint_id", "position"], postgresql_where=sa.text("state = 'pending'")
    )
    op.execute("CREATE TABLE delivery_default PARTITION OF delivery DEFAULT")
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "disabled", name="endpointstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wake_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consecutive_failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_endpoint_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint")),
    )
    op.create_index(
        "ix_endpoint_due_at",
        "endpoint",
        ["due_at"],
        postgresql_where=sa.text("state = 'active' AND due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_endpoint_organisation_id"), "endpoint", ["organisation_id"])
    op.create_table(
        "endpoint_secret",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name=op.f("fk_endpoint_secret_endpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_secret")),
    )
    op.create_index(op.f("ix_endpoint_secret_endpoint_id"), "endpoint_secret", ["endpoint_id"])
