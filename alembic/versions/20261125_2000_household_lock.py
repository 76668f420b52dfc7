"""The second lock on the households in touch with a leader, as `rights` put it on contacts and dossiers.

The version still running opens no lock: from here on it shows and adds no household, as it then was with contacts, and
one ended by it leaves its households behind, seen by nobody. The daily purge of the new version removes those.
"""

from alembic import op

revision = "household_lock"
down_revision = "rights_clocks"
branch_labels = None
depends_on = None

POLICIES = {
    "kept_by_leader": """(asking_for('keep') AND EXISTS (
        SELECT FROM contact_point AS point WHERE point.id = contact_household.contact_point_id
            AND point.leader_id = asking_person() AND point.ended_at IS NULL
    ))""",
    "forgotten_with_the_contact": """(asking_for('forget') AND EXISTS (
        SELECT FROM contact_point AS point WHERE point.id = contact_household.contact_point_id
            AND point.ended_at IS NOT NULL
    ))""",
    "upkeep": "(asking_for('upkeep'))",
}


def upgrade() -> None:
    """Not forced upon the owner, whose backups hold every row."""
    for policy, rows in POLICIES.items():
        op.execute(f"CREATE POLICY {policy} ON contact_household USING {rows} WITH CHECK {rows}")
    op.execute("ALTER TABLE contact_household ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("ALTER TABLE contact_household DISABLE ROW LEVEL SECURITY")
    for policy in POLICIES:
        op.execute(f"DROP POLICY {policy} ON contact_household")
