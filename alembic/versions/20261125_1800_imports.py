"""Imports of files; the codes by which source systems know organisations and persons."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from service.foundation.settings import settings

revision = "imports"
down_revision = "organisation_closures"
branch_labels = None
depends_on = None

KINDS = ("organisations", "people", "enterprises")
MODES = ("all_or_nothing", "good_rows")
STATES = ("awaiting_file", "uploaded", "checked", "refused", "confirmed", "applied", "discarded")
OUTCOMES = ("added", "changed", "ended", "unchanged", "missing", "refused")


def upgrade() -> None:
    op.add_column("organisation", sa.Column("code", sa.Text(), nullable=True))
    op.create_index("uq_organisation_code", "organisation", ["code"], unique=True)
    op.add_column("person", sa.Column("staff_number", sa.Text(), nullable=True))
    op.create_index("uq_person_staff_number", "person", ["staff_number"], unique=True)
    op.create_table(
        "import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", enum("importkind", KINDS), nullable=False),
        sa.Column("mode", enum("importmode", MODES), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("state", enum("importstate", STATES), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=True),
        sa.Column("diff_digest", sa.LargeBinary(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("lines", *OUTCOMES, "leavers", "covered")),
        sa.Column("flaws", postgresql.JSONB(), nullable=False),
        sa.Column("ignored_columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("checked_at", "confirmed_at", "merge_began_at", "finished_at")
        ),
        sa.Column("request_fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_import_asked_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_import_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
    )
    op.create_index("ix_import_asked_at", "import", ["asked_at", "id"])
    op.create_index(op.f("ix_import_asked_by"), "import", ["asked_by"])
    op.create_index(op.f("ix_import_organisation_id"), "import", ["organisation_id"])
    op.create_table(
        "import_file",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import.id"], name=op.f("fk_import_file_import_id")),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_import_file")),
    )
    op.create_table(
        "import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("outcome", enum("rowoutcome", OUTCOMES), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("given", postgresql.JSONB(), nullable=True),
        sa.Column("plan", postgresql.JSONB(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("flaws", postgresql.JSONB(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import.id"], name=op.f("fk_import_row_import_id")),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_row")),
    )
    op.create_index(
        "ix_import_row_due", "import_row", ["import_id", "step", "number"], postgresql_where=sa.text("is_due")
    )
    role = settings().service_role
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON import TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON import_file, import_row TO {role}")


def enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    for table in ("import_row", "import_file", "import"):
        op.drop_table(table)
    op.drop_index("uq_person_staff_number", table_name="person")
    op.drop_column("person", "staff_number")
    op.drop_index("uq_organisation_code", table_name="organisation")
    op.drop_column("organisation", "code")
