"""The `.sql` files beside the migrations: functions, constraints, policies, grants, first rows."""

from pathlib import Path

import sqlalchemy as sa
from alembic import context, op

from service.foundation.settings import settings


def run_sql_file(name: str) -> None:
    """Run `alembic/sql/<name>` within a migration; `:"service_role"` and `:"auditor_role"` become our roles' names."""
    text = (Path(context.script.dir) / "sql" / name).read_text()
    for role in ("service_role", "auditor_role"):
        text = text.replace(f':"{role}"', getattr(settings(), role))
    op.execute(sa.text(text.replace(":", "\\:")))
