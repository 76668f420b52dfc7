"""A problem has one private link: another one replaces it."""

from alembic import op

revision = "one_link"
down_revision = "own_earlier_reports"
branch_labels = None
depends_on = None
TABLE, COLUMNS = "problem_link", ["problem_id"]


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("uq_problem_link_problem_id", TABLE, COLUMNS, unique=True, postgresql_concurrently=True)
        op.drop_index("ix_problem_link_problem_id", table_name=TABLE, postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_problem_link_problem_id", TABLE, COLUMNS, postgresql_concurrently=True)
        op.drop_index("uq_problem_link_problem_id", table_name=TABLE, postgresql_concurrently=True)
