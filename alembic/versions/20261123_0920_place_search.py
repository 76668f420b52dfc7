"""Places are found by name and pinyin; grids below a community; credit codes of enterprises."""

import sqlalchemy as sa
from alembic import op
from pypinyin import Style, lazy_pinyin

revision = "place_search"
down_revision = "placements"
branch_labels = None
depends_on = None

KINDS = ["community", "village", "enterprise", "school", "social_organisation", "other"]
BATCH = 1_000


def _limit_kinds(kinds: list[str]) -> None:
    """The wider CHECK is added before the narrower goes, so that one always holds."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE place ADD CONSTRAINT ck_place_kind_next CHECK (kind IN ({listed})) NOT VALID")
    op.execute("ALTER TABLE place VALIDATE CONSTRAINT ck_place_kind_next")
    op.execute("ALTER TABLE place DROP CONSTRAINT ck_place_placekind")
    op.execute("ALTER TABLE place RENAME CONSTRAINT ck_place_kind_next TO ck_place_placekind")


def upgrade() -> None:
    _limit_kinds([*KINDS, "grid"])
    op.add_column("place", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.add_column("place", sa.Column("credit_code", sa.Text(), nullable=True))
    op.add_column("place", sa.Column("found_by", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_place_parent_id"), "place", ["parent_id"], unique=False)
    op.create_index("uq_place_credit_code", "place", ["credit_code"], unique=True)
    op.create_foreign_key(op.f("fk_place_parent_id"), "place", "place", ["parent_id"], ["id"])
    op.create_check_constraint(op.f("ck_place_grid_has_parent"), "place", "(kind = 'grid') = (parent_id IS NOT NULL)")
    _fill()


def _fill() -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, name FROM place")).all()
    for start in range(0, len(rows), BATCH):
        some = [{"key": row.id, "found_by": _found_by(row.name)} for row in rows[start : start + BATCH]]
        connection.execute(sa.text("UPDATE place SET found_by = :found_by WHERE id = :key"), some)


def _found_by(name: str) -> str:
    plain = "".join(name.lower().split())
    return " ".join([plain, "".join(lazy_pinyin(plain)), "".join(lazy_pinyin(plain, style=Style.FIRST_LETTER))])


def downgrade() -> None:
    op.drop_constraint(op.f("ck_place_grid_has_parent"), "place")
    op.drop_constraint(op.f("fk_place_parent_id"), "place", type_="foreignkey")
    op.drop_index("uq_place_credit_code", table_name="place")
    op.drop_index(op.f("ix_place_parent_id"), table_name="place")
    op.drop_column("place", "found_by")
    op.drop_column("place", "credit_code")
    op.drop_column("place", "parent_id")
    _limit_kinds(KINDS)
