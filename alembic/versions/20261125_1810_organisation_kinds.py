"""Local committees and leading groups; the superior's approval of what may be only with one."""

import sqlalchemy as sa
from alembic import op

revision = "organisation_kinds"
down_revision = "visit_plans"
branch_labels = None
depends_on = None

KINDS = (
    "work_committee",
    "party_committee",
    "general_branch",
    "branch",
    "party_group",
    "organ",
    "institution",
    "enterprise",
    "social_organisation",
    "residents_committee",
    "villagers_committee",
)
MORE_KINDS = ("local_committee", "leading_group")
CHECK = "ck_organisation_organisationkind"


def upgrade() -> None:
    limit_kinds([*KINDS, *MORE_KINDS])
    op.add_column("organisation", sa.Column("approval_number", sa.Text(), nullable=True))
    op.add_column("organisation", sa.Column("approved_on", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_organisation_approval_dated"), "organisation", "(approval_number IS NULL) = (approved_on IS NULL)"
    )


def limit_kinds(kinds: list[str]) -> None:
    """New members of the enum: the wider CHECK is added before the narrower goes, so that one always holds."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE organisation ADD CONSTRAINT {CHECK}_next CHECK (kind IN ({listed})) NOT VALID")
    op.execute(f"ALTER TABLE organisation VALIDATE CONSTRAINT {CHECK}_next")
    op.execute(f"ALTER TABLE organisation DROP CONSTRAINT {CHECK}")
    op.execute(f"ALTER TABLE organisation RENAME CONSTRAINT {CHECK}_next TO {CHECK}")


def downgrade() -> None:
    op.drop_constraint("ck_organisation_approval_dated", "organisation")
    op.drop_column("organisation", "approved_on")
    op.drop_column("organisation", "approval_number")
    # there was no better word before
    op.execute("UPDATE organisation SET kind = 'party_committee' WHERE kind = 'local_committee'")
    op.execute("UPDATE organisation SET kind = 'party_group' WHERE kind = 'leading_group'")
    limit_kinds(list(KINDS))
