"""Run the `.sql` files beside the migrations: functions, constraints, policies, grants, initial rows."""

from pathlib import Path

import sqlalchemy as sa
from alembic import context, op

from service.foundation.settings import settings


def run_sql_file(name: str) -> None:
    """Run `alembic/sql/<name>` in a migration.

    `:"service_role"` and `:"auditor_role"` in the file become the role names of the settings.
    """
    text = (Path(context.script.dir) / "sql" / name).read_text()
    for role in ("service_role", "auditor_role"):
        text = text.replace(f':"{role}"', getattr(settings(), role))
    op.execute(sa.text(text.replace(":", "\\:")))
