"""Links beside the two trees."""

import sqlalchemy as sa
from alembic import op

from service.foundation.settings import settings

revision = "organisation_links"
down_revision = "external_identities"
branch_labels = None
depends_on = None

# one link of a kind between two organisations at a time, whichever way it points
APART = """
ALTER TABLE organisation_link ADD CONSTRAINT ex_organisation_link_one_at_a_time EXCLUDE USING gist (
    (kind::text) WITH =, least(from_id, to_id) WITH =, greatest(from_id, to_id) WITH =,
    tstzrange(valid_from, valid_until) WITH &&
)
"""


def upgrade() -> None:
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
    op.execute(APART)
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON organisation_link TO {settings().service_role}")


def downgrade() -> None:
    op.drop_table("organisation_link")
