"""Baseline of foundation: the event log with its feed, timers, and the schema of the job queue.

Plain SQL is in `alembic/sql/foundation/`: functions, grants, first rows.
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from service.foundation.columns import TransactionId
from service.foundation.settings import settings
from service.operations.database.sql_files import run_sql_file

revision = "foundation"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("audience", "chain_head", "epoch", "event", "feed", "relay", "timer")


def upgrade() -> None:
    create_events()
    run_sql_file("foundation/functions.sql")
    run_sql_file("foundation/grants.sql")
    run_sql_file("foundation/rows.sql")
    install_job_queue()


def downgrade() -> None:
    """Drop all objects of this floor. Only for tests: it destroys the data."""
    remove_job_queue()
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION uuid7_floor")


def create_events() -> None:
    op.create_table(
        "audience",
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("reader_id", "position", name=op.f("pk_audience")),
    )
    op.create_table(
        "epoch",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_epoch")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("transaction_id", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("person_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "person",
                "resident",
                "client",
                "system",
                name="actorkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "(actor_id IS NULL) = (actor_kind IN ('resident', 'system'))", name=op.f("ck_event_actor_named")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_event_order", "event", ["epoch", "transaction_id", "id"])
    op.create_index("ix_event_subject", "event", ["subject_id", "id"])
    op.execute("CREATE TABLE event_default PARTITION OF event DEFAULT")
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
        sa.Column("transaction_id", TransactionId(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_relay_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay")),
    )
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_key", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("last_key", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "timer",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "kind", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_due_at", "timer", ["due_at"])


def install_job_queue() -> None:
    """Create the schema of the locked procrastinate version. A later version needs its own migration."""
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


def remove_job_queue() -> None:
    """Drop the schema of procrastinate."""
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
