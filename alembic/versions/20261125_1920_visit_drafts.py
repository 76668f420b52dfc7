"""What delegates write down for leaders; two more kinds of items in the inbox."""

import re

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "visit_drafts"
down_revision = "problem_set_up_versions"
branch_labels = None
depends_on = None

MORE_KINDS = ("visit_draft_to_confirm", "fence_proposal_to_decide")
CHECK = "ck_inbox_item_inboxkind"


def limit_kinds(*, also: tuple[str, ...], without: tuple[str, ...] = ()) -> None:
    """What the CHECK lists today with some more or fewer; the new one is added before the old one goes."""
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"), {"name": CHECK}
    )
    known = re.findall(r"'([a-z_]+)'", definition)
    listed = ", ".join(f"'{kind}'" for kind in [*(one for one in known if one not in without), *also])
    op.execute(f"ALTER TABLE inbox_item ADD CONSTRAINT {CHECK}_next CHECK (kind IN ({listed})) NOT VALID")
    op.execute(f"ALTER TABLE inbox_item VALIDATE CONSTRAINT {CHECK}_next")
    op.execute(f"ALTER TABLE inbox_item DROP CONSTRAINT {CHECK}")
    op.execute(f"ALTER TABLE inbox_item RENAME CONSTRAINT {CHECK}_next TO {CHECK}")


def upgrade() -> None:
    limit_kinds(also=MORE_KINDS)
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
        unique=False,
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON visit_draft TO {settings().service_role}")


def downgrade() -> None:
    op.execute("DELETE FROM inbox_item WHERE kind IN ('visit_draft_to_confirm', 'fence_proposal_to_decide')")
    limit_kinds(also=(), without=MORE_KINDS)
    op.drop_index("ix_visit_draft_written_by", table_name="visit_draft")
    op.drop_table("visit_draft")
