"""Purges with their proof, requests for correction, consents for more purposes, contacts without an index."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "privacy"
down_revision = "rights"
branch_labels = None
depends_on = None

PURPOSES = ("keep_positions",)
MORE_PURPOSES = ("show_identity", "publish")

# The service may drop no table: these functions of the owner do it for whole partitions of two tables alone.
PAST_PARTITIONS = """
CREATE FUNCTION past_partitions(parent text, before timestamptz) RETURNS SETOF text
SECURITY DEFINER SET search_path FROM CURRENT STABLE LANGUAGE sql AS $$
    SELECT part.relname::text FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE parent IN ('delivery', 'access_log') AND inhparent = to_regclass(parent)
        AND substring(pg_get_expr(part.relpartbound, part.oid) FROM 'TO \\(''([0-9a-f-]+)''\\)')::uuid
            <= uuid7_floor(before)
    ORDER BY part.relname
$$
"""
PARTITION_IDS = """
CREATE FUNCTION partition_ids(partition text, after_id uuid, at_most integer) RETURNS SETOF uuid
SECURITY DEFINER SET search_path FROM CURRENT STABLE LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass(quote_ident(partition))
        AND inhparent IN ('delivery'::regclass, 'access_log'::regclass)) THEN
        RAISE EXCEPTION 'no partition that may be dropped: %', partition;
    END IF;
    RETURN QUERY EXECUTE format('SELECT id FROM %I WHERE id > $1 ORDER BY id LIMIT $2', partition)
        USING after_id, at_most;
END $$
"""
DROP_PARTITION = """
CREATE FUNCTION drop_partition(partition text, before timestamptz) RETURNS void
SECURITY DEFINER SET search_path FROM CURRENT LANGUAGE plpgsql AS $$
BEGIN
    IF partition NOT IN (SELECT past_partitions('delivery', before) UNION SELECT past_partitions('access_log', before))
    THEN
        RAISE EXCEPTION 'no partition that may be dropped: %', partition;
    END IF;
    EXECUTE format('DROP TABLE %I', partition);
END $$
"""
LOOKED_UP = """
CREATE POLICY looked_up_by_desk ON problem_contact FOR SELECT USING (asking_for('look_up') AND EXISTS (
    SELECT FROM problem JOIN place ON place.id = problem.place_id WHERE problem.id = problem_contact.problem_id AND (
        stands_as('{dispatcher}', problem.owner_id, true)
        OR stands_as('{dispatcher}', problem.organisation_id, true)
        OR stands_as('{dispatcher}', place.organisation_id, true)
    )
))
"""
FUNCTIONS = (
    "past_partitions(text, timestamptz)",
    "partition_ids(text, uuid, integer)",
    "drop_partition(text, timestamptz)",
)


def _limit_purposes(purposes: tuple[str, ...]) -> None:
    """The wider CHECK is added before the narrower goes, so that one always holds."""
    listed = ", ".join(f"'{purpose}'" for purpose in purposes)
    op.execute(f"ALTER TABLE consent ADD CONSTRAINT ck_consent_next CHECK (purpose IN ({listed})) NOT VALID")
    op.execute("ALTER TABLE consent VALIDATE CONSTRAINT ck_consent_next")
    op.execute("ALTER TABLE consent DROP CONSTRAINT ck_consent_consentpurpose")
    op.execute("ALTER TABLE consent RENAME CONSTRAINT ck_consent_next TO ck_consent_consentpurpose")


def upgrade() -> None:
    _limit_purposes((*PURPOSES, *MORE_PURPOSES))
    op.execute(LOOKED_UP)
    op.add_column(
        "consent",
        sa.Column(
            "ended_because",
            sa.Enum(
                "withdrawn",
                "renewed",
                "lapsed",
                name="consentend",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
    )
    op.alter_column("problem_contact", "phone_index", existing_type=sa.LargeBinary(), nullable=True)
    op.add_column("problem", sa.Column("masked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_problem_unmasked",
        "problem",
        ["closed_at", "id"],
        postgresql_where=sa.text("closed_at IS NOT NULL AND masked_at IS NULL"),
    )
    op.create_index(
        "ix_problem_with_text",
        "problem",
        ["closed_at", "id"],
        postgresql_where=sa.text("closed_at IS NOT NULL AND description <> ''"),
    )
    op.create_index(
        "ix_dossier_handed_over_at", "dossier", ["handed_over_at", "id"], postgresql_where=sa.text("jws <> ''")
    )
    op.create_index(
        "ix_residence_report_past",
        "residence_report",
        [sa.literal_column("coalesce(ended_at, decided_at)")],
        postgresql_where=sa.text("state IN ('ended', 'returned')"),
    )
    op.create_index(op.f("ix_problem_link_expires_at"), "problem_link", ["expires_at"], unique=False)
    _create_purge()
    _create_correction_request()
    for function in (PAST_PARTITIONS, PARTITION_IDS, DROP_PARTITION):
        op.execute(sa.text(function.replace(":", "\\:")))
    _grant()


def _create_purge() -> None:
    op.create_table(
        "purge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column(
            "verb",
            sa.Enum("removed", "masked", name="purgeverb", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("up_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ids_sha256", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rows > 0", name=op.f("ck_purge_rows_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge")),
    )
    op.create_index(
        "ix_purge_done_at", "purge", [sa.literal_column("done_at DESC"), sa.literal_column("id DESC")], unique=False
    )


def _create_correction_request() -> None:
    op.create_table(
        "correction_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("should_be", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "accepted",
                "refused",
                name="correctionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'submitted') = (decided_at IS NULL) AND (decided_at IS NULL) = (answer IS NULL)",
            name=op.f("ck_correction_request_decided_with_answer"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_correction_request_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_correction_request_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
    )
    op.create_index(op.f("ix_correction_request_person_id"), "correction_request", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_correction_request_organisation_id"), "correction_request", ["organisation_id"], unique=False
    )
    op.create_index("ix_correction_request_submitted_at", "correction_request", ["submitted_at", "id"], unique=False)


def _grant() -> None:
    service, auditor = settings().service_role, settings().auditor_role
    op.execute(f"GRANT SELECT, INSERT ON purge TO {service}")
    op.execute(f"GRANT SELECT ON purge TO {auditor}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON correction_request TO {service}")
    op.execute(f"GRANT DELETE ON problem_contact, problem_link, residence_report TO {service}")
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {service}")


def downgrade() -> None:
    op.execute("DROP POLICY looked_up_by_desk ON problem_contact")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute(f"REVOKE DELETE ON problem_contact, problem_link, residence_report FROM {settings().service_role}")
    op.drop_table("correction_request")
    op.drop_table("purge")
    op.drop_index(op.f("ix_problem_link_expires_at"), table_name="problem_link")
    op.drop_index("ix_residence_report_past", table_name="residence_report")
    op.drop_index("ix_dossier_handed_over_at", table_name="dossier")
    op.drop_index("ix_problem_with_text", table_name="problem")
    op.drop_index("ix_problem_unmasked", table_name="problem")
    op.drop_column("problem", "masked_at")
    op.execute("UPDATE problem_contact SET phone_index = ''::bytea WHERE phone_index IS NULL")
    op.alter_column("problem_contact", "phone_index", existing_type=sa.LargeBinary(), nullable=False)
    op.drop_column("consent", "ended_because")
    op.execute("DELETE FROM consent WHERE purpose IN ('show_identity', 'publish')")
    _limit_purposes(PURPOSES)
