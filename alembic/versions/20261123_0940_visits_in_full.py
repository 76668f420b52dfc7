"""Purposes as data; companions, corrections, stays, acknowledgements; forgotten check-outs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.foundation.settings import settings

revision = "visits_in_full"
down_revision = "hearing"
branch_labels = None
depends_on = None

PURPOSES = [
    ("listening", "听取意见", "Listening"),
    ("contact_point", "联系点指导", "Guidance at a contact point"),
    ("help", "帮办实事", "Practical help"),
    ("research", "专题调研", "Topical study"),
    ("greeting", "走访慰问", "Visit of goodwill"),
    ("publicity", "宣讲政策（四下基层）", "Explaining policy at the grassroots"),
    ("study", "调查研究（四下基层）", "Investigation at the grassroots"),
    ("petition", "信访接待（四下基层）", "Receiving petitions at the grassroots"),
    ("on_site_office", "现场办公（四下基层）", "Deciding on the spot"),
    ("station", "蹲点", "Staying on for days"),
    ("pairing", "结对帮扶", "Help in a pairing"),
    ("other", "其他", "Other"),
]
OLD_PURPOSES = ("listening", "contact_point", "help", "research", "greeting", "other")
ENDED_HAS_END = "(state = 'ended') = (checked_out_at IS NOT NULL OR ended_by IS NOT DISTINCT FROM 'forgotten')"


def _change_check(name: str, condition: str) -> None:
    """The wider CHECK is added before the narrower goes, so that one always holds."""
    op.execute(f"ALTER TABLE visit ADD CONSTRAINT {name}_next CHECK ({condition}) NOT VALID")
    op.execute(f"ALTER TABLE visit VALIDATE CONSTRAINT {name}_next")
    op.execute(f"ALTER TABLE visit DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE visit RENAME CONSTRAINT {name}_next TO {name}")


def upgrade() -> None:
    role = settings().service_role
    _create_tables()
    purpose = sa.table(
        "visit_purpose", *(sa.column(name) for name in ("code", "name", "name_en", "is_offered", "version"))
    )
    op.bulk_insert(
        purpose,
        [{"code": code, "name": zh, "name_en": en, "is_offered": True, "version": 1} for code, zh, en in PURPOSES],
    )
    op.add_column("visit", sa.Column("ended_by", sa.String(32), nullable=True))
    op.add_column("visit", sa.Column("stay", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("visit", sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("acknowledged_by", sa.Uuid(), nullable=True))
    op.create_check_constraint(op.f("ck_visit_visitend"), "visit", "ended_by IN ('checked_out', 'forgotten')")
    _change_check("ck_visit_ended_has_end", ENDED_HAS_END)
    op.execute("ALTER TABLE visit DROP CONSTRAINT ck_visit_visitpurpose")
    for name, column, target in (
        ("fk_visit_purpose", "purpose", "visit_purpose (code)"),
        ("fk_visit_acknowledged_by", "acknowledged_by", "person (id)"),
    ):
        op.execute(f"ALTER TABLE visit ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {target} NOT VALID")
        op.execute(f"ALTER TABLE visit VALIDATE CONSTRAINT {name}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON visit_purpose, visit_companion, visit_correction TO {role}")


def _create_tables() -> None:
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
        "visit_companion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("told", "declined", name="companionstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (declined_at IS NOT NULL)", name=op.f("ck_visit_companion_declined_has_moment")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_companion_person_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_companion_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_companion")),
        sa.UniqueConstraint("visit_id", "person_id", name=op.f("uq_visit_companion_visit_id_person_id")),
    )
    op.create_index(
        "ix_visit_companion_person_id",
        "visit_companion",
        ["person_id", sa.literal_column("told_at DESC")],
        unique=False,
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
            "(state = 'requested') = (decided_at IS NULL)", name=op.f("ck_visit_correction_decided_has_moment")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_visit_correction_decided_by")),
        sa.ForeignKeyConstraint(["requested_by"], ["person.id"], name=op.f("fk_visit_correction_requested_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_correction_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_correction")),
    )
    op.create_index("ix_visit_correction_requested_at", "visit_correction", ["requested_at", "id"], unique=False)
    op.create_index("ix_visit_correction_visit_id", "visit_correction", ["visit_id"], unique=False)
    op.create_index(
        "uq_visit_correction_open",
        "visit_correction",
        ["visit_id"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )


def downgrade() -> None:
    listed = ", ".join(f"'{code}'" for code in OLD_PURPOSES)
    op.drop_constraint(op.f("fk_visit_purpose"), "visit", type_="foreignkey")
    op.drop_constraint(op.f("fk_visit_acknowledged_by"), "visit", type_="foreignkey")
    op.create_check_constraint(op.f("ck_visit_visitpurpose"), "visit", f"purpose IN ({listed})")
    _change_check("ck_visit_ended_has_end", "(state = 'ended') = (checked_out_at IS NOT NULL)")
    for column in ("ended_by", "stay", "acknowledged_at", "acknowledged_by"):
        op.drop_column("visit", column)
    for table in ("visit_correction", "visit_companion", "visit_purpose"):
        op.drop_table(table)
