"""The digest of a row's lasting columns: how a later quiet edit is found.

A table names its lasting columns in `__digest_columns__`: ids, states, counts and moments, never a name, a text, a
contact or a position. A column added after rows had their digests stands in `__lasting_later__`, with the value that
the rows had without it: only another value enters the digest, so that every older digest still holds. The digest
is computed by PostgreSQL, in one canonical form, when the event is written, and again when somebody checks.
"""

from typing import Any

import sqlalchemy as sa


def digest_sql(table: Any, row: str) -> str:
    """The SQL expression of the digest of `row`, an alias of a table class: sha256 over a JSON array of its values.

    Moments go in as seconds since 1970, so that the reader's time zone cannot change them.
    """
    parts = [f"'{table.__tablename__}'"]
    for name in table.__digest_columns__:
        is_moment = isinstance(table.__table__.columns[name].type, sa.DateTime)
        parts.append(f"extract(epoch FROM {row}.{name})" if is_moment else f"{row}.{name}")
    whole = f"jsonb_build_array({', '.join(parts)})"
    for name, before in getattr(table, "__lasting_later__", {}).items():
        added = f"jsonb_build_object('{name}', {row}.{name})"
        whole += f" || CASE WHEN {row}.{name} IS DISTINCT FROM {before} THEN {added} ELSE '[]' END"
    return f"sha256(convert_to(({whole})::text, 'UTF8'))"
