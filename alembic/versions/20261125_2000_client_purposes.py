"""What a service client is for; the second lock lets an assessment system take over what its organisation receives."""

import sqlalchemy as sa
from alembic import op

revision = "client_purposes"
down_revision = "import_confirmers"
branch_labels = None
depends_on = None

ASKING_CLIENT = """
CREATE FUNCTION asking_client() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.client', true), '')::uuid
$$
"""
# asked by service/identity/access/scope.py too; a client that was ended, or whose organisation was closed, acts as nothing
ACTS_AS = """
CREATE FUNCTION acts_as(purposes text[], client_id uuid, wanted_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM service_client AS client
        JOIN organisation ON organisation.id = client.organisation_id
        WHERE client.id = client_id AND client.organisation_id = wanted_id AND client.purpose = ANY (purposes)
            AND client.ended_at IS NULL AND organisation.valid_until IS NULL
    )
$$
"""
RECEIVED_BEFORE = """(asking_for('receive') AND EXISTS (
    SELECT FROM assessment_cycle AS cycle
    WHERE cycle.id = dossier.cycle_id AND stands_as('{personnel_organ}', cycle.receiver_id, false)
))"""
RECEIVED = """(asking_for('receive') AND EXISTS (
    SELECT FROM assessment_cycle AS cycle
    WHERE cycle.id = dossier.cycle_id AND (
        stands_as('{personnel_organ}', cycle.receiver_id, false)
        OR cycle.state = 'frozen' AND acts_as('{assessment_system}', asking_client(), cycle.receiver_id)
    )
))"""


def upgrade() -> None:
    default = sa.text("'community_receiver'")
    op.add_column("service_client", sa.Column("purpose", sa.String(32), server_default=default, nullable=False))
    op.create_check_constraint(
        op.f("ck_service_client_clientpurpose"),
        "service_client",
        "purpose IN ('community_receiver', 'assessment_system')",
    )
    op.execute(ASKING_CLIENT)
    op.execute(ACTS_AS)
    let_in(RECEIVED)


def let_in(who: str) -> None:
    """Who sees the dossiers of a cycle to take them over, and who sets the moment on them."""
    for policy in ("received", "receipted"):
        op.execute(f"ALTER POLICY {policy} ON dossier USING {who}")


def downgrade() -> None:
    let_in(RECEIVED_BEFORE)
    op.execute("DROP FUNCTION acts_as(text[], uuid, uuid), asking_client()")
    op.drop_column("service_client", "purpose")
