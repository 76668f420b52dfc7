"""Middles of proposed fences, and fences taken from them, are told to some fifty metres, so they are nobody's position."""

from alembic import op

from service.foundation.settings import settings

revision = "coarse_middles"
down_revision = "help_given"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE fence SET area = ST_SnapToGrid(area::geometry, 0.0005)::geography FROM fence_proposal AS proposal"
        " WHERE proposal.fence_id = fence.id AND fence.kind = 'circle'"
        " AND ST_DWithin(fence.area, proposal.middle, 0.1)"
    )
    op.execute("UPDATE fence_proposal SET middle = ST_SnapToGrid(middle::geometry, 0.0005)::geography")
    op.execute(f"GRANT DELETE ON fence_proposal TO {settings().service_role}")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON fence_proposal FROM {settings().service_role}")
