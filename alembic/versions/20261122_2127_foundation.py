"""The foundation: every table of the first release, partitions, functions, roles' rights, the job queue's schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from service.foundation.settings import settings

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


class Ltree(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ltree"


class Xid8(sa.types.UserDefinedType[int]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


UUID7_FLOOR = """
CREATE FUNCTION uuid7_floor(moment timestamptz) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql RETURN
    (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
"""

# One function of the owner makes partitions; the service may call it but create no table itself.
ENSURE_PARTITIONS = """
CREATE FUNCTION ensure_partitions(today timestamptz) RETURNS integer SECURITY DEFINER SET search_path FROM CURRENT
LANGUAGE plpgsql AS $$
DECLARE
    parent text; step interval; unit text; form text; first_day timestamptz; child text; made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7210432);
    FOR parent, step, unit, form IN VALUES
        ('event', '1 year'::interval, 'year', 'YYYY'),
        ('delivery', '3 months', 'quarter', 'YYYY_"q"Q'),
        ('access_log', '1 month', 'month', 'YYYY_MM')
    LOOP
        first_day := date_trunc(unit, today, 'UTC');
        WHILE first_day < today + interval '2 years' LOOP
            child := parent || '_' || to_char(first_day AT TIME ZONE 'UTC', form);
            IF to_regclass(child) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    child, parent, uuid7_floor(first_day),
                    uuid7_floor((first_day AT TIME ZONE 'UTC' + step) AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
            first_day := (first_day AT TIME ZONE 'UTC' + step) AT TIME ZONE 'UTC';
        END LOOP;
    END LOOP;
    RETURN made;
END $$
"""

# Retention by dropping whole partitions; events are never among them.
DROP_PARTITIONS = """
CREATE FUNCTION drop_partitions(today timestamptz) RETURNS integer SECURITY DEFINER SET search_path FROM CURRENT
LANGUAGE plpgsql AS $$
DECLARE
    parent text; keep interval; child text; upper_bound text; dropped integer := 0;
BEGIN
    FOR parent, keep IN VALUES ('delivery', '90 days'::interval), ('access_log', '12 months') LOOP
        FOR child, upper_bound IN
            SELECT part.relname, substring(pg_get_expr(part.relpartbound, part.oid) FROM 'TO \\(''([0-9a-f-]+)''\\)')
            FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid WHERE inhparent = parent::regclass
        LOOP
            IF upper_bound IS NOT NULL AND upper_bound::uuid < uuid7_floor(today - keep) THEN
                EXECUTE format('DROP TABLE %I', child);
                dropped := dropped + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN dropped;
END $$
"""

# The service writes the access log and cannot read it; to seal it, it is given hashes of rows and nothing else.
ACCESS_LOG_HASHES = """
CREATE FUNCTION access_log_hashes(
    after_timeline integer, after_transaction xid8, after_id uuid, at_most integer
)
RETURNS TABLE (epoch integer, transaction_id xid8, id uuid, hash bytea) SECURITY DEFINER
SET search_path FROM CURRENT STABLE LANGUAGE sql AS $$
    SELECT a.epoch, a.transaction_id, a.id, sha256(convert_to(jsonb_build_array(a.id,
        extract(epoch FROM a.recorded_at), a.actor_id, a.action, a.subject_id, a.facts)::text, 'UTF8'))
    FROM access_log AS a
    WHERE (a.epoch, a.transaction_id, a.id) > (after_timeline, after_transaction, after_id)
        AND (a.epoch < (SELECT max(number) FROM epoch)
            OR a.transaction_id < pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY a.epoch, a.transaction_id, a.id LIMIT at_most
$$
"""

FIRST_ROWS = """
INSERT INTO epoch (number, first_position, reason, opened_at) VALUES (1, 1, 'first', now());
INSERT INTO relay (id, epoch, transaction_id, event_id, position)
    VALUES (1, 1, '0', '00000000-0000-0000-0000-000000000000', 0)
"""

APPEND_ONLY = ("event", "feed", "audience", "seal")
KEPT = (
    "timer",
    "relay",
    "epoch",
    "organisation",
    "posting",
    "division",
    "division_import",
    "person",
    "consent",
    "credential",
    "service_client",
    "place",
    "fence",
    "visit",
    "endpoint",
    "endpoint_secret",
    "delivery",
)
PASSING = ("timer", "division_staged", "visit_position", "endpoint_secret")


TABLES = (
    "access_log",
    "audience",
    "timer",
    "delivery",
    "division_import",
    "division_staged",
    "event",
    "feed",
    "relay",
    "seal",
    "epoch",
    "division",
    "organisation",
    "person",
    "consent",
    "credential",
    "endpoint",
    "place",
    "posting",
    "service_client",
    "endpoint_secret",
    "fence",
    "visit",
    "visit_position",
)


def grant_rights() -> None:
    """Who may do what with which table. Nobody but the owner may change or remove an event."""
    service, auditor = settings().service_role, settings().auditor_role
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(APPEND_ONLY)} TO {service}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(KEPT)} TO {service}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(PASSING)} TO {service}")
    op.execute(f"GRANT INSERT ON access_log TO {service}")
    op.execute(f"GRANT SELECT ON alembic_version TO {service}")
    op.execute(f"GRANT SELECT ON access_log, seal TO {auditor}")
    op.execute(
        "REVOKE ALL ON FUNCTION ensure_partitions(timestamptz), drop_partitions(timestamptz),"
        " access_log_hashes(integer, xid8, uuid, integer) FROM PUBLIC"
    )
    op.execute(
        "GRANT EXECUTE ON FUNCTION ensure_partitions(timestamptz), drop_partitions(timestamptz),"
        f" access_log_hashes(integer, xid8, uuid, integer) TO {service}"
    )
    op.execute(f"GRANT EXECUTE ON FUNCTION access_log_hashes(integer, xid8, uuid, integer) TO {auditor}")


def install_job_queue() -> None:
    """The schema of procrastinate, in the version the lock file pins; a later one brings its own migration."""
    op.execute(sa.text(SchemaManager.get_schema().replace(":", "\\:")))
    op.execute(
        """DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT relname FROM pg_class WHERE relname LIKE 'procrastinate%' AND relkind = 'r' LOOP
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO service_role', name);
        END LOOP;
        FOR name IN SELECT relname FROM pg_class WHERE relname LIKE 'procrastinate%' AND relkind = 'S' LOOP
            EXECUTE format('GRANT USAGE ON SEQUENCE %I TO service_role', name);
        END LOOP; END $$""".replace("service_role", settings().service_role)
    )


def upgrade() -> None:
    create_tables()
    for parent in ("event", "delivery", "access_log"):
        op.execute(f"CREATE TABLE {parent}_default PARTITION OF {parent} DEFAULT")
    for statement in (UUID7_FLOOR, ENSURE_PARTITIONS, DROP_PARTITIONS, ACCESS_LOG_HASHES, FIRST_ROWS):
        op.execute(sa.text(statement.replace(":", "\\:")))
    op.execute("SELECT ensure_partitions(now())")
    grant_rights()
    install_job_queue()


def create_tables() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("transaction_id", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_access_log_order", "access_log", ["epoch", "transaction_id", "id"], unique=False)
    op.create_table(
        "audience",
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("reader_id", "position", name=op.f("pk_audience")),
    )
    op.create_table(
        "timer",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "kind", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_due_at", "timer", ["due_at"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_name", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "delivered",
                "set_aside",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_delivery_endpoint_id", "delivery", ["endpoint_id", "id"], unique=False)
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["endpoint_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_delivery_held",
        "delivery",
        ["endpoint_id", "subject_id", "position"],
        unique=False,
        postgresql_where=sa.text("state <> 'delivered' AND attempts > 0"),
    )
    op.create_table(
        "division_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_division_import")),
    )
    op.create_table(
        "division_staged",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "line", "source", name=op.f("pk_division_staged")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_division_staged_code", "division_staged", ["import_id", "code"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("transaction_id", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("person_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_event_order", "event", ["epoch", "transaction_id", "id"], unique=False)
    op.create_index("ix_event_subject", "event", ["subject_id", "id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("event_id", name=op.f("uq_feed_event_id")),
    )
    op.create_table(
        "relay",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("transaction_id", Xid8(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_follower_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower")),
    )
    op.create_table(
        "seal",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_key", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("last_key", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_seal")),
    )
    op.create_table(
        "epoch",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_timeline")),
    )
    op.create_table(
        "division",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "prefecture",
                "county",
                "township",
                "village",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "code ~ '^[0-9]+$' AND length(code) IN (2, 4, 6, 9, 12)", name=op.f("ck_division_code_form")
        ),
        sa.CheckConstraint("starts_with(code, coalesce(parent_code, ''))", name=op.f("ck_division_code_under_parent")),
        sa.ForeignKeyConstraint(["import_id"], ["division_import.id"], name=op.f("fk_division_import_id")),
        sa.ForeignKeyConstraint(["parent_code"], ["division.code"], name=op.f("fk_division_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_division")),
    )
    op.create_index(op.f("ix_division_parent_code"), "division", ["parent_code"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "family",
            sa.Enum("party", "unit", name="family", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
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
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("path", Ltree(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "subpath(path, -1)::text = replace(id::text, '-', '')", name=op.f("ck_organisation_path_ends_in_id")
        ),
        sa.CheckConstraint("(parent_id IS NULL) = (nlevel(path) = 1)", name=op.f("ck_organisation_root_has_no_parent")),
        sa.CheckConstraint("nlevel(path) > 0", name=op.f("ck_organisation_path_not_empty")),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name=op.f("fk_organisation_division_code")),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_division_code"), "organisation", ["division_code"], unique=False)
    op.create_index(op.f("ix_organisation_parent_id"), "organisation", ["parent_id"], unique=False)
    op.create_index("ix_organisation_path", "organisation", ["path"], unique=False, postgresql_using="gist")
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_organisation_id"), "person", ["organisation_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("keep_positions", name="consentpurpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("notice_version", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_person_id"), "consent", ["person_id"], unique=False)
    op.create_index(
        "uq_consent_live",
        "consent",
        ["person_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("person_id", name=op.f("uq_credential_person_id")),
    )
    op.create_index("uq_credential_login", "credential", [sa.literal_column("lower(login)")], unique=True)
    op.create_table(
        "endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum("active", "disabled", name="endpointstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wakes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures_in_a_row", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_endpoint_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint")),
    )
    op.create_index(
        "ix_endpoint_due_at",
        "endpoint",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'active' AND due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_endpoint_organisation_id"), "endpoint", ["organisation_id"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "community",
                "village",
                "enterprise",
                "school",
                "social_organisation",
                "other",
                name="placekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name=op.f("fk_place_division_code")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_place_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_index("ix_place_created_at", "place", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_place_division_code"), "place", ["division_code"], unique=False)
    op.create_index(op.f("ix_place_organisation_id"), "place", ["organisation_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "cadre",
                "officer",
                "community_secretary",
                "system_administrator",
                "security_administrator",
                "audit_administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_posting_until_after_from")
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_posting_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_posting_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_organisation_id"), "posting", ["organisation_id"], unique=False)
    op.create_index("ix_posting_person_id", "posting", ["person_id", "valid_from"], unique=False)
    op.create_table(
        "service_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_service_client_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_client")),
    )
    op.create_index(op.f("ix_service_client_organisation_id"), "service_client", ["organisation_id"], unique=False)
    op.create_table(
        "endpoint_secret",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["endpoint_id"], ["endpoint.id"], name=op.f("fk_endpoint_secret_endpoint_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoint_secret")),
    )
    op.create_index(op.f("ix_endpoint_secret_endpoint_id"), "endpoint_secret", ["endpoint_id"], unique=False)
    op.create_table(
        "fence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("circle", "polygon", name="fencekind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("radius_m", sa.Float(), nullable=True),
        sa.Column("area", Geography("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(kind = 'circle') = (radius_m IS NOT NULL)", name=op.f("ck_fence_circle_has_radius")),
        sa.CheckConstraint(
            "GeometryType(area::geometry) = CASE kind WHEN 'circle' THEN 'POINT' ELSE 'POLYGON' END",
            name=op.f("ck_fence_area_form"),
        ),
        sa.CheckConstraint(
            "radius_m IS NULL OR (radius_m > 0 AND radius_m <= 20000)", name=op.f("ck_fence_radius_range")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_fence_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence")),
    )
    op.create_index("ix_fence_area", "fence", ["area"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_fence_place_id", "fence", ["place_id"], unique=False, postgresql_where=sa.text("valid_until IS NULL")
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "ended", name="visitstate", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "presence",
            sa.Enum(
                "verified",
                "doubtful",
                "unverified",
                name="presence",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("presence_reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "listening",
                "contact_point",
                "help",
                "research",
                "greeting",
                "other",
                name="visitpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("people_met", sa.Integer(), nullable=True),
        sa.Column("heard", sa.Text(), nullable=True),
        sa.Column("done", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("(state = 'ended') = (checked_out_at IS NOT NULL)", name=op.f("ck_visit_ended_has_end")),
        sa.CheckConstraint(
            "checked_out_at IS NULL OR checked_out_at >= checked_in_at", name=op.f("ck_visit_out_after_in")
        ),
        sa.CheckConstraint("people_met IS NULL OR people_met >= 0", name=op.f("ck_visit_people_met_range")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_visit_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_person_id")),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_visit_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(
        "ix_visit_organisation_id",
        "visit",
        ["organisation_id", sa.literal_column("checked_in_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_visit_person_id",
        "visit",
        ["person_id", sa.literal_column("checked_in_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_visit_place_id",
        "visit",
        ["place_id", sa.literal_column("checked_in_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "visit_position",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", Geography("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("accuracy_m", sa.Float(), nullable=False),
        sa.Column("sent_longitude_deg", sa.Float(), nullable=False),
        sa.Column("sent_latitude_deg", sa.Float(), nullable=False),
        sa.Column(
            "sent_datum",
            sa.Enum("wgs84", "gcj02", "bd09", name="datum", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_visit_position_visit_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit_position")),
    )
    op.create_index(op.f("ix_visit_position_person_id"), "visit_position", ["person_id"], unique=False)


def downgrade() -> None:
    """Back to nothing: only for tests, since it destroys the record."""
    op.execute(
        """DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'procrastinate%' LOOP
            EXECUTE 'DROP ROUTINE ' || name || ' CASCADE';
        END LOOP;
        FOR name IN SELECT relname FROM pg_class WHERE relname LIKE 'procrastinate%' AND relkind IN ('r', 'v') LOOP
            EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', name);
        END LOOP;
        FOR name IN SELECT typname FROM pg_type WHERE typname LIKE 'procrastinate%' AND typtype IN ('e', 'c') LOOP
            EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', name);
        END LOOP; END $$"""
    )
    op.execute("DROP FUNCTION access_log_hashes, drop_partitions, ensure_partitions")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION uuid7_floor")
