"""Marks by which a touched row is found; the auditor's own lines in the access log."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "audit"
down_revision = "imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seal", sa.Column("marks", sa.LargeBinary(), server_default="", nullable=False))
    auditor = settings().auditor_role
    # what the auditor reads is itself on record; a epoch says which rows no open transaction can still precede
    op.execute(f"GRANT INSERT ON access_log TO {auditor}")
    op.execute(f"GRANT SELECT ON epoch TO {auditor}")


def downgrade() -> None:
    auditor = settings().auditor_role
    op.execute(f"REVOKE SELECT ON epoch FROM {auditor}")  # noqa: S608 - a name from our settings
    op.execute(f"REVOKE INSERT ON access_log FROM {auditor}")
    op.drop_column("seal", "marks")
