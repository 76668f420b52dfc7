"""Baseline of identity: people, organisations, postings, sign-in, the access log.

Plain SQL is in `alembic/sql/identity/`: functions, constraints, grants.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.foundation.columns import TransactionId, TreePath
from service.operations.database.sql_files import run_sql_file

revision = "identity"
down_revision = "foundation"
branch_labels = None
depends_on = None

TABLES = (
    "access_log",
    "division_import",
    "division_staged",
    "division",
    "organisation",
    "organisation_former_name",
    "organisation_link",
    "person",
    "consent",
    "correction_request",
    "sign_in_attempt",
    "spent_sign_in",
    "service_client",
    "credential",
    "device",
    "external_identity",
    "second_factor",
    "recovery_code",
    "local_rule",
    "posting",
)


def upgrade() -> None:
    create_access()
    create_tree()
    create_people()
    create_auth()
    create_local_rules()
    create_posting()
    run_sql_file("identity/functions.sql")
    run_sql_file("identity/constraints.sql")
    run_sql_file("identity/grants.sql")


def downgrade() -> None:
    """Drop everything of this floor. Only for tests, because it destroys all records."""
    op.execute("DROP FUNCTION has_role_over, client_serves, access_log_hashes")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION duty_of, rls_purpose_is, rls_person_id, rls_client_id, rls_at")


def create_access() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("transaction_id", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index("ix_access_log_order", "access_log", ["epoch", "transaction_id", "id"])
    op.execute("CREATE TABLE access_log_default PARTITION OF access_log DEFAULT")


def create_tree() -> None:
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
    op.create_index("ix_division_staged_code", "division_staged", ["import_id", "code"])
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
    op.create_index(op.f("ix_division_parent_code"), "division", ["parent_code"])
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
                "local_committee",
                "leading_group",
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
        sa.Column("path", TreePath(), nullable=False),
        sa.Column("division_code", sa.Text(), nullable=True),
        sa.Column("approval_number", sa.Text(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "subpath(path, -1)::text = replace(id::text, '-', '')", name=op.f("ck_organisation_path_ends_in_id")
        ),
        sa.CheckConstraint(
            "(approval_number IS NULL) = (approved_on IS NULL)", name=op.f("ck_organisation_approval_dated")
        ),
        sa.CheckConstraint("(parent_id IS NULL) = (nlevel(path) = 1)", name=op.f("ck_organisation_root_has_no_parent")),
        sa.CheckConstraint("nlevel(path) > 0", name=op.f("ck_organisation_path_not_empty")),
        sa.CheckConstraint(
            "successor_id IS NULL OR valid_until IS NOT NULL", name=op.f("ck_organisation_successor_of_closed")
        ),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name=op.f("fk_organisation_division_code")),
        sa.ForeignKeyConstraint(["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["organisation.id"], name=op.f("fk_organisation_successor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_division_code"), "organisation", ["division_code"])
    op.create_index(op.f("ix_organisation_parent_id"), "organisation", ["parent_id"])
    op.create_index("ix_organisation_path", "organisation", ["path"], postgresql_using="gist")
    op.create_index("uq_organisation_code", "organisation", ["code"], unique=True)
    op.create_table(
        "organisation_former_name",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_former_name_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_former_name")),
    )
    op.create_index(
        op.f("ix_organisation_former_name_organisation_id"), "organisation_former_name", ["organisation_id"]
    )
    op.create_table(
        "organisation_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "guides",
                "manages",
                "exchanges",
                "belongs_to",
                name="linkkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_organisation_link_between_two")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_organisation_link_until_after_from")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["organisation.id"], name=op.f("fk_organisation_link_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["organisation.id"], name=op.f("fk_organisation_link_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_link")),
    )
    op.create_index(op.f("ix_organisation_link_from_id"), "organisation_link", ["from_id"])
    op.create_index(op.f("ix_organisation_link_to_id"), "organisation_link", ["to_id"])


def create_people() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("staff_number", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_organisation_id"), "person", ["organisation_id"])
    op.create_index("uq_person_staff_number", "person", ["staff_number"], unique=True)
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
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_person_id"), "consent", ["person_id"])
    op.create_index(
        "uq_consent_live",
        "consent",
        ["person_id", "purpose"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
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
    op.create_index(op.f("ix_correction_request_organisation_id"), "correction_request", ["organisation_id"])
    op.create_index(op.f("ix_correction_request_person_id"), "correction_request", ["person_id"])
    op.create_index("ix_correction_request_submitted_at", "correction_request", ["submitted_at", "id"])


def create_auth() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_table(
        "spent_sign_in",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spent_sign_in")),
    )
    op.create_index(op.f("ix_spent_sign_in_expires_at"), "spent_sign_in", ["expires_at"])
    op.create_table(
        "service_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "community_receiver",
                "assessment_system",
                name="clientpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default=sa.text("'community_receiver'"),
            nullable=False,
        ),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("next_secret_hash", sa.Text(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_service_client_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_client")),
    )
    op.create_index(op.f("ix_service_client_organisation_id"), "service_client", ["organisation_id"])
    op.create_table(
        "credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_ended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credential_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential")),
        sa.UniqueConstraint("person_id", name=op.f("uq_credential_person_id")),
    )
    op.create_index("uq_credential_login", "credential", [sa.literal_column("lower(login)")], unique=True)
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "revoked_because",
            sa.Enum(
                "person",
                "password_changed",
                "refresh_reused",
                "administrator",
                "factor_reset",
                name="revokedbecause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name=op.f("ck_device_revoked_because")),
        sa.CheckConstraint("generation > 0 AND previous < generation", name=op.f("ck_device_generation_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("family_id", name=op.f("uq_device_family_id")),
    )
    op.create_index("ix_device_over_at", "device", [sa.literal_column("coalesce(revoked_at, expires_at)")])
    op.create_index(
        "ix_device_person_id",
        "device",
        ["person_id", sa.literal_column("created_at DESC"), sa.literal_column("id DESC")],
    )
    op.create_table(
        "external_identity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_external_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_identity")),
        sa.UniqueConstraint("person_id", "provider", name="uq_external_identity_person_id_provider"),
        sa.UniqueConstraint("provider", "subject", name="uq_external_identity_provider_subject"),
    )
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_second_factor_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
    )
    op.create_index(
        "uq_second_factor_begun",
        "second_factor",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )
    op.create_index(
        "uq_second_factor_confirmed",
        "second_factor",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("factor_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["factor_id"], ["second_factor.id"], name=op.f("fk_recovery_code_factor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_factor_id"), "recovery_code", ["factor_id"])


def create_local_rules() -> None:
    op.create_table(
        "local_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "valid_from >= CAST(timezone('Asia/Shanghai', recorded_at) AS date)",
            name=op.f("ck_local_rule_not_backdated"),
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_local_rule_author_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_local_rule_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_rule")),
        sa.UniqueConstraint("organisation_id", "key", "number", name="uq_local_rule_number"),
    )
    op.create_index(op.f("ix_local_rule_author_id"), "local_rule", ["author_id"])
    op.create_index(
        "ix_local_rule_newest",
        "local_rule",
        ["organisation_id", "key", sa.literal_column("valid_from DESC"), sa.literal_column("number DESC")],
    )


def create_posting() -> None:
    op.create_table(
        "posting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "member",
                "cadre",
                "leader",
                "delegate",
                "branch_secretary",
                "organ_committee_officer",
                "work_committee_officer",
                "community_secretary",
                "community_worker",
                "dispatcher",
                "handler",
                "supervisor",
                "personnel_organ",
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
        sa.Column("delegate_of", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(role = 'delegate') = (delegate_of IS NOT NULL) AND (delegate_of IS NULL OR valid_until IS NOT NULL)",
            name=op.f("ck_posting_delegate_of_one_leader_until"),
        ),
        sa.CheckConstraint("delegate_of <> person_id", name=op.f("ck_posting_delegate_of_another")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_posting_until_after_from")
        ),
        sa.ForeignKeyConstraint(["delegate_of"], ["person.id"], name=op.f("fk_posting_delegate_of")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_posting_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_posting_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_delegate_of"), "posting", ["delegate_of"])
    op.create_index(op.f("ix_posting_organisation_id"), "posting", ["organisation_id"])
    op.create_index("ix_posting_person_id", "posting", ["person_id", "valid_from"])
