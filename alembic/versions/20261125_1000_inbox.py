"""The inbox: what needs a person or an organisation."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "inbox"
down_revision = "kept_speed"
branch_labels = None
depends_on = None

KINDS = (
    "problem_to_dispatch",
    "problem_to_accept",
    "problem_to_answer",
    "problem_to_redo",
    "problem_to_close",
    "promise_to_keep",
    "insight_to_decide",
    "visit_to_complete",
    "companion_may_decline",
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
)


def upgrade() -> None:
    op.create_table(
        "inbox_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="inboxkind", native_enum=False, create_constraint=True, length=32),
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
        "uq_inbox_item_open",
        "inbox_item",
        ["kind", "subject_id", sa.literal_column("coalesce(person_id, organisation_id)")],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    for reader in ("person_id", "organisation_id"):
        op.create_index(
            f"ix_inbox_item_{reader}", "inbox_item", [reader], postgresql_where=sa.text("closed_at IS NULL")
        )
    op.create_index(
        "ix_inbox_item_closed_at", "inbox_item", ["closed_at"], postgresql_where=sa.text("closed_at IS NOT NULL")
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON inbox_item TO {settings().service_role}")


def downgrade() -> None:
    op.drop_table("inbox_item")
