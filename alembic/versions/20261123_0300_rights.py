"""Seventeen roles, duties that exclude each other, delegations, accusations, a second lock on contacts and dossiers."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings  # rls

revision = "rights"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = (
    "cadre",
    "officer",
    "community_secretary",
    "system_administrator",
    "security_administrator",
    "audit_administrator",
    "dispatcher",
    "handler",
    "personnel_organ",
)
MORE_ROLES = (
    "member",
    "leader",
    "delegate",
    "branch_secretary",
    "organ_committee_officer",
    "work_committee_officer",
    "community_worker",
    "supervisor",
)

# duties of service/identity/access/roles.py; a test compares the two. NULL: goes together with everything
DUTY_OF = """
CREATE FUNCTION duty_of(role text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN role = 'system_administrator' THEN 1
        WHEN role = 'security_administrator' THEN 2
        WHEN role = 'audit_administrator' THEN 3
        WHEN role IN ('officer', 'organ_committee_officer', 'work_committee_officer', 'branch_secretary',
            'community_secretary', 'community_worker', 'delegate', 'dispatcher', 'handler', 'supervisor',
            'personnel_organ') THEN 4
    END::smallint
$$
"""
DUTIES_APART = """
ALTER TABLE posting ADD CONSTRAINT ex_posting_duties_apart EXCLUDE USING gist (
    person_id WITH =, duty_of(role::text) WITH <>, tstzrange(valid_from, valid_until) WITH &&
) WHERE (duty_of(role::text) IS NOT NULL)
"""

# what service/identity/access/row_level_security.py says inside a transaction; nothing said, nothing seen
ASKING = """
CREATE FUNCTION asking_for(purpose text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('grassroots.purpose', true), '') = purpose
$$;
CREATE FUNCTION asking_person() RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.actor', true), '')::uuid
$$;
CREATE FUNCTION asking_at() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('grassroots.at', true), '')::timestamptz
$$
"""
STANDS_AS = """
CREATE FUNCTION stands_as(roles text[], wanted_id uuid, reaches_below boolean) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM posting
        JOIN organisation AS held ON held.id = posting.organisation_id
        JOIN organisation AS wanted ON wanted.id = wanted_id
        WHERE posting.person_id = asking_person() AND posting.role = ANY (roles)
            AND posting.valid_from <= asking_at()
            AND (posting.valid_until IS NULL OR posting.valid_until > asking_at())
            AND (held.id = wanted.id OR reaches_below AND held.path @> wanted.path)
    )
$$
"""
LOCKED = {
    "problem_contact": ("left_by_resident", "revealed_to_handler", "upkeep"),
    "dossier": ("read_by_person_or_officer", "received", "receipted", "upkeep"),
}
RECEIVED = """(asking_for('receive') AND EXISTS (
    SELECT FROM assessment_cycle AS cycle
    WHERE cycle.id = dossier.cycle_id AND stands_as('{personnel_organ}', cycle.receiver_id, false)
))"""
POLICIES = (
    "CREATE POLICY left_by_resident ON problem_contact FOR INSERT WITH CHECK (true)",
    """CREATE POLICY revealed_to_handler ON problem_contact FOR SELECT USING (asking_for('reveal') AND EXISTS (
        SELECT FROM problem WHERE problem.id = problem_contact.problem_id AND problem.state <> 'closed'
            AND stands_as('{handler}', problem.owner_id, false)
    ))""",
    "CREATE POLICY upkeep ON problem_contact USING (asking_for('upkeep')) WITH CHECK (asking_for('upkeep'))",
    """CREATE POLICY read_by_person_or_officer ON dossier FOR SELECT USING (asking_for('read') AND (
        dossier.person_id = asking_person() OR EXISTS (
            SELECT FROM assessment_cycle AS cycle WHERE cycle.id = dossier.cycle_id
                AND stands_as('{officer,organ_committee_officer}', cycle.organisation_id, true)
        )
    ))""",
    f"CREATE POLICY received ON dossier FOR SELECT USING {RECEIVED}",
    f"CREATE POLICY receipted ON dossier FOR UPDATE USING {RECEIVED}",
    "CREATE POLICY upkeep ON dossier USING (asking_for('upkeep')) WITH CHECK (asking_for('upkeep'))",
)


def upgrade() -> None:
    limit_roles([*ROLES, *MORE_ROLES])
    add_delegations()
    keep_duties_apart()
    add_accusations()
    lock_rows()


def limit_roles(roles: list[str]) -> None:
    """New members of the enum: the wider CHECK is added before the narrower goes, so that one always holds."""
    listed = ", ".join(f"'{role}'" for role in roles)
    op.execute(f"ALTER TABLE posting ADD CONSTRAINT ck_posting_role_next CHECK (role IN ({listed})) NOT VALID")
    op.execute("ALTER TABLE posting VALIDATE CONSTRAINT ck_posting_role_next")
    op.execute("ALTER TABLE posting DROP CONSTRAINT ck_posting_role")
    op.execute("ALTER TABLE posting RENAME CONSTRAINT ck_posting_role_next TO ck_posting_role")


def add_delegations() -> None:
    op.add_column("posting", sa.Column("delegate_of", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_posting_delegate_of"), "posting", "person", ["delegate_of"], ["id"])
    op.create_index(op.f("ix_posting_delegate_of"), "posting", ["delegate_of"])
    op.create_check_constraint(
        op.f("ck_posting_delegate_of_one_leader_until"),
        "posting",
        "(role = 'delegate') = (delegate_of IS NOT NULL) AND (delegate_of IS NULL OR valid_until IS NOT NULL)",
    )
    op.create_check_constraint(op.f("ck_posting_delegate_of_another"), "posting", "delegate_of <> person_id")


def keep_duties_apart() -> None:
    """Fails where somebody holds two administrators' roles at once: end one of the postings first."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")  # trusted: the owner of the database may
    op.execute(DUTY_OF)
    op.execute(DUTIES_APART)


def add_accusations() -> None:
    op.add_column("problem", sa.Column("is_accusation", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "problem_withheld",
        sa.Column("problem_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("is_accused", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_withheld_problem_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_problem_withheld_organisation_id")
        ),
        sa.PrimaryKeyConstraint("problem_id", "organisation_id", name=op.f("pk_problem_withheld")),
    )
    op.create_index(op.f("ix_problem_withheld_organisation_id"), "problem_withheld", ["organisation_id"])
    op.execute(f"GRANT SELECT, INSERT ON problem_withheld TO {settings().service_role}")


def lock_rows() -> None:
    """Not forced upon the owner: its backups hold every row, and the service never is the owner."""
    for statement in (ASKING, STANDS_AS, *POLICIES):
        op.execute(statement)
    for table in LOCKED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def unlock_rows() -> None:
    for table, policies in LOCKED.items():
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        for policy in policies:
            op.execute(f"DROP POLICY {policy} ON {table}")
    op.execute("DROP FUNCTION stands_as(text[], uuid, boolean)")
    op.execute("DROP FUNCTION asking_for(text), asking_person(), asking_at()")


def downgrade() -> None:
    unlock_rows()
    op.drop_table("problem_withheld")
    op.drop_column("problem", "is_accusation")
    op.execute("ALTER TABLE posting DROP CONSTRAINT ex_posting_duties_apart")
    op.execute("DROP FUNCTION duty_of(text)")
    op.drop_constraint("ck_posting_delegate_of_another", "posting")
    op.drop_constraint("ck_posting_delegate_of_one_leader_until", "posting")
    op.drop_column("posting", "delegate_of")
    limit_roles(list(ROLES))
