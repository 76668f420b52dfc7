"""The digest of a row, stored in its newest event.

With it, an edit without an event is detected later.

A table names its digest columns in `__digest_columns__`: ids, states, counts and timestamps, never a name, a text, a
contact or a position. PostgreSQL computes the digest, in one canonical form, when it writes the event, and again when
`grassroots chains verify` runs.
"""

from typing import Any

import sqlalchemy as sa


def digest_sql(table: Any, row: str) -> str:
    """Return the SQL expression of the digest: sha256 over a JSON array. `row` is an alias of the table.

    Timestamps are converted to seconds since 1970, so that the time zone of the session does not change the digest.
    """
    values = [f"'{table.__tablename__}'"]
    for name in table.__digest_columns__:
        is_timestamp = isinstance(table.__table__.columns[name].type, sa.DateTime)
        values.append(f"extract(epoch FROM {row}.{name})" if is_timestamp else f"{row}.{name}")
    return f"sha256(convert_to(jsonb_build_array({', '.join(values)})::text, 'UTF8'))"
