"""Every event names the kind of its actor: person, resident, client or system."""

import sqlalchemy as sa
from alembic import op

revision = "actor_kind"
down_revision = "one_link"
branch_labels = None
depends_on = None
KINDS = ("person", "resident", "client", "system")
FILL = """
UPDATE event SET actor_kind = CASE
    WHEN actor_id IS NULL AND name IN ('problem.confirmed', 'problem.reopened') THEN 'resident'
    WHEN actor_id IS NULL THEN 'system'
    WHEN EXISTS (SELECT FROM service_client WHERE service_client.id = event.actor_id) THEN 'client'
    ELSE 'person' END
"""
TABLE, COLUMN, NAMED = "event", "actor_kind", "ck_event_actor_named"


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="actorkind", native_enum=False, create_constraint=True, length=32)
    op.add_column(TABLE, sa.Column(COLUMN, kind))
    op.execute(FILL)
    op.alter_column(TABLE, COLUMN, nullable=False)
    op.create_check_constraint(op.f(NAMED), TABLE, "(actor_id IS NULL) = (actor_kind IN ('resident', 'system'))")


def downgrade() -> None:
    op.drop_constraint(op.f(NAMED), TABLE, type_="check")
    op.drop_constraint(op.f("ck_event_actorkind"), TABLE, type_="check")
    op.drop_column(TABLE, COLUMN)
