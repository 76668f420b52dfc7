"""The digest of a row's lasting columns: how a later quiet edit is found.

A table names its lasting columns in `__lasting__`: ids, states, counts and moments, never a name, a text, a
contact or a position. The digest is computed by PostgreSQL, in one canonical form, when the event is written,
and again when somebody checks.
"""

from typing import Any

import sqlalchemy as sa


def digest_sql(table: Any, row: str) -> str:
    """The SQL expression of the digest of `row`, an alias of a table class: sha256 over a JSON array of its values.

    Moments go in as seconds since 1970, so that the reader's time zone cannot change them.
    """
    parts = [f"'{table.__tablename__}'"]
    for name in table.__lasting__:
        is_moment = isinstance(table.__table__.columns[name].type, sa.DateTime)
        parts.append(f"extract(epoch FROM {row}.{name})" if is_moment else f"{row}.{name}")
    return f"sha256(convert_to(jsonb_build_array({', '.join(parts)})::text, 'UTF8'))"
